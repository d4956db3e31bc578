"""One run, round by round: everything that happens between link, gate, host, application and recording.

Owned by one thread, and without a clock or a wait of its own: whoever drives it calls `round(now)` when
something may have happened and not later than `next_deadline()`. Each round leaves its rows in the
recording, published.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Generic, TypeVar

from tcpviz.host.events import AddressConflict, DhcpOffered, DhcpUnanswered
from tcpviz.host.flow import Flow
from tcpviz.host.host import Host
from tcpviz.link.base import Direction, Fate, Link, LinkError
from tcpviz.link.impair import Impair, corrupt
from tcpviz.link.plan import Plan
from tcpviz.recording import Kind, Recording
from tcpviz.session.application import Application
from tcpviz.session.gate import BY_HAND, Gate, GateAction, Waiting
from tcpviz.session.ledger import Ledger, PeerState, PeerTold
from tcpviz.session.notes import note
from tcpviz.session.trust import KeyLog
from tcpviz.session.watch import Watch, Watches
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.wire.frame import Frame

App = TypeVar("App", bound=Application)

# Members are looked up slowly before Python 3.12, and these are needed for every frame.
IN, OUT = Direction.IN, Direction.OUT
_PASSED = Fate.PASSED


class Run(Generic[App]):
    """The parts of one run and how they are joined.

    `admit` has the link let in what is for an address that was lent. `peer_state` and `peer_told` are for the
    `Ledger`.
    """

    def __init__(
        self,
        *,
        link: Link,
        host: Host,
        application: App,
        recording: Recording,
        rng: random.Random,
        peer_state: PeerState | None = None,
        peer_told: PeerTold | None = None,
        key_log: KeyLog | None = None,
        admit: Callable[[IPv4Address], None] | None = None,
    ) -> None:
        self.link = link
        self.host = host
        self.application = application
        self.recording = recording
        self.gate = Gate()
        self.stopped = ""
        """The breakpoint that shut the gate; empty where the user did, or it is open."""
        self._watches: Watches | None = None
        self._let_go: Watch | None = None
        """The breakpoint of the frame that takes effect now: it is not to stop the run twice."""
        self._impair = link if isinstance(link, Impair) else None
        self._rng = rng
        self._ledger = Ledger(recording, peer_state, peer_told)
        self._key_log = key_log
        self._admit = admit
        self._unsent: list[bytes] = []
        self._effects = 0
        """How often a connection has changed while frames of its own may wait at the gate."""

    def round(self, now: int) -> None:
        """Everything that is due at `now` (ns). Raises LinkError when the link has gone."""
        self._timers(now)
        self._returning(now)
        self._arrivals(now)
        self._application(now)
        self.recording.commit()

    def next_deadline(self) -> int | None:
        """When something will happen without a frame from outside; None: never."""
        deadlines = (
            self.host.next_deadline(),
            self.link.next_deadline(),
            self.application.next_deadline(),
            self.gate.next_deadline(),
        )
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def hold(self) -> None:
        """Shut the gate."""
        self.gate.held = True

    def impair(self, plan: Plan, now: int) -> None:
        """Let these things go wrong on the way from now on."""
        self._flush(now)
        if self._impair is None:
            self.link = self._impair = Impair(self.link, plan, self._rng.getrandbits(64))
        else:
            self._impair.use(plan)
        self._ledger.note(now, f"the network from here on: {str(plan) or 'nothing goes wrong'}")
        self.recording.commit()

    def watch_for(self, stops: Sequence[Watch]) -> None:
        """Shut the gate by itself at any of these, and at no others."""
        self._watches = Watches(stops, self.recording) if stops else None

    def let_through(self, action: GateAction, now: int) -> None:
        """Do `action` to the frame at the gate; nothing when none waits."""
        waiting = self.gate.next()
        if waiting is None:
            return
        self.stopped = ""
        match action:
            case GateAction.PASS:
                self._pass(waiting, now)
            case GateAction.DROP:
                self._drop(waiting, now, BY_HAND)
            case GateAction.DUPLICATE:
                self._pass(waiting, now)
                # The network made the copy: the stack did nothing for it.
                self._pass(replace(waiting, events=(), fate=Fate.DUPLICATED, text=BY_HAND), now)
            case GateAction.DELAY:
                self.gate.delay(waiting, now)
            case GateAction.CORRUPT:
                data = corrupt(waiting.data, self._rng)
                self._pass(replace(waiting, data=data, vouched=False, fate=Fate.CORRUPTED, text=BY_HAND), now)
        self._application(now)
        self.recording.commit()

    def open_gate(self, now: int) -> None:
        """Let everything through that waits, and all that comes, up to the next breakpoint."""
        self.gate.held, self.stopped = False, ""
        while not self.gate.held and (waiting := self.gate.next()):
            self._pass(waiting, now)
            if self.gate.queue and (stop := self.gate.queue[0].stop):
                self._stop(stop)
        self._application(now)
        self.recording.commit()

    def abandon(self, now: int) -> None:
        """Give up: a RST on every connection that is open, past the gate."""
        self.gate.held = False
        self.application.abandon(now)
        self._departures(now)
        self._flush(now)
        self.recording.commit()

    def release(self, now: int) -> None:
        """Give back what the network lent us, past the gate: the last of all."""
        self.gate.held = False
        self.host.release()
        self._host_notes(now)
        self._departures(now)
        self._flush(now)
        self.recording.commit()

    # What comes in

    def _timers(self, now: int) -> None:
        due = self.host.next_deadline()
        if due is None or due > now:
            return
        for flow in self.host.on_deadline(now):
            self._moment(now, Kind.TIMER, flow)
        self._departures(now)

    def _returning(self, now: int) -> None:
        for waiting in self.gate.due(now):
            self._effects += 1
            self._pass(replace(waiting, fate=Fate.DELAYED, text=BY_HAND), now)

    def _arrivals(self, now: int) -> None:
        frames = self.link.frames(now)
        if not (self.gate.held or self._watches or self._impair or self._ledger.peer_speaks):
            self._take_in(frames, now)
            return
        fates = self._fates() if self._impair else None
        for frame in frames:
            fate = fates.get(id(frame.data), _PASSED) if fates else _PASSED
            if (self.gate.held or self._watches) and self._stops(
                Waiting(IN, frame.data, frame.time, frame.vouched, fate=fate), now
            ):
                continue
            if self._receive(frame, frame.time, fate):
                self._answer(frame.time, now)

    def _take_in(self, frames: Sequence[Frame], now: int) -> None:
        """Take in what nobody looks at on its way: frames that continue each other at once."""
        for flow, run, octets in self.host.on_frames(frames):
            time = run[0].time
            if flow is None or not octets:
                pending = self._record(run[0], time, flow)
            else:
                connection, data = flow.connection, [frame.data for frame in run]
                self.recording.run(time, data, octets, flow.number, connection.snapshot())
                pending = connection.pending
            if pending:
                self._answer(time, now)

    def _answer(self, time: int, now: int) -> None:
        """Send what there is to say at `time`. At once, not after the batch: a peer that waits for it would
        probe (RFC 8985 section 7)."""
        self._departures(time)
        self._flush(now)

    def _receive(self, frame: Frame, now: int, fate: Fate, text: str = "") -> bool:
        """Take in a frame; whether there may be something to send now."""
        return self._record(frame, now, self.host.on_frame(frame, now), fate, text)

    def _record(
        self, frame: Frame, now: int, flow: Flow | None, fate: Fate = _PASSED, text: str = ""
    ) -> bool:
        """Add the row of a frame that was taken in by `flow`; whether there may be something to send now."""
        if flow is None:
            self._ledger.arrived(now, frame.data, fate=fate, text=text)
            return True
        events = flow.connection.events()
        if events and self._watches:
            self._after(events)
        self._ledger.arrived(now, frame.data, fate=fate, flow=flow, events=events, text=text)
        return flow.connection.pending

    # What the application does

    def _application(self, now: int) -> None:
        self.application.step(now)
        if self._key_log is not None and (secrets := self._key_log.new()):
            self.recording.secrets(secrets)
        for flow in self.application.flows:
            self._moment(now, Kind.CALL, flow)
        for text in self.application.notes():
            self._ledger.note(now, text)
        self._host_notes(now)
        self._departures(now)
        self._flush(now)

    def _moment(self, now: int, kind: Kind, flow: Flow) -> None:
        """A row for what happened in `flow` without a frame; none when nothing did."""
        if events := flow.connection.events():
            self._effects += 1
            if self._watches:
                self._after(events)
            self._ledger.happened(now, kind, flow, events)

    def _host_notes(self, now: int) -> None:
        for event in self.host.events():
            self._ledger.note(now, note(event))
            match event:
                case AddressConflict():
                    raise LinkError(f"{note(event)}: choose another --address, one that no machine has")
                case DhcpUnanswered():
                    raise LinkError(f"{note(event)}; give an address with --address A/LEN")
                case DhcpOffered(lease) if self._admit is not None:
                    self._admit(lease.address.ip)

    # What goes out

    def _departures(self, now: int) -> None:
        for data, flow in self.host.frames(now):
            if self.gate.held or self._watches:
                waiting = _outgoing(data, now, flow, self._effects)
                if not self._stops(waiting, now):
                    self._send_waiting(waiting, now)
            elif flow is None:
                self._send(data, now, _PASSED, None, None, ())
            else:
                connection = flow.connection
                self._send(data, now, _PASSED, flow, connection.snapshot(), connection.events())

    def _send(
        self,
        data: bytes,
        now: int,
        fate: Fate,
        flow: Flow | None,
        snapshot: Snapshot | None,
        events: Sequence[Event],
        text: str = "",
    ) -> None:
        if self._impair is None:
            self._unsent.append(data)
        else:
            # One at a time, so that the row can say what became of the frame.
            self._impair.send((data,), now)
            fate = self._fates().get(id(data), fate)
            if fate is not _PASSED and self._watches:
                self._after((), fate)
        self._ledger.left(now, data, fate=fate, flow=flow, snapshot=snapshot, events=events, text=text)

    def _flush(self, now: int) -> None:
        if self._unsent:
            self.link.send(self._unsent, now)
            self._unsent = []

    # The gate

    def _stops(self, waiting: Waiting, now: int) -> bool:
        """Whether the frame has to wait; one that a breakpoint is meant for shuts the gate."""
        waiting.stop = self._watches.before(waiting, now) if self._watches else None
        if waiting.stop and not self.gate.held:
            self._stop(waiting.stop)
        if not self.gate.stops(waiting.data):
            return False
        self._wait(waiting, now)
        return True

    def _after(self, events: Sequence[Event], fate: Fate = _PASSED) -> None:
        assert self._watches
        stop = self._watches.after(events, fate)
        if stop and stop is not self._let_go:
            self._stop(stop)

    def _stop(self, stop: Watch) -> None:
        self.gate.held, self.stopped = True, stop.text

    def _wait(self, waiting: Waiting, now: int) -> None:
        if self.gate.full:
            self._drop(waiting, now)
        else:
            self.gate.queue.append(waiting)

    def _pass(self, waiting: Waiting, now: int) -> None:
        """The frame takes effect now."""
        self._let_go = waiting.stop
        if waiting.direction is OUT:
            self._send_waiting(waiting, now)
        else:
            self._effects += 1
            self._receive(Frame(now, waiting.data, waiting.vouched), now, waiting.fate, waiting.text)
            self._departures(now)
        self._let_go = None
        self._flush(now)

    def _send_waiting(self, waiting: Waiting, now: int) -> None:
        snapshot = self._snapshot(waiting)
        self._send(waiting.data, now, waiting.fate, waiting.flow, snapshot, waiting.events, waiting.text)

    def _snapshot(self, waiting: Waiting) -> Snapshot | None:
        """The state of its connection: that of the moment it was made, unless more has taken effect since."""
        if waiting.flow is None or waiting.made == self._effects:
            return waiting.snapshot
        return waiting.flow.connection.snapshot()

    def _drop(self, waiting: Waiting, now: int, text: str = "") -> None:
        """The frame is lost here: the stack sent it, or never saw it."""
        if waiting.direction is IN:
            self._ledger.lost_before_us(now, waiting.data, text)
            return
        self._ledger.left(
            now,
            waiting.data,
            fate=Fate.LOST,
            flow=waiting.flow,
            snapshot=self._snapshot(waiting),
            events=waiting.events,
            text=text,
        )

    def _fates(self) -> dict[int, Fate]:
        """What the impairment just did, by the identity of the frame; those that it ate on the way to us
        get their rows here, for nobody else will see them."""
        assert self._impair is not None
        fates = {}
        for fated in self._impair.fates():
            if fated.direction is IN and fated.fate is Fate.LOST:
                if self._watches:
                    self._after((), Fate.LOST)
                self._ledger.lost_before_us(fated.time, fated.data)
            fates[id(fated.data)] = fated.fate
        return fates


def _outgoing(data: bytes, now: int, flow: Flow | None, made: int) -> Waiting:
    """A frame of ours in front of the gate, with the state of its connection as it was made."""
    if flow is None:
        return Waiting(OUT, data, now)
    snapshot, events = flow.connection.snapshot(), flow.connection.events()
    return Waiting(OUT, data, now, flow=flow, snapshot=snapshot, events=events, made=made)
