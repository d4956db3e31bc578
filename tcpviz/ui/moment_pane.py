"""The base of the panes that show one moment of a run."""

from collections.abc import Sequence
from typing import NamedTuple

from tcpviz.session.status import PendingFrame, Status
from tcpviz.ui.pane import Pane
from tcpviz.view.canvas import Canvas
from tcpviz.view.moment import Moment
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import safe


class Shown(NamedTuple):
    """What every pane shows now. `moment` is None while nothing has happened yet; `status` for a file."""

    run: RunView
    moment: Moment | None
    status: Status | None
    follows: bool
    passing: Sequence[int] | None = None
    """The packets that the list shows; None: all."""

    @property
    def at_gate(self) -> PendingFrame | None:
        """The packet that waits to be let through, while the user looks at the live end."""
        pending = self.status.pending if self.status and not self.status.phase.over else ()
        return pending[0] if pending and self.follows else None


class MomentPane(Pane):
    """A pane that shows one moment of a run."""

    empty = "Nothing has happened yet."

    shown: Shown | None = None
    _subject: object = None
    """What the last painting showed."""

    def show(self, shown: Shown) -> None:
        """Show this from now on."""
        self.shown = shown
        before, self._subject = self._subject, self.subject(shown)
        if self._subject is None or self._subject != before:
            self.repaint()

    def subject(self, shown: Shown) -> object:
        """All that the painting depends on, for a pane that often stays as it is; None: paint each time."""

    def paint(self, canvas: Canvas) -> None:
        """See Pane.paint."""
        if self.shown is None or self.shown.moment is None:
            canvas.put(1, 0, safe(self.empty), Role.DIM)
        else:
            self.paint_moment(canvas, self.shown, self.shown.moment)

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """Draw what `moment` looks like."""
        raise NotImplementedError
