"""The screen without a terminal and a clock: a recorded run, a session that only remembers, and keys."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual import events
from textual.pilot import Pilot
from textual.strip import Strip

from tcpviz.link.base import Direction
from tcpviz.link.plan import Plan
from tcpviz.recording import Kind, Recording
from tcpviz.recording.shelf import Shelf
from tcpviz.session.gate import GateAction
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.session.status import PendingFrame, Phase, Status
from tcpviz.session.watch import Watch
from tcpviz.session.world import check
from tcpviz.ui.app import TcpvizApp
from tcpviz.ui.board import PaneName
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.moment_pane import MomentPane
from tcpviz.view.glyphs import UNICODE, Glyphs
from tcpviz.view.packets import Column

OPTIONS = RunOptions(url="http://lab/", link="sim")

ENDLESS = 10**18
"""ns, for a tick of the screen: it reads all that there is, however slow the machine of the test."""


def record_run(path: Path, url: str, impair: str = "") -> Path:
    """A whole fetch in the lab, saved: the same frames and states every time."""
    session = Session(check(replace(OPTIONS, url=url, impair=impair)))
    session.run()
    session.recording.save(path)
    session.recording.close()
    return path


class FakeSession:
    """Does nothing by itself; remembers what it was told. Tests replace `status` as the worker would."""

    def __init__(self, recording: Recording, **status: Any) -> None:
        self.recording = recording
        self.status = replace(Status(url="http://lab/", phase=Phase.TRANSFER, link="sim"), **status)
        self.told: list[object] = []
        self.unkept = ""

    def tell(self, **changes: Any) -> None:
        """The worker publishes another status."""
        self.status = replace(self.status, **changes)

    def stop(self, wait: float = 0.3) -> None:
        self.told.append("stop")

    def hold(self) -> None:
        self.told.append("hold")
        self.tell(held=True)

    def resume(self) -> None:
        self.told.append("resume")
        self.tell(held=False)

    def step(self, action: GateAction = GateAction.PASS) -> None:
        self.told.append(action)

    def stop_at(self, stops: Sequence[Watch]) -> None:
        self.told.append([stop.text for stop in stops])

    def impair(self, plan: Plan) -> None:
        self.told.append(str(plan))
        self.tell(impair=str(plan))

    def set_pace(self, pace: float) -> None:
        self.told.append(pace)
        self.tell(pace=pace)


def copy_rows(source: Recording, target: Recording, start: int, stop: int) -> None:
    """Rows of one recording go into another as if they had happened there, and are published."""
    for index in range(start, stop):
        row = source.row(index)
        told: dict[str, Any] = {
            "flow": row.flow,
            "snapshot": source.snapshot(index),
            "events": source.events(index),
            "peer_state": row.peer_state,
        }
        if row.kind is Kind.FRAME:
            target.frame(row.time, row.direction, source.data(index), fate=row.fate, **told)
        else:
            target.moment(row.time, row.kind, text=source.text(index), **told)
    target.commit()


def waiting(data: bytes, direction: Direction = Direction.OUT) -> tuple[PendingFrame, ...]:
    """One frame at the gate."""
    return (PendingFrame(data, direction, 0),)


class Screen:
    """The app while it runs, with what tests look at."""

    def __init__(self, app: TcpvizApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.main = app.main
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, and let the screen come to rest."""
        await self.pilot.press(*keys)
        await self.tick()

    async def tap(self, key: str) -> None:
        """Press a key, and wait until every widget has obeyed; not, as `press` does, until the process is
        idle: on a busy machine it may never be."""
        await self._send(events.Key(key, key if len(key) == 1 else None))

    async def paste(self, text: str) -> None:
        """The terminal pastes a text."""
        await self._send(events.Paste(text))

    async def _send(self, event: events.Event) -> None:
        driver = self.app._driver
        assert driver
        event.set_sender(self.app)
        driver.send_message(event)
        await self.settle()

    async def settle(self) -> None:
        """What has been sent is obeyed, and the timer goes off."""
        for _ in range(3):  # the event, what it sets off, and what that has posted
            await self.pilot._wait_for_screen()
        assert self.app._exception is None, "the app crashed: to wait for it would take half a minute a key"
        self.main.tick()
        self.app.screen._on_timer_update()

    async def tick(self, times: int = 3) -> None:
        """The timer goes off."""
        for _ in range(times):
            self.main.tick()
        await self.pilot.pause()

    @property
    def position(self) -> int:
        """Where the cursor is."""
        assert self.main.stage
        return self.main.stage.cursor.position

    @property
    def follows(self) -> bool:
        """Whether the cursor follows the end."""
        assert self.main.stage
        return self.main.stage.cursor.follows

    @property
    def moments(self) -> set[int]:
        """The rows that the panes show: one, if they agree."""
        shown = [pane.shown for pane in self.main.query(MomentPane)]
        return {one.moment.index if one and one.moment else -1 for one in shown}

    @property
    def offered(self) -> set[str]:
        """The actions that make sense now."""
        return {key.action for key in self.main.offered()}

    @property
    def strips(self) -> list[Strip]:
        """All that stands on the screen, with its colours. The one place that knows how Textual keeps it."""
        return self.app.screen._compositor.render_strips()

    @property
    def text(self) -> str:
        """All that stands on the screen."""
        return "\n".join(strip.text for strip in self.strips)


@asynccontextmanager
async def open_screen(
    *,
    recording: Recording | None = None,
    session: FakeSession | None = None,
    ask: bool = False,
    size: tuple[int, int] = (120, 40),
    glyphs: Glyphs = UNICODE,
    started: list[RunOptions] | None = None,
    keyboard: Keyboard | None = None,
    shelf: Shelf | None = None,
    choose: bool = False,
    columns: Sequence[Column] = (),
    first_pane: PaneName = PaneName.STATE,
    prepare: Callable[[TcpvizApp], None] = lambda app: None,
) -> AsyncIterator[Screen]:
    """The app on a recording, or on `session`, the first run. `started` gets what it was asked to fetch."""

    def start(options: RunOptions) -> FakeSession:
        if started is not None:
            started.append(options)
        return session or FakeSession(Recording.create(link="sim", epoch=0))

    app = TcpvizApp(
        OPTIONS,
        start,
        ask=ask,
        recording=recording,
        glyphs=glyphs,
        frame_rate=0,
        keyboard=keyboard,
        shelf=shelf,
        choose=choose,
        columns=columns,
        first_pane=first_pane,
    )
    prepare(app)
    reads_all = patch.multiple("tcpviz.ui.main_screen", BUDGET=ENDLESS, FILE_BUDGET=ENDLESS)
    with reads_all:
        async with app.run_test(size=size, notifications=True) as pilot:
            screen = Screen(app, pilot)
            await screen.tick()
            yield screen
