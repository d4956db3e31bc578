"""What happened inside a connection, one frozen value per thing, with its cause.

Only what goes beyond the ordinary is an event: an expected in-order segment and its acknowledgment
leave none, their story is in the snapshots. Times in ns, sizes in octets, sequence numbers raw.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

from tcpviz.tcp.state import State, Trigger
from tcpviz.wire.seq import Seq


class Timer(IntEnum):
    """The timers of a connection; each has one slot in its table."""

    RETRANSMIT = 0
    DELAYED_ACK = 1
    PERSIST = 2
    TIME_WAIT = 3
    USER = 4
    KEEPALIVE = 5
    FIN_WAIT_2 = 6
    TLP = 7
    REORDER = 8
    PATH_MTU = 9


class DropReason(Enum):
    """Why an arriving segment changed nothing; the value completes "dropped: ..."."""

    OUTSIDE_WINDOW = "outside the receive window"
    DUPLICATE = "everything in it was received before"
    BAD_ACK = "acknowledges what was never sent"
    NO_ACK = "has no ACK"
    NO_SYN = "has neither SYN nor RST"
    NO_TIMESTAMP = "lacks the timestamp that both agreed on"
    RST_OUTSIDE_WINDOW = "a reset whose sequence number is not RCV.NXT"
    BAD_RST = "a reset that acknowledges nothing of ours"
    SYN_IN_WINDOW = "a SYN on a synchronized connection"
    OLD_TIMESTAMP = "its timestamp is older than one already seen"
    NO_BUFFER = "no room to hold it"
    NOBODY_READS = "the application has closed and reads no more"
    CLOSED = "the connection is closed"


class Cause(Enum):
    """Why data was sent again."""

    TIMEOUT = "retransmission timeout"
    FAST = "three duplicate ACKs"
    PARTIAL_ACK = "the ACK of a repeat stops at the next hole"
    SACK = "the scoreboard says it is lost"
    RACK = "a segment sent later has arrived"
    TAIL_LOSS_PROBE = "tail loss probe"
    WINDOW_PROBE = "zero window probe"
    PATH_MTU = "the path takes smaller packets only"
    SYN_CROSSED = "the peer's SYN asks for ours again"


class CwndReason(Enum):
    """Why the congestion window changed."""

    INITIAL = "initial window"
    SYN_LOST = "initial window after a lost SYN"
    SLOW_START = "slow start"
    CONGESTION_AVOIDANCE = "congestion avoidance"
    TIMEOUT = "retransmission timeout"
    FAST_RETRANSMIT = "fast retransmit"
    RECOVERED = "recovery is over"
    IDLE = "restart after idle"
    UNDO = "the retransmission was spurious"
    TIMEOUT_DOUBTED = "new data to see whether the timeout was spurious"
    TIMEOUT_CONFIRMED = "the timeout was no mistake"
    ECN = "congestion experienced"
    TAIL_LOSS = "a tail loss probe has repaired a loss"


class AckReason(Enum):
    """Why an ACK left now and did not wait."""

    SECOND_SEGMENT = "every second full segment"
    OUT_OF_ORDER = "out of order: at once"
    HOLE_FILLED = "a hole was filled: at once"
    DELAYED = "the delayed ACK timer"
    WINDOW_UPDATE = "the window opened"
    CHALLENGE = "challenge"
    DUPLICATE = "answer to an unacceptable segment"
    FIN = "acknowledges the peer's FIN"
    HANDSHAKE = "completes the handshake"
    KEEP_ALIVE = "keep-alive probe"


class MtuReason(Enum):
    """Why our packets have another size from now on."""

    ROUTER = "a router says so"
    BLACK_HOLE = "full-size segments vanish"
    AGED = "the path may have changed"


class CloseReason(Enum):
    """How a connection came to its end."""

    NORMAL = "both sides closed"
    RESET = "reset by the peer"
    REFUSED = "refused"
    TIMED_OUT = "no answer"
    ABORTED = "aborted here"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """The connection went from `old` to `new`: one row of `state.TRANSITIONS`."""

    old: State
    new: State
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Negotiated(Event):
    """The handshake settled the options. Scales are shift counts, -1 where not in use."""

    mss: int
    snd_scale: int
    rcv_scale: int
    sack: bool
    timestamps: bool
    ecn: bool = False


@dataclass(frozen=True, slots=True)
class SegmentDropped(Event):
    """An arriving segment was not acceptable."""

    reason: DropReason
    seq: Seq
    length: int


@dataclass(frozen=True, slots=True)
class Held(Event):
    """Data came out of order and waits: [start, end) beyond a hole that begins at RCV.NXT."""

    start: Seq
    end: Seq


@dataclass(frozen=True, slots=True)
class HoleFilled(Event):
    """A missing piece came; RCV.NXT moved to `rcv_nxt`, over data that had been held."""

    rcv_nxt: Seq


@dataclass(frozen=True, slots=True)
class DuplicateAck(Event):
    """The peer acknowledged the same octet again, `count` times now (RFC 5681 section 2)."""

    ack: Seq
    count: int


@dataclass(frozen=True, slots=True)
class Retransmitted(Event):
    """[start, end) was sent again, for the `attempt`-th time (1: the first repeat)."""

    start: Seq
    end: Seq
    cause: Cause
    attempt: int


@dataclass(frozen=True, slots=True)
class CongestionMarked(Event):
    """A router has marked the segment at `seq` instead of losing it; our ACKs say so from now on."""

    seq: Seq


@dataclass(frozen=True, slots=True)
class RttSampled(Event):
    """A round trip was measured; the estimator's new values (RFC 6298 section 2).

    `repeated`: of a segment that was sent more than once, by the timestamp that came back.
    """

    rtt: int
    srtt: int
    rttvar: int
    rto: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class CwndChanged(Event):
    """The congestion window or the slow-start threshold changed."""

    cwnd: int
    ssthresh: int
    why: CwndReason


@dataclass(frozen=True, slots=True)
class PeerWindowChanged(Event):
    """The peer's window went to or from zero. Scaled octets."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class OurWindowChanged(Event):
    """The window that we offer went to or from zero. Scaled octets."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class AckSent(Event):
    """A pure ACK left for a reason worth telling."""

    why: AckReason


@dataclass(frozen=True, slots=True)
class TimerSet(Event):
    """A timer was started anew after its last expiry was backed off, or for the first time in a state."""

    timer: Timer
    deadline: int


@dataclass(frozen=True, slots=True)
class TimerExpired(Event):
    """A timer went off, for the `count`-th time in a row."""

    timer: Timer
    count: int


@dataclass(frozen=True, slots=True)
class UrgentReceived(Event):
    """The peer marked data up to `up_to` as urgent (RFC 9293 3.8.5)."""

    up_to: Seq


@dataclass(frozen=True, slots=True)
class ResetReceived(Event):
    """A valid RST arrived."""


@dataclass(frozen=True, slots=True)
class ResetSent(Event):
    """We gave the connection up with a RST."""

    why: str


@dataclass(frozen=True, slots=True)
class IcmpReceived(Event):
    """An ICMP error quoted a segment of ours. `hard`: it ends the attempt (RFC 9293 3.9.2.2)."""

    icmp_type: int
    code: int
    hard: bool


@dataclass(frozen=True, slots=True)
class PathMtuChanged(Event):
    """The largest packet that the path is thought to take, in octets (RFC 1191)."""

    old: int
    new: int
    why: MtuReason


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The connection is over; nothing more will be received or sent."""

    why: CloseReason
