"""What the two ends of one connection said: its octets in order of delivery, found a little at a time.

Only where each piece stands is kept, not the octets: they are read from the recording when they are shown.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable
from enum import IntEnum
from heapq import heappop, heappush
from typing import NamedTuple

from tcpviz.analysis import TcpPacket
from tcpviz.analysis.packet import is_client
from tcpviz.link.base import Fate
from tcpviz.view.run import RunView
from tcpviz.view.summary import tcp_payload
from tcpviz.wire.segment import ACK, SYN

_BATCH = 32
"""Packets between two looks at the clock."""

_NEVER_CAPTURED = 0xFFFF_FFFF
"""Instead of the place in a payload."""

_MASK, _HALF = 0xFFFF_FFFF, 1 << 31


class Side(IntEnum):
    """Who speaks."""

    CLIENT = 0
    SERVER = 1


class Piece(NamedTuple):
    """Octets that one packet brought and nobody had brought before, delivered as one."""

    side: Side
    position: int
    """The packet that carries them; for a gap, the one that acknowledges them."""
    start: int
    """How many octets this side had said before."""
    length: int
    gap: bool
    """They were received, as their ACK shows, but no packet with them is in the capture."""


class Conversation:
    """The pieces of one stream of a run, the ones delivered first first."""

    def __init__(self, run: RunView, stream: int) -> None:
        self.run = run
        self.stream = stream
        self.sides = bytearray()
        """The side of each piece."""
        self._positions = array("I")
        self._skips = array("I")
        self._lengths = array("I")
        self._starts = array("Q")
        self._delivered = array("I")
        self._looked_at = 0
        self._client = b""
        self._receivers = (_Receiver(), _Receiver())

    def __len__(self) -> int:
        """The pieces that were found so far."""
        return len(self._positions)

    @property
    def behind(self) -> int:
        """How many packets of the run were not looked at yet."""
        return len(self.run.packets) - self._looked_at

    def said(self, side: Side) -> int:
        """How many octets of this side were delivered so far."""
        return self._receivers[side].said

    def __getitem__(self, index: int) -> Piece:
        return Piece(
            Side(self.sides[index]),
            self._positions[index],
            self._starts[index],
            self._lengths[index],
            self._skips[index] == _NEVER_CAPTURED,
        )

    def data(self, index: int) -> bytes:
        """The octets of a piece, as far as they were captured."""
        skip = self._skips[index]
        packet, data = self._packet(self._positions[index])
        if packet is None or skip == _NEVER_CAPTURED:
            return b""
        payload, _ = tcp_payload(data, packet)
        return payload[skip : skip + self._lengths[index]]

    def at(self, position: int) -> int:
        """The last piece delivered by the time of the packet at `position`; -1 when there is none."""
        return bisect_right(self._delivered, position) - 1

    def advance(self, budget_ns: int, clock: Callable[[], int]) -> bool:
        """Look at packets of the run until none is left or `budget_ns` have passed on `clock`.

        Returns whether there was anything to look at.
        """
        if not self.behind:
            return False
        deadline = clock() + budget_ns
        for count, position in enumerate(self.run.packets.of_stream(self.stream, self._looked_at), 1):
            self._looked_at = position + 1
            self._take(position)
            if count % _BATCH == 0 and clock() >= deadline:
                return True
        self._looked_at = len(self.run.packets)
        return True

    def _packet(self, position: int) -> tuple[TcpPacket | None, bytes]:
        index = self.run.packets.row(position)
        return self.run.segment(index), self.run.recording.data(index)

    def _take(self, position: int) -> None:
        # Most packets are ACKs that say nothing new: they need not be read.
        receivers = self._receivers
        bare = not self.run.packets.length(position)
        if bare and all(each.begun and not each.held for each in receivers):
            return
        row = self.run.recording.row(self.run.packets.row(position))
        packet, _ = self._packet(position)
        if packet is None or row.fate in (Fate.LOST, Fate.CORRUPTED):
            return
        side = self._side(packet)
        if packet.flags & ACK:
            self._acknowledged(Side(1 - side), packet.ack, position)
        receiver = receivers[side]
        start = receiver.place(packet.seq + (1 if packet.flags & SYN else 0))
        if packet.length:
            heappush(receiver.held, (start, position, packet.length))
            self._deliver(side, position)

    def _side(self, packet: TcpPacket) -> Side:
        if not self._client:
            self._client = packet.key if is_client(packet) else packet.reverse_key
        return Side.CLIENT if packet.key == self._client else Side.SERVER

    def _acknowledged(self, side: Side, ack: int, position: int) -> None:
        """What is acknowledged has arrived, even where the capture has missed it."""
        receiver = self._receivers[side]
        if not receiver.held:
            return
        end = min(receiver.place(ack), receiver.held[0][0])
        if end > receiver.said:
            self._add(side, position, _NEVER_CAPTURED, end - receiver.said, position)
            self._deliver(side, position)

    def _deliver(self, side: Side, delivered: int) -> None:
        receiver = self._receivers[side]
        while receiver.held and receiver.held[0][0] <= receiver.said:
            start, position, length = heappop(receiver.held)
            skip = receiver.said - start
            if length > skip:
                self._add(side, position, skip, length - skip, delivered)

    def _add(self, side: Side, position: int, skip: int, length: int, delivered: int) -> None:
        receiver = self._receivers[side]
        self.sides.append(side)
        self._positions.append(position)
        self._skips.append(skip)
        self._lengths.append(length)
        self._starts.append(receiver.said)
        self._delivered.append(delivered)
        receiver.said += length


class _Receiver:
    """Puts one side's octets in order, as the other end's TCP does."""

    __slots__ = ("begun", "first", "held", "said")

    def __init__(self) -> None:
        self.begun = False
        self.first = 0
        """The sequence number of its first octet."""
        self.said = 0
        self.held: list[tuple[int, int, int]] = []
        """What came before what precedes it: place, position of the packet, octets. A heap."""

    def place(self, seq: int) -> int:
        """How many octets precede the one with this sequence number; it may be less than none."""
        if not self.begun:
            self.begun, self.first = True, seq & _MASK
        return self.said + ((seq - self.first - self.said + _HALF) & _MASK) - _HALF


def stream_at(run: RunView, index: int) -> int | None:
    """The stream of the packet at row `index`, or of the nearest one before it that is TCP, or after it."""
    here = max(run.packets.position(index), 0)
    return run.packets.stream_near(here)
