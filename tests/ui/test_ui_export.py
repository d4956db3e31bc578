"""What `tcpviz export` writes, asked for on the screen."""

import csv
import json
from pathlib import Path

import pytest
from helpers.screen import Screen, open_screen
from textual.widgets import Input, Select

from tcpviz.recording import Recording
from tcpviz.ui.dialog import Tick
from tcpviz.ui.export_prompt import ExportPrompt
from tcpviz.view.export.write import Form


async def asked(screen: Screen, form: Form, path: Path, redact: bool = False) -> None:
    """Fill in the question, and answer it."""
    await screen.press("E")
    prompt = screen.app.screen
    prompt.query_one("#form", Select).value = form
    prompt.query_one("#redact", Tick).value = redact
    prompt.query_one("#file", Input).value = str(path)
    await screen.press("enter")
    await screen.app.workers.wait_for_complete()
    await screen.tick()


async def test_the_packets_of_the_list_become_a_table(clean: Recording, tmp_path: Path) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("slash", *"tcp.flags.syn == 1", "enter")
        await asked(screen, Form.CSV, tmp_path / "some.csv")
        with (tmp_path / "some.csv").open(encoding="utf-8") as table:
            assert len(list(csv.reader(table))) == 3
        assert "Saved as" in screen.text


async def test_a_capture_is_copied_whole_whatever_the_list_shows(clean: Recording, tmp_path: Path) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("slash", *"tcp.flags.syn == 1", "enter")
        await asked(screen, Form.PCAPNG, tmp_path / "copy.pcapng")
        assert "Saved as" in screen.text
    copy = Recording.open(tmp_path / "copy.pcapng")
    assert len(copy) == len(clean)
    copy.close()


async def test_what_is_private_is_masked(clean: Recording, tmp_path: Path) -> None:
    async with open_screen(recording=clean) as screen:
        await asked(screen, Form.STATES, tmp_path / "states.json", redact=True)
        text = (tmp_path / "states.json").read_text(encoding="utf-8")
        assert json.loads(text)
        assert "192.0.2.2" not in text


async def test_the_name_follows_the_form(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("E")
        prompt = screen.app.screen
        prompt.query_one("#form", Select).value = Form.TIME_SEQUENCE
        await screen.tick()
        assert prompt.query_one("#file", Input).value.endswith("-time-sequence.svg")


@pytest.mark.parametrize(("name", "told"), [("there.svg", "exists already"), ("no/such.svg", "No such file")])
async def test_what_hinders_is_said(clean: Recording, tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "there.svg").write_text("mine", encoding="utf-8")
    async with open_screen(recording=clean) as screen:
        await asked(screen, Form.LADDER, tmp_path / name)
        assert isinstance(screen.app.screen, ExportPrompt)
        assert told in " ".join(screen.text.replace("│", " ").split())
        assert (tmp_path / "there.svg").read_text(encoding="utf-8") == "mine"
