"""The graphs' samples: the state of a connection at equal steps of time, and the round trips it measured.

Found by bisection: what a graph costs depends on its width, not on how long the run is.
"""

from bisect import bisect_left
from itertools import pairwise

from tcpviz.tcp.snapshot import Snapshot
from tcpviz.view import observed_series, points
from tcpviz.view.graphs import RttSample, Samples, WindowSample
from tcpviz.view.moment import Moment
from tcpviz.view.run import RunView
from tcpviz.wire.seq import diff

States = list[tuple[int, Snapshot]]
"""(time in ns, what held from then on), in order."""


def samples(run: RunView, moment: Moment, steps: int) -> Samples:
    """All of the connection at `moment`, as far as the run has come, at about `steps` points of time."""
    begin, end = span(run, moment)
    known = states(run, moment.flow, begin, end, steps)
    if not known:
        return observed_series.samples(run, moment, (begin, end), 2 * steps)
    return Samples(
        (begin, end),
        _received(known[-1][1]) > _sent(known[-1][1]),
        points.time_sequence(run, moment, len(run) - 1, 2 * steps),
        windows(known),
        round_trips(run, moment.flow, known),
        arrivals(known),
    )


def span(run: RunView, moment: Moment) -> tuple[int, int]:
    """From the first to the last packet of the connection at `moment`; of the run where it has none."""
    rows = run.span(moment.flow) or run.stream_span(moment.index)
    if rows is None:
        return run.first_time, run.last_time
    # Timers run on after the last packet: TIME-WAIT alone would take most of the graph.
    begin, last = run.recording.time(rows[0]), run.packets.position(rows[1])
    return begin, max(run.packets.times[last], begin) if last >= 0 else begin


def states(run: RunView, flow: int, begin: int, end: int, steps: int) -> States:
    """The state of connection `flow` at `steps` equal steps from `begin` to `end`, once for each packet."""
    positions = [run.packets.at_time(begin + (end - begin) * step // steps) for step in range(steps + 1)]
    found = []
    for position in dict.fromkeys(positions):
        index = run.packets.row(position) if position >= 0 else -1
        if snapshot := run.snapshot(index, flow):
            found.append((max(run.recording.time(index), begin), snapshot))
    return found


def _received(tcb: Snapshot) -> int:
    return diff(tcb.rcv_nxt, tcb.irs)


def _sent(tcb: Snapshot) -> int:
    return diff(tcb.snd_max, tcb.iss)


def windows(known: States) -> list[WindowSample]:
    """What limited the sender."""
    return [
        WindowSample(time, tcb.cwnd, tcb.ssthresh, max(diff(tcb.snd_max, tcb.snd_una), 0), tcb.snd_wnd)
        for time, tcb in known
    ]


def round_trips(run: RunView, flow: int, known: States) -> list[RttSample]:
    """The estimator at each state, with the longest round trip that was measured since the one before."""
    times, values = run.round_trips(flow)
    samples = []
    start = 0
    for time, tcb in known:
        stop = bisect_left(times, time + 1)
        measured = max(values[start:stop], default=0)
        samples.append(RttSample(time, measured, tcb.srtt, tcb.rto))
        start = stop
    return samples


def arrivals(known: States) -> list[tuple[int, int]]:
    """(time, octets) that got across for good since the state before: ours acknowledged, theirs in order."""
    return [
        (time, max(diff(now.rcv_nxt, then.rcv_nxt), 0) + max(diff(now.snd_una, then.snd_una), 0))
        for (_, then), (time, now) in pairwise(known)
        if then.irs == now.irs
    ]
