"""Which pictures there are, and how one is taken: the real screen on a real run of the lab, by its keys."""

from dataclasses import dataclass, replace

from textual.pilot import Pilot

from tcpviz.session.clock import TICK
from tcpviz.session.options import RunOptions
from tcpviz.ui.app import TcpvizApp
from tcpviz.ui.launch import start_session
from tcpviz.ui.main_screen import PANES_EVERY


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: the run, the size of the terminal, and the keys that lead to the moment."""

    name: str
    options: RunOptions
    size: tuple[int, int]
    keys: tuple[str, ...] = ()


LAB = RunOptions(url="http://lab/")
SCENARIO = RunOptions(url="")
"""A scenario knows its own."""

SHOTS = (
    Shot("handshake", LAB, (120, 40), ("home", "n", "n", "n", "n")),
    Shot("stepping", replace(LAB, held=True), (80, 24), ("n",)),
    Shot("loss", replace(SCENARIO, scenario="loss"), (160, 45), ("home", "N", "N", "N")),
    Shot("timeout", replace(SCENARIO, scenario="timeout"), (120, 40), ("home", "N", "N")),
    Shot("zero-window", replace(SCENARIO, scenario="zero-window"), (160, 45), ("home", "N", "N")),
    Shot("ladder", replace(SCENARIO, scenario="loss"), (120, 40), ("home", "N", "N", "N", "6")),
    Shot(
        "graphs", replace(SCENARIO, scenario="slow-start"), (160, 45), ("g", "6", "0", "0", "enter", "7", "z")
    ),
)


async def take(shot: Shot) -> str:
    """The picture as SVG; the same each time."""
    app = TcpvizApp(shot.options, start_session, frame_rate=0)
    async with app.run_test(size=shot.size) as pilot:
        await _settle(app, pilot)
        for key in shot.keys:
            await pilot.press(key)
            await _settle(app, pilot)
        return app.export_screenshot(title="tcpviz")


async def _settle(app: TcpvizApp, pilot: Pilot[None]) -> None:
    """Wait until the run can't go on by itself, and all of it is on the screen."""
    before = -1
    while True:
        stage = app.main.stage
        assert stage
        status = stage.status
        rests = status is None or status.phase.over or bool(status.pending)
        if rests and len(stage.recording) == before:
            break
        before = len(stage.recording)
        # Longer than the worker waits before it looks at its commands: it has done what the key asked.
        await pilot.pause(2 * TICK / 1e9)
    while stage.run.behind:
        app.main.tick()
    for _ in range(PANES_EVERY):
        app.main.tick()
    await pilot.pause()
