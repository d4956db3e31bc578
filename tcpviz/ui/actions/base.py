"""What all actions of the main screen need: the run that is shown, and a way to show that it has moved."""

from textual.screen import Screen

from tcpviz.session.options import RunOptions
from tcpviz.ui.board import Board
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.notice import Notice
from tcpviz.ui.packet_list import PacketList
from tcpviz.ui.stage import Stage
from tcpviz.view.safe import safe


class StagedScreen(Screen[None]):
    """A screen with one run on it, or none yet."""

    options: RunOptions
    """Those of the last run, and what the prompt offers."""
    rules_to_come: str | None = None
    """What is to go wrong in the next run, where the user said so while none was going on."""
    stage: Stage | None = None
    keyboard: Keyboard
    """Which key does what."""
    packets: PacketList
    board: Board
    notice: Notice

    def say(self, text: str) -> None:
        """A word at the top of the screen that goes away by itself; the latest one alone."""
        self.app.clear_notifications()
        # Textual takes the text out of them and leaves the empty lines, below which the next one would be.
        self.app.screen.query("ToastHolder").remove()
        self.notify(safe(text), markup=False)

    def look(self, *, read: bool = False) -> None:
        """The moment that is looked at has changed: show it at once. What is new waits for the next tick, for
        whoever has pressed a key waits for this one; with `read`, for other packets than before, it does not.
        """
        raise NotImplementedError

    def list_scrolled(self) -> None:
        """The list shows other rows: bring the rest up to date with the next tick."""
        raise NotImplementedError
