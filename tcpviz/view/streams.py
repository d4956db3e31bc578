"""The TCP streams of a run, counted a little at a time: what a chooser lists."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tcpviz.analysis.packet import is_client
from tcpviz.view import units
from tcpviz.view.alerts import AlertKind, inferred
from tcpviz.view.info import endpoint_texts
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe

_BATCH = 1024
"""Packets between two looks at the clock."""
_MOST_KINDS = 3
"""Kinds of alert in a line."""


class Stream(NamedTuple):
    """One stream in words, and where it begins."""

    number: int
    """As `tcp.stream` counts it."""
    first: int
    """The position of its first packet."""
    ends: SafeText
    """Client and server: who opened it, or would have by the ports."""
    amount: SafeText
    """Packets, octets of payload, and the time from the first packet to the last."""
    alerts: SafeText
    """What is worth a look, the worst first; empty when nothing is."""


class Streams:
    """The streams of the packets that were counted so far."""

    def __init__(self, run: RunView) -> None:
        self._run = run
        self._counted = 0
        self._streams: dict[int, _Counts] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._streams)

    def __iter__(self) -> Iterator[Stream]:
        """All of them in the order of their first packets."""
        return map(self._in_words, self._streams.items())

    def around(self, number: int, most: int) -> list[Stream]:
        """At most so many of them, that of this number amid them: to word tens of thousands takes seconds."""
        place = next((place for place, each in enumerate(self._streams) if each == number), 0)
        start = max(0, min(place - most // 2, len(self._streams) - most))
        return [self._in_words(each) for each in islice(self._streams.items(), start, start + most)]

    def matching(self, wanted: str, most: int) -> tuple[list[Stream], int]:
        """Those with every word of `wanted` in their number, ends or alerts: at most so many, and how many
        there are."""
        parts = wanted.casefold().split()
        found = [
            (number, counts)
            for number, counts in self._streams.items()
            if _has(f"{number} {self._ends(counts)} {counts.alerts()}", parts)
        ]
        return [self._in_words(each) for each in found[:most]], len(found)

    def first(self, number: int) -> int:
        """The position of the stream's first packet."""
        return self._streams[number].first

    def advance(self, budget_ns: int, clock: Callable[[], int]) -> None:
        """Count packets of the run until none is left or `budget_ns` have passed on `clock`."""
        deadline = clock() + budget_ns
        while self._counted < len(self._run.packets):
            start, self._counted = self._counted, min(self._counted + _BATCH, len(self._run.packets))
            self._count(start)
            if clock() >= deadline:
                break

    def _count(self, start: int) -> None:
        streams = self._streams
        for position, (stream, flags, octets) in enumerate(
            self._run.packets.judged(start, self._counted), start
        ):
            if stream is None:
                continue
            counts = streams.get(stream)
            if counts is None:
                counts = streams[stream] = _Counts(position)
            counts.last = position
            counts.packets += 1
            counts.octets += octets
            if flags:
                counts.flags[flags] += 1

    def _in_words(self, numbered: "tuple[int, _Counts]") -> Stream:
        number, counts = numbered
        times = self._run.packets.times
        span = units.duration(times[counts.last] - times[counts.first])
        plural = "" if counts.packets == 1 else "s"
        amount = safe(f"{counts.packets:,} packet{plural}, {units.size(counts.octets)} in {span}")
        return Stream(number, counts.first, self._ends(counts), amount, counts.alerts())

    def _ends(self, counts: "_Counts") -> SafeText:
        if counts.ends is None:
            counts.ends = self._ends_at(counts.first)
        return counts.ends

    def _ends_at(self, position: int) -> SafeText:
        packet = self._run.segment(self._run.packets.row(position))
        if packet is None:  # in a datagram of several fragments
            line = self._run.line(position)
            return safe(f"{line.source} > {line.destination}")
        source, destination = endpoint_texts(packet)
        client, server = (source, destination) if is_client(packet) else (destination, source)
        return safe(f"{client} > {server}")


class _Counts:
    """Of one stream. Positions of its first and its last packet; how many have each combination of flags."""

    __slots__ = ("ends", "first", "flags", "last", "octets", "packets")

    def __init__(self, first: int) -> None:
        self.first = self.last = first
        self.packets = self.octets = 0
        self.ends: SafeText | None = None
        """Its two ends in words, once somebody has asked for them."""
        self.flags: Counter[int] = Counter()

    def alerts(self) -> SafeText:
        kinds: Counter[AlertKind] = Counter()
        for flags, packets in self.flags.items():
            kinds.update(dict.fromkeys(inferred(flags), packets))
        return _listed((kind.title, kinds[kind]) for kind in sorted(kinds))


def _has(text: str, parts: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(part in folded for part in parts)


def _listed(alerts: Iterable[tuple[SafeText, int]]) -> SafeText:
    """The first few, e.g. "Duplicate ACK: 7, Zero window: 1"."""
    told = iter(alerts)
    words = [f"{title}: {count:,}" for title, count in islice(told, _MOST_KINDS)]
    return safe(", ".join([*words, "..."] if next(told, None) else words))
