"""Every dialog, menu, panel and pane over a hostile server and a hostile capture: every byte that is written
is one that the app itself has a reason to write.

`Pilot.press` waits up to two seconds a key for the process to be idle: on a busy machine a tour of all places
takes minutes so. Hence `Screen.tap`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.hostile import HOSTILE, PAYLOAD, hostile_capture, hostile_run
from helpers.nulldriver import NullDriver, unexpected
from helpers.screen import OPTIONS, FakeSession, Screen, waiting
from helpers.tour import Place, places, visit
from textual.pilot import Pilot

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.recording import Recording
from tcpviz.session.status import Phase
from tcpviz.ui import details_pane
from tcpviz.ui.app import TcpvizApp
from tcpviz.ui.history import History
from tcpviz.view.glyphs import ASCII
from tcpviz.wire.dissect import dissect

SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.fixture(autouse=True)
def _ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was typed earlier is hostile, too, and files are looked for where there are none of ours."""
    dissect(b"")
    details_pane.loaded.set()  # else the first frames would not have the details
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("urls", "filters"):
        path = History(name).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([HOSTILE, f"http://{HOSTILE}/"]))


@pytest.fixture
def session() -> Iterator[FakeSession]:
    """A run that is held, with a hostile packet at the gate and a session that tells hostile things."""
    recording = hostile_run()
    yield FakeSession(
        recording,
        held=True,
        pending=waiting(PAYLOAD),
        url=f"http://{HOSTILE}/",
        link=HOSTILE,
        link_note=HOSTILE,
        response=HOSTILE,
        stopped=HOSTILE,
    )
    recording.close()


async def toured(app: TcpvizApp, size: tuple[int, int], text: str) -> dict[Place, str]:
    """What the app writes at each place."""
    app.driver_class = NullDriver
    written: dict[Place, str] = {}

    async def use(pilot: Pilot[object]) -> None:
        screen = Screen(app, pilot)  # type: ignore[arg-type]
        await screen.tick()
        driver = app._driver
        assert isinstance(driver, NullDriver)
        for place in places(text):
            await visit(screen, place)
            written[place] = driver.taken()
        app.exit()

    await app.run_async(headless=False, size=size, mouse=False, auto_pilot=use)
    return written


def said(written: dict[Place, str]) -> dict[str, list[str]]:
    """What should not have been written, by place."""
    wrong = {place.name: unexpected(output) for place, output in written.items()}
    return {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_nothing_of_a_hostile_server_is_written_anywhere(
    session: FakeSession, size: tuple[int, int]
) -> None:
    app = TcpvizApp(OPTIONS, lambda options: session, frame_rate=0)
    written = await toured(app, size, HOSTILE)
    assert len(written) == len(places(""))
    assert "[@click=app.quit]x" in "".join(written.values()), "markup is shown, not obeyed"
    assert said(written) == {}


async def test_nothing_of_a_hostile_capture_is_written_anywhere(tmp_path: Path) -> None:
    recording = Recording.begin(hostile_capture(tmp_path / f"{HOSTILE.replace('/', '').replace(chr(0), '')}"))
    app = TcpvizApp(OPTIONS, lambda options: FakeSession(recording), recording=recording, frame_rate=0)
    assert said(await toured(app, (120, 40), HOSTILE)) == {}


async def test_a_failure_in_a_server_s_words_is_shown_and_not_obeyed(session: FakeSession) -> None:
    session.tell(phase=Phase.FAILED, failure=Failure(ExitCode.CONNECT_FAILED, HOSTILE, HOSTILE))
    app = TcpvizApp(OPTIONS, lambda options: session, frame_rate=0)
    assert said(await toured(app, (80, 24), HOSTILE)) == {}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_with_ascii_every_byte_is_ascii(lossy: Recording, size: tuple[int, int]) -> None:
    session = FakeSession(lossy, held=True, pending=waiting(PAYLOAD), link_note=HOSTILE)
    app = TcpvizApp(OPTIONS, lambda options: session, frame_rate=0, glyphs=ASCII)
    written = await toured(app, size, HOSTILE)
    foreign = {place.name: {each for each in out if not each.isascii()} for place, out in written.items()}
    assert {name: found for name, found in foreign.items() if found} == {}
