"""Datagrams that arrive in pieces, put together again (RFC 791, RFC 1122 3.3.2, RFC 8200 4.5).

Knows offsets and octets, not headers: IPv4 and IPv6 fragments are the same here. What somebody could use
against us is refused, in both families: overlaps (RFC 5722), a first piece that hides the ports (RFC 1858,
RFC 7112), more of anything than a real sender needs.
"""

from bisect import bisect
from collections.abc import Hashable
from typing import NamedTuple

from tcpviz.host.errors import DropError
from tcpviz.wire import ipv4
from tcpviz.wire.segment import CE, NOT_ECT, Buffer

TIMEOUT = 60_000_000_000
"""ns from the first piece that arrives to the end of our patience (RFC 8200 4.5; RFC 1122 3.3.2)."""
MOST_DATAGRAMS = 64
"""Incomplete datagrams at a time; the oldest makes room for a new one."""
MOST_PIECES = 192
"""Pieces of one datagram: 64 kB through the smallest MTU in use, 576 octets, are 120."""
MOST_OCTETS = 1 << 20
"""Octets of all incomplete datagrams; the oldest make room."""

_LARGEST = 0xFFFF
_UNIT = 8
_LEAST_FIRST = {ipv4.TCP: 20, ipv4.UDP: 8}


class Piece(NamedTuple):
    """One fragment."""

    protocol: int
    """What the datagram carries, as this piece says."""
    offset: int
    """Where its data belongs, in octets."""
    more: bool
    """Whether there is more behind it."""
    data: Buffer
    ecn: int
    """The ECN bits of the packet that it came in."""
    packet: Buffer
    """That packet."""


class Whole(NamedTuple):
    """A datagram that is complete; `first` is the packet that its first piece came in."""

    first: bytes
    protocol: int
    ecn: int
    data: bytes


class Fragments:
    """All incomplete datagrams of a host."""

    def __init__(self) -> None:
        self._datagrams: dict[Hashable, _Datagram] = {}

    def add(self, key: Hashable, piece: Piece, now: int) -> Whole | None:
        """Take in a piece of the datagram `key` (its addresses, identification, and protocol in IPv4).

        Returns the datagram when this was the last that was missing. Raises DropError.
        """
        if not piece.data:
            raise DropError("a fragment with nothing in it")
        if piece.more and len(piece.data) % _UNIT:
            raise DropError(f"a fragment of {len(piece.data)} octets with more to follow")
        if piece.offset + len(piece.data) > _LARGEST:
            raise DropError("a fragment that reaches beyond the largest datagram")
        if not piece.offset and len(piece.data) < _LEAST_FIRST.get(piece.protocol, 0):
            raise DropError("a first fragment that is too short for the header in it")
        datagram = self._datagrams.get(key) or self._begin(key, now)
        try:
            datagram.add(piece)
        finally:
            self._make_room(key)
        if datagram.complete:
            del self._datagrams[key]
            return datagram.whole()
        return None

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
        return next((datagram.deadline for datagram in self._datagrams.values()), None)

    def on_deadline(self, now: int) -> list[bytes | None]:
        """Give up what has waited too long; for each the packet with its first piece, if that was there."""
        overdue = [key for key, datagram in self._datagrams.items() if datagram.deadline <= now]
        return [self._datagrams.pop(key).first for key in overdue]

    def _begin(self, key: Hashable, now: int) -> "_Datagram":
        if len(self._datagrams) >= MOST_DATAGRAMS:
            del self._datagrams[next(iter(self._datagrams))]
        datagram = self._datagrams[key] = _Datagram(now + TIMEOUT)
        return datagram

    def _make_room(self, kept: Hashable) -> None:
        octets = sum(datagram.octets for datagram in self._datagrams.values())
        for key in list(self._datagrams):
            if octets <= MOST_OCTETS:
                return
            if key != kept:
                octets -= self._datagrams.pop(key).octets


class _Datagram:
    """The pieces of one datagram. As none overlap, it is complete when the octets are as many as its end
    says. One that was given up stays for its time, so that late pieces begin no other (RFC 5722 4)."""

    def __init__(self, deadline: int) -> None:
        self.deadline = deadline
        self.first: bytes | None = None
        self.octets = 0
        self._protocol = 0
        self._offsets: list[int] = []
        self._pieces: dict[int, bytes] = {}
        self._end: int | None = None
        self._ecn: set[int] = set()
        self._refusal = ""

    @property
    def complete(self) -> bool:
        return self.octets == self._end and not self._refusal

    def whole(self) -> Whole:
        assert self.first is not None
        data = b"".join(self._pieces[offset] for offset in self._offsets)
        return Whole(self.first, self._protocol, CE if CE in self._ecn else min(self._ecn), data)

    def add(self, piece: Piece) -> None:
        if self._refusal:
            raise DropError(self._refusal)
        data = bytes(piece.data)
        if self._pieces.get(piece.offset) == data and self._fits_end(piece):
            return  # the network's copy
        problem = self._problem(piece)
        if problem:
            self._give_up(problem)
        self._offsets.insert(bisect(self._offsets, piece.offset), piece.offset)
        self._pieces[piece.offset] = data
        self._ecn.add(piece.ecn)
        self.octets += len(data)
        if not piece.more:
            self._end = piece.offset + len(data)
        if not piece.offset:
            self.first = bytes(piece.packet)
            self._protocol = piece.protocol

    def _problem(self, piece: Piece) -> str:
        """Why the whole datagram is not to be trusted, or wanted."""
        if self._overlaps(piece):
            return "fragments that overlap: the whole datagram is refused"
        if not self._fits_end(piece):
            return "fragments that disagree about the datagram's end"
        if {NOT_ECT, CE} <= self._ecn | {piece.ecn}:
            return "fragments that disagree about ECN"  # RFC 3168 section 5.3
        if len(self._pieces) >= MOST_PIECES:
            return f"a datagram in more than {MOST_PIECES} pieces"
        return ""

    def _overlaps(self, piece: Piece) -> bool:
        at = bisect(self._offsets, piece.offset)
        before = self._offsets[at - 1] if at else None
        if before is not None and before + len(self._pieces[before]) > piece.offset:
            return True
        return at < len(self._offsets) and piece.offset + len(piece.data) > self._offsets[at]

    def _fits_end(self, piece: Piece) -> bool:
        """Whether the piece agrees with what is known about where the datagram ends."""
        end = piece.offset + len(piece.data)
        if self._end is not None:
            return end < self._end if piece.more else end == self._end
        last = self._offsets[-1] if self._offsets else None
        return piece.more or last is None or end >= last + len(self._pieces[last])

    def _give_up(self, reason: str) -> None:
        self._refusal = reason
        self._offsets.clear()
        self._pieces.clear()
        self.octets = 0
        self.first = None
        raise DropError(reason)
