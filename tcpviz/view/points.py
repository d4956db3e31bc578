"""The dots of the time-sequence graph: the direction that carries the data.

However long the run, only so many packets are looked at: an even choice of all, and every late alert.
"""

from collections.abc import Iterator, Sequence

from tcpviz.analysis import Flag
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Row
from tcpviz.view.graphs import Point
from tcpviz.view.moment import Moment, Observed
from tcpviz.view.reused import Reused
from tcpviz.view.role import Role
from tcpviz.view.run import RunView

CHOSEN = 300
ALERTS = 100

_SCATTER = 0x9E37_79B1
"""An odd number without a pattern of its own (2^32 by the golden ratio)."""


Place = tuple[RunView, int]
"""A run and a position in it."""
Packet = tuple[Row, Observed | None]
Judged = tuple[Row, Observed]


def time_sequence(
    run: RunView,
    moment: Moment,
    index: int,
    limit: int = CHOSEN,
    kept: Reused[Place, Packet] | None = None,
) -> list[Point]:
    """Points of the connection at `moment` up to row `index`, in order of time: some `limit` and the alerts.

    Empty where no connection is known. `kept`: the packets of the last call (see `keep`).
    """
    return dots(some(run, moment, index, limit, kept))


def some(
    run: RunView, moment: Moment, index: int, limit: int, kept: Reused[Place, Packet] | None = None
) -> list[Judged]:
    """Packets of the connection at `moment` up to row `index`, as `time_sequence` chooses them."""
    rows = run.stream_span(moment.index)
    first, last = (rows[0], min(rows[1], index)) if rows and not moment.flow else (0, index)
    packets = (kept or keep()).each((run, position) for position in _chosen(run, first, last, limit))
    return [(row, seen) for row, seen in packets if seen and _belongs(row.flow, seen, moment)]


def carrier(packets: Sequence[Judged]) -> Direction:
    """The direction that carries the data, or most of it."""
    reach = dict.fromkeys(Direction, 0)
    for row, seen in packets:
        reach[row.direction] = max(reach[row.direction], seen.seq + seen.length)
    return max(Direction, key=lambda direction: reach[direction])


def dots(packets: Sequence[Judged]) -> list[Point]:
    """The points of these packets."""
    data = carrier(packets)
    points = (_point(row, seen, data) for row, seen in packets)
    return [point for point in points if point]


def _chosen(run: RunView, first: int, last: int, limit: int) -> list[int]:
    """The positions to look at from row `first` to row `last`, in order."""
    start = max(run.packets.position(first), 0)
    count = run.packets.position(last) + 1 - start
    late = {run.packets.position(row) for row, _ in run.alerts.recent(last, ALERTS)}
    return sorted({*(start + at for at in _spread(count, limit)), *late} - {-1})


def _spread(count: int, limit: int) -> Iterator[int]:
    """About `limit` of the numbers below `count`.

    One of each so many, but not always the same one: where data and ACKs alternate, that would show only
    one of them. A power of two, so that a run that grows keeps what was chosen before.
    """
    step = 1 << max(-(-count // limit) - 1, 0).bit_length()
    for start in range(0, count, step):
        position = start + (start // step * _SCATTER >> 16) % step
        if position < count:
            yield position


def keep() -> Reused[Place, Packet]:
    """For packets that are wanted again and again."""
    return Reused(lambda place: _packet(*place))


def _packet(run: RunView, position: int) -> Packet:
    return run.recording.row(run.packets.row(position)), run.packets.observed(position)


def _belongs(flow: int, seen: Observed, moment: Moment) -> bool:
    """Whether a packet is one of the connection at `moment`: by its stream where nobody knows connections."""
    if moment.flow:
        return flow in (moment.flow, 0)
    return moment.observed is not None and seen.stream == moment.observed.stream


def _point(row: Row, seen: Observed, carrier: Direction) -> Point | None:
    if row.direction is not carrier:
        return Point(row.time, seen.ack, Role.ACK) if seen.ack else None
    if not seen.length:
        return None
    role = Role.LOST if row.fate is Fate.LOST else Role.DATA
    if role is Role.DATA and seen.flags & Flag.RETRANSMISSION:
        role = Role.RETRANSMISSION
    return Point(row.time, seen.seq + seen.length, role)
