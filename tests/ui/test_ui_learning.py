"""Help of the focused pane, glossary, the rule behind a packet, copying."""

import pytest
from helpers.screen import open_screen

from tcpviz.recording import Recording
from tcpviz.ui.copy_menu import CopyMenu
from tcpviz.ui.pages import GlossaryScreen, LessonsScreen

SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("question_mark",), "Each row is a packet"),
        (("2", "f1"), "Two bars"),
        (("f", "f1"), "What both ends say"),
    ],
)
async def test_help_begins_with_the_focused_pane(
    clean: Recording, size: tuple[int, int], keys: tuple[str, ...], said: str
) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press(*keys)
        assert said in screen.text
        await screen.press("escape")
        assert said not in screen.text


async def test_the_glossary_is_reached_from_help_and_finds_words(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("question_mark", "G")
        assert isinstance(screen.app.screen, GlossaryScreen)
        await screen.press(*"ssthr")
        assert "ssthresh  The threshold" in screen.text
        await screen.press("escape", "G")
        assert isinstance(screen.app.screen, GlossaryScreen)
        assert "glossary" in screen.offered


@pytest.mark.parametrize("size", SIZES)
async def test_m_tells_the_rule_behind_the_packet(clean: Recording, size: tuple[int, int]) -> None:
    async with open_screen(recording=clean, size=size) as screen:
        await screen.press("home", "n", "n", "m")
        assert isinstance(screen.app.screen, LessonsScreen)
        assert "The three-way handshake" in screen.text
        assert "RFC 9293 3.5" in screen.text
        await screen.press("escape", "home", "m")
        assert "no rule of TCP" in screen.text


async def test_y_copies_the_packet_in_the_chosen_form(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        await screen.press("home", "n", "n", "y", "enter")
        assert "SYN" in screen.app.clipboard
        await screen.press("y", "2")
        assert screen.app.clipboard.startswith("0000  ")
        await screen.press("y")
        assert isinstance(screen.app.screen, CopyMenu)
        assert "curl" not in screen.text, "a file was fetched by nobody"
        await screen.press("4", "escape")
        assert screen.app.clipboard.startswith("0000  ")
