"""The transmission control block: the variables that all parts of the engine share (RFC 9293 3.3.1).

It holds them, changes the state by the table, and collects events and replies. It takes no decision:
those stand in `arrival`, `acknowledgment`, `receiver`, `output` and `timeouts`.
"""

import random
from collections import deque
from dataclasses import dataclass, field, fields

from tcpviz.tcp.config import Config
from tcpviz.tcp.congestion import CONTROLS
from tcpviz.tcp.congestion.base import CongestionControl
from tcpviz.tcp.events import AckReason, CloseReason, Ended, Event, StateChanged
from tcpviz.tcp.flight import Flight
from tcpviz.tcp.rack import Rack
from tcpviz.tcp.reassembly import Reassembly
from tcpviz.tcp.right_sizing import RightSizing, send_capacity
from tcpviz.tcp.rtt import RttEstimator
from tcpviz.tcp.send_buffer import SendBuffer
from tcpviz.tcp.state import TRANSITIONS, State, Trigger
from tcpviz.tcp.timers import Timers
from tcpviz.wire.segment import Segment
from tcpviz.wire.seq import Seq, add, diff, gt, in_window, le

ZERO = Seq(0)
DEFAULT_MSS = 536
"""What a peer takes that names no MSS (RFC 9293 3.7.1, MUST-15)."""


@dataclass(slots=True)
class Recovery:
    """A fast recovery: proportional rate reduction's variables (RFC 6937), in octets."""

    point: Seq
    """RecoveryPoint: it is over when everything before is acknowledged."""
    flight_size: int
    """RecoverFS: what of the flight was not known to have arrived when it began (RFC 9937 section 6)."""
    delivered: int = 0
    sent: int = 0


@dataclass(slots=True)
class Episode:
    """The repair of a loss that may turn out to have been none (RFC 3522, RFC 4015)."""

    start: Seq
    """SND.UNA when it began."""
    before: CongestionControl
    """What the congestion control was until then."""
    resent: int
    """Retransmissions under way that the peer has not reported as duplicates; those before it count too."""
    first_ack: bool
    """Whether what is at SND.UNA was sent once until then, and nothing acknowledged since."""
    stamp: int | None = None
    """TSval of its first retransmission."""


@dataclass(slots=True)
class Trial:
    """The question whether a timeout was needed (RFC 5682)."""

    until: Seq
    """SND.NXT when it happened."""
    reported: int | None = None
    """Segments before `until` that had been reported as received at the first ACK; None: not come yet."""


