"""Lines and dots over time, with axes: the frame that all graphs share. Knows no TCP."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import NamedTuple

from tcpviz.view.canvas import Braille, Canvas
from tcpviz.view.glyphs import EAST, NORTH, SOUTH, WEST, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe

Dots = Sequence[tuple[int, int]]
"""(time in ns, value), in order of time."""

_DOT = 0x36
"""The braille cell that stands for a scatter of dots in the legend."""

_LABEL_CELLS = 11
"""Room for a value beside the axis: plots below each other have theirs in the same column."""

_UNTITLED = SafeText("")

_TICK_CELLS = 10
"""The least distance between two times on the axis."""


class Style(Enum):
    """How a series is drawn."""

    DOTS = auto()
    STEPS = auto()
    """Each value holds until the next one."""
    MARKS = auto()
    """A sign of its own in each cell: for what is rare and must be seen."""


class Series(NamedTuple):
    """One thing that is drawn. `sign` is what MARKS are drawn with; other series bear it at their end."""

    name: SafeText
    role: Role
    dots: Dots
    style: Style = Style.DOTS
    sign: SafeText | None = None
    latest: SafeText | None = None
    """The value to name in the legend."""


def paint_plot(
    canvas: Canvas,
    glyphs: Glyphs,
    series: Sequence[Series],
    *,
    top: int,
    unit: Callable[[int], SafeText],
    now: int | None = None,
    span: tuple[int, int] | None = None,
    zero: int = 0,
    title: SafeText = _UNTITLED,
) -> "Area | None":
    """Draw the series over a common time axis and a value axis from 0 to `top`; later series lie on top.
    The legend, behind the title, names the uppermost first.

    Values above `top` lie outside. `now` is marked by a playhead where it falls within the times. The time
    axis is as long as the series, or as `span`, so that several plots can have the same; its labels count
    from `zero`. The answer is where the dots stand; None where there was no room or nothing for them.
    """
    times = span or [one.dots[index][0] for one in series if one.dots for index in (0, -1)]
    top = max(top, 1)
    labels = [(value, unit(value)) for value in _values(top)]
    margin = max(*(len(label) for _, label in labels), _LABEL_CELLS) + 1
    wide, high = canvas.width - margin - 1, canvas.height - 2
    _paint_legend(canvas, glyphs, series, title)
    if high < 1 or wide < 4 or not times:
        return None
    area = Area(margin + 1, 1, wide, high, min(times), max(times), top, zero)
    _paint_axes(canvas, glyphs, area, labels)
    if now is not None and area.begin <= now <= area.end:
        column = area.x + (now - area.begin) * (wide - 1) // area.span
        canvas.vline(column, 1, high, glyphs.light[NORTH | SOUTH], Role.PLAYHEAD)
    dots = Braille(wide, high, [one.role for one in series])
    for one in series:
        if one.style is Style.DOTS:
            dots.plot(area.dots(one.dots), one.role)
        elif one.style is Style.STEPS and one.dots:
            steps = area.dots(one.dots)
            dots.steps([*steps, (dots.dots_wide, steps[-1][1])], one.role)
    dots.paint(canvas, area.x, area.y, glyphs)
    for one in series:
        if one.sign:
            signed = one.dots if one.style is Style.MARKS else one.dots[-1:]
            for x, y in area.dots(signed):
                if 0 <= y < dots.dots_high:
                    across = x // 2 if one.style is Style.MARKS else wide - 1
                    canvas.mark(area.x + across, area.y + y // 4, one.sign, one.role)
    return area


class Area(NamedTuple):
    """Where the dots go: cells from (x, y), times from `begin` to `end`, values from 0 to `top`.
    `zero`: what the labels of times count from."""

    x: int
    y: int
    wide: int
    high: int
    begin: int
    end: int
    top: int
    zero: int

    @property
    def span(self) -> int:
        return max(self.end - self.begin, 1)

    def moved(self, x: int, y: int) -> "Area":
        """The same on a canvas that this one was pasted on at (x, y)."""
        return self._replace(x=self.x + x, y=self.y + y)

    def time_at(self, x: int, y: int) -> int | None:
        """The time (ns) that the cell (x, y) stands for; None outside."""
        if not (0 <= x - self.x < self.wide and 0 <= y - self.y < self.high):
            return None
        return self.begin + (x - self.x) * self.span // (self.wide - 1)

    def row(self, value: int) -> int:
        """The row of cells, counted from the top, that a value lies in."""
        down = 4 * self.high - 1
        return (down - value * down // self.top) // 4

    def dots(self, dots: Dots) -> list[tuple[int, int]]:
        across, down = 2 * self.wide - 1, 4 * self.high - 1
        begin, span, top = self.begin, self.span, self.top
        return [((time - begin) * across // span, down - value * down // top) for time, value in dots]


def _values(top: int) -> list[int]:
    """Round values to name on the axis: the largest first, 0 last, three or four where there are so many."""
    step = next(
        times * 10**digits
        for digits in range(len(str(top)) - 1, -1, -1)
        for times in (5, 2, 1)
        if top // (times * 10**digits) >= min(top, 2)
    )
    return list(range(top // step * step, -1, -step))


def _paint_axes(canvas: Canvas, glyphs: Glyphs, area: Area, labels: Sequence[tuple[int, SafeText]]) -> None:
    bottom = area.y + area.high
    canvas.vline(area.x - 1, area.y, area.high, glyphs.light[NORTH | SOUTH], Role.DIM)
    canvas.put(area.x - 1, bottom, glyphs.light[NORTH | EAST], Role.DIM)
    canvas.hline(area.x, bottom, area.wide, glyphs.light[EAST | WEST], Role.DIM)
    named: set[int] = set()
    for value, label in (labels[0], *reversed(labels)):  # the largest and 0 matter most
        row = area.row(value)
        if row not in named:
            canvas.put_right(area.x - 1, area.y + row, label, Role.DIM)
            named.add(row)
    free = area.x
    for time, label in _ticks(area):
        x = area.x + (time - area.begin) * (area.wide - 1) // area.span
        if x >= free and x + len(label) <= area.x + area.wide:
            canvas.put(x, bottom, label, Role.DIM)
            free = x + len(label) + 2


def _ticks(area: Area) -> list[tuple[int, SafeText]]:
    """Round times with room for a label at each."""
    begin, end = area.begin - area.zero, area.end - area.zero
    if begin == end:
        return [(area.begin, safe(f"{begin / 1e9:.3f} s"))]
    least = area.span * _TICK_CELLS // area.wide
    digits = len(str(max(least, 1)))
    step = next(times * 10 ** (digits - 1) for times in (1, 2, 5, 10) if times * 10 ** (digits - 1) >= least)
    decimals = max(10 - len(str(step)), 0)
    first = -(-begin // step) * step
    return [(area.zero + time, safe(f"{time / 1e9:.{decimals}f} s")) for time in range(first, end + 1, step)]


def _paint_legend(canvas: Canvas, glyphs: Glyphs, series: Sequence[Series], title: SafeText) -> None:
    canvas.put(1, 0, title, Role.TITLE)
    x = len(title) + 3 if title else 1
    for one in reversed(series):
        sign = one.sign or (glyphs.light[EAST | WEST] if one.style is Style.STEPS else glyphs.braille[_DOT])
        text = safe(f"{one.name} {one.latest}" if one.latest else one.name)
        if x + 2 + len(text) > canvas.width:
            return
        canvas.put(x, 0, sign, one.role)
        canvas.put(x + 2, 0, text, one.role)
        x += len(text) + 4
