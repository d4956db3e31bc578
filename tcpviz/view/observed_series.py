"""The graphs' samples of a connection of others: what an observer measures in its packets.

The ends' own variables (cwnd, ssthresh, SRTT, RTO) are in no packet, and stay 0.
"""

from collections.abc import Sequence

from tcpviz.link.base import Direction
from tcpviz.view import points
from tcpviz.view.graphs import RttSample, Samples, Span, WindowSample
from tcpviz.view.moment import Moment
from tcpviz.view.points import Judged
from tcpviz.view.run import RunView


def samples(run: RunView, moment: Moment, span: Span, limit: int) -> Samples:
    """Of some `limit` packets of the connection at `moment`."""
    packets = points.some(run, moment, len(run) - 1, limit)
    data = points.carrier(packets)
    return Samples(
        span,
        data is Direction.IN,
        points.dots(packets),
        windows(packets, data),
        round_trips(run, packets, data),
        arrivals(packets, data),
    )


def windows(packets: Sequence[Judged], data: Direction) -> list[WindowSample]:
    """What the sender of the data has out, and the window that its receiver last offered."""
    found, window = [], 0
    for row, seen in packets:
        if row.direction is not data:
            window = seen.window
        elif seen.in_flight:
            found.append(WindowSample(row.time, 0, 0, seen.in_flight, window))
    return found


def round_trips(run: RunView, packets: Sequence[Judged], data: Direction) -> list[RttSample]:
    """How long the data's acknowledgments took after it; near its receiver that is next to nothing."""
    times = run.packets.times
    return [
        RttSample(row.time, max(row.time - times[run.position_of(seen.acks_frame)], 0), 0, 0)
        for row, seen in packets
        if seen.acks_frame and row.direction is not data
    ]


def arrivals(packets: Sequence[Judged], data: Direction) -> list[tuple[int, int]]:
    """(time, octets) that were acknowledged since the acknowledgment before."""
    found: list[tuple[int, int]] = []
    highest = 0
    for row, seen in packets:
        if row.direction is not data and seen.ack:
            time = max(row.time, found[-1][0]) if found else row.time  # a capture's clock may go back
            found.append((time, max(seen.ack - highest, 0) if highest else 0))
            highest = max(highest, seen.ack)
    return found
