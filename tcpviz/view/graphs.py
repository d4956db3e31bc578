"""The graphs: sequence numbers, windows, round trips and throughput over time."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypedDict, Unpack

from tcpviz.view import units
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.plot import Area, Series, Style, paint_plot
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe

Span = tuple[int, int]
"""The times (ns) that a graph reaches from and to; where it is left out, those of the samples."""

_SIDE_BY_SIDE = 110
"""Columns from which on two graphs stand beside each other."""
_HALVES = 76
"""Columns from which on they do so in a pane that is too low for two below each other."""
_ROWS = 7
"""The least height of a graph: legend, four rows of dots, the time axis, a gap."""


class Point(NamedTuple):
    """A dot of the time-sequence graph: relative sequence number `value` at `time` (ns).

    `role` is DATA, ACK, SACKED, RETRANSMISSION or LOST.
    """

    time: int
    value: int
    role: Role


class WindowSample(NamedTuple):
    """The send side's limits at one moment, in octets. No packet says `cwnd` and `ssthresh`: in a capture
    they are 0."""

    time: int
    cwnd: int
    ssthresh: int
    in_flight: int
    window: int
    """The peer's window, SND.WND."""


class RttSample(NamedTuple):
    """The round-trip estimator at one moment, in ns. `rtt` is 0 where nothing was measured; no packet says
    `srtt` and `rto`: in a capture they are 0."""

    time: int
    rtt: int
    srtt: int
    rto: int


class Samples(NamedTuple):
    """All that the graphs of one connection show."""

    span: Span
    inbound: bool
    """Whether the peer is the one that sends the data."""
    points: list[Point]
    windows: list[WindowSample]
    round_trips: list[RttSample]
    arrivals: list[tuple[int, int]]


def paint_all(canvas: Canvas, glyphs: Glyphs, samples: Samples, *, now: int, zero: int = 0) -> list[Area]:
    """As many graphs as fit, with the same time axis, and a line through all of them at `now`; the times
    shown count from `zero`. The answer is where the dots of each stand."""
    at: At = {"now": now, "span": samples.span, "zero": zero}

    def sequence(part: Canvas) -> Area | None:
        return paint_time_sequence(part, glyphs, samples.points, **at)

    def window(part: Canvas) -> Area | None:
        return paint_window(part, glyphs, samples.windows, **at)

    def round_trips(part: Canvas) -> Area | None:
        return paint_rtt(part, glyphs, samples.round_trips, **at)

    def throughput(part: Canvas) -> Area | None:
        return paint_throughput(part, glyphs, samples.arrivals, **at)

    if not samples.windows:
        # Nothing is known but single packets.
        return _paint_grid(canvas, [sequence])
    if samples.inbound:
        return _paint_grid(canvas, [sequence, throughput, window, round_trips])
    return _paint_grid(canvas, [sequence, window, round_trips, throughput])


