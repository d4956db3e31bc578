"""A widget that makes whole rows of its own, within a border of Textual's."""

from collections.abc import Sequence

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

    _edges: tuple[object, Segment, Segment] | None = None
    """What they look like for which border and background, the left and the right one."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """See Widget."""
        return needed(super().get_line_filters())

    def render_lines(self, crop: Region) -> list[Strip]:
        """See Widget."""
        width, height = self.outer_size
        whole = crop.x == 0 and crop.width == width and not self.styles.padding.width
        if not whole or not self.styles.border_left[0]:
            return super().render_lines(crop)
        left, right = self._edge_segments(width)
        background = self.background_colors[1]
        filters = self.get_line_filters()
        lines = []
        for y in crop.line_range:
            if 0 < y < height - 1:
                line = Strip([left, *self.render_line(y - 1), right], width)
                for each in filters:
                    line = line.apply_filter(each, background)
            else:
                (line,) = super().render_lines(Region(0, y, width, 1))
            lines.append(line)
        return lines

    def _edge_segments(self, width: int) -> tuple[Segment, Segment]:
        look = self.styles.border, self.background_colors
        if self._edges is None or self._edges[0] != look:
            (drawn,) = super().render_lines(Region(0, 1, width, 1))
            (left,), (right,) = drawn.crop(0, 1), drawn.crop(width - 1, width)
            self._edges = look, left, right
        return self._edges[1:]
