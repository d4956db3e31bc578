"""The alerts: what went wrong, how often, where first; choosing one goes to the packet."""

from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from tcpviz.ui.moment_pane import MomentPane, Shown
from tcpviz.view.alerts import Alert
from tcpviz.view.canvas import Canvas
from tcpviz.view.moment import Moment
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe

RECENT = 50
"""How many of the latest alerts are listed below the totals."""

_REACH = 1000
"""How many packets without a number may stand in a row before nobody looks further back."""


class Entry(NamedTuple):
    """One line of the list and the row of the recording that it leads to."""

    row: int
    title: SafeText
    detail: SafeText
    role: Role


class AlertsPane(MomentPane):
    """Totals first, then the latest alerts up to the moment that is looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "select(-1)", "Up", show=False, id="up"),
        Binding("down", "select(1)", "Down", show=False, id="down"),
        Binding("enter", "choose", "Go to packet", show=False),
    ]

    title = "3 Alerts"
    empty = "None so far."

    class Chosen(Message):
        """The user wants to see what happened at `row`."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    _selected = 0
    _top = 0

    def show(self, shown: Shown) -> None:
        """See MomentPane."""
        super().show(shown)
        count = len(shown.run.alerts)
        self.border_title = Content(f"{self.title}: {count:,}" if count else self.title)

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        entries = self._entries(shown, moment)
        if not entries:
            canvas.put(1, 0, safe(self.empty), Role.DIM)
            return
        self._selected = min(self._selected, len(entries) - 1)
        self._top = min(max(self._top, self._selected - canvas.height + 1), self._selected)
        for y, entry in enumerate(entries[self._top : self._top + canvas.height]):
            chosen = self.has_focus and self._top + y == self._selected
            if chosen:
                canvas.hline(0, y, canvas.width, safe(" "), Role.MARKED)
            role = Role.MARKED if chosen else entry.role
            canvas.put(0, y, self.glyphs.usable if not chosen else self.glyphs.right, role)
            canvas.put(2, y, entry.title, role)
            canvas.put_right(canvas.width, y, safe(f" {entry.detail}"), Role.MARKED if chosen else Role.DIM)

    def _entries(self, shown: Shown, moment: Moment) -> list[Entry]:
        run = shown.run

        def role(alert: Alert) -> Role:
            return alert.kind.role if alert.first <= moment.index else Role.FUTURE

        totals = [
            Entry(
                alert.first,
                alert.title,
                safe(f"x{alert.count:,} {_first(run, alert.first)}"),
                role(alert),
            )
            for alert in run.alerts.totals
        ]
        latest = [
            Entry(row, kind.title, _place(run, row), Role.TEXT)
            for row, kind in run.alerts.recent(moment.index, RECENT)
        ]
        return totals + latest

    def _current_entries(self) -> list[Entry]:
        if self.shown is None or self.shown.moment is None:
            return []
        return self._entries(self.shown, self.shown.moment)

    def action_select(self, by: int) -> None:
        """Up, down."""
        self._selected = min(max(self._selected + by, 0), max(len(self._current_entries()) - 1, 0))
        self.repaint()

    def action_choose(self) -> None:
        """Enter."""
        entries = self._current_entries()
        if self._selected < len(entries):
            self.post_message(self.Chosen(entries[self._selected].row))

    def on_click(self, event: events.Click) -> None:
        """Choose the alert under the mouse."""
        offset = event.get_content_offset(self)
        if offset and self._top + offset.y < len(self._current_entries()):
            self._selected = self._top + offset.y
            self.action_choose()
            self.repaint()

    def on_focus(self) -> None:
        """Show what is selected."""
        self.repaint()

    def on_blur(self) -> None:
        """Hide it."""
        self.repaint()


def _number(run: RunView, row: int) -> SafeText:
    """The number of the packet at a row, or of the last one before it. A packet that no capture has comes
    after one that has a number."""
    last = run.packets.position(row)
    for position in range(last, max(last - _REACH, -1), -1):
        if number := run.recording.row(run.packets.row(position)).number:
            return safe(f"#{number}" if position == last else f"after #{number}")
    return safe("before #1")


def _first(run: RunView, row: int) -> SafeText:
    number = _number(run, row)
    return safe(f"from {number}" if number.startswith("#") else number)


def _place(run: RunView, row: int) -> SafeText:
    """Packet number and time of a row."""
    return safe(f"{_number(run, row)} {(run.recording.time(row) - run.first_time) / 1e9:.3f}")
