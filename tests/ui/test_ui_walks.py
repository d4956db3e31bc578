"""Random ways through time: wherever they lead, every pane shows what a fresh screen shows there."""

from pathlib import Path
from random import Random

import pytest
from helpers.screen import Screen, open_screen
from helpers.torture import frames, write_pcap

from tcpviz.recording import Kind, Recording
from tcpviz.ui.moment_pane import MomentPane

KEYS = ("n", "p", "up", "down", "pageup", "pagedown", "home", "end", "N", "P")
DRAWERS = ("6", "7")
"""The keys of the ladder and of the graphs, which take one place."""
SIZE = (200, 50)
STOPS = 4
JUMPS = 8
"""From one stop to the next."""


@pytest.fixture(scope="module")
def observed_run(lossy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same packets as a capture of others."""
    path = tmp_path_factory.mktemp("runs") / "observed.pcapng"
    own = Recording.open(lossy_run)
    capture = Recording.create(link="capture", epoch=0, path=path)
    for index in range(len(own)):
        row = own.row(index)
        if row.kind is Kind.FRAME and row.number:
            capture.frame(row.time, row.direction, own.data(index))
    capture.commit()
    capture.close()
    own.close()
    return path


@pytest.fixture(scope="module")
def torture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several streams at a time, such as no sane network has, with times that run backwards, too."""
    path = tmp_path_factory.mktemp("runs") / "torture.pcap"
    write_pcap(path, frames(6, 300))
    return path


@pytest.mark.parametrize("run", ["lossy_run", "observed_run", "torture"])
async def test_every_pane_shows_the_same_however_it_came_there(
    run: str, request: pytest.FixtureRequest
) -> None:
    path, rng = request.getfixturevalue(run), Random(run)
    found = []
    walked = Recording.open(path)
    async with open_screen(recording=walked, size=SIZE) as screen:
        for _ in range(STOPS):
            for _ in range(JUMPS):
                await jump(screen, rng)
                assert len(screen.moments) == 1
            found.append((screen.position, screen.follows, await panes(screen)))
    walked.close()
    assert len({position for position, *_ in found}) > 1
    for position, follows, shown in found:
        recording = Recording.open(path)
        async with open_screen(recording=recording, size=SIZE) as screen:
            assert screen.main.stage
            if follows:
                screen.main.action_live()
            else:
                screen.main.stage.cursor.go(position)
                screen.main.look()
            assert await panes(screen, anew=True) == shown
        recording.close()


async def jump(screen: Screen, rng: Random) -> None:
    """By a key, to a row, to a time, to a packet."""
    stage = screen.main.stage
    assert stage
    way = rng.randrange(5)
    if way == 0:
        stage.go_to_row(rng.randrange(len(stage.recording)))
    elif way == 1:
        stage.go_to_time(rng.randrange(stage.run.first_time, stage.run.last_time + 1))
    elif way == 2:
        stage.cursor.go(rng.randrange(len(stage.run.packets)))
    else:
        await screen.tap(rng.choice(KEYS))
    screen.main.look()


async def panes(screen: Screen, *, anew: bool = False) -> dict[str, str]:
    """What stands in each, or would if it were drawn anew; but for the dissection, which a thread makes."""
    shown = {}
    for drawer in DRAWERS:
        await screen.tap(drawer)
        if anew:
            screen.main.repaint()
        for pane in screen.main.query(MomentPane):
            if pane.id != "details" and pane.size.area:
                rows = range(pane.size.height)
                shown[f"{drawer} {pane.id}"] = "\n".join(pane.render_line(y).text for y in rows)
    screen.main.query_one("#packets").focus()
    assert {"6 ladder", "7 graphs", "6 why", "6 state", "6 sequence", "6 alerts"} <= shown.keys()
    return shown
