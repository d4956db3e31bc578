"""URLs, files and help: what the prompts take, what they refuse, and what they say then."""

from datetime import datetime
from pathlib import Path

import pytest
from helpers.screen import FakeSession, open_screen
from textual import events
from textual.widgets import Input, Select

from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.world import check
from tcpviz.ui.commands import commands
from tcpviz.ui.url_prompt import UrlPrompt


async def test_what_could_not_be_read_of_a_file_is_said(lossy: Recording, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    lossy.save(cut)
    cut.write_bytes(cut.read_bytes()[:-20])
    async with open_screen(recording=Recording.open(cut)) as screen:
        assert "not all could be read" in screen.text
        assert "Not all of this file could be read: the file was cut off" in screen.text
    async with open_screen(recording=lossy) as screen:
        assert "as it was recorded" in screen.text
        assert "could be read" not in screen.text


async def test_enter_on_the_offered_url_fetches_it() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        assert "http://lab/" in screen.text
        await screen.press("enter")
        assert [options.url for options in started] == ["http://lab/"]


async def test_escape_leaves_the_prompt_and_u_brings_it_back() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        await screen.press("escape")
        assert not isinstance(screen.app.screen, UrlPrompt)
        await screen.press("u")
        assert isinstance(screen.app.screen, UrlPrompt)
        assert started == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://lab/", "ftp is not supported"),
        ("http://lab:99999/", "a port is a number from 1 to 65535"),
        ("", "type a URL"),
    ],
)
async def test_a_bad_url_is_refused_with_the_reason_below_it(url: str, told: str) -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        screen.app.screen.query_one("#url", Input).value = url
        await screen.press("enter")
        assert told in screen.text
        assert started == []


async def test_impairment_and_link_go_with_the_url() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        prompt = screen.app.screen
        prompt.query_one("#impair", Input).value = "loss=5%"
        prompt.query_one("#link", Select).value = "sim"
        await screen.press("enter")
        assert [(options.link, options.impair) for options in started] == [("sim", "loss=5%")]


async def test_a_scenario_can_be_chosen_and_says_what_to_watch() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        prompt = screen.app.screen
        prompt.query_one("#scenario", Select).value = "syn-loss"
        await screen.press()
        assert "Nothing answers" in screen.text
        assert "How the packets leave" not in screen.text
        assert prompt.query_one("#impair", Input).value == "out.drop=1"
        await screen.press("enter")
        assert [(options.scenario, options.impair) for options in started] == [("syn-loss", "out.drop=1")]
        check(started[0])


async def test_after_a_scenario_a_page_begins_with_a_network_that_works() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        prompt = screen.app.screen
        prompt.query_one("#scenario", Select).value = "syn-loss"
        await screen.press()
        prompt.query_one("#scenario", Select).value = ""
        await screen.press("enter")
        assert [(options.url, options.impair) for options in started] == [("http://lab/", "")]


async def test_a_bad_impairment_is_refused() -> None:
    async with open_screen(ask=True) as screen:
        screen.app.screen.query_one("#impair", Input).value = "los=5%"
        await screen.press("enter")
        assert isinstance(screen.app.screen, UrlPrompt)
        assert "los" in screen.text.split("What goes wrong")[1]


async def test_a_device_is_asked_for_only_where_the_link_needs_one() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        prompt = screen.app.screen
        assert not prompt.query_one("#device").display
        prompt.query_one("#link", Select).value = "tap"
        await screen.tick()
        assert prompt.query_one("#device").display
        prompt.query_one("#interface", Input).value = "tap0"
        prompt.query_one("#address", Input).value = "10.0.0.2"
        prompt.query_one("#url", Input).focus()
        await screen.press("enter")
        assert "no address with its network's length" in screen.text
        prompt.query_one("#address", Input).value = "10.0.0.2/24"
        await screen.press("enter")
        assert [(options.interface, str(options.address)) for options in started] == [("tap0", "10.0.0.2/24")]


async def test_no_device_is_asked_for_that_the_machine_knows() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        prompt = screen.app.screen
        prompt.query_one("#url", Input).value = "http://192.0.2.99/"
        prompt.query_one("#link", Select).value = "raw"
        await screen.tick()
        prompt.query_one("#url", Input).focus()
        await screen.press("enter")
        assert [(options.interface, options.has_address) for options in started] == [(None, False)]


