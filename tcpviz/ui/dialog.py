"""The base of all questions that the screen asks: a box with fields, and an error below them as soon as there
is one."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Checkbox, Input, Select, Static

from tcpviz.client.url import UrlError
from tcpviz.ui.history import Recall
from tcpviz.ui.words import fixed, in_field, link, tell
from tcpviz.view.safe import printable, safe

Answer = TypeVar("Answer")


class Field(Input):
    """One line to type into.

    Textual lets the keys that are bound (ctrl+u, backspace, enter ...) travel up to the app before they
    act, so that letters which arrive in the same burst overtake them. Here they act in their turn.

    A text of any script may stand in it; shown is what is safe of it.
    """

    def __init__(
        self,
        value: str = "",
        *,
        name: str,
        placeholder: str = "",
        restrict: str | None = None,
        history: Sequence[str] = (),
        suggester: Suggester | None = None,
    ) -> None:
        """`history`: for the up and down keys. The right key takes what `suggester` finds."""
        super().__init__(
            printable(value),
            placeholder=safe(placeholder),
            id=name,
            restrict=restrict,
            compact=True,
            suggester=suggester,
        )
        self._recall = Recall(history)

    def replace(self, text: str, start: int, end: int) -> None:
        """Put `text` there: all that is typed comes this way."""
        super().replace(printable(text), start, end)

    @property
    def _value(self) -> Text:
        return in_field(safe(self.value))

    async def on_key(self, event: events.Key) -> None:
        """Obey a bound key at once."""
        if event.key in ("up", "down"):
            event.stop()
            event.prevent_default()
            self.value = (self._recall.back if event.key == "up" else self._recall.on)(self.value)
            self.cursor_position = len(self.value)
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)


class Tick(Checkbox):
    """A box to tick. Textual's own tells its two states apart by colour alone, and is not ASCII."""

    @property
    def _button(self) -> Content:
        return fixed("[x]" if self.value else "[ ]")


class Dialog(ModalScreen[Answer | None]):
    """A question in a box; Escape leaves it unanswered."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Cancel")]

    title_text = ""
    explanation = ""
    hints: Sequence[tuple[str, str]] = (("Enter: go", "enter"), ("Escape: cancel", "escape"))
    """What keys do, and the action of the screen that a click on it does; empty: none."""
    leave = "dismiss"
    """The action of Escape."""

    def compose(self) -> ComposeResult:
        """The box: explanation, fields, the place for an error."""
        with Vertical(classes="dialog") as box:
            box.border_title = fixed(self.title_text)
            box.border_subtitle = _with_links(self.hints)
            yield Static(fixed(self.explanation), classes="explanation")
            yield from self.fields()
            yield Static(classes="error", id="error")

    def fields(self) -> ComposeResult:
        """The widgets of the answer."""
        raise NotImplementedError

    async def finish(self) -> None:
        """Close with the answer, or say why not."""
        raise NotImplementedError

    def problem(self) -> str:
        """What is wrong with the answer as it stands; empty for nothing."""
        return ""

    def tell(self, problem: str) -> None:
        """Show `problem` below the fields."""
        tell(self.query_one("#error", Static), fixed(problem))

    def text(self, field: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{field}", Input).value.strip()

    async def action_enter(self) -> None:
        """A click on what Enter does."""
        await self.submit()

    async def action_escape(self) -> None:
        """A click on what Escape does."""
        await self.run_action(self.leave)

    @on(Input.Changed)
    @on(Select.Changed)
    def show_problem(self) -> None:
        """Say at once what is wrong."""
        self.tell(self.problem())

    @on(Input.Submitted)
    async def submit(self) -> None:
        """Enter in any field answers, if the answer is one."""
        self.show_problem()
        if not self.problem():
            await self.finish()


def _with_links(hints: Sequence[tuple[str, str]]) -> Content:
    """The keys, some of which can be clicked."""
    parts = (link(safe(text), f"screen.{action}") if action else fixed(text) for text, action in hints)
    return fixed("   ").join(parts)


class Form(Dialog[Answer]):
    """A question whose answer the fields hold."""

    def answer(self) -> Answer:
        """The answer as it stands. Raises ValueError with a text for the user when it is none."""
        raise NotImplementedError

    def problem(self) -> str:
        """See Dialog."""
        try:
            self.answer()
        except UrlError as error:
            return f"{error}. {error.advice}".strip()
        except ValueError as error:
            return str(error)
        return ""

    async def finish(self) -> None:
        """See Dialog."""
        self.dismiss(self.answer())
