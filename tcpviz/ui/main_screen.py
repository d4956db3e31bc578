"""The one screen that is always there: it asks for news and tells every pane what to show.

Attributes down, messages up: panes know neither each other nor the session. What the keys do is in `actions`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Static

from tcpviz.recording.shelf import Shelf
from tcpviz.session.gate import GateAction
from tcpviz.session.options import RunOptions
from tcpviz.session.status import Status
from tcpviz.ui import offers
from tcpviz.ui.actions.filtering import FilterActions
from tcpviz.ui.actions.network import NetworkActions
from tcpviz.ui.actions.panes import PaneActions
from tcpviz.ui.actions.runs import RunActions
from tcpviz.ui.actions.stopping import StopActions
from tcpviz.ui.actions.travel import TravelActions
from tcpviz.ui.alerts_pane import AlertsPane
from tcpviz.ui.board import SMALLEST, Board, PaneName
from tcpviz.ui.details_pane import DetailsPane
from tcpviz.ui.errors import log_error
from tcpviz.ui.graphs_pane import GraphsPane
from tcpviz.ui.guide_line import GuideLine
from tcpviz.ui.key_bar import KeyBar
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.keys import ON_MAIN, Key, bindings
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
from tcpviz.ui.running import StartSession
from tcpviz.ui.stage import Situation, Stage
from tcpviz.ui.stream_pane import StreamPane
from tcpviz.ui.themes import Palette
from tcpviz.ui.words import fixed
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.guide import Facts
from tcpviz.view.packets import Column
from tcpviz.view.safe import safe

WIDTHS = [(0, "-too-narrow"), (SMALLEST.width, "-wide-enough")]
HEIGHTS = [(0, "-too-low"), (SMALLEST.height, "-high-enough")]
"""The classes of the screen by its size."""

BUDGET = 8_000_000
"""Nanoseconds of a tick that may go into reading new rows while a worker needs the time, too."""

FILE_BUDGET = 20_000_000
"""The same for a file."""

PANES_EVERY = 3
"""Ticks from one painting of the diagrams to the next while traffic flows: ten a second."""

TIDY_EVERY = 60
"""Seconds from one look at how much room the kept runs take to the next."""

LATE = 0.05
"""Seconds by which a tick may be late before the screen gives way."""


class MainScreen(TravelActions, FilterActions, StopActions, NetworkActions, PaneActions, RunActions):
    """Status line, board, timeline, key bar."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(*ON_MAIN)]
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
        keyboard: Keyboard,
        frame_rate: float,
        *,
        columns: Sequence[Column] = (),
        first_pane: PaneName = PaneName.STATE,
        shelf: Shelf | None = None,
    ) -> None:
        """`columns`: those of the list; none: as many as fit. `first_pane`: what is beside it at first."""
        super().__init__()
        self.options = options
        self.breakpoints = []
        self.stages = []
        self.start_session = start_session
        self.palette = palette
        self.keyboard = keyboard
        self._begin = begin
        self.shelf = shelf
        self._list_columns = columns
        self._first_pane = first_pane
        self.glyphs = glyphs
        self._frame_rate = frame_rate
        self._ticks = 0
        self._due = 0.0
        self._moved = False
        self._stale = False
        self._status: Status | None = None
        self._situation: Situation | None = None

    def compose(self) -> ComposeResult:
        """A fixed set of panes, updated in place."""
        palette, glyphs, keys = self.palette, self.glyphs, self.keyboard.names
        yield StatusLine("status-line", palette, glyphs, keys)
        with Board(self._first_pane):
            yield StatePane(PaneName.STATE, palette, glyphs, keys)
            yield SequencePane(PaneName.SEQUENCE, palette, glyphs, keys)
            yield AlertsPane(PaneName.ALERTS, palette, glyphs, keys)
            yield PacketList(palette, self._list_columns, self.keyboard)
            yield WhyPane(PaneName.WHY, palette, glyphs, keys)
            yield DetailsPane(PaneName.DETAILS, palette, glyphs, keys)
            yield LadderPane(PaneName.LADDER, palette, glyphs, keys)
            yield GraphsPane(PaneName.GRAPHS, palette, glyphs, keys)
            yield StreamPane(PaneName.STREAM, palette, glyphs, keys)
        yield Notice(self.keyboard)
        yield GuideLine(palette, self.keyboard)
        with Horizontal(id="timeline-row"):
            yield ClockPane("clock", palette, glyphs, keys)
            yield TimelinePane("timeline", palette, glyphs, keys)
        yield KeyBar(palette, offers.last_hints(self.keyboard))
        yield Static(
            fixed(
                f"tcpviz needs a terminal of at least {SMALLEST.width} columns and {SMALLEST.height} lines."
            ),
            id="too-small",
        )

    def on_mount(self) -> None:
        """Begin, and look for news from now on."""
        self.packets = self.query_one(PacketList)
        self.board = self.query_one(Board)
        self.notice = self.query_one(Notice)
        self._stream = self.query_one(StreamPane)
        self.guide = self.query_one(GuideLine)
        self._key_bar = self.query_one(KeyBar)
        self._panes = list(self.query(MomentPane))
        if self._frame_rate:
            self.set_interval(1 / self._frame_rate, self.tick)
            if self.shelf:
                self.set_interval(TIDY_EVERY, partial(self.run_worker, self.shelf.tidy, thread=True))
        self._begin()

    def on_unmount(self) -> None:
        """Leave nothing running."""
        self.close()

    # News

    def tick(self) -> None:
        """Look for news, and show them. What goes wrong here is told; the screen goes on."""
        now = time.monotonic()
        late = self._frame_rate and now - self._due > LATE
        self._ticks += 1
        if self.stage is None or (late and self._ticks % PANES_EVERY):
            return
        with self._telling_faults():
            grew = self._read(self.stage)
            self._refresh(self.stage, grew=grew)
        self._due = time.monotonic() + 1 / (self._frame_rate or 1)

    @contextmanager
    def _telling_faults(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            where = log_error("reading the run", error)
            self.notice.tell(
                "The screen could not follow the run", type(error).__name__, f"The report is in {where}"
            )

    def _read(self, stage: Stage) -> bool:
        """Take what is new, for a short time. Tells whether there was anything."""
        grew = stage.advance(BUDGET if stage.session else FILE_BUDGET)
        grew = self._stream.advance(BUDGET) or grew
        self.seek_on(stage, BUDGET)
        self.come_back(stage)
        return grew

    def _refresh(self, stage: Stage, *, grew: bool) -> None:
        status = stage.status
        if status and status.stopped and not (self._status and self._status.stopped == status.stopped):
            self.tell_stop(status.stopped)
        self.tell_unkept(stage)
        self.tell_loss(stage)
        if grew or self._moved or status is not self._status:
            self._status = status
            self._stale = True
            self.packets.caption = stage.filter_caption
            self.packets.tell_apart(stage.mixed)
            self.packets.update(stage.lines_at_gate())
            self._offer(stage)
        if self._moved or (self._stale and self._ticks % PANES_EVERY == 0):
            self._moved = self._stale = False
            self._show(stage)

    def _show(self, stage: Stage) -> None:
        """Bring every pane to the moment that is looked at."""
        status = stage.status
        shown = Shown(stage.run, stage.moment(), status, stage.cursor.follows, stage.passing)
        for pane in self._panes:
            pane.show(shown)
        self.packets.note(safe(status.link_note if status else ""))
        if status and status.failure:
            self.notice.tell_failure(status.failure)

    def look(self, *, read: bool = False) -> None:
        """See StagedScreen."""
        self._moved = True
        if self.stage:
            self.packets.reveal()
            with self._telling_faults():
                grew = read and self._read(self.stage)
                self._refresh(self.stage, grew=grew)

    def list_scrolled(self) -> None:
        """See StagedScreen."""
        self._moved = True

    def repaint(self) -> None:
        """Draw everything anew: the theme has changed."""
        self.packets.repaint()
        self._key_bar.refresh()
        for pane in self._panes:
            pane.repaint()

    # What makes sense now

    def _offer(self, stage: Stage) -> None:
        situation = stage.situation()._replace(begins_held=self.options.held)
        if situation != self._situation:
            several = situation.streams and not stage.session
            if several and not (self._situation and self._situation.streams):
                self.say(f"Several TCP streams: {self.keyboard.names['streams']} lists them, to choose one.")
            self._situation = situation
            self.refresh_bindings()
            self._key_bar.offer(offers.hints(situation, self.keyboard))
        self._guide(stage, situation)

    def _guide(self, stage: Stage, now: Situation) -> None:
        self.guide.look(
            Facts(
                fetched=now.packets,
                live=now.live,
                held=now.held,
                begins_held=now.begins_held,
                pending=now.pending,
                passed=stage.done[GateAction.PASS],
                dropped=stage.done[GateAction.DROP],
                looks_back=not now.follows,
                why_in_sight=PaneName.WHY in self.board.shown,
            )
        )

    def offered(self) -> list[Key]:
        """The keys that do something now, one for each action."""
        return offers.offered(self._situation, self.keyboard)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now do nothing and are not offered. See DOMNode."""
        if action == "end_guide":
            return self.guide.display
        return offers.makes_sense(action, self._situation)
