"""The small menu of what can be copied."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from tcpviz.ui.dialog import Dialog
from tcpviz.ui.stage import Stage
from tcpviz.ui.words import fixed
from tcpviz.view import copies


class CopyMenu(Dialog[str]):
    """Asks for a form; the answer is the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel"),
        *(Binding(str(number), f"take({number - 1})", show=False) for number in range(1, 5)),
    ]

    title_text = "Copy"
    explanation = "To the clipboard, through the terminal."
    keys_text = "Enter: copy   Escape: cancel"
    clickable = ("escape",)

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        run, position = stage.run, stage.cursor.position
        self._forms: list[tuple[str, Callable[[], str]]] = [
            ("this packet as a line of text", partial(copies.one_line, run, position)),
            ("this packet as a hex dump", partial(copies.hex_dump, run, position)),
            ("this packet as scapy code", partial(copies.python, run, position)),
        ]
        if stage.options:
            self._forms.append(("this run as a curl command", partial(copies.curl, stage.options)))

    def fields(self) -> ComposeResult:
        """One line each."""
        numbered = enumerate((label for label, _ in self._forms), 1)
        yield OptionList(*(fixed(f"{number} {label}") for number, label in numbered), compact=True)

    def action_take(self, index: int) -> None:
        """A number: that form."""
        if index < len(self._forms):
            self.dismiss(self._forms[index][1]())

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.action_take(event.option_index)
