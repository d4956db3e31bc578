"""The base of every pane: a canvas that is painted once for each moment and size."""

from collections.abc import Mapping
from typing import ClassVar

from textual.strip import Strip

from tcpviz.ui.errors import log_error
from tcpviz.ui.framed import Framed
from tcpviz.ui.strips import canvas_strips
from tcpviz.ui.themes import Palette
from tcpviz.ui.words import fixed
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import safe


class Pane(Framed, can_focus=True):
    """Paints itself with `paint`, which subclasses write; call `repaint` when what it shows has changed."""

    title: ClassVar[str] = ""

    def __init__(self, name: str, palette: Palette, glyphs: Glyphs, keys: Mapping[str, str]) -> None:
        """`name`: that of the action that leads here, where there is one; `keys`: of each action, as the user
        reads it."""
        super().__init__(name)
        self.palette = palette
        self.glyphs = glyphs
        self.keys = keys
        self.border_title = fixed(self.headed(self.title))
        self._strips: list[Strip] | None = None

    def headed(self, title: str) -> str:
        """A title behind the key that leads here."""
        return f"{self.keys[self.id]} {title}" if self.id and self.id in self.keys else title

    def paint(self, canvas: Canvas) -> None:
        """Draw on an empty canvas of the pane's inner size."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Paint anew when the screen is drawn next."""
        self._strips = None
        if self.display:
            self.refresh()

    def on_resize(self) -> None:
        """A new size needs a new painting, though rows of the old one may be on the screen already."""
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """One row of the painting. See Widget.render_line."""
        if self._strips is None:
            self._strips = self._painted()
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.palette.base)

    def _painted(self) -> list[Strip]:
        """The strips of the painting. A pane that can't be drawn says so; the others live on."""
        canvas = Canvas(*self.size)
        try:
            self.paint(canvas)
        except Exception as error:
            canvas = Canvas(*self.size)
            where = log_error(f"painting {self.id}", error)
            canvas.put(1, 0, safe(f"This pane could not be drawn: {type(error).__name__}"), Role.ALERT)
            canvas.put(1, 1, safe(f"The report is in {where}"), Role.DIM)
        return canvas_strips(canvas, self.palette)
