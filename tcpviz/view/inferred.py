"""What a capture's packets alone tell of its connections at any moment: states, and sequence space.

States change in few packets, and each change is kept. Sequence space changes in nearly all: of it there is a
mark every few hundred packets of a stream, and the way from there is gone again when somebody looks.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import NamedTuple, TypeVar

from tcpviz.analysis import Analyzer, Flag, TcpPacket, Verdict
from tcpviz.analysis.ends import Ends, EndState, Seen
from tcpviz.analysis.packet import is_client
from tcpviz.analysis.space import START, Mark, Space, Tracker, mark
from tcpviz.analysis.stream import SCALE_UNKNOWN, Side
from tcpviz.view.info import endpoint_texts
from tcpviz.view.safe import SafeText
from tcpviz.wire.segment import FIN, RST, SYN

MARKED = 256
"""Packets of a stream between two marks."""

PLACED = 16
"""The same between two places on the way from a mark, which are kept for the next look."""

_ENDS = SYN | FIN | RST
_GAP = int(Flag.ACK_LOST_SEGMENT)
_MASK = 0xFFFF_FFFF

_T = TypeVar("_T")


class Inferred(NamedTuple):
    """Both ends of a stream as an observer would take them, and what tells them apart."""

    stream: int
    client: EndState
    server: EndState
    from_middle: bool
    """Whether the handshake is not in the capture."""
    guessed: tuple[bool, bool]
    """Whether the state of client and server is known by what the other one has sent alone."""
    gaps: bool
    """Whether packets are missing in the capture, as acknowledgments show: they may have changed a state."""
    endpoints: tuple[SafeText, SafeText]
    """Client and server: who opens, or would have by the ports."""
    initial_rtt: int
    """From the SYN to the handshake's last ACK (ns); 0: not seen by then."""


class Spaces(NamedTuple):
    """The sequence space of what each end sends."""

    client: Space
    server: Space


class _Way(NamedTuple):
    """The places that were passed on the way from the mark in row `since` of stream `number`, in order."""

    number: int
    since: int
    places: list[tuple[int, Tracker, Tracker]]


class Inference:
    """All connections of others, as far as their packets were read."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._streams: dict[int, _Stream] = {}
        self._way: _Way | None = None

    def take(self, index: int, packet: TcpPacket, verdict: Verdict) -> None:
        """The next packet, in row `index`, of which the analysis has said `verdict`."""
        stream = self._streams.get(verdict.stream)
        if stream is None:
            stream = self._streams[verdict.stream] = _Stream(index, packet, self._analyzer)
        stream.packets += 1
        stream.last = index
        if packet.flags & _ENDS or not stream.settled or (not stream.gaps and int(verdict.flags) & _GAP):
            stream.change(index, packet, verdict)
        if not stream.packets % MARKED:
            client, server = stream.sides
            stream.marks.append((index, mark(client), mark(server)))

    def span(self, number: int) -> tuple[int, int] | None:
        """The first and the last row so far of stream `number`; None where it is not one of others."""
        stream = self._streams.get(number)
        return (stream.first, stream.last) if stream else None

    def scale_unknown(self, number: int, key: bytes) -> bool:
        """Whether the windows that one end of a stream of others tells count in units that are not known."""
        stream = self._streams.get(number)
        if stream is None:
            return False
        client, server = stream.sides
        return (client if key == stream.client else server).scale == SCALE_UNKNOWN

    def trails(self) -> Iterator[list[tuple[int, Inferred]]]:
        """Of each stream of others the rows in which an end's state changed, and both ends after it."""
        return map(self.trail, self._streams)

    def trail(self, number: int) -> list[tuple[int, Inferred]]:
        """That of stream `number`; empty where it is not one of others."""
        changes = self._streams[number].changes if number in self._streams else []
        seen = ((change[0], self.at(number, change[0])) for change in changes)
        return [(index, inferred) for index, inferred in seen if inferred]

    def at(self, number: int, index: int) -> Inferred | None:
        """The ends of stream `number` after row `index`; None where it is not one of others, or not begun."""
        stream = self._streams.get(number)
        at = bisect_right(stream.changes, index, key=_row) if stream else 0
        if stream is None or not at:
            return None
        change = stream.changes[at - 1]
        rtt = stream.sides[0].stream.initial_rtt if change.handshaken else None
        return Inferred(
            number,
            change.client,
            change.server,
            change.from_middle,
            change.guessed,
            change.gaps,
            stream.endpoints,
            max(rtt or 0, 0),
        )

    def spaces(
        self, number: int, index: int, packets: Callable[[int], Iterable[tuple[int, TcpPacket]]]
    ) -> Spaces | None:
        """The sequence space of stream `number` after row `index`; None as with `at`.

        `packets` gives those of the stream after a row, up to `index`, each with its row.
        """
        stream = self._streams.get(number)
        if stream is None or index < stream.first:
            return None
        places = self._places(number, index, stream)
        at = bisect_right(places, index, key=_row)
        since, client, server = places[at - 1]
        client, server = copy(client), copy(server)
        for count, (row, packet) in enumerate(packets(since), 1):
            sender, receiver = (client, server) if packet.key == stream.client else (server, client)
            sender.sent(packet)
            receiver.acknowledged(packet)
            if at == len(places) and not count % PLACED:
                places.append((row, copy(client), copy(server)))
                at += 1
        return Spaces(client.space(), server.space())

    def _places(self, number: int, index: int, stream: "_Stream") -> list[tuple[int, Tracker, Tracker]]:
        """Those that were passed from the last mark before `index` on; the first is the mark."""
        since, *marks = stream.mark(index)
        if self._way is None or self._way[:2] != (number, since):
            client, server = (Tracker(side, each) for side, each in zip(stream.sides, marks, strict=True))
            self._way = _Way(number, since, [(since, client, server)])
        return self._way.places


