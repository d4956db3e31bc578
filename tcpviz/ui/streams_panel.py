"""The TCP streams of a capture, to choose one from."""

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList

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
        self._streams = streams.around(current, MOST_LISTED)
        self._current = current
        listed = len(self._streams)
        which = "" if listed == len(streams) else f", {listed:,} here around the packet that is shown"
        others = which and (
            f" Any other: {keys['filter']} and e.g. tcp.stream == 1234, or ip.addr == 192.0.2.1."
        )
        self.explanation = (
            f"{len(streams):,} so far{which}. The list, the ladder and the graphs show the packets of the "
            f"one that you choose; {keys['all-packets']} in the list shows all again.{others}"
        )

    def fields(self) -> ComposeResult:
        """All streams in a line, then two or three lines each."""
        listed = OptionList(fixed("All streams"), *map(_prompt, self._streams), compact=True, id="streams")
        numbers = [stream.number for stream in self._streams]
        listed.highlighted = numbers.index(self._current) + 1 if self._current in numbers else 0
        yield listed

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        at = event.option_index
        self.dismiss(self._streams[at - 1].number if at else ALL_STREAMS)


def _prompt(stream: Stream) -> Content:
    first = safe(f"{stream.number:4}  {stream.ends}")
    more = (safe(f"      {each}") for each in (stream.amount, stream.alerts) if each)
    return lines(map(words, (first, *more)))
