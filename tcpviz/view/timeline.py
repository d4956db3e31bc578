"""The timeline: the whole run in two rows, with its packets' density, its alerts and the moment shown.

It never looks at every packet: times are sorted, so bisection finds what a cell holds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, sqrt
from typing import NamedTuple

from tcpviz.view import units
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import safe

_IDLE = 1_000_000_000
_IDLE_SHARE = 8
"""A pause is cut short when it lasts over a second and over one part in so many of what is shown."""
_IDLE_CELLS = 3
_CELLS_PER_PAUSE = 12
"""At most one pause in so many cells is cut short."""


class Stretch(NamedTuple):
    """A part of the run to one scale: times `begin` to `end` (both in it, ns) over `cells` cells from `x`."""

    x: int
    cells: int
    begin: int
    end: int
    idle: bool


class Axis(NamedTuple):
    """Times to cells and back, over stretches of traffic and of pauses."""

    stretches: tuple[Stretch, ...]

    @classmethod
    def over(cls, times: Sequence[int], end: int, width: int) -> "Axis":
        """An axis of `width` cells for packets at `times` (sorted) in a run that has come to `end`."""
        if not times or width < 1:
            return cls(())
        end = max(end, times[-1])
        pauses = _pauses(times, end, width // _CELLS_PER_PAUSE)
        ends = [times[0], *(time for pause in pauses for time in pause), end]
        busy = [(ends[index], ends[index + 1]) for index in range(0, len(ends), 2)]
        cells = _share([end - begin for begin, end in busy], width - _IDLE_CELLS * len(pauses))
        stretches = []
        x = 0
        for index, ((begin, stop), wide) in enumerate(zip(busy, cells, strict=True)):
            stretches.append(Stretch(x, wide, begin, stop, False))
            x += wide
            if index < len(pauses):
                before, after = pauses[index]
                stretches.append(Stretch(x, _IDLE_CELLS, before + 1, after - 1, True))
                x += _IDLE_CELLS
        return cls(tuple(stretches))

    def cell(self, time: int) -> int:
        """The cell that `time` falls in; the nearest one for a time outside the run."""
        for stretch in self.stretches:
            if time <= stretch.end:
                past = max(time - stretch.begin, 0)
                return stretch.x + past * stretch.cells // (stretch.end - stretch.begin + 1)
        return self.stretches[-1].x + self.stretches[-1].cells - 1 if self.stretches else 0

    def time(self, cell: int) -> int:
        """The first moment that falls in `cell`."""
        for stretch in self.stretches:
            if cell < stretch.x + stretch.cells:
                span = stretch.end - stretch.begin + 1
                return stretch.begin - (-span * max(cell - stretch.x, 0) // stretch.cells)
        return self.stretches[-1].end if self.stretches else 0


def paint(
    canvas: Canvas, glyphs: Glyphs, *, times: Sequence[int], alerts: Sequence[int], now: int, end: int
) -> None:
    """Draw a run with packets at `times` and alerts at `alerts` (both sorted, in ns).

    The times shown count from the first packet. `now` is the moment shown. `end` is how far the run has come,
    in a live one later than its last packet.
    """
    axis = Axis.over(times, end, canvas.width)
    if not axis.stretches:
        canvas.hline(0, 0, canvas.width, glyphs.outside, Role.DIM)
        return
    head = axis.cell(now)
    rows = max(canvas.height - 1, 1)
    bounds = [axis.time(cell) for cell in range(1, canvas.width)]
    counts, alarms = _counts(bounds, times), _counts(bounds, alerts)
    most = max(max(counts), 1)
    for x, (count, alarm) in enumerate(zip(counts, alarms, strict=True)):
        role = Role.ALERT if alarm else Role.DENSITY if x <= head else Role.FUTURE
        eighths = ceil(8 * rows * sqrt(count / most))
        for row in range(rows):
            level = min(max(eighths - 8 * (rows - 1 - row), 0), 8)
            canvas.mark(x, row, glyphs.levels[level], role)
        if alarm:
            canvas.put(x, canvas.height - 1 if rows < canvas.height else 0, glyphs.alert, Role.ALERT)
    for stretch in axis.stretches:
        if stretch.idle:
            canvas.hline(stretch.x, rows - 1, stretch.cells, glyphs.cut, Role.DIM)
    canvas.vline(head, 0, rows, glyphs.playhead, Role.PLAYHEAD)
    if rows < canvas.height:
        _paint_times(canvas, glyphs, head, times[0], now, axis.stretches[-1].end)


def _paint_times(canvas: Canvas, glyphs: Glyphs, head: int, begin: int, now: int, end: int) -> None:
    y = canvas.height - 1
    first, last, when = (units.duration(time - begin) for time in (begin, end, now))
    here = safe(f"{glyphs.up} {when}")
    x = head if head + len(here) <= canvas.width else head + 1 - len(here)
    if x != head:
        here = safe(f"{when} {glyphs.up}")
    if x > len(first):
        canvas.put(0, y, first, Role.DIM)
    if x + len(here) < canvas.width - len(last):
        canvas.put_right(canvas.width, y, last, Role.DIM)
    canvas.put(x, y, here, Role.PLAYHEAD)


def _counts(bounds: Sequence[int], times: Sequence[int]) -> list[int]:
    """How many of `times` lie before, between and after the bounds."""
    places = [0, *(bisect_left(times, bound) for bound in bounds), len(times)]
    return [after - before for before, after in pairwise(places)]


def _pauses(times: Sequence[int], end: int, limit: int) -> list[tuple[int, int]]:
    """The pauses to cut short, in order: as long as there are some that dwarf what else is shown."""
    pauses: list[tuple[int, int]] = []
    while len(pauses) < limit:
        shown = end - times[0] - sum(after - before for before, after in pauses)
        longer = _longer_than(max(shown // _IDLE_SHARE, _IDLE), times, end)
        if len(longer) <= len(pauses):
            break
        pauses = sorted(sorted(longer, key=lambda pause: pause[0] - pause[1])[:limit])
    return pauses


def _longer_than(least: int, times: Sequence[int], end: int) -> list[tuple[int, int]]:
    found = []
    index = 0
    while index < len(times):
        # Everything up to `reach` follows within `least`; the packet after that does not.
        reach = bisect_right(times, times[index] + least) - 1
        after = times[reach + 1] if reach + 1 < len(times) else end
        if reach == index or reach == len(times) - 1:
            if after - times[reach] > least:
                found.append((times[reach], after))
            index = reach + 1
        else:
            index = reach
    return found


def _share(spans: list[int], cells: int) -> list[int]:
    """`cells` dealt out in proportion to `spans`, at least one to each."""
    total = sum(spans)
    left = max(cells - len(spans), 0)
    shares = [1 + (left * span // total if total else 0) for span in spans]
    shares[spans.index(max(spans))] += cells - sum(shares)
    return shares