async def test_keys_in_one_burst_act_in_their_order() -> None:
    async with open_screen(ask=True) as screen:
        field = screen.app.screen.query_one("#url", Input)
        for key, character in (
            ("end", None),
            ("ctrl+u", "\x15"),
            ("a", "a"),
            ("backspace", "\x7f"),
            ("b", "b"),
        ):
            screen.app.post_message(events.Key(key, character))
        await screen.tick()
        assert field.value == "b"


async def test_control_characters_can_not_be_typed_into_a_field() -> None:
    async with open_screen(ask=True) as screen:
        field = screen.app.screen.query_one("#url", Input)
        field.insert_text_at_cursor("\x1b]0;owned\x07")
        await screen.tick()
        assert "\x1b" not in field.value


async def test_a_new_run_ends_the_one_before(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        await screen.press("u", "enter")
        assert session.told == ["stop"]


async def test_save_writes_a_file_that_opens_again(clean: Recording, tmp_path: Path) -> None:
    async with open_screen(session=FakeSession(clean)) as screen:
        await screen.press("s")
        screen.app.screen.query_one("#file", Input).value = str(tmp_path / "run.pcapng")
        await screen.press("enter")
        await screen.tick()
        assert "Saved as" in screen.text
    saved = Recording.open(tmp_path / "run.pcapng")
    assert len(saved) == len(clean)
    saved.close()


async def test_save_asks_before_it_overwrites(clean: Recording, tmp_path: Path) -> None:
    (path := tmp_path / "old.pcapng").write_text("old")
    async with open_screen(session=FakeSession(clean)) as screen:
        await screen.press("s")
        screen.app.screen.query_one("#file", Input).value = str(path)
        await screen.press("enter")
        assert "exists already" in str(screen.app.screen.query_one("#error").render())
        assert path.read_text() == "old"
        await screen.press("enter")
        await screen.tick()
        assert "Saved as" in screen.text
    Recording.open(path).close()


async def test_save_offers_a_name_that_is_free(
    clean: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = datetime.now().replace(microsecond=0)
    async with open_screen(session=FakeSession(clean)) as screen:
        await screen.press("s")
        offered = screen.app.screen.query_one("#file", Input).value
        # The lab's clock always begins at the same moment: a name by it would tell no runs apart.
        assert before <= datetime.strptime(offered, "lab-%Y%m%d-%H%M%S.pcapng") <= datetime.now()
        (tmp_path / offered).touch()
        await screen.press("escape", "s")
        assert screen.app.screen.query_one("#file", Input).value == offered.replace(".pcapng", "-2.pcapng")


async def test_open_shows_another_recording(clean: Recording, lossy_run: Path) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("o")
        screen.app.screen.query_one("#file", Input).value = str(lossy_run)
        await screen.press("enter")
        await screen.tick()
        assert screen.main.stage
        assert len(screen.main.stage.recording) > len(clean)


@pytest.mark.parametrize("name", ["missing.pcapng", "garbage.pcapng", ""])
async def test_a_file_that_is_no_capture_is_refused(clean: Recording, tmp_path: Path, name: str) -> None:
    (tmp_path / "garbage.pcapng").write_bytes(b"no capture at all" * 10)
    async with open_screen(recording=clean) as screen:
        await screen.press("o")
        screen.app.screen.query_one("#file", Input).value = str(tmp_path / name)
        await screen.press("enter")
        await screen.tick()
        assert screen.app.screen.query("#file")
        assert str(screen.app.screen.query_one("#error").render())


async def test_the_help_has_every_key(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(120, 200)) as screen:
        await screen.press("question_mark")
        for text in ("let one through", "never arrives", "packet by its number", "the palette"):
            assert text in screen.text
        await screen.press("escape")
        assert "let one through" not in screen.text


async def test_the_palette_offers_what_makes_sense(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        titles = {command.title for command in commands(screen.app, screen.main)}
        assert {"Go to", "Zoom", "Save", "Open", "URL", "Quit", "Theme"} <= titles
        assert not titles & {"Drop", "Hold", "Maximize"}


async def test_a_command_of_the_palette_does_what_its_key_does(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        await screen.press("ctrl+p")
        await screen.pilot.pause()
        await screen.press(*"Next alert", "down", "enter")
        await screen.app.workers.wait_for_complete()
        await screen.tick()
        assert screen.position > 0


async def test_q_quits(clean: Recording) -> None:
    async with open_screen(session=(session := FakeSession(clean))) as screen:
        await screen.pilot.press("q")
    assert session.told == ["stop"]