class _Change(NamedTuple):
    """What is known of both ends from a row on; the fields as in `Inferred`."""

    row: int
    client: EndState
    server: EndState
    from_middle: bool
    guessed: tuple[bool, bool]
    gaps: bool
    handshaken: bool


class _Stream:
    """What is kept of one stream."""

    __slots__ = ("changes", "client", "ends", "first", "gaps", "last", "marks", "packets", "settled", "sides")

    def __init__(self, index: int, packet: TcpPacket, analyzer: Analyzer) -> None:
        self.first = self.last = index
        from_client = is_client(packet)
        self.client = packet.key if from_client else packet.reverse_key
        self.sides: tuple[Side, Side] = _ordered(
            analyzer.side(packet.key), analyzer.side(packet.reverse_key), from_client
        )
        self.ends = Ends()
        self.settled = False
        """Whether plain segments change nothing. Asked of every packet, hence kept."""
        self.gaps = False
        self.packets = 0
        self.changes: list[_Change] = []
        self.marks: list[tuple[int, Mark, Mark]] = []

    @property
    def endpoints(self) -> tuple[SafeText, SafeText]:
        """Client and server in words."""
        return endpoint_texts(TcpPacket(self.client, 0, 0, 0, 0, 0))

    def change(self, index: int, packet: TcpPacket, verdict: Verdict) -> None:
        """A packet that may change a state."""
        ends, from_client = self.ends, packet.key == self.client
        sender, _ = _ordered(*self.sides, from_client)
        in_window = not packet.flags & RST or _in_window(packet, sender.peer)
        seen = Seen(packet.flags, verdict.seq, verdict.length, verdict.ack, in_window)
        ends.take(seen, from_client=from_client)
        self.settled = ends.settled and not any(ends.guessed)
        self.gaps = self.gaps or int(verdict.flags) & _GAP > 0
        handshaken = bool(sender.stream.initial_rtt)
        now = _Change(index, ends.client, ends.server, ends.from_middle, ends.guessed, self.gaps, handshaken)
        if not self.changes or self.changes[-1][1:] != now[1:]:
            self.changes.append(now)

    def mark(self, index: int) -> tuple[int, Mark, Mark]:
        """The last mark but one up to row `index`: what lies behind it is hardly under way any more."""
        at = bisect_right(self.marks, index, key=_row) - 2
        return self.marks[at] if at >= 0 else (self.first - 1, START, START)


def _in_window(packet: TcpPacket, receiver: Side) -> bool:
    """Whether the one who gets a reset would accept it (RFC 9293 3.10.7.4), by what he has acknowledged."""
    window = receiver.window << max(receiver.scale, 0)
    return not receiver.last_ack or (packet.seq - receiver.last_ack) & _MASK <= window


def _ordered(first: _T, second: _T, in_order: bool) -> tuple[_T, _T]:
    return (first, second) if in_order else (second, first)


def _row(entry: tuple[int, *tuple[object, ...]]) -> int:
    return entry[0]
