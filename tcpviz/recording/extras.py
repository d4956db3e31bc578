"""The parts of a snapshot that vary in length, as bytes: ranges of sequence numbers, and further timers.

All of it is 64-bit numbers: how many pairs each part has, then the pairs.
"""

import struct
from itertools import chain, islice

from tcpviz.tcp.snapshot import SCALAR_COUNT, Snapshot
from tcpviz.wire.errors import ParseError

_PARTS = len(Snapshot._fields) - SCALAR_COUNT
_NUMBER_SIZE = 8

Extras = tuple[tuple[tuple[int, int], ...], ...]
_NOTHING = ((),) * _PARTS


def any_in(snapshot: Snapshot) -> bool:
    """Whether there are any: most snapshots have none."""
    parts = snapshot[SCALAR_COUNT:]
    return parts != _NOTHING and (len(snapshot.deadlines) > 1 or parts[1:] != _NOTHING[1:])


def of(snapshot: Snapshot) -> Extras:
    """The variable parts in the order of Snapshot, without the first deadline, which the row has."""
    return snapshot.deadlines[1:], snapshot.sacked, snapshot.lost, snapshot.retransmitted, snapshot.held


def join(snapshot: Snapshot, extras: Extras) -> Snapshot:
    """`snapshot`, which has its first deadline, with these variable parts."""
    deadlines, *ranges = extras
    return Snapshot._make((*snapshot[:SCALAR_COUNT], snapshot.deadlines + deadlines, *ranges))


def pack(extras: Extras) -> bytes:
    """The numbers, little-endian."""
    numbers = [*map(len, extras), *chain.from_iterable(chain.from_iterable(extras))]
    return struct.pack(f"<{len(numbers)}q", *numbers)


def unpack(data: bytes) -> Extras:
    """What was packed; zeros after it are padding. ParseError for anything else."""
    count = len(data) // _NUMBER_SIZE
    numbers = struct.unpack_from(f"<{count}q", data)
    counts, rest = numbers[:_PARTS], numbers[_PARTS:]
    if len(counts) < _PARTS or min(counts) < 0 or 2 * sum(counts) > len(rest):
        raise ParseError("not the variable parts of a snapshot")
    pairs = zip(rest[::2], rest[1::2], strict=False)
    return tuple(tuple(islice(pairs, count)) for count in counts)
