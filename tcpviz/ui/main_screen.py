"""The one screen that is always there: it asks for news, obeys the keys, and tells every pane what to show.

Attributes down, messages up: panes know neither each other nor the session.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tcpviz.recording import Recording, RecordingError
from tcpviz.session.gate import GateAction
from tcpviz.session.options import OptionError, RunOptions
from tcpviz.session.status import Status
from tcpviz.ui.alerts_pane import AlertsPane
from tcpviz.ui.board import GUESTS, SMALLEST, Board, PaneName
from tcpviz.ui.details_pane import DetailsPane
from tcpviz.ui.errors import log_error
from tcpviz.ui.graphs_pane import GraphsPane
from tcpviz.ui.help import HelpScreen
from tcpviz.ui.key_bar import LAST, Hint, KeyBar
from tcpviz.ui.keys import AT_GATE, KEYS, OVER, RUNNING, Key, bindings, in_order
from tcpviz.ui.ladder_pane import LadderPane
from tcpviz.ui.moment_pane import MomentPane, Shown
from tcpviz.ui.notice import Notice
from tcpviz.ui.packet_list import PacketList
from tcpviz.ui.panes import (
    ClockPane,
    SequencePane,
    StatePane,
    StatusLine,
    TimelinePane,
    WhyPane,
)
from tcpviz.ui.prompts import FilePrompt, GoToPrompt, UrlPrompt, save_new
from tcpviz.ui.running import StartSession
from tcpviz.ui.stage import Situation, Stage
from tcpviz.ui.themes import Palette
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.safe import safe

WIDTHS = [(0, "-too-narrow"), (SMALLEST.width, "-wide-enough")]
HEIGHTS = [(0, "-too-low"), (SMALLEST.height, "-high-enough")]
"""The classes of the screen by its size."""

BUDGET = 8_000_000
"""Nanoseconds of a tick that may go into reading new rows."""

PANES_EVERY = 3
"""Ticks from one painting of the diagrams to the next while traffic flows: ten a second."""

ALWAYS = frozenset(hint.key for hint in LAST)
"""The keys that the key bar has at its end."""

LATE = 0.05
"""Seconds by which a tick may be late before the screen gives way."""


class MainScreen(Screen[None]):
    """Status line, board, timeline, key bar."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings())
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS = "#packets"

    def __init__(
        self,
        options: RunOptions,
        start_session: StartSession,
        begin: Callable[[], None],
        palette: Palette,
        glyphs: Glyphs,
        frame_rate: float,
    ) -> None:
        super().__init__()
        self.options = options
        self.stage: Stage | None = None
        self._start_session = start_session
        self._begin = begin
        self._palette = palette
        self._glyphs = glyphs
        self._frame_rate = frame_rate
        self._ticks = 0
        self._due = 0.0
        self._moved = False
        self._stale = False
        self._status: Status | None = None
        self._situation: Situation | None = None

    def compose(self) -> ComposeResult:
        """A fixed set of panes, updated in place."""
        palette, glyphs = self._palette, self._glyphs
        yield StatusLine("status-line", palette, glyphs)
        with Board():
            yield StatePane(PaneName.STATE, palette, glyphs)
            yield SequencePane(PaneName.SEQUENCE, palette, glyphs)
            yield AlertsPane(PaneName.ALERTS, palette, glyphs)
            yield PacketList(palette)
            yield WhyPane(PaneName.WHY, palette, glyphs)
            yield DetailsPane(PaneName.DETAILS, palette, glyphs)
            yield LadderPane(PaneName.LADDER, palette, glyphs)
            yield GraphsPane(PaneName.GRAPHS, palette, glyphs)
        yield Notice()
        with Horizontal(id="timeline-row"):
            yield ClockPane("clock", palette, glyphs)
            yield TimelinePane("timeline", palette, glyphs)
        yield KeyBar(palette)
        yield Static(
            Content(
                f"tcpviz needs a terminal of at least {SMALLEST.width} columns and {SMALLEST.height} lines."
            ),
            id="too-small",
        )

    def on_mount(self) -> None:
        """Begin, and look for news from now on."""
        self._packets = self.query_one(PacketList)
        self._board = self.query_one(Board)
        self._notice = self.query_one(Notice)
        self._key_bar = self.query_one(KeyBar)
        self._panes = list(self.query(MomentPane))
        if self._frame_rate:
            self.set_interval(1 / self._frame_rate, self.tick)
        self._begin()

    # What is shown

    def fetch(self, options: RunOptions) -> None:
        """Start a run and show it."""
        self.options = options
        try:
            session = self._start_session(options)
        except (OptionError, RecordingError) as error:
            self._notice.tell("The run could not begin", str(error), "")
            return
        self._enter(Stage(session.recording, session))

    def show_recording(self, recording: Recording) -> None:
        """Show a file; nothing goes on in it."""
        stage = Stage(recording)
        stage.cursor.follows = False
        self._enter(stage)

    def _enter(self, stage: Stage) -> None:
        if self.stage:
            self.stage.close()
        self.stage = stage
        self._notice.clear()
        self._packets.use(stage.run.line, stage.cursor)
        self._moved = True
        self.tick()

    def on_unmount(self) -> None:
        """Leave nothing running."""
        self.close()

    def close(self) -> None:
        """End the run that is shown and give its link back."""
        if self.stage:
            self.stage.close()

    # News

    def tick(self) -> None:
        """Look for news, and show them. What goes wrong here is told; the screen goes on."""
        now = time.monotonic()
        late = self._frame_rate and now - self._due > LATE
        self._ticks += 1
        if self.stage is None or (late and self._ticks % PANES_EVERY):
            return
        try:
            self._refresh(self.stage)
        except Exception as error:
            where = log_error("reading the run", error)
            self._notice.tell(
                "The screen could not follow the run", type(error).__name__, f"The report is in {where}"
            )
        self._due = time.monotonic() + 1 / (self._frame_rate or 1)

    def _refresh(self, stage: Stage) -> None:
        grew = stage.advance(BUDGET)
        status = stage.status
        if grew or self._moved or status is not self._status:
            self._status = status
            self._stale = True
            self._packets.update(stage.lines_at_gate())
            self._offer(stage)
        if self._moved or (self._stale and self._ticks % PANES_EVERY == 0):
            self._moved = self._stale = False
            self._show(stage)

    def _show(self, stage: Stage) -> None:
        """Bring every pane to the moment that is looked at."""
        status = stage.status
        shown = Shown(stage.run, stage.moment(), status, stage.cursor.follows)
        for pane in self._panes:
            pane.show(shown)
        self._packets.note(safe(status.link_note if status else ""))
        if status and status.failure:
            self._notice.tell_failure(status.failure)

    def _look(self) -> None:
        """The cursor has moved: show it at once."""
        self._moved = True
        if self.stage:
            self._packets.reveal()
        self.tick()

    def repaint(self) -> None:
        """Draw everything anew: the theme has changed."""
        self._packets.repaint()
        self._key_bar.refresh()
        for pane in self._panes:
            pane.repaint()

    # What makes sense now

    def _offer(self, stage: Stage) -> None:
        situation = stage.situation()
        if situation != self._situation:
            self._situation = situation
            self.refresh_bindings()
            keys = [key for key in self.offered() if key.keys not in ALWAYS]
            self._key_bar.offer([self._hint(key) for key in in_order(keys, _foremost(situation))])

    def offered(self) -> list[Key]:
        """The keys that do something now, one for each action."""
        first = {key.action: key for key in reversed(KEYS)}
        return [key for key in first.values() if self._makes_sense(key.action)][::-1]

    def _hint(self, key: Key) -> Hint:
        label = key.label
        if self._situation and self._situation.held:
            label = {"toggle_hold": "Run", "next": "Let one through"}.get(key.action, label)
        return Hint(key.keys.partition(",")[0], safe(key.display.partition(" ")[0]), safe(label))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now do nothing and are not offered. See DOMNode."""
        return self._makes_sense(action)

    def _makes_sense(self, action: str) -> bool:
        now = self._situation
        match action.partition("(")[0]:
            case "toggle_hold":
                return now is not None and now.live
            case "gate":
                return now is not None and now.pending
            case "pace":
                return now is not None and now.live and now.virtual_time
            case "next_alert" | "previous_alert":
                return now is not None and now.alerts
            case "next" | "next_row":
                return now is not None and (now.packets or now.pending)
            case "previous" | "page" | "first" | "live" | "goto" | "save":
                return now is not None and now.packets
            case _:
                return True

    # Moving through time

    def action_next(self) -> None:
        """n: one packet on, or one through the gate."""
        if self.stage:
            self.stage.next()
            self._look()

    def action_next_row(self) -> None:
        """Down: one packet on; never through the gate."""
        self._move(1)

    def action_previous(self) -> None:
        """One packet back."""
        self._move(-1)

    def action_page(self, pages: int) -> None:
        """A page of the list on or back."""
        self._move(pages * self._packets.page)

    def action_first(self) -> None:
        """To the first packet."""
        if self.stage:
            self.stage.cursor.go(0)
            self._look()

    def action_live(self) -> None:
        """To the end, and on with it."""
        if self.stage:
            self.stage.cursor.live()
            self._look()

    def action_next_alert(self) -> None:
        """To the next packet with an alert."""
        self._go_to_alert(forward=True)

    def action_previous_alert(self) -> None:
        """To the previous packet with an alert."""
        self._go_to_alert(forward=False)

    def action_goto(self) -> None:
        """Ask for a packet's number."""
        if self.stage:
            self.app.push_screen(GoToPrompt(self.stage.last_number), self._go_to_number)

    def _go_to_number(self, number: int | None) -> None:
        if self.stage and number is not None:
            self.stage.go_to_number(number)
            self._look()

    def _go_to_alert(self, *, forward: bool) -> None:
        if self.stage:
            self.stage.go_to_alert(forward=forward)
            self._look()

    def _move(self, by: int) -> None:
        if self.stage:
            self.stage.cursor.step(by)
            self._look()

    @on(PacketList.Chosen)
    @on(LadderPane.Chosen)
    def _on_packet_chosen(self, message: PacketList.Chosen | LadderPane.Chosen) -> None:
        if self.stage:
            self.stage.cursor.go(message.position)
            self._look()

    @on(PacketList.Scrolled)
    def _on_list_scrolled(self) -> None:
        self._moved = True

    @on(AlertsPane.Chosen)
    def _on_alert_chosen(self, message: AlertsPane.Chosen) -> None:
        if self.stage:
            self.stage.go_to_row(message.row)
            self._look()

    @on(TimelinePane.Chosen)
    def _on_time_chosen(self, message: TimelinePane.Chosen) -> None:
        if self.stage:
            self.stage.go_to_time(message.moment)
            self._look()

    # The gate

    def action_toggle_hold(self) -> None:
        """Shut or open the gate."""
        if self.stage:
            self.stage.toggle_hold()

    def action_gate(self, action: str) -> None:
        """Drop, duplicate, delay or corrupt the packet at the gate."""
        if self.stage:
            self.stage.gate(GateAction(action))
            self._look()

    def action_pace(self, by: int) -> None:
        """Faster or slower."""
        if self.stage:
            self.stage.change_pace(by)

    # Panes

    def action_show(self, name: str) -> None:
        """Bring a pane to the screen and give it the keys; a second time: take the guest away again."""
        pane = PaneName(name)
        if pane in GUESTS and self.focused and self.focused.id == pane:
            self._board.dismiss_guest()
            pane = PaneName.PACKETS
        else:
            self._board.choose(pane)
        self.query_one(f"#{pane}").focus()

    def action_zoom(self) -> None:
        """The focused pane alone, or all again."""
        focused = self.focused
        name = PaneName(focused.id) if focused and focused.id in tuple(PaneName) else PaneName.PACKETS
        self._board.zoom(None if self._board.zoomed else name)

    def action_help(self) -> None:
        """What every key does, and what the colours mean."""
        self.app.push_screen(HelpScreen(self._palette))

    @on(PacketList.Opened)
    def _on_packet_opened(self) -> None:
        self.action_show(PaneName.DETAILS)

    # Runs and files

    def action_url(self) -> None:
        """Ask for a URL and fetch it."""
        self.app.push_screen(UrlPrompt(self.options), self._fetch_answer)

    def _fetch_answer(self, options: RunOptions | None) -> None:
        if options is not None:
            self.fetch(options)

    def action_open(self) -> None:
        """Ask for a capture and show it."""
        prompt = FilePrompt(
            "Open a capture",
            "A pcapng file that tcpviz saved, or any Ethernet pcap or pcapng.",
            "",
            Recording.open,
        )
        self.app.push_screen(prompt, self._open_answer)

    def _open_answer(self, recording: Recording | None) -> None:
        if recording is not None:
            self.show_recording(recording)

    def action_save(self) -> None:
        """Ask for a name and save the run."""
        if self.stage:
            prompt = FilePrompt(
                "Save this run",
                "A pcapng file: Wireshark opens it, and tcpviz shows it again with everything.",
                self.stage.file_name,
                partial(save_new, self.stage.recording),
            )
            self.app.push_screen(prompt, self._saved)

    def _saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(str(safe(f"Saved as {path}")), markup=False)


def _foremost(now: Situation) -> tuple[str, ...]:
    """The actions that matter most now."""
    if now.held:
        return AT_GATE
    return RUNNING if now.live else OVER
