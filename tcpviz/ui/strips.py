"""From the runs of a canvas to the strips of a widget. The only place where text becomes a segment."""

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual.filter import ANSIToTruecolor, LineFilter
from textual.strip import Strip

from tcpviz.ui.themes import Palette
from tcpviz.view.canvas import Canvas
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, cells

Run = tuple[SafeText, Role]


def strip(runs: Iterable[Run], width: int, palette: Palette, *, selected: bool = False) -> Strip:
    """One line of exactly `width` cells; `selected` draws it as the row under the cursor."""
    style = palette.selected if selected else palette.__getitem__
    segments, used = [], 0
    for text, role in runs:
        segments.append(Segment(text, style(role)))
        used += cells(text)
    line = Strip(segments, used)
    return line if used == width else line.adjust_cell_length(width, style(Role.TEXT))


def needed(filters: Sequence[LineFilter]) -> list[LineFilter]:
    """Those that change strips made here, which name no colour of the terminal: a tenth of a frame's cost."""
    return [each for each in filters if not isinstance(each, ANSIToTruecolor)]


def canvas_strips(canvas: Canvas, palette: Palette) -> list[Strip]:
    """Every row of a canvas, which holds nothing but safe characters of one cell."""
    return [
        Strip([Segment(text, palette[role]) for text, role in row], canvas.width) for row in canvas.rows()
    ]
