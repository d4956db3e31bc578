"""The sequence space of one direction of a stream, as an observer sees it: what is out, what is acknowledged.

The observer stands somewhere between the ends: what he has seen is on the way at least, and what he has not
seen may still have been sent.
"""

from typing import Final, NamedTuple

from tcpviz.analysis.options import sack_blocks
from tcpviz.analysis.packet import TcpPacket
from tcpviz.analysis.spans import Spans, added, beyond, common, holes
from tcpviz.analysis.stream import LONG_AGO, SCALE_UNKNOWN, Side
from tcpviz.wire.segment import ACK, FIN, RST, SYN

_MASK: Final = 0xFFFF_FFFF
_HALF: Final = 0x8000_0000


class Space(NamedTuple):
    """One direction at one moment. Numbers count from the direction's first, as in a `Verdict`, in octets."""

    una: int
    """SND.UNA: the highest acknowledgment seen of the other end."""
    nxt: int
    """SND.NXT: the end of the highest segment seen, or acknowledged."""
    window: int | None
    """The other end's window from `una` on, scaled where the scale is known; None: none was seen."""
    scale_known: bool
    mss: int
    """The largest segment seen."""
    sacked: Spans
    again: Spans
    """Seen more than once, and not acknowledged."""
    unseen: Spans
    """Below `nxt`, and in no packet so far: lost before the observer, or still to come."""
    late: Spans
    """Seen beyond the first hole: the receiver can only hold it, out of order."""


class Mark(NamedTuple):
    """What is kept of a direction now and then, so that no look has to begin at its first packet."""

    una: int
    nxt: int
    window: int | None


START: Final = Mark(0, 0, None)


def mark(side: Side) -> Mark:
    """What the analysis knows of the direction now."""
    base, peer = side.base or 0, side.peer
    nxt = (side.next_seq - base) & _MASK if side.next_seq else 0
    una = (peer.last_ack - base) & _MASK if peer.last_ack else 0
    window = None if peer.last_time == LONG_AGO else peer.window << max(peer.scale, 0)
    return Mark(una, max(nxt, una), window)


class Tracker:
    """Follows one direction from a mark on."""

    def __init__(self, side: Side, since: Mark) -> None:
        self._side = side
        self._una, self._nxt, self._window = since
        self._seen: Spans = [(since.una, since.nxt)] if since.nxt else []
        self._begun = since is not START
        self._sacked: Spans = []
        self._again: Spans = []
        self._mss = 0

    def sent(self, packet: TcpPacket) -> None:
        """The direction's next segment."""
        length = packet.length + (packet.flags & SYN != 0) + (packet.flags & FIN != 0)
        if packet.flags & RST:
            return
        start = self._place(packet.seq)
        end = start + length
        if not self._begun or (packet.flags & SYN and self._una > end):  # another one with the same numbers
            self._begun, self._una, self._nxt = True, start, start
            self._seen, self._again, self._sacked = [], [], []
        self._mss = max(self._mss, packet.length)
        if not length:
            return
        for span in common(self._seen, max(start, self._una), end):
            self._again = added(self._again, *span)
        self._seen = added(self._seen, start, end)
        self._nxt = max(self._nxt, end)

    def acknowledged(self, packet: TcpPacket) -> None:
        """The next segment of the other end."""
        if packet.flags & RST:
            return
        # A SYN's window is not scaled (RFC 7323 2.2).
        window = packet.window << (0 if packet.flags & SYN else max(self._side.peer.scale, 0))
        if not packet.flags & ACK:
            self._window = window if packet.flags & SYN else self._window
            return
        ack = self._place(packet.ack)
        if not self._begun:
            self._begun, self._una, self._nxt = True, ack, ack
        if ack < self._una:
            return
        self._una, self._nxt, self._window = ack, max(self._nxt, ack), window
        for left, right in sack_blocks(packet.options):
            start, end = self._place(left), self._place(right)
            if ack < start < end <= self._nxt:  # a block at or below the ACK tells of a duplicate (RFC 2883)
                self._sacked = added(self._sacked, start, end)
        self._seen, self._again, self._sacked = (
            beyond(spans, ack) for spans in (self._seen, self._again, self._sacked)
        )

    def space(self) -> Space:
        """What holds now."""
        unseen = holes(self._seen, self._una, self._nxt)
        return Space(
            una=self._una,
            nxt=self._nxt,
            window=self._window,
            scale_known=self._side.peer.scale != SCALE_UNKNOWN,
            mss=self._mss,
            sacked=self._sacked,
            again=self._again,
            unseen=unseen,
            late=beyond(self._seen, unseen[0][1]) if unseen else [],
        )

    def _place(self, number: int) -> int:
        """Octets from the direction's first; beyond 4 GB it counts on, as `nxt` does."""
        offset = (number - (self._side.base or 0)) & _MASK
        if not self._begun:
            return offset
        return self._nxt + ((offset - self._nxt + _HALF) & _MASK) - _HALF