@dataclass(slots=True, eq=False)
class Tcb:
    """All variables of one connection. Sequence numbers raw, windows scaled octets, times ns."""

    config: Config
    rng: random.Random
    rtt: RttEstimator
    congestion: CongestionControl
    send_buffer: SendBuffer
    receive_buffer: RightSizing
    timers: Timers = field(default_factory=Timers)
    flight: Flight = field(default_factory=Flight)
    reassembly: Reassembly = field(default_factory=Reassembly)

    state: State = State.CLOSED
    end: CloseReason | None = None
    passive: bool = False
    """Whether it began with a passive open."""

    # Send sequence space
    iss: Seq = ZERO
    snd_una: Seq = ZERO
    snd_nxt: Seq = ZERO
    snd_wnd: int = 0
    snd_wl1: Seq = ZERO
    snd_wl2: Seq = ZERO
    max_snd_wnd: int = 0
    """The largest window the peer ever offered (MAX.SND.WND of RFC 5961, Max(SND.WND) of 3.8.6.2.1)."""
    snd_scale: int = 0
    snd_mss: int = DEFAULT_MSS
    """Eff.snd.MSS: the most octets of data in a segment of ours, options deducted (RFC 9293 3.7.1)."""
    largest_mss: int = DEFAULT_MSS
    """What it was before the path showed that it takes less."""
    syn_queued: bool = False
    unsent: int = 0
    """Octets in the send buffer from SND.NXT on."""
    fin_queued: bool = False
    fin_sent: bool = False
    dup_acks: int = 0
    assumed_arrived: int = 0
    """Octets that left the network by the duplicate ACKs, where no SACK tells which (RFC 6582)."""
    recover: Seq = ZERO
    """SND.NXT at the last loss: what is lost before it belongs to that one (RFC 6582, RFC 6675)."""
    recovery: Recovery | None = None
    """The fast recovery under way."""
    slower_until: Seq = ZERO
    """SND.NXT when the congestion window was reduced last: once for what was on the way then."""
    cwr_due: bool = False
    """Whether the next new data tells that the window was reduced (RFC 3168 6.1.2)."""
    rack: Rack = field(default_factory=Rack)
    tail_probe: tuple[Seq, bool] | None = None
    """TLP.end_seq and TLP.is_retrans while a tail loss probe is not accounted for (RFC 8985 7.3)."""
    episode: Episode | None = None
    """The last repair that may have to be undone."""
    trial: Trial | None = None
    """Of the timeout that it began with, while the answer is open."""
    unreachable: bool = False
    """Whether ICMP has told that packets of ours did not get there: the reason to give in the end."""
    probes: int = 0
    """How often the persist timer went off in a row."""
    probe_now: bool = False
    """It just did: one segment may leave although the window has no room for it."""
    last_sent: int = 0
    """When data was sent last: to see an idle connection."""

    # Receive sequence space
    irs: Seq = ZERO
    rcv_nxt: Seq = ZERO
    rcv_edge: Seq = ZERO
    """RCV.NXT + RCV.WND as offered: it never moves left."""
    rcv_scale: int = 0
    rcv_mss: int = DEFAULT_MSS
    """The largest segment seen, `full_segment` at most: what delayed ACKs count in (RFC 5681 4.2)."""
    full_segment: int = DEFAULT_MSS
    """The most octets of data in a segment of the peer's: our MSS, options deducted."""
    window_closed: bool = False
    """Whether the window last offered is zero."""
    rcv_up: Seq | None = None
    """The peer's urgent pointer while it lies ahead."""
    fin_received: bool = False
    nobody_reads: bool = False
    """Whether the application has closed both directions."""

    # Acknowledging
    ack_now: bool = False
    ack_reason: AckReason | None = None
    last_ack_sent: Seq = ZERO
    echo_congestion: bool = False
    """Whether every segment of ours has ECE: the peer has not heard of the last mark (RFC 3168 6.1.3)."""
    dsack: tuple[Seq, Seq] | None = None
    """What arrived twice, for the next ACK to report (RFC 2883)."""
    replies: deque[tuple[Segment, Event]] = field(default_factory=deque)
    """Segments that leave as they were built, before everything else, and what to tell when they do."""
    challenges: int = 0
    """Challenge ACKs since `challenges_since`."""
    challenges_since: int = 0

    # Keep-alive
    last_heard: int = 0
    """When the last segment came."""
    keep_alive_sent: int = 0
    """When the last probe left."""
    keep_alive_probes: int = 0
    """Probes without an answer."""

    # Options: offered until the peer's SYN is known, in use from then on
    scaling: bool = False
    sack: bool = False
    timestamps: bool = False
    ecn: bool = False
    ts_offset: int = 0
    """What is added to our clock of milliseconds, so that it tells nobody the uptime (RFC 7323 5.4)."""
    ts_recent: int = 0
    ts_recent_at: int = 0
    """When `ts_recent` was set."""
    ts_echoed: int = 0
    """What was echoed to us beside it."""

    events: list[Event] = field(default_factory=list)

    @classmethod
    def create(cls, config: Config, rng: random.Random) -> "Tcb":
        """A closed connection's."""
        return cls(
            config,
            rng,
            RttEstimator(config.min_rto),
            CONTROLS[config.congestion_control](DEFAULT_MSS),
            SendBuffer(ZERO),
            RightSizing(config.receive_buffer),
            scaling=config.window_scaling,
            sack=config.sack,
            timestamps=config.timestamps,
            ecn=config.ecn,
            ts_offset=rng.getrandbits(32),
        )

    @property
    def rcv_wnd(self) -> int:
        """Our window as last offered."""
        return self.rcv_edge - self.rcv_nxt & 0xFFFF_FFFF

    @property
    def usable_window(self) -> int:
        """U = SND.UNA + SND.WND - SND.NXT (RFC 9293 3.8.6.2.1); negative after the window was shrunk."""
        return self.snd_wnd - diff(self.snd_nxt, self.snd_una)

    @property
    def pipe(self) -> int:
        """What is thought to be on the way (RFC 6675 section 2), by whatever the peer lets us know."""
        return self.flight.octets - min(self.assumed_arrived, self.flight.octets)

    @property
    def flight_size(self) -> int:
        """FlightSize: what was sent and is not acknowledged (RFC 5681 section 2)."""
        return diff(self.snd_nxt, self.snd_una)

    @property
    def send_room(self) -> int:
        """Octets that the send buffer takes now."""
        capacity = send_capacity(self.congestion.cwnd, self.config.send_buffer)
        return max(0, capacity - len(self.send_buffer))

    @property
    def window_in_use(self) -> int:
        """What a loss reduces: FlightSize, without what limited transmit added (RFC 5681 3.2 step 2) and
        what left during a recovery for others that had arrived."""
        return min(self.flight_size, self.congestion.cwnd)

    @property
    def syn_acked(self) -> bool:
        """Whether the peer knows our initial sequence number."""
        return self.snd_una != self.iss

    @property
    def fin_acked(self) -> bool:
        """Whether the peer has everything of us."""
        return self.fin_sent and self.snd_una == self.snd_nxt

    @property
    def waiting_to_send(self) -> bool:
        """Whether something is queued that was never sent."""
        return self.unsent > 0 or (self.fin_queued and not self.fin_sent)

    @property
    def repairing(self) -> bool:
        """Whether what was on the way at the last loss is not acknowledged yet."""
        return gt(self.recover, self.snd_una) and le(self.recover, self.snd_nxt)

    @property
    def already_slower(self) -> bool:
        """Whether what was on the way at the last reduction of the window is not acknowledged yet."""
        return gt(self.slower_until, self.snd_una) and le(self.slower_until, self.snd_nxt)

    def choose_iss(self, iss: Seq) -> None:
        """Begin the send sequence space."""
        self.iss = self.snd_una = self.snd_nxt = self.recover = self.slower_until = iss
        self.send_buffer.start = add(iss, 1)

    def emit(self, event: Event) -> None:
        """Tell what happened."""
        self.events.append(event)

    def transition(self, trigger: Trigger) -> None:
        """Take the edge of the table that leaves this state by `trigger`."""
        old, self.state = self.state, TRANSITIONS[self.state, trigger].new
        self.emit(StateChanged(old, self.state, trigger))

    def finish(self, trigger: Trigger, why: CloseReason) -> None:
        """Take an edge to CLOSED. After a normal end what came in order can still be read."""
        self.transition(trigger)
        self.end = why
        self.timers.stop_all()
        self.send_buffer.clear()
        self.flight = Flight()
        self.unsent = 0
        self.ack_now = False
        if why is not CloseReason.NORMAL:
            self.reassembly.clear()  # RFC 9293 3.10.7.4: "All segment queues should be flushed"
        self.emit(Ended(why))

    def listen_again(self, trigger: Trigger) -> None:
        """A passive open failed: be as before the SYN, with another ISS (RFC 9293 3.10.7.4, second)."""
        self.transition(trigger)
        fresh = Tcb.create(self.config, self.rng)
        fresh.state, fresh.passive, fresh.events = self.state, True, self.events
        fresh.choose_iss(add(self.iss, self.rng.getrandbits(24)))
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    def ack_at_once(self, why: AckReason) -> None:
        """The next segment acknowledges, and nothing delays it."""
        self.ack_now = True
        self.ack_reason = why

    def in_flight(self, number: Seq) -> bool:
        """Whether SND.UNA =< `number` < SND.NXT: what an ICMP error must quote (RFC 5927 4)."""
        return in_window(number, self.snd_una, diff(self.snd_nxt, self.snd_una))
