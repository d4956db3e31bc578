"""`Connection`: all that the rest of tcpviz knows of the engine."""

import random
from collections.abc import Iterator

from tcpviz.tcp import arrival, closing, output, path_mtu, prediction, receiver, time_wait, timeouts
from tcpviz.tcp.config import Config
from tcpviz.tcp.errors import LocalError
from tcpviz.tcp.events import CloseReason, Event, IcmpReceived
from tcpviz.tcp.flight import Fate
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.options import received_round_trip
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import MAY_SEND, State, Trigger
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import Buffer, Segment
from tcpviz.wire.seq import Seq

_new = tuple.__new__  # what Snapshot._make comes to, at half the cost: there is one with every frame


class Connection:
    """One TCP connection (RFC 9293): segments, time and commands in, segments and events out.

    It does no I/O and has no clock. `now` is a monotonic int of nanoseconds, and the same calls with the
    same arguments give the same results, bit for bit. The methods are of four kinds:

    1. commands of the application: `connect` or `listen`, `send`, `receive`, `shutdown`, `close`, `abort`;
    2. inputs: `on_segment`, `on_icmp`, `on_deadline` (when `next_deadline()` has come);
    3. outputs: after any command or input, send what `segments()` yields until it ends, then look at
       `next_deadline()`; `events()` tells what happened since it was last asked;
    4. looks: `state`, `closed`, `end`, `snapshot()`.

    Whatever the peer sends raises nothing: it becomes an event. A command that the state does not allow
    raises `LocalError`.
    """

    def __init__(self, config: Config, rng: random.Random) -> None:
        self._tcb = Tcb.create(config, rng)

    # Commands

    def connect(self, iss: Seq, now: int) -> None:
        """Active OPEN: send a SYN with this initial sequence number (RFC 9293 3.10.1).

        Raises LocalError except in CLOSED, never opened before, and LISTEN.
        """
        tcb = self._tcb
        if tcb.state not in (State.CLOSED, State.LISTEN) or tcb.end is not None:
            raise LocalError("connect", tcb.state)
        tcb.choose_iss(iss)
        _start(tcb, Trigger.ACTIVE_OPEN)

    def listen(self, iss: Seq) -> None:
        """Passive OPEN: this very connection answers the first SYN that comes (RFC 9293 3.10.1).

        Raises LocalError except in CLOSED, never opened before.
        """
        tcb = self._tcb
        if tcb.state is not State.CLOSED or tcb.end is not None:
            raise LocalError("listen", tcb.state)
        tcb.choose_iss(iss)
        tcb.passive = True
        tcb.transition(Trigger.PASSIVE_OPEN)

    def send(self, data: Buffer, now: int) -> int:
        """Queue data; how many octets were taken: 0 when the send buffer is full (RFC 9293 3.10.2).

        In LISTEN it makes the open an active one. Raises LocalError where nothing can be sent (any more).
        """
        tcb = self._tcb
        if tcb.state not in MAY_SEND or tcb.fin_queued:
            raise LocalError("send", tcb.state)
        if tcb.state is State.LISTEN:
            _start(tcb, Trigger.SEND)
        taken = tcb.send_buffer.append(data, tcb.send_room)
        tcb.unsent += taken
        return taken

    def receive(self, limit: int, now: int) -> bytes:
        """At most `limit` octets in order; b"" when none are there (see `at_eof`). Opens the window.

        Raises LocalError before the connection was opened (RFC 9293 3.10.3).
        """
        tcb = self._tcb
        if tcb.state is State.CLOSED and tcb.end is None:
            raise LocalError("receive", tcb.state)
        data = tcb.reassembly.take(limit)
        if data:
            tcb.receive_buffer.take(len(data), now, received_round_trip(tcb))
            receiver.window_opened(tcb)
        return data

    @property
    def readable(self) -> int:
        """Octets that `receive` would give now."""
        return len(self._tcb.reassembly.ready)

    @property
    def at_eof(self) -> bool:
        """Whether the peer's FIN was reached and everything before it has been read."""
        return self._tcb.fin_received and not self._tcb.reassembly.ready

    @property
    def writable(self) -> int:
        """Octets that `send` would take now; 0 where it would raise."""
        tcb = self._tcb
        return tcb.send_room if tcb.state in MAY_SEND and not tcb.fin_queued else 0

    def shutdown(self, now: int) -> None:
        """CLOSE: a FIN after all that is queued; receiving goes on (RFC 9293 3.10.4). Again: no effect.

        Raises LocalError in CLOSED.
        """
        tcb = self._tcb
        if tcb.state is State.CLOSED:
            raise LocalError("shutdown", tcb.state)
        if not tcb.fin_queued:
            closing.close(tcb)

    def close(self, now: int) -> None:
        """`shutdown`, and nothing more will be read: data that was not read or still comes is answered with a
        RST (RFC 9293 3.6.1, SHLD-3), and the peer's FIN is awaited for `Config.fin_wait_2` only.

        Raises LocalError in CLOSED.
        """
        if self._tcb.state is State.CLOSED:
            raise LocalError("close", self._tcb.state)
        closing.close_both(self._tcb, now)

    def abort(self, now: int) -> None:
        """ABORT: forget everything, tell the peer with a RST (RFC 9293 3.10.5).

        Raises LocalError in CLOSED.
        """
        if self._tcb.state is State.CLOSED:
            raise LocalError("abort", self._tcb.state)
        closing.give_up(self._tcb, Trigger.ABORT, CloseReason.ABORTED)

    # Inputs

    def on_segment(self, segment: Segment, now: int) -> None:
        """A segment has arrived (RFC 9293 3.10.7). A memoryview in it is not kept."""
        tcb = self._tcb
        tcb.last_heard = now
        if not prediction.predicted(tcb, segment, now):
            arrival.segment_arrives(tcb, segment, now)

    def on_run(self, segment: Segment, each: int, now: int) -> bool:
        """Segments of `each` octets have arrived together that continue each other, merged into this one.

        False where it is not what was expected: nothing has changed then, and they are for `on_segment`.
        """
        tcb = self._tcb
        if not prediction.predicted(tcb, segment, now, each):
            return False
        tcb.last_heard = now
        return True

    def give_way(self, segment: Segment) -> bool:
        """Whether it was in TIME-WAIT and has ended for the sake of a new connection that `segment` asks for.

        Only for whoever can answer that with another `Connection`, with an ISS beyond this one's SND.NXT
        (RFC 9293 3.6.1, MAY-2); otherwise `on_segment` challenges it.
        """
        return time_wait.give_way(self._tcb, segment)

    def on_icmp(self, error: IcmpError, now: int) -> None:
        """An ICMP error quotes a segment of ours (RFC 9293 3.9.2.2, RFC 5927)."""
        tcb = self._tcb
        if error.obsolete or not tcb.in_flight(error.seq):
            return  # RFC 9293 3.9.2.2, MUST-55; RFC 5927 section 4.1
        ends = error.hard and tcb.state is State.SYN_SENT  # later never: RFC 5927 5.2
        tcb.emit(IcmpReceived(error.icmp_type, error.code, ends))
        if error.too_big:
            path_mtu.too_big(tcb, error, now)
        elif ends:
            tcb.finish(Trigger.RCV_ICMP_ERROR, CloseReason.UNREACHABLE)
        else:
            tcb.unreachable = True

    def on_deadline(self, now: int) -> None:
        """The clock has reached `next_deadline()` (RFC 9293 3.10.8)."""
        timeouts.expire(self._tcb, now)

    # Outputs

    def segments(self, now: int) -> Iterator[Segment]:
        """What is to be sent now, one by one; between two of them `snapshot()` shows the state in which
        the first of them left."""
        while (segment := output.next_segment(self._tcb, now)) is not None:
            yield segment

    @property
    def pending(self) -> bool:
        """Whether `segments` may have something, or the connection is over. Where it is False after an input,
        nothing more has to be done for it."""
        tcb = self._tcb
        return bool(
            tcb.ack_now
            or tcb.unsent
            or tcb.replies
            or tcb.flight.lost_count
            or tcb.syn_queued
            or tcb.fin_queued
            or tcb.end
        )

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called next; None: not by itself."""
        return self._tcb.timers.next_deadline()

    def events(self) -> list[Event]:
        """What happened since the last call, in order."""
        tcb = self._tcb
        if not tcb.events:
            return []
        events, tcb.events = tcb.events, []
        return events

    # Looks

    @property
    def state(self) -> State:
        """Where the connection is."""
        return self._tcb.state

    @property
    def closed(self) -> bool:
        """Whether it has been open and is over: `end` says how."""
        return self._tcb.end is not None

    @property
    def end(self) -> CloseReason | None:
        """How it came to its end; None as long as it has not."""
        return self._tcb.end

    @property
    def unreachable(self) -> bool:
        """Whether a router has said that packets of ours did not get there. It may pass: what to do about it
        is for the application to say (RFC 9293 3.9.2.2, SHLD-25)."""
        return self._tcb.unreachable

    def snapshot(self) -> Snapshot:
        """All variables that a screen may show, as they are now."""
        tcb = self._tcb
        flight, rtt, congestion, reassembly = tcb.flight, tcb.rtt, tcb.congestion, tcb.reassembly
        plain = not flight.records or flight.plain
        deadlines = tcb.timers.deadlines
        return _new(
            Snapshot,
            (
                tcb.state,
                tcb.iss,
                tcb.irs,
                tcb.snd_una,
                tcb.snd_nxt,
                tcb.snd_nxt,
                tcb.snd_wnd,
                tcb.rcv_nxt,
                tcb.rcv_edge - tcb.rcv_nxt & 0xFFFF_FFFF,
                tcb.snd_mss,
                congestion.cwnd,
                congestion.ssthresh,
                rtt.srtt,
                rtt.rttvar,
                rtt.rto,
                rtt.backoff,
                tcb.dup_acks,
                tcb.unsent,
                len(reassembly.ready),
                tuple(deadlines.items()) if deadlines else (),
                () if plain else flight.ranges(Fate.SACKED),
                () if plain else flight.ranges(Fate.LOST),
                () if plain else flight.retransmitted(),
                reassembly.ranges() if reassembly.held_octets else (),
            ),
        )


def _start(tcb: Tcb, trigger: Trigger) -> None:
    """Active from now on: the SYN leaves as soon as the segments are fetched."""
    tcb.passive = False
    tcb.syn_queued = True
    tcb.transition(trigger)