def _paint_grid(canvas: Canvas, paints: Sequence[Callable[[Canvas], Area | None]]) -> list[Area]:
    rows = max(canvas.height // _ROWS, 1)
    columns = 1 + (canvas.width >= (_HALVES if rows == 1 else _SIDE_BY_SIDE))
    columns = min(columns, len(paints))
    rows = min(rows, -(-len(paints) // columns))
    wide = (canvas.width - (columns - 1)) // columns
    areas = []
    for place, paint in enumerate(paints[: rows * columns]):
        row, column = divmod(place, columns)
        top, bottom = (canvas.height * edge // rows for edge in (row, row + 1))
        part = Canvas(wide, bottom - top)
        x = column * (wide + 1)
        if area := paint(part):
            areas.append(area.moved(x, top))
        canvas.paste(part, x, top)
    return areas


class At(TypedDict, total=False):
    """When: what all graphs have in common."""

    now: int | None
    span: Span | None
    zero: int


def paint_time_sequence(
    canvas: Canvas, glyphs: Glyphs, points: Sequence[Point], **at: Unpack[At]
) -> Area | None:
    """Stevens's graph: what was sent and acknowledged when; what was lost or sent again stands out."""

    def dots(role: Role) -> list[tuple[int, int]]:
        return [(time, value) for time, value, its in points if its is role]

    series = (
        Series(safe("ack"), Role.ACK, dots(Role.ACK), Style.STEPS),
        Series(safe("data"), Role.DATA, dots(Role.DATA)),
        Series(safe("SACK"), Role.SACKED, dots(Role.SACKED)),
        Series(
            safe("sent again"),
            Role.RETRANSMISSION,
            dots(Role.RETRANSMISSION),
            Style.MARKS,
            glyphs.retransmitted,
        ),
        Series(safe("lost"), Role.LOST, dots(Role.LOST), Style.MARKS, glyphs.lost),
    )
    top = max((point.value for point in points), default=0)
    shown = [one for one in series if one.dots]
    return paint_plot(canvas, glyphs, shown, top=top, unit=units.size, title=safe("Sequence numbers"), **at)


def paint_window(
    canvas: Canvas, glyphs: Glyphs, samples: Sequence[WindowSample], **at: Unpack[At]
) -> Area | None:
    """cwnd, ssthresh, octets in flight and the peer's window. A limit far above all else is only named."""
    shown = _latest([sample.time for sample in samples], at.get("now"))
    latest = samples[shown] if samples else WindowSample(0, 0, 0, 0, 0)
    matters = max((max(sample.cwnd, sample.in_flight) for sample in samples), default=0)
    top = _top(matters, (limit for sample in samples for limit in (sample.ssthresh, sample.window)))

    def series(name: str, sign: str, role: Role, values: list[int], value: int) -> Series:
        dots = [(sample.time, one) for sample, one in zip(samples, values, strict=True)]
        above = f" {glyphs.up}" if value > top else ""
        return Series(safe(name), role, dots, Style.STEPS, safe(sign), safe(f"{units.size(value)}{above}"))

    window = series("window", "w", Role.USABLE, [sample.window for sample in samples], latest.window)
    ssthresh = series("ssthresh", "s", Role.WARN, [sample.ssthresh for sample in samples], latest.ssthresh)
    flights = [sample.in_flight for sample in samples]
    in_flight = series("in flight", "f", Role.IN_FLIGHT, flights, latest.in_flight)
    cwnd = series("cwnd", "c", Role.GOOD, [sample.cwnd for sample in samples], latest.cwnd)
    observed = samples and not any(sample.cwnd for sample in samples)
    lines = (window, in_flight) if observed else (window, ssthresh, in_flight, cwnd)
    return paint_plot(canvas, glyphs, lines, top=top, unit=units.size, title=safe("Send window"), **at)


def paint_rtt(canvas: Canvas, glyphs: Glyphs, samples: Sequence[RttSample], **at: Unpack[At]) -> Area | None:
    """Measured round trips, their smoothed value and the retransmission timeout that follows from them."""
    latest = (
        samples[_latest([sample.time for sample in samples], at.get("now"))]
        if samples
        else RttSample(0, 0, 0, 0)
    )
    matters = max((max(sample.rtt, sample.srtt) for sample in samples), default=0)
    top = _top(matters, (sample.rto for sample in samples))
    above = f" {glyphs.up}" if latest.rto > top else ""
    lines = (
        Series(
            safe("RTO"),
            Role.WARN,
            [(sample.time, sample.rto) for sample in samples],
            Style.STEPS,
            safe("o"),
            safe(f"{units.duration(latest.rto)}{above}"),
        ),
        Series(
            safe("SRTT"),
            Role.GOOD,
            [(sample.time, sample.srtt) for sample in samples],
            Style.STEPS,
            safe("s"),
            units.duration(latest.srtt),
        ),
        Series(safe("RTT"), Role.DATA, [(sample.time, sample.rtt) for sample in samples if sample.rtt]),
    )
    observed = samples and not any(sample.rto for sample in samples)
    shown = lines[-1:] if observed else lines
    return paint_plot(canvas, glyphs, shown, top=top, unit=units.duration, title=safe("Round trips"), **at)


def paint_throughput(
    canvas: Canvas, glyphs: Glyphs, arrivals: Sequence[tuple[int, int]], **at: Unpack[At]
) -> Area | None:
    """The rate at which octets got across. `arrivals`: (time, octets)."""
    dots = _rates(arrivals, max(canvas.width // 2, 8))
    times = [time for time, _ in dots]
    latest = dots[_latest(times, at.get("now"))][1] if dots else 0
    top = max((value for _, value in dots), default=0)
    line = Series(safe("delivered"), Role.DATA, dots, Style.STEPS, latest=_bits(latest))
    return paint_plot(canvas, glyphs, [line], top=top, unit=_bits, title=safe("Throughput"), **at)


def _rates(arrivals: Sequence[tuple[int, int]], slots: int) -> list[tuple[int, int]]:
    """(start of slot, octets a second in it) for equal slots of time."""
    if not arrivals:
        return []
    begin, end = arrivals[0][0], arrivals[-1][0]
    slot = max(-(-(end - begin + 1) // slots), 1)
    sums = [0] * ((end - begin) // slot + 1)
    for time, octets in arrivals:
        sums[(time - begin) // slot] += octets
    return [(begin + index * slot, octets * 1_000_000_000 // slot) for index, octets in enumerate(sums)]


def _top(matters: int, limits: Iterable[int]) -> int:
    """The scale: what matters, and those limits that do not lie so far above it as to flatten it."""
    return max([matters, *(limit for limit in limits if 2 * limit <= 3 * matters)])


def _latest(times: Sequence[int], now: int | None) -> int:
    """The index of what holds at `now`: the last one before it."""
    return len(times) - 1 if now is None else max(bisect_left(times, now + 1) - 1, 0)


def _bits(octets_a_second: int) -> SafeText:
    return units.rate(octets_a_second, 1_000_000_000)
