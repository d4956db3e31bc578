"""The parts of a snapshot that vary in length, as bytes: timers and ranges of sequence numbers."""

from itertools import chain
from struct import Struct, error
from typing import Any

from tcpviz.tcp.snapshot import SCALAR_COUNT, Snapshot
from tcpviz.wire.errors import ParseError

_COUNTS = Struct("<5H")
_DEADLINE = Struct("<Bq")
_RANGE = Struct("<II")

Extras = tuple[tuple[tuple[int, int], ...], ...]
NONE: Extras = ((),) * (len(Snapshot._fields) - SCALAR_COUNT)


def of(snapshot: Snapshot) -> Extras:
    """The variable parts: deadlines first, then the ranges in the order of Snapshot."""
    return snapshot.deadlines, snapshot.sacked, snapshot.lost, snapshot.retransmitted, snapshot.held


def join(snapshot: Snapshot, extras: Extras) -> Snapshot:
    """`snapshot` with these variable parts."""
    return Snapshot._make(chain(snapshot[:SCALAR_COUNT], extras))


def pack(extras: Extras) -> bytes:
    """The counts, the deadlines, the ranges."""
    deadlines, *ranges = extras
    parts = [_COUNTS.pack(len(deadlines), *map(len, ranges))]
    parts += [_DEADLINE.pack(timer, time) for timer, time in deadlines]
    parts += [_RANGE.pack(left, right) for left, right in chain.from_iterable(ranges)]
    return b"".join(parts)


def unpack(data: bytes) -> Extras:
    """What was packed; zeros after it are padding. ParseError for anything else."""
    try:
        deadlines, *ranges = _COUNTS.unpack_from(data)
        at = _COUNTS.size + deadlines * _DEADLINE.size
        parts: list[Any] = [tuple(_DEADLINE.iter_unpack(data[_COUNTS.size : at]))]
        for count in ranges:
            parts.append(tuple(_RANGE.iter_unpack(data[at : at + count * _RANGE.size])))
            at += count * _RANGE.size
    except error as cause:
        raise ParseError("not the variable parts of a snapshot") from cause
    return tuple(parts)
