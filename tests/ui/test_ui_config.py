"""What the config file says is what the screen does and shows."""

import pytest
from helpers.screen import FakeSession, open_screen, waiting
from textual.widgets import Static

from tcpviz.recording import Recording
from tcpviz.session.gate import GateAction
from tcpviz.session.status import Phase
from tcpviz.ui.board import PaneName
from tcpviz.ui.keyboard import Keyboard
from tcpviz.view.packets import COLUMNS


async def test_a_new_key_acts_and_the_old_one_no_longer_does(clean: Recording) -> None:
    async with open_screen(
        recording=clean, keyboard=Keyboard({"next": ["K"], "down": ["j", "down"]})
    ) as screen:
        await screen.press("home", "K")
        assert screen.position == 1
        await screen.press("n", "full_stop")
        assert screen.position == 1
        await screen.press("j", "down")
        assert screen.position == 3


async def test_two_actions_can_change_keys(clean: Recording) -> None:
    keyboard = Keyboard({"next": ["p"], "back": ["n"]})
    async with open_screen(recording=clean, keyboard=keyboard) as screen:
        await screen.press("home", "p", "p", "n")
        assert screen.position == 1


async def test_a_key_that_two_actions_share_stays_the_other_s(lossy: Recording) -> None:
    async with open_screen(recording=lossy, keyboard=Keyboard({"no-guide": ["X"]})) as screen:
        await screen.press("slash", *"arp", "enter")
        assert screen.main.stage
        assert screen.main.stage.filter
        await screen.press("escape")
        assert not screen.main.stage.filter
        await screen.press("H")
        assert screen.main.guide.display
        await screen.press("escape")
        assert screen.main.guide.display
        await screen.press("X")
        assert not screen.main.guide.display


async def test_panes_take_the_keys_for_up_and_down_too(lossy: Recording) -> None:
    async with open_screen(recording=lossy, keyboard=Keyboard({"down": ["j"]})) as screen:
        await screen.press("end", "3")
        before = screen.text
        await screen.press("j")
        assert screen.text != before
        assert screen.follows


async def test_key_bar_help_palette_and_texts_show_the_new_keys(clean: Recording) -> None:
    keyboard = Keyboard({"next": ["K"], "url": ["U"], "help": ["f5"], "hold": ["h"]})
    async with open_screen(recording=clean, keyboard=keyboard) as screen:
        bar = screen.text.splitlines()[-1]
        assert "K Next" in bar
        assert "F5 Help" in bar
        assert "n Next" not in bar
        await screen.press("f5")
        [page] = [str(each.content) for each in screen.app.screen.query(Static)]
        assert "Press h to hold" in page
        assert "  K                 one packet on" in page
        await screen.press("escape", "h")
        assert "(r, U) begins held" in screen.text
        assert "waits for K" in screen.text
        await screen.press("H")
        assert "Press r: the same run once more" in screen.text


@pytest.mark.parametrize(("why", "hint"), [("f5", "F2-F8 Panes"), ("f1", "F2 State"), ("4", "F2 State")])
async def test_the_keys_of_the_panes_are_one_hint_where_they_stand_in_a_row(
    clean: Recording, why: str, hint: str
) -> None:
    panes = ("state", "sequence", "alerts", "why", "details", "ladder", "graphs")
    row = {name: [f"f{number}"] for number, name in enumerate(panes, 2)}
    async with open_screen(recording=clean, keyboard=Keyboard(row | {"why": [why]})) as screen:
        assert hint in screen.text.splitlines()[-1]


async def test_a_click_on_the_key_bar_does_what_it_says(clean: Recording) -> None:
    session = FakeSession(clean, held=True, pending=())
    async with open_screen(session=session, keyboard=Keyboard({"hold": ["h"]})) as screen:
        bar = screen.text.splitlines()[-1]
        await screen.pilot.click("#key-bar", offset=(bar.index("h Run"), 0))
        assert session.told == ["resume"]


async def test_the_gate_obeys_new_keys(clean: Recording) -> None:
    session = FakeSession(clean, held=True, phase=Phase.TRANSFER, pending=waiting(clean.data(1)))
    async with open_screen(session=session, keyboard=Keyboard({"drop": ["v"]})) as screen:
        await screen.press("v")
        assert session.told == [GateAction.DROP]


async def test_the_list_has_the_columns_that_were_asked_for(clean: Recording) -> None:
    columns = [COLUMNS[name] for name in ("time", "protocol", "note")]
    async with open_screen(recording=clean, columns=columns) as screen:
        header = next(line for line in screen.text.splitlines() if "Protocol" in line)
        assert header.replace("│", " ").split() == ["Time", "Protocol", "Info"]


async def test_the_first_pane_is_the_one_that_was_asked_for(clean: Recording) -> None:
    async with open_screen(recording=clean, size=(80, 24), first_pane=PaneName.LADDER) as screen:
        assert "6 Ladder" in screen.text
        await screen.press("6", "6")
        assert "1 State machine" in screen.text


async def test_the_list_names_the_new_keys(lossy: Recording) -> None:
    async with open_screen(recording=lossy, keyboard=Keyboard({"live": ["L"]})) as screen:
        await screen.press("home")
        assert "below (L: to the last)" in screen.text


async def test_the_stream_names_the_new_keys(clean: Recording) -> None:
    keyboard = Keyboard({"http": ["X"], "stream": ["Y"]})
    async with open_screen(recording=clean, keyboard=keyboard) as screen:
        await screen.press("Y")
        assert "X HTTP" in screen.text
        await screen.press("X")
        assert "Y bytes" in screen.text
