"""After any walk through time every pane shows what a screen does that was just opened at that packet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from helpers.screen import FakeSession, Screen, open_screen
from helpers.torture import frames, write_pcap

from tcpviz.recording import Recording
from tcpviz.ui.moment_pane import MomentPane

_WALK = ("n", "p", "n", "p", "home", "pagedown", "pageup", "N", "P", "end")


async def panes(screen: Screen) -> dict[str, str]:
    """What each pane in sight shows, with no message before it."""
    screen.app.clear_notifications()
    await screen.tick()
    strips = screen.strips
    return {
        type(pane).__name__: "\n".join(
            strips[y].crop(pane.region.x, pane.region.right).text
            for y in range(pane.region.y, pane.region.bottom)
        )
        for pane in screen.main.query(MomentPane)
        if pane.region.area
    }


async def wander(screen: Screen, rng: Random) -> int:
    """Some steps and leaps; the packet that they led to."""
    assert screen.main.stage
    for _ in range(rng.randrange(3, 9)):
        if rng.random() < 0.3:
            screen.main.stage.cursor.go(rng.randrange(len(screen.main.stage.run.packets)))
            screen.main.look()
        else:
            await screen.tap(rng.choice(_WALK))
    if screen.follows:
        await screen.tap("home")
    return screen.position


@asynccontextmanager
async def opened(path: Path, first: str, *, as_session: bool) -> AsyncIterator[Screen]:
    """The screen on a file, or on a run that has recorded it, with one pane in front."""
    recording = Recording.open(path)
    session = FakeSession(recording) if as_session else None
    async with open_screen(
        session=session, recording=None if session else recording, size=(200, 50)
    ) as screen:
        await screen.tap(first)
        yield screen


async def walk_and_compare(path: Path, seed: int, first: str, *, as_session: bool) -> None:
    """Walk on one screen, and look at each stop on a new one."""
    rng, found = Random(seed), []
    async with opened(path, first, as_session=as_session) as walker:
        for _ in range(3):
            position = await wander(walker, rng)
            found.append((position, await panes(walker)))
    assert len({position for position, _ in found}) > 1
    for position, shown in found:
        async with opened(path, first, as_session=as_session) as fresh:
            assert fresh.main.stage
            fresh.main.stage.cursor.go(position)
            fresh.main.look()
            assert await panes(fresh) == shown


@pytest.mark.parametrize(("seed", "pane"), [(1, "2"), (2, "3"), (3, "4"), (4, "6"), (5, "7")])
async def test_a_run_of_ours(lossy_run: Path, seed: int, pane: str) -> None:
    await walk_and_compare(lossy_run, seed, pane, as_session=seed % 2 == 0)


@pytest.mark.parametrize(("seed", "pane"), [(6, "2"), (7, "4"), (8, "6"), (9, "7")])
async def test_a_capture_that_no_sane_network_makes(seed: int, pane: str, tmp_path: Path) -> None:
    path = tmp_path / "torture.pcap"
    write_pcap(path, frames(seed, 300))
    await walk_and_compare(path, seed, pane, as_session=False)
