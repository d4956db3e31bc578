"""The small menu of what can be copied."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from tcpviz.ui.dialog import Dialog
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.keys import Topic, bindings
from tcpviz.ui.stage import Stage
from tcpviz.ui.words import fixed
from tcpviz.view import copies


class CopyMenu(Dialog[str]):
    """Asks for a form; the answer is the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel"),
        *bindings(Topic.COPY),
    ]

    title_text = "Copy"
    explanation = "To the clipboard, through the terminal."
    hints = (("Enter: copy", ""), ("Escape: cancel", "escape"))

    def __init__(self, stage: Stage, keyboard: Keyboard) -> None:
        super().__init__()
        self._keys = keyboard.of(Topic.COPY)
        run, position = stage.run, stage.cursor.position
        self._forms: list[Callable[[], str]] = [
            partial(form, run, position) for form in (copies.one_line, copies.hex_dump, copies.python)
        ]
        if stage.options:
            self._forms.append(partial(copies.curl, stage.options))

    def fields(self) -> ComposeResult:
        """One line each."""
        offered = (fixed(f"{key.first} {key.help}") for key, _ in zip(self._keys, self._forms, strict=False))
        yield OptionList(*offered, compact=True)

    def action_take(self, index: int) -> None:
        """A key: that form."""
        if index < len(self._forms):
            self.dismiss(self._forms[index]())

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.action_take(event.option_index)
