"""The commands of the palette, and how they are found: by what they are called, and by what a user would call
them."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from textual.app import App
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape
from textual.screen import Screen
from textual.types import IgnoreReturnCallbackType

from tcpviz.ui.main_screen import MainScreen

REPLACED = frozenset({"Quit", "Keys", "Maximize", "Minimize"})
"""Textual's own commands that ours stand for."""

OTHER_WORDS = {
    "hold": "pause stop freeze wait halt run resume continue unpause play gate traffic",
    "next": "step forward pass let through allow advance",
    "back": "previous step backwards earlier rewind",
    "next-alert": "problem error warning retransmission",
    "previous-alert": "problem error warning retransmission last",
    "down": "row",
    "page-up": "scroll",
    "page-down": "scroll",
    "first": "start beginning top",
    "live": "end last latest now bottom tail",
    "go-to": "jump number frame seek",
    "filter": "search find display only hide wireshark expression",
    "all-packets": "clear reset remove unfilter filter off everything",
    "streams": "connections conversations tcp sessions choose",
    "drop": "packet lose loss kill discard block eat",
    "duplicate": "packet twice copy double repeat",
    "delay": "packet late lag postpone",
    "corrupt": "packet damage flip bit checksum garble break",
    "breakpoints": "stop pause when condition watch at",
    "run-until": "continue breakpoint next",
    "impair": "packet loss latency jitter network conditions lossy simulate rate bandwidth reorder mtu rules",
    "slower": "slow motion down speed pace clock",
    "faster": "fast speed up pace clock",
    "state": "diagram states",
    "sequence": "window numbers octets bytes",
    "alerts": "problems errors warnings expert losses",
    "why": "explain reason cause",
    "details": "dissect dissection header tree hex dump decode",
    "ladder": "flow sequence diagram time chart",
    "graphs": "plot chart rtt congestion cwnd speed",
    "stream": "follow payload body contents conversation",
    "http": "request response headers body web",
    "more": "learn lesson rfc explain theory",
    "zoom": "maximize full screen fullscreen big enlarge expand",
    "again": "repeat restart replay rerun reload refresh retry",
    "new-seed": "random restart rerun",
    "runs": "history earlier recordings list switch",
    "url": "get download new address website page",
    "open": "load import read pcap pcapng recording",
    "save": "write record recording store keep pcap wireshark",
    "export": "save as write csv json markdown svg table picture image anonymize mask",
    "copy": "clipboard yank curl hex dump",
    "help": "shortcuts bindings manual usage",
    "guide": "tutorial tour introduction learn",
    "no-guide": "tutorial close away",
    "glossary": "dictionary terms vocabulary definitions meaning",
    "quit": "exit close end bye",
    "Theme": "colours colors dark light mode contrast colour-blind appearance",
    "Screenshot": "picture image",
}
"""What else a user may call an action, by its name; a command of Textual's, by its title."""

_FILLERS = frozenset({"a", "an", "the", "this", "to", "of", "in", "on", "my", "me", "it", "is", "make", "do"})
_TITLE, _OTHER, _HELP = 4.0, 3.0, 1.0
"""What a word of the query is worth that is one of the title, of the other words or of the sentence."""
_BEGUN = 0.75
"""That part of it when the word is only begun."""
_ENOUGH = 0.5
"""The part of a query's words that has to be found."""


class Command(NamedTuple):
    """One line of the palette. `help`: what it does, in a sentence; `words`: other names of it."""

    title: str
    help: str
    words: str
    run: IgnoreReturnCallbackType

    def fit(self, query: str) -> float:
        """How well a query describes it; 0: not at all."""
        wanted = [word for word in _words(query) if word not in _FILLERS] or _words(query)
        worth = [self._worth(word) for word in wanted]
        found = sum(map(bool, worth))
        return sum(worth) / len(worth) if worth and found >= _ENOUGH * len(worth) else 0.0

    def _worth(self, word: str) -> float:
        named = ((self.title, _TITLE), (self.words, _OTHER), (self.help, _HELP))
        return max(worth * _likeness(word, _words(text)) for text, worth in named)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _likeness(word: str, words: Sequence[str]) -> float:
    if word in words:
        return 1.0
    return _BEGUN if any(each.startswith(word) for each in words) else 0.0


def commands(app: App[Any], screen: Screen[Any]) -> Iterator[Command]:
    """Everything that has a key and makes sense now, and Textual's own."""
    if isinstance(screen, MainScreen):
        for key in screen.offered():
            told = f"{key.first}: {key.help}"
            yield Command(key.label, told, OTHER_WORDS[key.name], partial(app.run_action, key.action, screen))
    for each in app.get_system_commands(screen):
        if each.title not in REPLACED:
            yield Command(each.title, each.help, OTHER_WORDS.get(each.title, ""), each.callback)


class CommandSearch(Provider):
    """Offers all commands, and finds those that are described."""

    async def discover(self) -> Hits:
        """All, in the order of their titles. See Provider."""
        for each in sorted(commands(self.app, self.screen)):
            yield DiscoveryHit(each.title, each.run, help=escape(each.help))

    async def search(self, query: str) -> Hits:
        """Those that fit; behind them those whose titles have the letters of the query. See Provider."""
        matcher = self.matcher(query)
        for each in commands(self.app, self.screen):
            fit = each.fit(query)
            if fit or matcher.match(each.title):
                shown = matcher.highlight(each.title)
                yield Hit(fit, shown, each.run, text=each.title, help=escape(each.help))
