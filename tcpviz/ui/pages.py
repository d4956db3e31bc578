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
from tcpviz.ui.keys import same_keys
from tcpviz.ui.words import fixed, lines, row, tell, words
from tcpviz.view import glossary
from tcpviz.view.lessons import Lesson
from tcpviz.view.safe import safe


class LessonsScreen(ModalScreen[None]):
    """The rules behind a packet, in a few paragraphs each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "Close"),
        *same_keys({"more": "dismiss", "quit": "dismiss"}),
    ]

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        super().__init__()
        self._lessons = lessons

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        with VerticalScroll(classes="dialog page") as page:
            page.border_title = fixed("The rule behind it")
            page.border_subtitle = fixed("Escape closes")
            yield Static(lines(self._page()))

    def _page(self) -> Iterator[Content]:
        for lesson in self._lessons:
            yield row(fixed(lesson.title, "bold"), fixed("  "), fixed(f"[{lesson.rfc}]", "$primary"))
            for paragraph in lesson.paragraphs:
                yield fixed(paragraph)
                yield fixed("")


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
            page.border_title = fixed("Glossary")
            page.border_subtitle = fixed("Type to find   Escape closes")
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
        entries = [
            row(
                fixed(term.name, "bold $primary"),
                fixed(f"  {term.meaning} "),
                fixed(f"[{term.rfc}]", "$tcp-dim"),
            )
            for term in found
        ]
        none = words(safe(f"No word for {query}."))
        tell(self.query_one("#terms", Static), lines(entries or [none]))
