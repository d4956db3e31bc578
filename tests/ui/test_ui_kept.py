"""Kept runs on the screen: the prompt that offers them, and what is said when a run is not kept."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers.screen import OPTIONS, FakeSession, open_screen

from tcpviz.cli import main
from tcpviz.recording import Recording
from tcpviz.recording.shelf import Shelf
from tcpviz.session.session import Session
from tcpviz.ui.launch import start_session


@pytest.fixture(autouse=True)
def _in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "start", Session.run)


def kept_run(shelf: Shelf) -> Session:
    """One fetch, as the screen starts it, to its end."""
    return start_session(OPTIONS, shelf)


async def test_o_offers_the_kept_runs_and_enter_shows_one(tmp_path: Path, clean: Recording) -> None:
    shelf = Shelf(tmp_path, 10**9)
    kept_run(shelf).recording.close()
    async with open_screen(recording=clean, shelf=shelf) as screen:
        await screen.press("o")
        assert "http://lab/: 10 packets" in screen.text
        await screen.press("tab", "enter")
        await screen.app.workers.wait_for_complete()
        await screen.tick()
        assert len(screen.main.stages) == 2


async def test_open_without_a_file_begins_with_the_prompt(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 10**9)
    kept_run(shelf).recording.close()
    async with open_screen(shelf=shelf, choose=True) as screen:
        assert "Open a capture" in screen.text
        assert f"{datetime.now():%Y-%m}" in screen.text


async def test_no_run_is_offered_where_none_was_kept(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("o")
        assert not screen.app.screen.query("#kept")


async def test_that_a_run_is_not_kept_is_said_once(clean: Recording) -> None:
    session = FakeSession(clean)
    session.unkept = "/runs: Permission denied"
    async with open_screen(session=session) as screen:
        assert "This run is not kept" in screen.text
        screen.app.clear_notifications()
        await screen.press("r")
        assert "This run is not kept" not in screen.text


def test_a_folder_that_can_not_be_written_ends_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    session = kept_run(Shelf(tmp_path / "file" / "runs", 10**9))
    assert session.status.phase.value == "done"
    assert "Not a directory" in session.unkept
    session.recording.close()


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str) -> tuple[Result, list[Path | None]]:
    """What `tcpviz open NAME` says and which file it shows, with the kept runs in `folder`."""
    config = folder / "config.toml"
    config.write_text(f'[autosave]\nfolder = "{folder}"\n')
    shown: list[Path | None] = []

    def launch(path: Path | None, *_: object) -> int:
        shown.append(path)
        return 0

    monkeypatch.setattr("tcpviz.ui.launch.launch_file", launch)
    return CliRunner().invoke(main, ["open", name, "--config", str(config)]), shown


def test_a_kept_run_opens_by_the_name_in_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_run(Shelf(tmp_path, 10**9)).recording.close()
    [path] = tmp_path.glob("*.pcapng")
    assert opened(monkeypatch, tmp_path, path.name)[1] == [path]


def test_a_name_that_is_neither_a_file_nor_a_kept_run_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, shown = opened(monkeypatch, tmp_path, "nothing.pcapng")
    assert (result.exit_code, shown) == (2, [])
    assert "nothing.pcapng is no file here, and no run that `tcpviz runs` lists" in result.output


def test_a_folder_is_told_to_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result, shown = opened(monkeypatch, tmp_path, str(tmp_path))
    assert (result.exit_code, shown) == (2, [])
    assert "is a folder: give" in " ".join(result.output.split())


async def test_no_word_stands_over_the_one_that_the_terminal_is_too_small(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(79, 24)) as screen:
        screen.main.say("A word that goes away by itself")
        await screen.tick()
        assert "tcpviz needs a terminal of at least 80 columns" in screen.text
        assert "A word" not in screen.text
