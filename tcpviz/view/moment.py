"""One moment of a run with all that a pane needs to show it: the currency of the view."""

from dataclasses import dataclass
from typing import NamedTuple

from tcpviz.analysis import Flag, TcpPacket, Verdict
from tcpviz.recording import Row
from tcpviz.session.gate import BY_HAND
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State


class Observed(NamedTuple):
    """What an observer of the packets alone makes of one TCP segment: relative numbers and flags.

    0 in a field about another frame means that the observer has nothing to say. Times in ns.
    """

    stream: int
    """Counted from 0."""
    flags: Flag
    seq: int
    ack: int
    window: int
    """Scaled where the scale is known."""
    length: int
    acks_frame: int = 0
    in_flight: int = 0
    """Octets that its sender has out with it; 0: not known."""
    dup_ack_num: int = 0
    dup_ack_frame: int = 0
    rto: int = 0
    rto_frame: int = 0
    initial_rtt: int = 0


def observed(verdict: Verdict) -> Observed:
    """What the analysis found, as the screen keeps it."""
    return Observed(
        verdict.stream,
        verdict.flags,
        verdict.seq,
        verdict.ack or 0,
        verdict.window,
        verdict.length,
        verdict.acks_frame or 0,
        verdict.bytes_in_flight or 0,
        verdict.dup_ack_num or 0,
        verdict.dup_ack_frame or 0,
        verdict.rto or 0,
        verdict.rto_frame or 0,
        (verdict.initial_rtt or 0) if verdict.flags else 0,
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """Row `index` of a recording and the state of its connection after it.

    A row that belongs to no connection (ARP) shows the connection that was last active before it.
    """

    index: int
    row: Row
    flow: int
    data: bytes
    """The frame; empty where the row is none."""
    packet: TcpPacket | None
    """The TCP header in it, as the analysis reads it."""
    before: Snapshot | None
    snapshot: Snapshot | None
    peer_state: State | None
    events: tuple[Event, ...]
    text: str
    observed: Observed | None
    peer_events: tuple[Event, ...] = ()
    """What the sender's stack did before a packet that came in, where that is known."""

    acknowledged_after: int = 0
    """How long what the packet acknowledges took to be so, for an observer (ns); 0: nothing new."""

    scale_unknown: bool = False
    """Whether nobody knows by what the packet's window has to be multiplied, as no packet tells it."""

    @property
    def strangers(self) -> bool:
        """Whether this is a TCP packet of a connection that is none of ours, such as any in a capture."""
        return self.packet is not None and not self.row.flow and self.row.number > 0

    @property
    def by_hand(self) -> bool:
        """Whether the user decided the packet's fate at the gate."""
        return self.text == BY_HAND
