"""The dots of the time-sequence graph: the direction that carries the data, as far as the moment shown.

However long the run, only so many packets are looked at: an even choice of all, and every late alert.
"""

from tcpviz.analysis import Flag
from tcpviz.link.base import Direction, Fate
from tcpviz.view.graphs import Point
from tcpviz.view.moment import Moment
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.wire import seq

CHOSEN = 300
ALERTS = 100


def time_sequence(run: RunView, moment: Moment) -> list[Point]:
    """Points up to `moment`, in order of time; empty where no connection is known."""
    snapshot = moment.snapshot
    if snapshot is None:
        return []
    received = seq.diff(snapshot.rcv_nxt, snapshot.irs)
    sent = seq.diff(snapshot.snd_max, snapshot.iss)
    inbound = received > sent
    points = [_point(run, position, inbound, moment.flow) for position in _chosen(run, moment.index)]
    return [point for point in points if point]


def _chosen(run: RunView, index: int) -> list[int]:
    """The positions to look at, in order."""
    count = run.packets.position(index) + 1
    late = {run.packets.position(row) for row, _ in run.alerts.recent(index, ALERTS)}
    return sorted({*range(0, count, -(-count // CHOSEN) or 1), *late} - {-1})


def _point(run: RunView, position: int, inbound: bool, flow: int) -> Point | None:
    seen = run.packets.observed(position)
    row = run.recording.row(run.packets.row(position))
    if seen is None or row.flow not in (flow, 0):
        return None
    if (row.direction is Direction.IN) is not inbound:
        return Point(row.time, seen.ack, Role.ACK) if seen.ack else None
    if not seen.length:
        return None
    role = Role.LOST if row.fate is Fate.LOST else Role.DATA
    if role is Role.DATA and seen.flags & Flag.RETRANSMISSION:
        role = Role.RETRANSMISSION
    return Point(row.time, seen.seq + seen.length, role)
