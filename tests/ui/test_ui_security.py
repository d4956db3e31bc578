"""Nothing that comes from outside reaches the terminal as it is, or is read as markup.

The oracle looks at every byte that the app writes.
"""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.nulldriver import NullDriver, unexpected
from helpers.screen import OPTIONS, FakeSession, Screen, copy_rows, waiting
from textual import events
from textual.widgets import Input

from tcpviz.analysis.report import Choice, report
from tcpviz.client.failure import ExitCode, Failure
from tcpviz.link.base import Direction
from tcpviz.recording import Kind, Recording
from tcpviz.session.status import Phase
from tcpviz.ui import details_pane
from tcpviz.ui.app import TcpvizApp
from tcpviz.view.export.write import Form, Wanted, export
from tcpviz.view.packet_lines import COLUMNS
from tcpviz.wire.dissect import dissect

HOSTILE = (
    "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x1b\\\x1b[2J\x9b31m\x00\x0e\x7f\u202e\u200b\ufeff\u2028"
    "[@click=app.quit]x[/] [/b] [link=http://x]y[/link] [#zz]z[/] [/"
)
PAYLOAD = HOSTILE.encode("utf-8") + bytes(range(256))


def hostile_recording(lossy: Recording) -> Recording:
    """A run whose peer answers with what should not reach a terminal."""
    recording = Recording.create(link=HOSTILE, epoch=0)
    copy_rows(lossy, recording, 0, 30)
    for index in range(30, 60):
        data = lossy.data(index)
        frame = data[:66] + (b"HTTP/1.1 200 " + PAYLOAD * 4)[: max(len(data) - 66, 0)]
        recording.frame(index * 1_000_000_000, Direction.IN, frame)
    recording.frame(61_000_000_000, Direction.IN, PAYLOAD)
    recording.moment(62_000_000_000, Kind.NOTE, text=HOSTILE)
    recording.commit()
    return recording


async def written(session: FakeSession, keys: tuple[str, ...], act: Callable[[Screen], None]) -> str:
    """Everything that the app writes to the terminal while these keys are pressed."""
    app = TcpvizApp(OPTIONS, lambda options: session, frame_rate=0)
    app.driver_class = NullDriver
    output: list[str] = []

    async def use(pilot: object) -> None:
        screen = Screen(app, pilot)  # type: ignore[arg-type]
        await screen.tick()
        for key in keys:
            await screen.press(key)
        act(screen)
        await screen.tick()
        driver = app._driver
        assert isinstance(driver, NullDriver)
        output.append(driver.output)
        app.exit()

    await app.run_async(headless=False, size=(160, 45), mouse=False, auto_pilot=use)
    return output[0]


IN_LIST = ("home", *["n"] * 12, "pagedown", "N", "N")
IN_STREAM = ("f", "home", "pagedown", "end", "h", "home", "end", "e", "end", "f")
IN_PANES = ("3", "down", "4", "5", "down", "down", "down", "enter", "end")


async def test_no_byte_of_a_peer_reaches_the_terminal(lossy: Recording) -> None:
    dissect(b"")
    details_pane.loaded.set()  # else the first frames would not have the details
    recording = hostile_recording(lossy)
    session = FakeSession(recording, held=True, pending=waiting(PAYLOAD))
    output = await written(session, IN_LIST + IN_PANES + IN_STREAM, lambda screen: None)
    assert "HTTP/1.1 200" in output
    assert unexpected(output) == []


async def test_what_is_copied_goes_to_the_terminal_as_base64_alone(lossy: Recording) -> None:
    session = FakeSession(hostile_recording(lossy))
    keys = ("home", *["n"] * 40, *("y", "1"), *("y", "2"), *("y", "3"))
    output = await written(session, keys, lambda screen: None)
    copied = re.compile(r"\x1b\]52;c;[A-Za-z0-9+/=]+\x07")
    assert len(copied.findall(output)) == 3
    assert unexpected(copied.sub("", output)) == []


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.PCAPNG])
def test_nothing_hostile_is_exported(lossy: Recording, tmp_path: Path, form: Form) -> None:
    saved, out = tmp_path / "hostile.pcapng", tmp_path / "out"
    recording = hostile_recording(lossy)
    recording.save(saved)
    recording.close()
    export(saved, out, Wanted(form))
    text = out.read_text(encoding="utf-8")
    assert text
    assert [char for char in text if not char.isprintable() and char not in "\r\n"] == []


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_hostile_is_listed(lossy: Recording, tmp_path: Path, as_json: bool) -> None:
    saved, out = tmp_path / "hostile.pcapng", io.StringIO()
    recording = hostile_recording(lossy)
    recording.save(saved)
    recording.close()
    columns = None if as_json else COLUMNS
    assert (
        report(saved, out, io.StringIO().write, columns=columns, choice=Choice(None, None), summary=False)
        == 0
    )
    assert [char for char in out.getvalue() if not char.isprintable() and char != "\n"] == []


async def test_texts_of_the_session_are_made_safe(lossy: Recording) -> None:
    session = FakeSession(lossy, url=HOSTILE, link=HOSTILE, link_note=HOSTILE, impair=HOSTILE)

    def fail(screen: Screen) -> None:
        failure = Failure(ExitCode.CONNECT_FAILED, HOSTILE, HOSTILE)
        session.tell(phase=Phase.FAILED, failure=failure)

    output = await written(session, ("home", "end"), fail)
    assert "[@click=app.quit]x" in output, "markup is shown, not obeyed"
    assert unexpected(output) == []


async def test_what_is_pasted_into_a_field_is_made_safe(lossy: Recording) -> None:
    def paste(screen: Screen) -> None:
        screen.app.screen.query_one("#file", Input).post_message(events.Paste(HOSTILE))

    output = await written(FakeSession(lossy), ("o",), paste)
    assert set(unexpected(output)) <= {"\x07"}, "the bell, which Textual rings for what a field refuses"


def test_the_oracle_sees_what_it_has_to() -> None:
    assert unexpected("\x1b]0;owned\x07") != []
    assert unexpected("a\x9bb\u202ec") == ["\x9b", "\u202e"]
    assert unexpected("\x1b[1;31mred\x1b[0m\x1b[3;4H\n") == []


@pytest.mark.parametrize("hostile", ["[/b]", "[@click=app.quit]x[/]", "[#zz]x[/]"])
async def test_markup_in_a_dialog_s_error_is_text(hostile: str) -> None:
    session = FakeSession(Recording.create(link="sim", epoch=0))

    def ask(screen: Screen) -> None:
        screen.app.screen.query_one("#url", Input).value = f"http://{hostile}/"

    output = await written(session, ("u",), ask)
    assert unexpected(output) == []
