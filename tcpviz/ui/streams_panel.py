"""The TCP streams of a capture, to choose one from."""

from collections.abc import Mapping

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList

from tcpviz.ui.caption import set_title
from tcpviz.ui.dialog import Dialog
from tcpviz.ui.words import fixed, lines, words
from tcpviz.view.safe import safe
from tcpviz.view.streams import Stream, Streams

ALL_STREAMS = -1
"""The answer when no stream is chosen."""

MOST_LISTED = 500
"""Streams: the list of a capture that has tens of thousands would take many seconds to open."""


class StreamsPanel(Dialog[int]):
    """Lists streams; the answer is the number of the chosen one, or ALL_STREAMS."""

    title_text = "TCP streams"
    hints = (("Enter: show only this one", ""), ("Escape: back", "escape"))

    def __init__(self, streams: Streams, current: int, keys: Mapping[str, str]) -> None:
        """`current`: the number of the stream to begin at."""
        super().__init__()
        self._all = streams
        self._listed = streams.around(current, MOST_LISTED)
        self._current = current
        self._typed = ""
        listed = len(self._listed)
        which = "" if listed == len(streams) else f", {listed:,} here around the packet that is shown"
        self.explanation = (
            f"{len(streams):,} so far{which}. Type a part of an address, a port or an alert to find others. "
            f"The list, the ladder and the graphs show the packets of the one that you choose; "
            f"{keys['all-packets']} in the list shows all again."
        )

    def fields(self) -> ComposeResult:
        """All streams in a line, then two or three lines each."""
        listed = OptionList(fixed("All streams"), *map(_prompt, self._listed), compact=True, id="streams")
        numbers = [stream.number for stream in self._listed]
        listed.highlighted = numbers.index(self._current) + 1 if self._current in numbers else 0
        yield listed

    def on_key(self, event: events.Key) -> None:
        """What is typed leaves those that have it."""
        if event.key == "backspace":
            self._narrow(self._typed[:-1])
        elif event.is_printable and event.character:
            self._narrow(self._typed + event.character)

    def _narrow(self, typed: str) -> None:
        self._typed = typed
        if typed:
            self._listed, found = self._all.matching(typed, MOST_LISTED)
            many = f", the first {len(self._listed):,} are here" if found > len(self._listed) else ""
            told = f"{self.title_text} with {typed}: {found:,} of {len(self._all):,}{many}"
        else:
            self._listed, told = self._all.around(self._current, MOST_LISTED), self.title_text
        set_title(self.query_one(".dialog"), safe(told))
        listed = self.query_one("#streams", OptionList)
        listed.clear_options()
        listed.add_options([fixed("All streams"), *map(_prompt, self._listed)])
        listed.highlighted = 1 if self._listed else None  # nothing that Enter could mean

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        at = event.option_index
        self.dismiss(self._listed[at - 1].number if at else ALL_STREAMS)


def _prompt(stream: Stream) -> Content:
    first = safe(f"{stream.number:4}  {stream.ends}")
    more = (safe(f"      {each}") for each in (stream.amount, stream.alerts) if each)
    return lines(map(words, (first, *more)))
