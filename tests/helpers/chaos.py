"""A path that does to segments whatever paths do: each choice follows from a seeded generator."""

import random
from dataclasses import dataclass

from tcpviz.tcp.config import MILLISECOND, SECOND
from tcpviz.wire import tcp
from tcpviz.wire.segment import CE, NOT_ECT, Segment

_PORTS = (1, 2)
_HEADERS = 40


@dataclass(frozen=True)
class Path:
    """What the link does; probabilities of one packet, times in ns."""

    loss: float
    duplication: float
    reordering: float
    delay: int
    burst: float = 0.0
    """The probability that for up to half a second everything is lost."""
    corruption: float = 0.0
    mark: float = 0.0
    spike: float = 0.0
    """The probability that a packet takes a second longer than the others, and all behind it."""
    blackouts: tuple[tuple[int, int], ...] = ()
    """[from, to): nothing gets through."""
    mtus: tuple[tuple[int, int], ...] = ()
    """(from when on, the largest packet that fits); larger ones vanish without a word."""


class Lane:
    """One direction of a path."""

    def __init__(self, path: Path, rng: random.Random) -> None:
        self._path = path
        self._rng = rng
        self._burst_ends = 0
        self._not_before = 0

    def travel(self, segment: Segment, now: int) -> list[tuple[int, Segment]]:
        """When each copy of a segment that leaves now arrives, and what it is by then; none: it is lost."""
        copies = 1 + (self._rng.random() < self._path.duplication)
        return [arrival for _ in range(copies) if (arrival := self._copy(segment, now)) is not None]

    def _copy(self, segment: Segment, now: int) -> tuple[int, Segment] | None:
        path, rng = self._path, self._rng
        if self._is_lost(now) or self._is_too_large(segment, now):
            return None
        if rng.random() < path.corruption:
            self._corrupt(segment)
            return None
        if segment.ecn != NOT_ECT and rng.random() < path.mark:
            segment = _marked(segment)
        if rng.random() < path.spike:
            self._not_before = now + SECOND
        at = max(now, self._not_before) + path.delay
        if path.delay and rng.random() < path.reordering:
            at += rng.randrange(1, 1 + 3 * path.delay)
        return at, segment

    def _is_lost(self, now: int) -> bool:
        if self._rng.random() < self._path.burst:
            self._burst_ends = now + self._rng.randrange(SECOND // 2)
        dark = any(start <= now < end for start, end in self._path.blackouts)
        return self._rng.random() < self._path.loss or now < self._burst_ends or dark

    def _is_too_large(self, segment: Segment, now: int) -> bool:
        fitting = [mtu for since, mtu in self._path.mtus if since <= now]
        options = 12 if segment.timestamps else 0
        return bool(fitting) and len(segment.payload) + options + _HEADERS > fitting[-1]

    def _corrupt(self, segment: Segment) -> None:
        """The checksum finds every bit that turns over, so the segment is as good as lost."""
        data = bytearray(tcp.build_with_checksum(*_PORTS, segment, 0))
        data[self._rng.randrange(len(data))] ^= 1 << self._rng.randrange(8)
        assert not tcp.checksum_ok(bytes(data), 0)


def _marked(segment: Segment) -> Segment:
    times, sack = segment.timestamps, segment.sack
    return Segment(
        segment.seq, segment.ack, segment.flags, segment.window, segment.payload, 0, times, sack, CE
    )


def path_of(rng: random.Random) -> Path:
    """A path by chance: mostly with a few troubles, sometimes with all."""

    def sometimes(*values: float) -> float:
        return rng.choice((0.0, 0.0, *values))

    blackouts: tuple[tuple[int, int], ...] = ()
    mtus: tuple[tuple[int, int], ...] = ()
    if rng.random() < 0.15:
        start = rng.randrange(3 * SECOND)
        blackouts = ((start, start + rng.randrange(30 * SECOND)),)
    if rng.random() < 0.15:
        mtus = ((rng.randrange(SECOND), rng.choice((1280, 600))), (100 * SECOND, 1500))
    return Path(
        loss=rng.choice((0.0, 0.02, 0.1, 0.3)),
        duplication=sometimes(0.1),
        reordering=sometimes(0.2),
        delay=rng.choice((0, MILLISECOND, 50 * MILLISECOND, 600 * MILLISECOND)),
        burst=sometimes(0.02),
        corruption=sometimes(0.05),
        mark=sometimes(0.05, 0.5),
        spike=sometimes(0.01),
        blackouts=blackouts,
        mtus=mtus,
    )
