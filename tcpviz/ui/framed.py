"""A widget that makes whole rows of its own, within a border of Textual's."""

from collections.abc import Sequence
from itertools import chain
from typing import Self

from rich.segment import Segment
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tcpviz.ui.strips import needed


class Framed(Widget):
    """Subclasses write `render_line`, which gives rows of exactly the inner width.

    Textual asks the style sheet some thirty things for each row that it draws. Here the rows between the
    upper and the lower border get their edges from one that it has drawn: half a frame's cost.
    """

    def __init__(self, name: str) -> None:
        """`name`: the widget's id."""
        self._framed_rows: dict[int, Strip] = {}
        """Those that were drawn and not refreshed since, by their row within the border."""
        self._framed_look: object = None
        """The size, the border and the background that they were drawn with."""
        self._framed_edges: tuple[Segment, Segment]
        super().__init__(id=name)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """See Widget."""
        return needed(super().get_line_filters())

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """See Widget."""
        for y in chain.from_iterable(region.line_range for region in regions):
            self._framed_rows.pop(y, None)
        if not regions:
            self._framed_rows.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """See Widget."""
        width, height = self.outer_size
        whole = crop.x == 0 and crop.width == width and not self.styles.padding.width
        if not whole or not self.styles.border_left[0]:
            return super().render_lines(crop)
        self._measure(width)
        filters = self.get_line_filters()
        lines = []
        for y in crop.line_range:
            if 0 < y < height - 1:
                lines.append(self._framed_row(y - 1, width, filters))
            else:
                lines += super().render_lines(Region(0, y, width, 1))
        return lines

    def _measure(self, width: int) -> None:
        """Get the edges, where they look otherwise than before."""
        look = self.outer_size, self.styles.border, self.background_colors
        if look != self._framed_look:
            (drawn,) = super().render_lines(Region(0, 1, width, 1))
            (left,), (right,) = drawn.crop(0, 1), drawn.crop(width - 1, width)
            self._framed_look, self._framed_edges = look, (left, right)
            self._framed_rows.clear()

    def _framed_row(self, y: int, width: int, filters: Sequence[LineFilter]) -> Strip:
        if y not in self._framed_rows:
            left, right = self._framed_edges
            line = Strip([left, *self.render_line(y), right], width)
            for each in filters:
                line = line.apply_filter(each, self.background_colors[1])
            self._framed_rows[y] = line
        return self._framed_rows[y]
