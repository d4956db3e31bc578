"""Bars of sequence space below each other, each with name, pointers and amounts, and a graph below them."""

from collections.abc import Sequence
from typing import NamedTuple

from tcpviz.view import graphs, units
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.sequence_bar import (
    OUTSIDE_CELLS,
    PAST_CELLS,
    Pointer,
    Scale,
    Span,
    paint_bar,
    paint_pointers,
)

MARGIN = 5
"""Cells for a bar's name."""
_GRAPH_HEIGHT = 6


def room(canvas: Canvas) -> int:
    """Cells for what a bar's scale covers."""
    return canvas.width - MARGIN - PAST_CELLS - OUTSIDE_CELLS


class Bar(NamedTuple):
    """A bar with all that stands around it; `amounts` are (sign, role, what it is, octets)."""

    name: SafeText
    scale: Scale
    spans: list[Span]
    pointers: list[Pointer]
    amounts: list[tuple[SafeText, Role, str, int]]
    warning: SafeText
    remark: SafeText = SafeText("")


def paint_bars(canvas: Canvas, glyphs: Glyphs, bars: list[Bar]) -> int:
    """Draw the bars with as much around them as the height allows; the first row that is still free."""
    rows = 3 if canvas.height >= 6 else 2 if canvas.height >= 4 else 1
    gap = canvas.height >= 9
    y = 0
    for bar in bars:
        if rows > 1:
            paint_pointers(canvas, glyphs, MARGIN, y, bar.scale, bar.pointers)
        line = y + (rows > 1)
        canvas.put(0, line, bar.name, Role.TITLE)
        paint_bar(canvas, glyphs, MARGIN, line, bar.scale, bar.spans)
        if rows > 2:
            _paint_amounts(canvas, line + 1, 1 + gap, bar)
        y += rows + gap
    return y


def paint_graph(canvas: Canvas, glyphs: Glyphs, y: int, points: Sequence[graphs.Point], zero: int) -> None:
    """The time-sequence graph from row `y` on, where the pane is high enough; its times count from `zero`."""
    if points and canvas.height - y >= _GRAPH_HEIGHT:
        graph = Canvas(canvas.width, canvas.height - y)
        graphs.paint_time_sequence(graph, glyphs, points, zero=zero)
        canvas.paste(graph, 0, y)


def _paint_amounts(canvas: Canvas, y: int, rows: int, bar: Bar) -> None:
    """What there is of everything in the bar, which is its legend too, and the scale in the last row."""
    scale = _scale_words(bar.scale)
    x, last = MARGIN, y + rows - 1
    for said, role in ((bar.warning, Role.ZERO_WINDOW), (bar.remark, Role.NOTE)):
        if said:
            canvas.put(x, y, said, role)
            x += len(said) + 2
    for glyph, role, what, octets in bar.amounts:
        if octets <= 0:
            continue
        text = safe(f"{what} {octets}")
        if x + 2 + len(text) > canvas.width - (len(scale) + 2) * (y == last and bar.scale.broken):
            x, y = MARGIN, y + 1
        if y > last:
            break
        canvas.put(x, y, glyph, role)
        canvas.put(x + 2, y, text, Role.DIM)
        x += len(text) + 4
    row = y if x + len(scale) <= canvas.width else y + 1
    if row <= last or bar.scale.broken:
        canvas.put_right(canvas.width, min(row, last), scale, Role.DIM)


def _scale_words(scale: Scale) -> SafeText:
    before, after = (units.size(max(round(octets), 1)) for octets in scale.octets_per_cell())
    return safe(f"cell = {before}, then {after}" if scale.broken else f"cell = {before}")
