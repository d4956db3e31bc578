"""The palette on the screen: what is typed into it, and what comes of it."""

import pytest
from helpers.screen import FakeSession, Screen, open_screen, waiting
from textual.command import CommandList

from tcpviz.recording import Recording
from tcpviz.session.gate import GateAction
from tcpviz.session.status import Phase
from tcpviz.ui.help import HelpScreen
from tcpviz.ui.keyboard import Keyboard


async def ask(screen: Screen, query: str) -> str:
    """Type a query into the palette; what it offers first, and what that does."""
    await screen.press("ctrl+p")
    await screen.paste(query)
    await screen.app.workers.wait_for_complete()
    await screen.tick()
    return str(screen.app.screen.query_one(CommandList).get_option_at_index(0).prompt)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_packet_is_dropped_by_what_that_is_called(clean: Recording, size: tuple[int, int]) -> None:
    session = FakeSession(clean, held=True, phase=Phase.TRANSFER, pending=waiting(clean.data(3)))
    async with open_screen(session=session, size=size) as screen:
        assert await ask(screen, "drop packet") == "Drop\nd: the packet at the gate never arrives"
        await screen.press("enter")
        assert session.told == [GateAction.DROP]


async def test_the_palette_names_the_key_that_is_set(clean: Recording) -> None:
    async with open_screen(recording=clean, keyboard=Keyboard({"help": ["["], "quit": ["f5"]})) as screen:
        assert await ask(screen, "shortcuts") == "Help\n[: what this pane shows, and all keys"
        await screen.press("enter")
        assert isinstance(screen.app.screen, HelpScreen)


async def test_the_letters_of_a_title_find_it_too(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        assert (await ask(screen, "glsry")).startswith("Glossary")
