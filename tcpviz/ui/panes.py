"""The diagrams: thin widgets that hand a moment to the painter of `view` that draws it."""

from array import array
from collections.abc import Mapping, Sequence

from textual import events
from textual.message import Message

from tcpviz.ui import clock
from tcpviz.ui.caption import set_title
from tcpviz.ui.moment_pane import MomentPane, Shown
from tcpviz.ui.themes import Palette
from tcpviz.view import inferred_panes, patience, points, sequence_space, state_machine, status, timeline
from tcpviz.view.arrows import repeats
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.moment import Moment
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe, shortened
from tcpviz.view.state_layout import layout
from tcpviz.view.why import Sentence, Why, why
from tcpviz.view.why_gate import gate_sentences
from tcpviz.view.why_lines import Line, subject, why_lines

_CLOCK_WIDTH = 26
"""Room for what the clock says most of the time, so that the timeline keeps its place."""


class StatePane(MomentPane):
    """RFC 9293's figure, and the way through it."""

    title = "State machine (RFC 9293)"

    class Chosen(Message):
        """The user wants to see what happened at `row`."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    def show(self, shown: Shown) -> None:
        """See MomentPane."""
        super().show(shown)
        _tell_source(self, "State machine", shown)

    def subject(self, shown: Shown) -> object:
        """See MomentPane: most packets change no state."""
        moment = shown.moment
        if moment is None:
            return None
        if moment.snapshot is None and (inferred := shown.run.inferred(moment.index)):
            return shown.run, inferred
        changes = len(shown.run.path(moment.index, moment.flow))
        ours = moment.snapshot and moment.snapshot.state
        return shown.run, moment.flow, changes, ours, moment.peer_state

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        if moment.snapshot is None and (inferred := shown.run.inferred(moment.index)):
            inferred_panes.paint_states(canvas, self.glyphs, inferred)
            return
        trail = [change for _, change in shown.run.path(moment.index, moment.flow)]
        current = moment.snapshot.state if moment.snapshot else None
        state_machine.paint(canvas, self.glyphs, current=current, trail=trail, peer=moment.peer_state)

    def on_click(self, event: events.Click) -> None:
        """Go to where our end came to the state under the mouse, also if that is still to come."""
        offset = event.get_content_offset(self)
        figure = layout(*self.size)
        if not offset or not figure or not self.shown or not self.shown.moment:
            return
        run, moment = self.shown.run, self.shown.moment
        pill = next((pill for pill in figure.pills if pill.covers(*offset)), None)
        row = state_machine.entered(pill, run.way(moment)) if pill else None
        if row is not None:
            self.post_message(self.Chosen(row))


def _tell_source(pane: MomentPane, name: str, shown: Shown) -> None:
    """What was inferred is never shown as if it were known."""
    moment = shown.moment
    inferred = moment and moment.snapshot is None and shown.run.inferred(moment.index)
    set_title(pane, safe(pane.headed(f"{name}, {inferred_panes.TITLE}" if inferred else pane.title)))


class SequencePane(MomentPane):
    """The send and receive windows as bars, and the time-sequence graph."""

    title = "Sequence space: sent, acknowledged, allowed"

    def __init__(self, name: str, palette: Palette, glyphs: Glyphs, keys: Mapping[str, str]) -> None:
        super().__init__(name, palette, glyphs, keys)
        self._kept = points.keep()

    def show(self, shown: Shown) -> None:
        """See MomentPane."""
        super().show(shown)
        _tell_source(self, "Sequence space", shown)

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        dots = points.time_sequence(shown.run, moment, moment.index, kept=self._kept)
        if moment.snapshot is None and (spaces := shown.run.spaces(moment.index)):
            inferred_panes.paint_spaces(canvas, self.glyphs, spaces, dots, zero=shown.run.first_time)
        else:
            sequence_space.paint(canvas, self.glyphs, moment.snapshot, dots, zero=shown.run.first_time)


class ClockPane(MomentPane, can_focus=False):
    """Which clock is in force, and the moment that is shown. Wide enough for what it says, where that leaves
    half of the row to the timeline."""

    def show(self, shown: Shown) -> None:
        """See MomentPane."""
        super().show(shown)
        width = min(max(len(self._remark(shown)) + 2, _CLOCK_WIDTH), self.screen.size.width // 2)
        if self.size.width != width:
            self.styles.width = width

    def subject(self, shown: Shown) -> object:
        """See MomentPane."""
        return clock.badge(shown.status, follows=shown.follows), self._remark(shown)

    def paint(self, canvas: Canvas) -> None:
        """See Pane.paint: there is a clock even before anything has happened."""
        if self.shown is None:
            return
        name, role = clock.badge(self.shown.status, follows=self.shown.follows)
        canvas.put(1, 0, safe(f" {name} "), role)
        canvas.put(1, 1, shortened(self._remark(self.shown), canvas.width - 2), Role.DIM)

    def _remark(self, shown: Shown) -> SafeText:
        return clock.remark(
            shown.status,
            follows=shown.follows,
            read=shown.run.recording.read,
            loss=shown.run.recording.loss,
            next_try=_next_try(shown),
        )


def _next_try(shown: Shown) -> int | None:
    """When a real peer will probably send again what is held."""
    if shown.status is None or shown.status.virtual_time:
        return None
    return patience.next_try(shown.status.pending, shown.moment.snapshot if shown.moment else None)


class WhyPane(MomentPane):
    """Why this packet: what our stack did and knows, and what an observer of the packets alone would say."""

    title = "Why"
    _lines: list[Line]

    def show(self, shown: Shown) -> None:
        """See MomentPane."""
        super().show(shown)
        self._tell()

    def on_resize(self) -> None:
        """See Pane."""
        super().on_resize()
        self._tell()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Other keys show the rest now. See Widget."""
        super().watch_has_focus(has_focus)
        self._tell()

    def _tell(self) -> None:
        """Which packet it is, and how much of its story has no room here, stand in the title."""
        moment = self.shown.moment if self.shown else None
        width = self.size.width - 2
        self._lines = why_lines(why(moment), width) if moment else []
        title = self.headed(f"{self.title}: {subject(moment)}" if moment else self.title)
        if self.shown and moment and (waiting := self.shown.at_gate):
            again = repeats(self.shown.run, waiting)
            about = gate_sentences(waiting, moment.snapshot, self.keys, again=again)
            heading = Sentence(safe(f"Before it, {subject(moment)}:"))
            self._lines = why_lines(Why((*about, heading), (), (), SafeText("")), width) + self._lines
            title = self.headed(f"{self.title}: the packet at the gate")
        hidden = len(self._lines) - self.size.height
        if hidden > 0 and self.size.height:
            more = "line" if hidden == 1 else "lines"
            way = "{zoom}" if self.has_focus else "{why}, then {zoom}"
            title = f"{title}, {hidden} more {more}: {way.format_map(self.keys)}"
        set_title(self, safe(title))

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        for y, line in enumerate(self._lines[: canvas.height]):
            x = 1
            for text, role in line:
                canvas.put(x, y, text, role)
                x += len(text)
        if len(self._lines) > canvas.height:
            canvas.put(canvas.width - 1, canvas.height - 1, self.glyphs.down, Role.PLAYHEAD)


