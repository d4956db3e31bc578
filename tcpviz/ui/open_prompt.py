"""The question for a capture, with the runs that were kept by themselves to choose from."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList

from tcpviz.recording import Recording
from tcpviz.recording.shelf import Kept
from tcpviz.ui.prompts import FilePrompt
from tcpviz.ui.words import words
from tcpviz.view.kept import line

OFFERED = 50
"""How many of the newest runs are offered."""


class OpenPrompt(FilePrompt[Recording]):
    """The answer is the file that was begun to be read."""

    hints = (("Enter: open", "enter"), ("tab: the runs below", ""), ("Escape: cancel", "escape"))

    def __init__(self, kept: Sequence[Kept]) -> None:
        super().__init__(
            "Open a capture",
            "A pcapng file that tcpviz saved, or any pcap or pcapng; or one of the runs that were kept.",
            "",
            Recording.begin,
        )
        self._kept = kept

    def fields(self) -> ComposeResult:
        """The file's name, and the runs, the newest first."""
        yield from super().fields()
        if self._kept:
            yield OptionList(*(words(line(each)) for each in self._kept), compact=True, id="kept")

    @on(OptionList.OptionSelected)
    async def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.query_one("#file", Input).value = str(self._kept[event.option_index].path)
        await self.finish()
