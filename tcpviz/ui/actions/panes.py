"""Which pane is on the screen, and which one has the keys."""

from textual import on

from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.board import GUESTS, PaneName
from tcpviz.ui.copy_menu import CopyMenu
from tcpviz.ui.guide_line import GuideLine
from tcpviz.ui.help import HelpScreen
from tcpviz.ui.packet_list import PacketList
from tcpviz.ui.pages import GlossaryScreen, LessonsScreen
from tcpviz.ui.stream_pane import StreamPane
from tcpviz.ui.themes import Palette
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.lessons import lessons


class PaneActions(StagedScreen):
    """Showing, zooming and explaining panes."""

    palette: Palette
    glyphs: Glyphs
    guide: GuideLine

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
        focused = self.focused.id if self.focused and self.focused.id else PaneName.PACKETS
        self.app.push_screen(HelpScreen(self.palette, self.glyphs, self.keyboard, focused), self._helped)

    def _helped(self, wanted: str | None) -> None:
        if wanted == "glossary":
            self.action_glossary()
        elif wanted == "guide":
            self.action_guide()

    def action_guide(self) -> None:
        """The five steps, from the first one."""
        self.guide.begin()
        self.look()

    def action_end_guide(self) -> None:
        """No guide any more."""
        self.guide.end()

    def action_glossary(self) -> None:
        """TCP's words."""
        self.app.push_screen(GlossaryScreen())

    def action_more(self) -> None:
        """The rules behind the packet."""
        moment = self.stage.moment() if self.stage else None
        found = lessons(moment) if moment else []
        if found:
            self.app.push_screen(LessonsScreen(found))
        else:
            self.say("There is no rule of TCP behind this packet.")

    def action_copy(self) -> None:
        """The packet or the run, for the clipboard."""
        if self.stage and self.stage.cursor.count:
            self.app.push_screen(CopyMenu(self.stage, self.keyboard), self._copied)

    def _copied(self, text: str | None) -> None:
        if text is not None:
            self.app.copy_to_clipboard(text)
            self.say(f"Copied {len(text):,} characters, if the terminal allows it (OSC 52).")

    @on(PacketList.Opened)
    def _on_packet_opened(self) -> None:
        self.action_show(PaneName.DETAILS)
