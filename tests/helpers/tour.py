"""Every place of the screen and the keys that lead there: for tests of what holds everywhere."""

from collections.abc import Callable
from typing import NamedTuple

from helpers.screen import Screen


class Place(NamedTuple):
    """A dialog, menu, panel or pane."""

    name: str
    way: tuple[str, ...]
    """The keys from the packet list to there, and those that show more of it."""
    back: tuple[str, ...] = ("escape",)
    """The keys from there to the packet list."""
    typed: str = ""
    """What goes into the field that has the focus, before the last key of the way."""


def _pane(name: str, key: str, *more: str) -> tuple[Place, Place]:
    """A pane, and the same alone on the screen."""
    return Place(name, (key, *more), ("1",)), Place(f"{name}, zoomed", (key, "z", *more), ("z", "1"))


def places(text: str) -> tuple[Place, ...]:
    """All of them; `text` is typed wherever something can be."""
    return (
        Place("list", ("home", "n", "n", "pagedown", "N", "P", "end"), ()),
        *_pane("state machine", "1"),
        *_pane("sequence space", "2"),
        *_pane("alerts", "3", "down", "down", "enter"),
        *_pane("why", "4"),
        *_pane("details", "5", "down", "down", "enter", "down", "down"),
        *_pane("ladder", "6", "up", "up"),
        *_pane("graphs", "7"),
        *_pane("stream", "f", "home", "pagedown", "c", "h", "end"),
        *_pane("HTTP exchange", "e", "home", "down", "end"),
        Place("find in the stream", ("f", "slash", "enter"), ("f",), text),
        Place("help", ("question_mark", "pagedown", "end")),
        Place("guide", ("H",)),
        Place("glossary", ("G", "down"), typed=text),
        Place("lesson", ("home", "n", "n", "m")),
        Place("copy", ("y", "down")),
        Place("breakpoints", ("b", "enter"), ("escape",), text),
        Place("breakpoint by state", ("b", "shift+tab", "enter", "down"), ("escape", "escape")),
        Place("impairment", ("i", "enter"), ("escape",), text),
        Place("runs", ("w",)),
        Place("streams", ("t", "down")),
        Place("go to", ("g", "enter"), ("escape",)),
        Place("filter", ("slash", "enter"), ("escape",), text),
        Place("URL", ("u", "enter"), ("escape",), text),
        Place("URL, earlier ones", ("u", "up", "up")),
        Place("link of the URL", ("u", "tab", "enter", "down"), ("escape", "escape")),
        Place("open", ("o", "enter"), ("escape",), text),
        Place("save", ("s", "enter"), ("escape",), text),
        Place("palette", ("ctrl+p", "down"), typed=text),
        Place("themes", ("ctrl+p", "enter"), ("escape", "escape"), "theme"),
    )


async def visit(
    screen: Screen,
    place: Place,
    look: Callable[[], None] = lambda: None,
    key: Callable[[Screen, str], str] = lambda _, usual: usual,
) -> None:
    """Go there, look, and come back to the packet list. `key`: which one does what a usual one does."""
    for each in place.way[:-1]:
        await screen.tap(key(screen, each))
    if place.typed:
        await screen.paste(place.typed)
    await screen.tap(key(screen, place.way[-1]))
    look()
    for each in place.back:
        await screen.tap(key(screen, each))
    screen.main.query_one("#packets").focus()
