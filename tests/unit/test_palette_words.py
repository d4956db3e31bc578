"""The palette finds an action by the words that a user would type."""

import pytest

from tcpviz.ui.commands import OTHER_WORDS, Command
from tcpviz.ui.keys import KEYS, ON_MAIN

ACTIONS = {key.action: key for key in reversed(KEYS) if key.topic in ON_MAIN}
COMMANDS = {
    key.name: Command(key.label, f"{key.first}: {key.help}", OTHER_WORDS[key.name], lambda: None)
    for key in reversed(ACTIONS.values())
} | {
    "Theme": Command("Theme", "Change the current theme", OTHER_WORDS["Theme"], lambda: None),
    "Screenshot": Command(
        "Screenshot",
        "Save an SVG 'screenshot' of the current screen",
        OTHER_WORDS["Screenshot"],
        lambda: None,
    ),
}
"""All that the palette can offer."""


def found(query: str) -> list[str]:
    """The names of what fits, the best first, as the palette has them."""
    fits = {name: command.fit(query) for name, command in COMMANDS.items()}
    return sorted((name for name in fits if fits[name]), key=lambda name: -fits[name])


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("drop packet", "drop"),
        ("drop the next packet", "drop"),
        ("lose packet", "drop"),
        ("duplicate packet", "duplicate"),
        ("send twice", "duplicate"),
        ("delay packet", "delay"),
        ("corrupt packet", "corrupt"),
        ("flip a bit", "corrupt"),
        ("pause", "hold"),
        ("pause traffic", "hold"),
        ("resume", "hold"),
        ("freeze", "hold"),
        ("step", "next"),
        ("let through", "next"),
        ("slow", "slower"),
        ("slow down", "slower"),
        ("slow motion", "slower"),
        ("speed up", "faster"),
        ("export", "export"),
        ("export csv", "export"),
        ("save as json", "export"),
        ("filter", "filter"),
        ("search", "filter"),
        ("find packets", "filter"),
        ("clear filter", "all-packets"),
        ("theme", "Theme"),
        ("dark mode", "Theme"),
        ("colors", "Theme"),
        ("screenshot", "Screenshot"),
        ("breakpoint", "breakpoints"),
        ("stop at a packet", "breakpoints"),
        ("record", "save"),
        ("save pcap", "save"),
        ("load file", "open"),
        ("open pcap", "open"),
        ("jump to packet", "go-to"),
        ("packet number", "go-to"),
        ("next error", "next-alert"),
        ("packet loss rate", "impair"),
        ("latency", "impair"),
        ("bandwidth", "impair"),
        ("follow tcp stream", "stream"),
        ("http headers", "http"),
        ("hex dump", "details"),
        ("throughput", "graphs"),
        ("flow chart", "ladder"),
        ("congestion window", "graphs"),
        ("explain", "why"),
        ("full screen", "zoom"),
        ("maximize", "zoom"),
        ("restart", "again"),
        ("history", "runs"),
        ("new url", "url"),
        ("keyboard shortcuts", "help"),
        ("tutorial", "guide"),
        ("definitions", "glossary"),
        ("copy as curl", "copy"),
        ("clipboard", "copy"),
        ("connections", "streams"),
        ("exit", "quit"),
        ("breakp", "breakpoints"),
    ],
)
def test_what_a_user_types_finds_the_action(query: str, name: str) -> None:
    assert found(query)[0] == name


@pytest.mark.parametrize("query", ["", "zzz", "zzz qqq drop"])
def test_what_means_nothing_finds_nothing(query: str) -> None:
    assert "drop" not in found(query)


def test_every_action_of_the_main_screen_has_other_words() -> None:
    assert {key.name for key in ACTIONS.values()} <= OTHER_WORDS.keys()
    assert OTHER_WORDS.keys() <= COMMANDS.keys()
