"""Every action has another key: all that names a key names the new one, which does what the old one did."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from helpers.screen import FakeSession, Screen, open_screen, waiting
from helpers.torture import frames, write_pcap
from helpers.tour import Place, places, visit
from textual.widget import Widget
from textual.widgets import OptionList, Static

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.recording import Recording
from tcpviz.session.status import Phase
from tcpviz.ui.breakpoints_panel import BreakpointsPanel
from tcpviz.ui.copy_menu import CopyMenu
from tcpviz.ui.guide_line import GuideLine
from tcpviz.ui.key_names import shown
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.keys import KEYS, ON_MAIN, Topic
from tcpviz.ui.panes import WhyPane

SIZES = [(80, 24), (200, 50)]

ODD = chain((f"f{n}" for n in range(2, 25)), (f"ctrl+f{n}" for n in range(1, 25)), "ACFIJKLMOQSTUVWXYZ")
NEW = {key.name: odd for key, odd in zip(KEYS, ODD, strict=False)}
KEYBOARD = Keyboard({name: [odd] for name, odd in NEW.items()})

BUILT_IN = {shown(each) for key in KEYS for each in key.each}
FIXED = {"Up", "Down", "Esc", "Escape"}
"""Keys of dialogs, too."""
SIGNS = {each for each in BUILT_IN if len(each) == 1 and not each.isalpha() and each != "?"}
"""Digits and punctuation, which stand for more than keys: looked for where they can be nothing else."""
AS_KEYS = re.compile(r"^[/+=.,-] |^[1-7] [A-Z]|^[1-4] this|(?<!\^f)[1-7], then |\(/\)|: / ")
NO_KEYS = re.compile(r"[\d.]+ [Bs]\b|[Ss]equence space")
"""Units, and other words that look like keys."""

LOCAL = {"details": Topic.DETAILS, "stream": Topic.STREAM}
IN_DIALOGS = {CopyMenu: Topic.COPY, BreakpointsPanel: Topic.BREAKPOINTS}


class Seen(NamedTuple):
    """What a place is, which part of it has the focus, and what it and the way there say."""

    kind: type
    focused: str | None
    lines: list[str]


def new_key(screen: Screen, usual: str) -> str:
    """The key that does now what `usual` did."""
    dialog = screen.app.screen
    if dialog is screen.main:
        focused = screen.main.focused.id if screen.main.focused else None
        heard = (*(LOCAL[name] for name in (focused,) if name in LOCAL), *ON_MAIN)
    else:
        heard = tuple(topic for kind, topic in IN_DIALOGS.items() if isinstance(dialog, kind))
    found = [key.name for topic in heard for key in KEYS if key.topic is topic and usual in key.each]
    if "no-guide" in found and screen.main.guide.display:
        return NEW["no-guide"]
    return NEW[found[0]] if found else usual


def said(screen: Screen) -> Iterator[str]:
    """All words on the screen that are ours and not the packets'."""
    yield screen.text.splitlines()[-1]
    yield from (toast.message for toast in screen.app._notifications)
    for widget in screen.app.screen.walk_children(Widget):
        captions = (widget._border_title, widget._border_subtitle) if widget.display else ()
        yield from (caption.plain for caption in captions if caption)
        if isinstance(widget, Static):
            yield from str(widget.content).splitlines()
        elif isinstance(widget, OptionList):
            yield from (str(option.prompt) for option in widget.options)
        elif isinstance(widget, GuideLine | WhyPane) and widget.display:
            yield from (widget.render_line(y).text for y in range(widget.size.height))


def named(line: str) -> list[str]:
    """The keys that a line names as they are built in."""
    words = (word.strip("():,;.") for word in NO_KEYS.sub("", line).split())
    return [word for word in words if word in BUILT_IN - SIGNS - FIXED] + [
        match[0] for match in AS_KEYS.finditer(line)
    ]


async def walk(run: Path, keyboard: Keyboard, size: tuple[int, int]) -> dict[str, Seen]:
    """All places of the tour."""
    found: dict[str, Seen] = {}
    lines: list[str] = []
    async with open_screen(recording=Recording.open(run), keyboard=keyboard, size=size) as screen:

        def key(screen: Screen, usual: str) -> str:
            lines.extend(said(screen))
            return new_key(screen, usual) if keyboard is KEYBOARD else usual

        def look(place: Place) -> None:
            part = screen.app.focused.id if screen.app.focused else None
            found[place.name] = Seen(type(screen.app.screen), part, [*lines, *said(screen)])
            lines.clear()

        for place in places("tcp.len"):
            await visit(screen, place, partial(look, place), key)
    return found


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("Home goes to the top first; m finds the next one.", ["Home", "m"]),
        ("4 Why: packet 4, 11 more lines: 4, then z", ["z", "4 W", "4, then "]),
        ("All packets; a filter (/) leaves some out.", ["(/)"]),
        ("space: on/off   d: delete", ["space", "d"]),
        ("2 this packet as a hex dump", ["2 this"]),
        ("^f3 Sequence space: sent, acknowledged; client 38 B, 2 of 132", []),
    ],
)
def test_keys_are_found_in_words(line: str, keys: list[str]) -> None:
    assert named(line) == keys


