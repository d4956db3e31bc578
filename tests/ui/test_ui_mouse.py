"""What the keys do, done with the mouse."""

from pathlib import Path

import pytest
from helpers.screen import Screen, open_screen
from helpers.torture import frames, write_pcap
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widgets import Input

from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.tcp.state import State
from tcpviz.ui.alerts_pane import AlertsPane
from tcpviz.ui.board import PaneName
from tcpviz.ui.details_pane import DetailsPane, loaded
from tcpviz.ui.ladder_pane import LadderPane
from tcpviz.ui.panes import StatePane
from tcpviz.ui.url_prompt import UrlPrompt
from tcpviz.view.glyphs import NORTH, SOUTH, UNICODE
from tcpviz.view.state_layout import layout


def place(text: str, words: str) -> tuple[int, int]:
    """The second letter of `words` on the screen."""
    for y, line in enumerate(text.splitlines()):
        if words in line:
            return line.index(words) + 1, y
    raise AssertionError(f"{words} is not on the screen:\n{text}")


async def test_a_drag_along_the_timeline_moves_through_the_run(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        await screen.pilot.mouse_down("#timeline", offset=(5, 0))
        await screen.tick()
        first = screen.position
        await screen.pilot.hover("#timeline", offset=(40, 0))
        await screen.tick()
        second = screen.position
        await screen.pilot.mouse_up("#timeline", offset=(40, 0))
        await screen.pilot.hover("#timeline", offset=(80, 0))
        await screen.tick()
        assert first < second == screen.position


async def test_the_keys_below_a_question_can_be_clicked() -> None:
    started: list[RunOptions] = []
    async with open_screen(ask=True, started=started) as screen:
        await screen.pilot.click(offset=place(screen.text, "Escape: cancel"))
        await screen.tick()
        assert not isinstance(screen.app.screen, UrlPrompt)
        await screen.press("u")
        screen.app.screen.query_one("#url", Input).value = "ftp://lab/"
        await screen.pilot.click(offset=place(screen.text, "Enter: go"))
        await screen.tick()
        assert started == []
        screen.app.screen.query_one("#url", Input).value = "http://lab/"
        await screen.pilot.click(offset=place(screen.text, "Enter: go"))
        await screen.tick()
        assert [each.url for each in started] == ["http://lab/"]


async def test_a_list_is_left_and_chosen_from_by_clicks(clean: Recording, lossy: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        screen.main.show_recording(lossy)
        await screen.press("w")
        await screen.pilot.click(offset=place(screen.text, "Escape: back"))
        await screen.tick()
        assert screen.main.is_active
        await screen.press("w")
        await screen.pilot.click(offset=place(screen.text, " 1  file sim"))
        await screen.tick()
        assert screen.main.stage is screen.main.stages[0]


async def test_a_click_on_a_field_opens_and_folds_it(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(160, 45)) as screen:
        assert loaded.wait(60)
        pane = screen.main.query_one(DetailsPane)
        pane.repaint()
        await screen.press("n")
        before = screen.text
        x, y = place(before, " Ethernet: ")
        await screen.pilot.click(offset=(x, y))
        await screen.tick()
        opened = screen.text
        assert opened.splitlines()[y + 1] != before.splitlines()[y + 1]
        await screen.pilot.click(offset=(x, y))
        await screen.tick()
        assert screen.text.splitlines()[y + 1] == before.splitlines()[y + 1]


async def test_a_click_on_an_octet_selects_its_field(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(160, 45)) as screen:
        assert loaded.wait(60)
        pane = screen.main.query_one(DetailsPane)
        pane.repaint()
        await screen.press("home", "n")
        y = place(screen.text, "0000  ")[1]
        at = screen.text.splitlines()[y].index("0000  ")
        await screen.pilot.click(offset=(at + 6, y))
        await screen.tick()
        field = pane._details.lines()[pane._selected]
        assert (field.label, field.start, field.end) == ("Destination", 0, 6)


async def test_a_double_click_on_a_title_zooms(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        at = place(screen.text, "1 State machine")
        await screen.pilot.click(offset=at, times=2)
        await screen.tick()
        assert screen.main.board.shown == {PaneName.STATE}
        await screen.pilot.click(offset=place(screen.text, "1 State machine"), times=2)
        await screen.tick()
        assert PaneName.PACKETS in screen.main.board.shown


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_hints_of_the_stream_can_be_clicked(clean: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press("f")
        for hint, then in (("h hex", "h text"), ("c both", "c client"), ("e HTTP", "f bytes")):
            await screen.pilot.click(offset=place(screen.text, hint))
            await screen.tick()
            assert then in screen.text
        await screen.pilot.click(offset=place(screen.text, "f bytes"))
        await screen.pilot.click(offset=place(screen.text, "/ find"))
        await screen.tick()
        assert "Find in the stream" in screen.text


async def test_breakpoints_are_switched_and_deleted_by_clicks(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("b", *"arp", "enter")
        await screen.pilot.click(offset=place(screen.text, "[x]"))
        await screen.tick()
        assert "[ ]" in screen.text
        await screen.pilot.click(offset=place(screen.text, "space: on/off"))
        await screen.tick()
        assert "[x]" in screen.text
        await screen.pilot.click(offset=place(screen.text, "d: delete"))
        await screen.tick()
        assert "[x]" not in screen.text


async def test_the_wheel_on_the_ladder_moves_through_time(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("home", "6")
        ladder = screen.main.query_one(LadderPane)
        ladder.on_mouse_scroll_down()
        await screen.tick()
        assert screen.position == 1
        ladder.on_mouse_scroll_up()
        await screen.tick()
        assert screen.position == 0


async def click_state(screen: Screen, state: State) -> None:
    """Click on the name of a state, that at the end of the figure where there are two."""
    pane = screen.main.query_one(StatePane)
    figure = layout(*pane.size)
    assert figure
    pill = [pill for pill in figure.pills if pill.state is state][-1]
    await screen.pilot.click(StatePane, offset=(pill.x + 2 + pane.gutter.left, pill.y + pane.gutter.top))
    await screen.tick()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_click_on_a_state_goes_to_where_it_began(clean: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press("home", "1")
        run = screen.main.stage and screen.main.stage.run
        assert run
        await screen.press("n", "n")
        changes = run.path(len(run) - 1, 1)
        assert {change.new for _, change in changes} >= {State.SYN_SENT, State.FIN_WAIT_1, State.CLOSED}
        for row, change in reversed(changes):
            await click_state(screen, change.new)
            assert screen.position == max(run.packets.position(row), 0)  # we begin before the first packet
        before = screen.position
        await click_state(screen, State.CLOSE_WAIT)
        assert screen.position == before, "a state that the connection never had"


async def test_in_a_capture_a_click_on_a_state_goes_to_where_the_client_came_to_it(tmp_path: Path) -> None:
    path = tmp_path / "several.pcap"
    write_pcap(path, frames(7, 400))
    recording = Recording.open(path)
    async with open_screen(recording=recording) as screen:
        await screen.press("home", "1")
        await click_state(screen, State.ESTABLISHED)
        run = screen.main.stage and screen.main.stage.run
        assert run
        here, before = (run.packets.row(screen.position - back) for back in (0, 1))
        states = [inferred and inferred.client.state for inferred in map(run.inferred, (before, here))]
        assert states[0] is not State.ESTABLISHED
        assert states[1] is State.ESTABLISHED
    recording.close()


async def test_the_wheel_on_the_alerts_chooses_as_the_keys_do(lossy: Recording) -> None:
    async with open_screen(recording=lossy) as screen:
        reached = []
        for way in ("wheel", "keys"):
            await screen.press("home", "3", "up", "up", "up")
            alerts = screen.main.query_one(AlertsPane)
            for wheel, key in ((MouseScrollDown, "down"), (MouseScrollDown, "down"), (MouseScrollUp, "up")):
                if way == "wheel":
                    alerts.post_message(wheel(alerts, 5, 5, 0, 1, 0, False, False, False))
                    await screen.tick()
                else:
                    await screen.press(key)
            await screen.press("enter")
            reached.append(screen.position)
        assert reached[0] == reached[1] > 0


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_click_on_a_graph_goes_to_the_packet_of_that_time(
    lossy: Recording, size: tuple[int, int]
) -> None:
    async with open_screen(recording=lossy, size=size) as screen:
        await screen.press("home", "N", "7", "z")
        graphs = screen.text.splitlines()
        y = next(y for y, line in enumerate(graphs) if "Sequence numbers" in line) + 2
        left = graphs[y].index(UNICODE.light[NORTH | SOUTH], 2) + 1
        wide = size[0] // (2 if size[0] > 100 else 1) - left - 4
        visited = []
        for x in (left, left + wide // 2, left + wide):
            await screen.pilot.click(offset=(x, y))
            await screen.tick()
            visited.append(screen.position)
        assert visited[0] < visited[1] < visited[2]
        await screen.pilot.click(offset=(left - 3, y))
        await screen.tick()
        assert screen.position == visited[2], "beside the dots there is no time"


async def test_the_copy_menu_and_the_foot_of_the_help_obey_clicks(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("y")
        await screen.pilot.click(offset=place(screen.text, "2 this packet as a hex dump"))
        await screen.tick()
        assert screen.app.clipboard.startswith("0000")
        await screen.press("question_mark")
        await screen.pilot.click(offset=place(screen.text, "Escape closes"))
        await screen.tick()
        assert screen.main.is_active
