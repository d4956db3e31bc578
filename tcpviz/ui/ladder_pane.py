"""The ladder: the packets around the moment as arrows between the two hosts; a click goes to one."""

from collections.abc import Mapping

from textual import events
from textual.message import Message

from tcpviz.ui.moment_pane import MomentPane, Shown
from tcpviz.ui.themes import Palette
from tcpviz.view import arrows, ladder
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.moment import Moment


class LadderPane(MomentPane):
    """Hands the arrows to the painter, and remembers which row shows which packet."""

    title = "Ladder: who sent what"

    class Chosen(Message):
        """The user clicked on the packet at `position`."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    class Wheeled(Message):
        """The user wants to see the packet that is `by` rows of the list further."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, name: str, palette: Palette, glyphs: Glyphs, keys: Mapping[str, str]) -> None:
        super().__init__(name, palette, glyphs, keys)
        self._kept = arrows.keep()

    _positions: dict[int, int]
    """The packet that each row of the pane shows."""

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        pending = shown.status.pending if shown.status else ()
        around = arrows.around(shown.run, moment, canvas.height, pending, shown.passing, self._kept)
        ours, theirs = arrows.hosts(shown.run, moment)
        page = ladder.paint(
            canvas,
            self.glyphs,
            arrows=around.arrows,
            current=around.current,
            left=ours,
            right=theirs,
        )
        self._positions = {
            y: around.positions[index] for index, y in page.rows.items() if index < len(around.positions)
        }

    def on_mouse_scroll_up(self) -> None:
        """To the packet before."""
        self.post_message(self.Wheeled(-1))

    def on_mouse_scroll_down(self) -> None:
        """To the next packet."""
        self.post_message(self.Wheeled(1))

    def on_click(self, event: events.Click) -> None:
        """Go to the packet under the mouse."""
        offset = event.get_content_offset(self)
        if offset and self.shown and self.shown.moment and offset.y in self._positions:
            self.post_message(self.Chosen(self._positions[offset.y]))
