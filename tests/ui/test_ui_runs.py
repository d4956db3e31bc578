"""Running again, the list of runs, and what the prompt for a URL remembers."""

import pytest
from helpers.screen import FakeSession, copy_rows, open_screen
from textual.widgets import Checkbox, Input, Select

from tcpviz.client.failure import Failure
from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.status import Phase
from tcpviz.ui.url_prompt import HISTORY


async def test_r_runs_it_again_and_shift_r_with_another_seed(clean: Recording) -> None:
    started: list[RunOptions] = []
    async with open_screen(session=FakeSession(clean, phase=Phase.DONE), started=started) as screen:
        await screen.press("r", "R")
    assert started[0] == started[1]
    assert started[2].seed is not None
    assert started[2].url == started[0].url


async def test_runs_are_listed_and_can_be_shown_again(clean: Recording, lossy: Recording) -> None:
    async with open_screen(session=FakeSession(clean, phase=Phase.DONE)) as screen:
        screen.main.show_recording(lossy)
        await screen.tick()
        lossy_count = len(screen.main.stage.run.packets) if screen.main.stage else 0
        await screen.press("w")
        assert " 1  http://lab/: done, 10 packets" in screen.text
        assert f" 2  file sim: {lossy_count:,} packets" in screen.text
        await screen.press("up", "enter")
        assert "of 10" in screen.text
        await screen.press("w", "down", "enter")
        assert f"of {lossy_count:,}" in screen.text


async def test_another_run_stops_the_one_that_goes_on(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("r")
        assert session.told == ["stop"]
        assert len(screen.main.stages) == 2


async def test_the_stream_of_a_run_goes_with_it(clean: Recording) -> None:
    """The next run has an ARP request at first, and no stream."""
    empty = Recording.create(link="sim", epoch=0)
    copy_rows(clean, empty, 0, 1)
    async with open_screen(session=FakeSession(clean), size=(200, 50)) as screen:
        await screen.press("f", "home")
        assert "User-Agent: tcpviz" in screen.text
        assert "client 68 B" in screen.text
        screen.main.show_recording(empty)
        await screen.tick()
        assert "User-Agent" not in screen.text
        assert "could not be drawn" not in screen.text
        assert "client 68 B" not in screen.text
    empty.close()


async def test_a_file_can_not_be_run_again(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        assert not {"again('same')", "again('new')"} & screen.offered


async def test_earlier_urls_come_back_with_up() -> None:
    HISTORY.path.unlink(missing_ok=True)
    async with open_screen(ask=True) as screen:
        screen.app.screen.query_one("#url", Input).value = "http://lab/bytes/5"
        await screen.press("enter", "u")
        field = screen.app.screen.query_one("#url", Input)
        field.value = ""
        await screen.press("up")
        assert field.value == "http://lab/bytes/5"


async def test_a_history_that_is_damaged_is_none() -> None:
    HISTORY.path.parent.mkdir(parents=True, exist_ok=True)
    HISTORY.path.write_text("{")
    assert HISTORY.entries() == []
    HISTORY.path.write_text('{"a": 1}')
    assert HISTORY.entries() == []
    HISTORY.add("http://lab/")
    assert HISTORY.entries() == ["http://lab/"]


async def test_the_prompt_can_ask_for_a_held_start() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        screen.app.screen.query_one("#held", Checkbox).value = True
        await screen.press("enter")
        assert started[0].held


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_whole_prompt_is_in_sight(size: tuple[int, int]) -> None:
    async with open_screen(ask=True, size=size) as screen:
        for text in ("URL", "How the packets leave", "What goes wrong", "hold each packet", "Enter: go"):
            assert text in screen.text


async def test_progress_before_the_first_packet_is_told() -> None:
    session = FakeSession(Recording.create(link="raw", epoch=0), phase=Phase.CLAIMING, now=400_000_000)
    async with open_screen(session=session) as screen:
        assert "claiming an address (400 ms)" in screen.text


async def test_a_failure_says_what_to_do_and_which_keys_help(clean: Recording) -> None:
    failure = Failure(7, "192.0.2.9:80 refused the connection", "is the server up?")
    async with open_screen(session=FakeSession(clean, phase=Phase.FAILED, failure=failure)) as screen:
        assert "is the server up?" in screen.text
        assert "r: run it again" in screen.text


async def test_at_80x24_the_fields_of_a_device_leave_room_for_the_rest() -> None:
    async with open_screen(ask=True, size=(80, 24)) as screen:
        screen.app.screen.query_one("#link", Select).value = "raw"
        await screen.tick()
        await screen.press("tab")
        for text in ("hold each packet", "What goes wrong"):
            assert text in screen.text
