"""The question for a display filter, with completion of field names."""

import re

from textual.app import ComposeResult
from textual.suggester import Suggester

from tcpviz.analysis.filter import Filter, FilterError, compile_filter
from tcpviz.ui.dialog import Field, Form
from tcpviz.ui.history import History

HISTORY = History("filters")

_LAST_WORD = re.compile(r"[\w.]+$")


class FieldNames(Suggester):
    """Completes the field name that is being typed."""

    def __init__(self) -> None:
        super().__init__(case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """See Suggester."""
        from tcpviz.analysis.filter.fields import FIELDS

        word = _LAST_WORD.search(value)
        if word is None:
            return None
        names = (name for name in FIELDS if name.startswith(word[0]) and name != word[0])
        name = next(names, None)
        return None if name is None else value[: word.start()] + name


def pointed(error: FilterError) -> str:
    """What is wrong, below a mark at the place; the field above it begins one cell further right."""
    return f" {error.pointer()}\n{error}"


class FilterPrompt(Form[Filter]):
    """Asks which packets to show; an empty answer means all."""

    title_text = "Filter"
    explanation = (
        "Show only the packets that pass, in Wireshark's language: tcp.flags.syn == 1, tcp.len > 0 and "
        "ip.src == 192.0.2.1, tcp.analysis.retransmission, and our own record: tcpviz.state == ESTABLISHED, "
        "tcpviz.fate == lost. Empty: all packets. Up: earlier filters."
    )

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def fields(self) -> ComposeResult:
        """One line."""
        yield Field(
            self._text,
            name="filter",
            placeholder="tcp.len > 0",
            history=HISTORY.entries(),
            suggester=FieldNames(),
        )

    def answer(self) -> Filter:
        """The filter. Raises ValueError."""
        try:
            return compile_filter(self.text("filter"))
        except FilterError as error:
            raise ValueError(pointed(error)) from None

    async def finish(self) -> None:
        """See Dialog."""
        if text := self.text("filter"):
            HISTORY.add(text)
        await super().finish()
