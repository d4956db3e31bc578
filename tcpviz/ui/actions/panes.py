"""Which pane is on the screen, and which one has the keys."""

from textual import on

from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.board import GUESTS, PaneName
from tcpviz.ui.help import HelpScreen
from tcpviz.ui.packet_list import PacketList
from tcpviz.ui.stream_pane import StreamPane
from tcpviz.ui.themes import Palette


class PaneActions(StagedScreen):
    """Showing, zooming and explaining panes."""

    palette: Palette

    def action_show(self, name: str) -> None:
        """Bring a pane to the screen and give it the keys; a second time: take the guest away again."""
        pane = PaneName(name)
        if pane in GUESTS and self.focused and self.focused.id == pane:
            self.board.dismiss_guest()
            pane = PaneName.PACKETS
        else:
            self.board.choose(pane)
        self.query_one(f"#{pane}").focus()

    def action_follow(self) -> None:
        """What both ends say."""
        self._show_stream(exchange=False)

    def action_exchange(self) -> None:
        """The same, read as HTTP."""
        self._show_stream(exchange=True)

    def _show_stream(self, *, exchange: bool) -> None:
        pane = self.query_one(StreamPane)
        if pane.has_focus and pane.exchange is not exchange:
            pane.exchange = exchange
            pane.repaint()
        else:
            pane.exchange = exchange
            self.action_show(PaneName.STREAM)

    def action_zoom(self) -> None:
        """The focused pane alone, or all again."""
        focused = self.focused
        name = PaneName(focused.id) if focused and focused.id in tuple(PaneName) else PaneName.PACKETS
        self.board.zoom(None if self.board.zoomed else name)

    def action_help(self) -> None:
        """What every key does, and what the colours mean."""
        self.app.push_screen(HelpScreen(self.palette))

    @on(PacketList.Opened)
    def _on_packet_opened(self) -> None:
        self.action_show(PaneName.DETAILS)
