"""What the panes show, how they are reached, and that a broken one does not take the others with it."""

from pathlib import Path

import pytest
from helpers.screen import FakeSession, open_screen

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.recording import Recording
from tcpviz.session.status import Phase
from tcpviz.ui import details_pane
from tcpviz.ui.board import PaneName
from tcpviz.ui.details_pane import DetailsPane
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.offers import last_hints
from tcpviz.ui.panes import StatePane
from tcpviz.view.canvas import Canvas
from tcpviz.view.role import Role


async def test_every_pane_shows_the_moment_of_the_cursor(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(160, 45)) as screen:
        details_pane.loaded.wait()
        await screen.press("home", "n", "n")
        assert "CLOSED ► SYN-SENT" in screen.text
        assert "SYN-SENT" in screen.text.splitlines()[0]
        assert "5 Details of packet 3" in screen.text
        await screen.press("n")
        assert "SYN-SENT ► ESTABLISHED" in screen.text
        assert "5 Details of packet 4" in screen.text


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("1", PaneName.STATE),
        ("2", PaneName.SEQUENCE),
        ("3", PaneName.ALERTS),
        ("4", PaneName.WHY),
        ("5", PaneName.DETAILS),
        ("6", PaneName.LADDER),
        ("7", PaneName.GRAPHS),
    ],
)
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)])
async def test_number_keys_show_and_focus_a_pane(
    clean: Recording, key: str, name: PaneName, size: tuple[int, int]
) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press(key)
        assert screen.main.focused
        assert screen.main.focused.id == name
        assert screen.main.focused.region.area > 0
        await screen.press("n")
        assert screen.position == 1, "the keys of time work from every pane"


async def test_tab_visits_the_visible_panes_only(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(80, 24)) as screen:
        visited = set()
        for _ in range(4):
            await screen.press("tab")
            assert screen.main.focused
            visited.add(screen.main.focused.id)
        assert visited == {"state", "packets"}


async def test_zoom_gives_the_board_to_one_pane_and_back(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("2", "z")
        assert screen.main.query_one("#sequence").size.width >= 110
        assert not screen.main.query_one("#packets").display
        await screen.press("1")
        assert screen.main.query_one("#state").size.width >= 110
        await screen.press("z")
        assert screen.main.query_one("#packets").display


async def test_enter_on_a_packet_opens_its_details(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(80, 24)) as screen:
        details_pane.loaded.wait()
        await screen.press("enter")
        assert screen.main.focused
        assert screen.main.focused.id == "details"
        assert "Ethernet" in screen.text


async def test_selecting_a_field_marks_its_bytes(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(120, 40)) as screen:
        details_pane.loaded.wait()
        await screen.press("home", "n", "n", "5")
        pane = screen.main.query_one(DetailsPane)

        def marked() -> str:
            canvas = Canvas(*pane.size)
            pane.paint(canvas)
            return " ".join(text for row in canvas.rows() for text, role in row if role is Role.MARKED)

        whole = marked()
        await screen.press("down")
        assert marked() != whole
        assert "45 00" in marked()


async def test_branches_stay_open_from_packet_to_packet(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(160, 45)) as screen:
        details_pane.loaded.wait()
        await screen.press("home", "n", "n", "5", "down", "enter")
        assert "Identification" in screen.text
        await screen.press("n")
        assert "Identification" in screen.text


async def test_a_failed_run_says_what_happened_and_what_to_do(clean: Recording) -> None:
    session = FakeSession(clean)
    async with open_screen(session=session) as screen:
        failure = Failure(ExitCode.CONNECT_FAILED, "192.0.2.9 refused", "Is the server running?")
        session.tell(phase=Phase.FAILED, failure=failure)
        await screen.tick()
        assert "192.0.2.9 refused" in screen.text
        assert "Is the server running?" in screen.text
        assert "HOLDING" not in screen.text
        await screen.press("home")
        assert screen.position == 0, "what was recorded can still be looked at"


async def test_a_run_that_fails_before_its_first_packet_is_told_too() -> None:
    empty = Recording.create(link="sim", epoch=0)
    failure = Failure(ExitCode.UNRESOLVED, "no such host", "Check the name.")
    async with open_screen(session=FakeSession(empty, phase=Phase.FAILED, failure=failure)) as screen:
        assert "no such host" in screen.text
        assert "Nothing has happened yet." in screen.text


async def test_what_must_be_known_of_the_link_stands_above_the_list(clean: Recording) -> None:
    async with open_screen(session=FakeSession(clean, link_note="this is the relay's TCP")) as screen:
        assert "Packets: this is the relay's TCP" in screen.text


async def test_a_pane_that_can_not_be_drawn_leaves_the_others_alone(
    clean: Recording, monkeypatch: pytest.MonkeyPatch, log_file: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(StatePane, "paint_moment", broken)
    async with open_screen(recording=clean) as screen:
        assert "This pane could not be drawn: ZeroDivisionError" in screen.text
        await screen.press("n")
        assert screen.position == 1
    assert "ZeroDivisionError" in log_file.read_text()


async def test_an_error_in_the_tick_is_told_and_the_screen_goes_on(
    clean: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen(recording=clean) as screen:
        assert screen.main.stage

        def broken(budget: int) -> bool:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(screen.main.stage, "advance", broken)
            await screen.tick()
            assert "could not follow the run" in screen.text
        await screen.press("n")
        assert screen.position == 1


async def test_the_key_bar_keeps_help_and_palette_at_any_width(clean: Recording) -> None:
    for width in (80, 120, 200):
        async with open_screen(recording=clean, size=(width, 40)) as screen:
            bar = screen.text.splitlines()[-1]
            assert all(f"{hint.display} {hint.label}" in bar for hint in last_hints(Keyboard()))
            assert len(bar) == width


async def test_a_click_in_the_key_bar_presses_the_key(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        x = screen.text.splitlines()[-1].index("n Next")
        await screen.pilot.click("#key-bar", offset=(x, 0))
        await screen.tick()
        assert screen.position == 1


@pytest.mark.parametrize(("key", "name"), [("6", PaneName.LADDER), ("7", PaneName.GRAPHS)])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)])
async def test_a_guest_leaves_with_the_key_that_brought_it(
    clean: Recording, key: str, name: PaneName, size: tuple[int, int]
) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        before = [pane.id for pane in screen.main.query("Board > *") if pane.display]
        await screen.press(key)
        assert screen.main.query_one(f"#{name}").display
        await screen.press(key)
        assert [pane.id for pane in screen.main.query("Board > *") if pane.display] == before
        assert screen.main.focused
        assert screen.main.focused.id == "packets"


async def test_the_ladder_is_always_there_on_a_large_screen(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(200, 50)) as screen:
        assert "6 Ladder: who" in screen.text
        await screen.press("7")
        assert "7 Graphs over" in screen.text
        assert "6 Ladder: who" not in screen.text


async def test_a_click_on_an_arrow_goes_to_its_packet(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(120, 40)) as screen:
        await screen.press("home", "6")
        pane = screen.main.query_one("#ladder")
        await screen.pilot.click("#ladder", offset=(20, pane.gutter.top + 4))
        await screen.tick()
        assert screen.position == 3


async def test_the_graphs_have_a_line_at_the_moment(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(120, 40)) as screen:
        await screen.press("home", *"nnnn", "7")
        before = screen.text
        assert "Sequence numbers" in before
        await screen.press("n", "n", "n")
        assert screen.text != before
