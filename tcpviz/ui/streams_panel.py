"""The TCP streams of a capture, to choose one from."""

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList

from tcpviz.ui.dialog import Dialog
from tcpviz.ui.words import fixed, lines, words
from tcpviz.view.safe import safe
from tcpviz.view.streams import Stream

ALL_STREAMS = -1
"""The answer when no stream is chosen."""


class StreamsPanel(Dialog[int]):
    """Lists streams; the answer is the number of the chosen one, or ALL_STREAMS."""

    title_text = "TCP streams"
    keys_text = "Enter: show only this one   Escape: back"
    clickable = ("escape",)

    def __init__(self, streams: Iterable[Stream], current: int) -> None:
        super().__init__()
        self._streams = list(streams)
        self._current = current
        self.explanation = (
            f"{len(self._streams):,} so far. The list, the ladder and the graphs show the packets of the one "
            "that you choose; Escape in the list shows all again."
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
