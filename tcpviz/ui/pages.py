"""Pages to read in a box: the rules behind a packet, and the glossary."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tcpviz.ui.dialog import Field
from tcpviz.view import glossary
from tcpviz.view.lessons import Lesson
from tcpviz.view.safe import safe


class LessonsScreen(ModalScreen[None]):
    """The rules behind a packet, in a few paragraphs each."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,m,q,enter", "dismiss", "Close")]

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        super().__init__()
        self._lessons = lessons

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        with VerticalScroll(classes="dialog page") as page:
            page.border_title = Content("The rule behind it")
            page.border_subtitle = Content("Escape closes")
            yield Static(Content("\n").join(self._page()))

    def _page(self) -> Iterator[Content]:
        for lesson in self._lessons:
            yield Content.assemble((lesson.title, "bold"), "  ", (f"[{lesson.rfc}]", "$primary"))
            for paragraph in lesson.paragraphs:
                yield Content(paragraph)
                yield Content("")


class GlossaryScreen(ModalScreen[None]):
    """TCP's words, and a field to find one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close"),
        Binding("down", "scroll(1)", "Down", priority=True),
        Binding("up", "scroll(-1)", "Up", priority=True),
        Binding("pagedown", "scroll(10)", "Page down", priority=True),
        Binding("pageup", "scroll(-10)", "Page up", priority=True),
    ]

    def compose(self) -> ComposeResult:
        """The field above the words."""
        with VerticalScroll(classes="dialog page") as page:
            page.border_title = Content("Glossary")
            page.border_subtitle = Content("Type to find   Escape closes")
            yield Field(placeholder="find a word, e.g. cwnd", name="word")
            yield Static(id="terms")

    def on_mount(self) -> None:
        """All words at first."""
        self._list("")
        self.query_one(Field).focus()

    @on(Input.Changed)
    def find(self, event: Input.Changed) -> None:
        """Those that fit what is typed."""
        self._list(event.value)

    def action_scroll(self, lines: int) -> None:
        """Up, down."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _list(self, query: str) -> None:
        found = glossary.find(query)
        lines = [
            Content.assemble(
                (term.name, "bold $primary"), f"  {term.meaning} ", (f"[{term.rfc}]", "$tcp-dim")
            )
            for term in found
        ]
        none = Content(safe(f"No word for {query}."))
        self.query_one("#terms", Static).update(Content("\n").join(lines or [none]))
