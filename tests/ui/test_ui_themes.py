"""Every theme gives every role a look; without colours and without box characters all is still there."""

import pytest
from helpers.screen import FakeSession, open_screen
from rich.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tcpviz.cli.options import THEMES as OFFERED
from tcpviz.recording import Recording
from tcpviz.ui.themes import DARK, LOOKS, MONOCHROME, THEMES, Palette, inherited, theme_called
from tcpviz.view.glyphs import ASCII
from tcpviz.view.role import Role

READABLE = 3.0
"""The contrast of large text by WCAG 2; terminal cells are bold or big."""

LINES = {Role.OUTSIDE, Role.ACKED, Role.EDGE_OTHER, Role.FUTURE}
"""What recedes on purpose."""


BLOCKS = {Role.STATE_CURRENT, Role.STATE_VISITED, Role.STATE_OTHER, Role.MARKED}
"""What never stands in a row of the list."""


def palette(theme: Theme) -> Palette:
    return Palette({**inherited(theme), **theme.to_color_system().generate(), **theme.variables})


def contrast(ink: Color, paper: Color) -> float:
    """By WCAG 2."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    """Relative luminance by WCAG 2."""
    shares = [part / 255 for part in colour.get_truecolor()]
    red, green, blue = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_role_has_a_look() -> None:
    assert set(LOOKS) == set(Role)


def test_the_command_line_knows_every_theme() -> None:
    assert [theme_called(name).name for name in OFFERED] == [theme.name for theme in THEMES]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_our_themes_can_be_read(theme: Theme) -> None:
    styles = palette(theme)
    for role in set(Role) - LINES:
        for style in (styles[role],) if role in BLOCKS else (styles[role], styles.selected(role)):
            assert style.color is not None
            assert style.bgcolor is not None
            assert contrast(style.color, style.bgcolor) >= READABLE, (role, style)


@pytest.mark.parametrize("name", [name for name in BUILTIN_THEMES if not BUILTIN_THEMES[name].ansi])
def test_textual_s_own_themes_work_too(name: str) -> None:
    assert palette(BUILTIN_THEMES[name])[Role.DATA].color


async def test_a_change_of_theme_recolours_what_is_painted_already(clean: Recording) -> None:
    async with open_screen(recording=clean) as screen:
        assert screen.app.theme == DARK.name
        before = screen.app.palette.base
        screen.app.theme = "tcpviz-light"
        await screen.tick()
        await screen.tick()
        assert screen.app.palette.base != before
        packets = screen.main.query_one("#packets")
        segments = list(packets.render_line(3))
        assert {segment.style.bgcolor for segment in segments if segment.style} == {
            screen.app.palette.base.bgcolor
        }


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("home", "N"),
        ("home", "N", "6"),
        ("5", "down", "enter"),
        ("7", "z"),
        ("question_mark",),
        *[(dialog,) for dialog in ("u", "b", "i", "w", "o", "s", "g", "slash", "ctrl+p")],
    ],
    ids=" ".join,
)
async def test_ascii_only_is_ascii_only(lossy: Recording, keys: tuple[str, ...]) -> None:
    async with open_screen(session=FakeSession(lossy), glyphs=ASCII) as screen:
        await screen.press(*keys)
        assert {char for char in screen.text if not char.isascii()} == set()


async def test_without_colours_every_word_is_still_there(
    lossy: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_screen(recording=lossy) as screen:
        await screen.press("home", "N")
        assert screen.app.no_color
        assert screen.app.theme == MONOCHROME.name
        assert "[lost on the way" in screen.text
