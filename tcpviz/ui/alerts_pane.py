"""The alerts: what went wrong, how often, where first; choosing one goes to the packet."""

from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tcpviz.ui.caption import set_title
from tcpviz.ui.keys import same_keys
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
    """One line of the list and the row of the recording that it leads to; a heading leads nowhere."""

    row: int | None
    title: SafeText
    detail: SafeText
    role: Role
    short: SafeText = SafeText("")
    """The detail where there is less room."""


class AlertsPane(MomentPane):
    """Each kind with its count, first and last place, then the latest alerts up to the moment that is looked
    at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *same_keys({"up": "select(-1)", "down": "select(1)"}),
        Binding("enter", "choose", "Go to packet", show=False),
    ]

    title = "Alerts"
    empty = "None so far."

    class Chosen(Message):
        """The user wants to see what happened at `row`."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    _selected = 1
    _top = 0

    def show(self, shown: Shown) -> None:
        """See MomentPane."""
        super().show(shown)
        count = len(shown.run.alerts)
        whose = "" if shown.passing is None else " of all packets"
        set_title(self, safe(self.headed(f"{self.title}: {count:,}{whose}" if count else self.title)))

    def subject(self, shown: Shown) -> object:
        """See MomentPane: most packets are no alert."""
        if shown.moment is None:
            return None
        alerts = shown.run.alerts
        return (
            shown.run,
            _grows(shown),
            len(alerts),
            alerts.recent(shown.moment.index, 1),
            [total.first <= shown.moment.index for total in alerts.totals],
        )

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        entries = self._entries(shown, moment)
        if not entries:
            canvas.put(1, 0, safe(self.empty if _grows(shown) else "None."), Role.DIM)
            return
        self._selected = min(max(self._selected, 1), len(entries) - 1)
        least = 0 if self._selected == 1 else self._selected  # with its heading
        self._top = min(max(self._top, self._selected - canvas.height + 1), least)
        for y, entry in enumerate(entries[self._top : self._top + canvas.height]):
            self._paint_entry(canvas, y, entry, self.has_focus and self._top + y == self._selected)

    def _paint_entry(self, canvas: Canvas, y: int, entry: Entry, chosen: bool) -> None:
        role = Role.MARKED if chosen else entry.role
        if chosen:
            canvas.hline(0, y, canvas.width, safe(" "), Role.MARKED)
        if entry.row is not None:
            canvas.put(0, y, self.glyphs.usable if not chosen else self.glyphs.right, role)
        canvas.put(0 if entry.row is None else 2, y, entry.title, role)
        fits = len(entry.title) + len(entry.detail) + 3 <= canvas.width
        detail = entry.detail if fits else entry.short or entry.detail
        canvas.put_right(canvas.width, y, safe(f" {detail}"), Role.MARKED if chosen else Role.DIM)

    def _entries(self, shown: Shown, moment: Moment) -> list[Entry]:
        run = shown.run

        def role(alert: Alert) -> Role:
            return alert.kind.role if alert.first <= moment.index else Role.FUTURE

        totals = [
            Entry(
                alert.first,
                alert.title,
                safe(f"x{alert.count:,} {_span(run, alert)}"),
                role(alert),
                safe(f"x{alert.count:,} {_number(run, alert.first)}"),
            )
            for alert in run.alerts.totals
        ]
        latest = [
            Entry(row, kind.title, _place(run, row), Role.TEXT)
            for row, kind in run.alerts.recent(moment.index, RECENT)
        ]
        if latest:
            latest.insert(
                0, Entry(None, SafeText("Up to here, latest first"), SafeText("packet, second"), Role.TITLE)
            )
        if totals:
            totals.insert(0, Entry(None, SafeText("By kind"), SafeText("times, packets"), Role.TITLE))
        return totals + latest

    def _current_entries(self) -> list[Entry]:
        if self.shown is None or self.shown.moment is None:
            return []
        return self._entries(self.shown, self.shown.moment)

    def action_select(self, by: int) -> None:
        """Up, down; never to a heading."""
        places = [at for at, entry in enumerate(self._current_entries()) if entry.row is not None]
        beyond = [at for at in places if (at - self._selected) * by > 0]
        self._selected = (beyond[0] if by > 0 else beyond[-1]) if beyond else self._selected
        self.repaint()

    def action_choose(self) -> None:
        """Enter."""
        entries = self._current_entries()
        row = entries[self._selected].row if self._selected < len(entries) else None
        if row is not None:
            self.post_message(self.Chosen(row))

    def on_mouse_scroll_up(self) -> None:
        """As the key does."""
        self.action_select(-1)

    def on_mouse_scroll_down(self) -> None:
        """As the key does."""
        self.action_select(1)

    def on_click(self, event: events.Click) -> None:
        """Choose the alert under the mouse."""
        offset = event.get_content_offset(self)
        entries = self._current_entries()
        at = self._top + offset.y if offset else len(entries)
        if at < len(entries) and entries[at].row is not None:
            self._selected = at
            self.action_choose()
            self.repaint()

    def on_focus(self) -> None:
        """Show what is selected."""
        self.repaint()

    def on_blur(self) -> None:
        """Hide it."""
        self.repaint()


def _grows(shown: Shown) -> bool:
    """Whether there may be more alerts to come."""
    return shown.status is not None and not shown.status.phase.over


def _number(run: RunView, row: int) -> SafeText:
    """The number of the packet at a row, or of the last one before it. A packet that no capture has comes
    after one that has a number."""
    last = run.packets.position(row)
    for position in range(last, max(last - _REACH, -1), -1):
        if number := run.recording.row(run.packets.row(position)).number:
            return safe(f"#{number}" if position == last else f"after #{number}")
    return safe("before #1")


def _span(run: RunView, alert: Alert) -> SafeText:
    """From the first packet of a kind to the last."""
    first, last = _number(run, alert.first), _number(run, alert.last)
    return first if alert.count == 1 else safe(f"{first} to {last}")


def _place(run: RunView, row: int) -> SafeText:
    """Packet number and time of a row."""
    return safe(f"{_number(run, row)} {run.since_first(run.recording.time(row)) / 1e9:.3f}")