class AlertTimes:
    """When each alert of a run was, kept so that none is looked up twice."""

    def __init__(self, run: RunView) -> None:
        self.run = run
        self._times = array("q")

    def up_to_date(self) -> Sequence[int]:
        """The times of all alerts so far (ns)."""
        for row in self.run.alerts.rows[len(self._times) :]:
            self._times.append(self.run.recording.time(row))
        return self._times


class TimelinePane(MomentPane, can_focus=False):
    """The whole run in two rows; the mouse goes to a moment, and drags it."""

    empty = ""

    _alerts: AlertTimes | None = None

    class Chosen(Message):
        """The user wants to see the run at `moment` (ns)."""

        def __init__(self, moment: int) -> None:
            super().__init__()
            self.moment = moment

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        run = shown.run
        if self._alerts is None or self._alerts.run is not run:
            self._alerts = AlertTimes(run)
        timeline.paint(
            canvas,
            self.glyphs,
            times=run.packets.times,
            alerts=self._alerts.up_to_date(),
            now=moment.row.time,
            end=run.last_time,
        )

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to the time under the mouse, and on with it while its button is down."""
        self.capture_mouse()
        self._go(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """See on_mouse_down."""
        if self.app.mouse_captured is self:
            self._go(event.x)

    def on_mouse_up(self) -> None:
        """See on_mouse_down."""
        self.release_mouse()

    def _go(self, x: int) -> None:
        if self.shown:
            run = self.shown.run
            axis = timeline.Axis.over(run.packets.times, run.last_time, self.size.width)
            self.post_message(self.Chosen(axis.time(min(max(x, 0), self.size.width - 1))))


class StatusLine(MomentPane, can_focus=False):
    """The top line: who talks to whom, the state, the figures that always matter, and the way there."""

    def paint(self, canvas: Canvas) -> None:
        """See Pane.paint: what is known before the first packet is told too."""
        x = 1
        canvas.put(x, 0, safe("tcpviz"), Role.LINK)
        x += len("tcpviz") + status.GAP
        shown = self.shown
        if shown is None:
            return
        parts = status.parts(shown.run, shown.moment, shown.status)
        for part in status.fitted(parts, canvas.width - x):
            canvas.put(x, 0, part.text, part.role)
            x += len(part.text) + status.GAP