async def test_every_place_is_reached_by_new_keys_and_names_no_built_in_one(
    lossy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the tour saves
    usual = await walk(lossy_run, Keyboard(), SIZES[0])
    for size in SIZES:
        now = await walk(lossy_run, KEYBOARD, size)
        assert {name: seen[:2] for name, seen in now.items()} == {
            name: seen[:2] for name, seen in usual.items()
        }
        told = [(name, line, named(line)) for name, seen in now.items() for line in seen.lines]
        assert [each for each in told if each[2]] == []


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_told_at_the_gate_and_by_the_way_names_no_built_in_key(
    clean: Recording, size: tuple[int, int]
) -> None:
    session = FakeSession(clean, held=True, phase=Phase.TRANSFER, pending=waiting(clean.data(3)))
    async with open_screen(session=session, keyboard=KEYBOARD, size=size) as screen:
        lines = [*said(screen)]
        for name in ("why", "guide", "first", "live"):
            await screen.press(NEW[name])
            lines += said(screen)
        session.tell(phase=Phase.FAILED, failure=Failure(ExitCode.CONNECT_FAILED, "nobody", "try again"))
        await screen.tick()
        for name in ("hold", "impair"):
            await screen.press(NEW[name])
            lines += said(screen)
        text = "\n".join(lines)
        assert f"Keys: {NEW['next'].upper()} passes it" in text
        assert "Guide" in text
        assert f"{KEYBOARD.names['again']}: run it again" in text
        assert f"next run ({KEYBOARD.names['again']}, {KEYBOARD.names['url']}) begins" in text
        assert [(line, named(line)) for line in lines if named(line)] == []


@pytest.mark.parametrize("size", SIZES)
async def test_of_several_streams_no_built_in_key_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr("tcpviz.ui.streams_panel.MOST_LISTED", 2)
    write_pcap(tmp_path / "several.pcap", frames(7, 400))
    recording = Recording.open(tmp_path / "several.pcap")
    async with open_screen(recording=recording, keyboard=KEYBOARD, size=size) as screen:
        lines = [*said(screen)]
        for name in ("streams", "export"):
            await screen.press(NEW[name])
            lines += said(screen)
            await screen.press("escape")
        text = "\n".join(lines)
        assert f"{KEYBOARD.names['streams']} lists them" in text
        assert f"{KEYBOARD.names['all-packets']} in the list shows all again" in text
        assert f"a filter ({KEYBOARD.names['filter']}) leaves some out" in text
        assert [(line, named(line)) for line in lines if named(line)] == []


PLACES = {
    "packets": (),
    "alerts": ("alerts",),
    "details": ("details",),
    "stream": ("stream",),
    "help": ("help",),
    "lesson": ("first", "next", "next", "more"),
    "copy": ("copy",),
}
"""Actions that lead to where keys are pressed."""


def bound(screen: Screen, key: str) -> set[str]:
    """What a key is to do here, by the bindings as they are built in."""
    dialog = screen.app.screen
    chain_of_nodes = dialog.focused.ancestors_with_self if dialog.focused else [dialog]
    return {
        binding.action
        for node in chain_of_nodes[: chain_of_nodes.index(dialog) + 1]
        for usual, bindings in node._bindings.key_to_bindings.items()
        for binding in bindings
        if key == NEW.get(binding.id or "", usual)
    }


async def assert_keys_act(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press all new keys, then all built-in ones: each does what it is to do, and no other one does that."""
    done: set[str] = set()

    async def run_action(action: str, *_: object) -> bool:
        done.add(action)
        return False

    monkeypatch.setattr(screen.app, "run_action", run_action)
    for pressed in (*NEW.values(), *(each for key in KEYS for each in key.each)):
        done.clear()
        await screen.tap(pressed)
        assert (pressed, done) == (pressed, bound(screen, pressed))


@pytest.mark.parametrize("place", PLACES)
async def test_each_action_has_its_new_key_alone(
    clean: Recording, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    async with open_screen(recording=clean, keyboard=KEYBOARD) as screen:
        for name in PLACES[place]:
            await screen.press(NEW[name])
        await assert_keys_act(screen, monkeypatch)


async def test_the_list_of_breakpoints_has_its_new_keys(
    clean: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen(recording=clean, keyboard=KEYBOARD) as screen:
        await screen.press(NEW["breakpoints"], *"arp", "enter", "shift+tab", "shift+tab")
        panel = screen.app.screen
        assert isinstance(panel, BreakpointsPanel)
        await screen.press(NEW["breakpoint-switch"])
        assert "[ ] packet: arp" in screen.text
        await assert_keys_act(screen, monkeypatch)
        monkeypatch.undo()
        await screen.press(NEW["breakpoint-delete"])
        assert "packet: arp" not in screen.text
