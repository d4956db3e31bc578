"""What came from the peer: octets in order for the application, and pieces that wait beyond a hole.

All positions are sequence numbers. Which part of a segment is acceptable is decided before it comes here.
"""

from bisect import bisect_left, bisect_right
from heapq import nlargest
from itertools import islice

from tcpviz.wire.segment import Buffer
from tcpviz.wire.seq import Seq, add, diff, le, lt

MAX_PIECES = 256
"""Pieces held at once: bounds memory and time, whatever the peer sends."""


class _Piece:
    """Consecutive octets from `start` on, held out of order."""

    __slots__ = ("octets", "start", "touched")

    def __init__(self, start: Seq, octets: bytearray, touched: int) -> None:
        self.start = start
        self.octets = octets
        self.touched = touched

    @property
    def end(self) -> Seq:
        return add(self.start, len(self.octets))


class Reassembly:
    """The receive queue: `ready` octets in order, then pieces in sequence order that never touch."""

    __slots__ = ("_pieces", "_touch", "fin", "held_octets", "ready")

    def __init__(self) -> None:
        self.ready = bytearray()
        """In order and not yet taken by the application."""
        self.held_octets = 0
        """Octets that wait beyond a hole."""
        self.fin: Seq | None = None
        """Where the peer's FIN stands that came out of order."""
        self._pieces: list[_Piece] = []
        self._touch = 0

    @property
    def has_hole(self) -> bool:
        """Whether something waits for what lies before it."""
        return bool(self._pieces) or self.fin is not None

    @property
    def full(self) -> bool:
        """Whether one more piece would be one too many."""
        return len(self._pieces) >= MAX_PIECES

    def take(self, limit: int) -> bytes:
        """Hand out at most `limit` octets, in order."""
        data = bytes(self.ready) if limit >= len(self.ready) else bytes(memoryview(self.ready)[:limit])
        del self.ready[: len(data)]
        return data

    def extend(self, data: Buffer, rcv_nxt: Seq) -> Seq:
        """Take octets that begin at `rcv_nxt`; the new RCV.NXT, moved on over what had waited for them."""
        self.ready += data
        rcv_nxt = add(rcv_nxt, len(data))
        while self._pieces and le(self._pieces[0].start, rcv_nxt):
            piece = self._pieces.pop(0)
            self.held_octets -= len(piece.octets)
            known = diff(rcv_nxt, piece.start)
            if known < len(piece.octets):
                self.ready += memoryview(piece.octets)[known:]
                rcv_nxt = piece.end
        return rcv_nxt

    def hold(self, start: Seq, data: Buffer) -> None:
        """Keep octets that lie beyond a hole. Octets already held stay as they came first."""
        self._touch += 1
        new = _Piece(start, bytearray(data), self._touch)
        first, after = self._touching(start, new.end)
        touching = self._pieces[first:after]
        self.held_octets -= sum(len(piece.octets) for piece in touching)
        merged = _merged(touching, new)
        self.held_octets += len(merged.octets)
        self._pieces[first:after] = [merged]

    def _touching(self, start: Seq, end: Seq) -> tuple[int, int]:
        """From where up to where the pieces overlap or touch [start, end)."""
        first = bisect_left(self._pieces, 0, key=lambda piece: diff(piece.end, start))
        after = bisect_right(self._pieces, 0, first, key=lambda piece: diff(piece.start, end))
        return first, after

    def holds(self, start: Seq, end: Seq) -> bool:
        """Whether all of [start, end) is held already."""
        first, after = self._touching(start, end)
        return any(
            le(piece.start, start) and le(end, piece.end) for piece in islice(self._pieces, first, after)
        )

    def touch(self, start: Seq) -> None:
        """Count the piece with `start` in it as the most recent (RFC 2018 section 4)."""
        self._touch += 1
        for piece in islice(self._pieces, *self._touching(start, start)):
            if le(piece.start, start) and lt(start, piece.end):
                piece.touched = self._touch

    def ranges(self) -> tuple[tuple[Seq, Seq], ...]:
        """[start, end) of every piece, in sequence order."""
        return tuple((piece.start, piece.end) for piece in self._pieces)

    def recent_ranges(self, count: int) -> list[tuple[Seq, Seq]]:
        """The `count` most recently touched ones: the order of a SACK option (RFC 2018 section 4)."""
        recent = nlargest(count, self._pieces, key=lambda piece: piece.touched)
        return [(piece.start, piece.end) for piece in recent]

    def clear(self) -> None:
        """Forget everything."""
        self.ready = bytearray()
        self._pieces = []
        self.held_octets = 0
        self.fin = None


def _merged(touching: list[_Piece], new: _Piece) -> _Piece:
    """`new` and the pieces that it overlaps or touches, as one."""
    if not touching:
        return new
    first = touching[0]
    if lt(new.start, first.start):
        first = _Piece(new.start, new.octets[: diff(first.start, new.start)], 0)
        touching = [first, *touching]
    for piece in touching[1:]:
        gap = diff(piece.start, first.end)
        if gap > 0:
            offset = diff(first.end, new.start)
            first.octets += new.octets[offset : offset + gap]
        first.octets += piece.octets[max(0, -gap) :]
    if lt(first.end, new.end):
        first.octets += new.octets[diff(first.end, new.start) :]
    first.touched = new.touched
    return first
