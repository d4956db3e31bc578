"""The help screen: what the focused pane draws, how to read the screen, every key, the other panes."""

from collections.abc import Iterator
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tcpviz.ui.caption import Hint, with_hints
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.keys import FIXED, Topic, same_keys
from tcpviz.ui.themes import Palette
from tcpviz.ui.words import fixed, lines, row, swatch, tell
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.pane_help import PANES
from tcpviz.view.safe import safe

READING = (
    "Each row of the list is one packet, with Wireshark's columns and words. Sequence numbers count from "
    "0 at the start of each direction. Where the cursor stands is the moment that every pane shows: the "
    "state of our own TCP right after that packet.",
    "At the live end the screen follows the traffic. Move up and you look back, while the traffic goes on; "
    "{live} takes you to the live end again. Press {hold} to hold: then nothing passes until you let it, "
    "one packet at a time.",
)

_INDENT = 20
"""Where the meaning of a sign or key begins."""
_NARROWEST = 20


class HelpScreen(ModalScreen[str]):
    """All keys and what the screen means."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close"),
        *same_keys({"help": "dismiss", "quit": "dismiss"}),
        *same_keys({"glossary": "dismiss('glossary')", "guide": "dismiss('guide')"}),
    ]

    def __init__(self, palette: Palette, glyphs: Glyphs, keyboard: Keyboard, pane: str) -> None:
        """`pane`: the id of the one that is explained first."""
        super().__init__()
        self._palette = palette
        self._glyphs = glyphs
        self._keyboard = keyboard
        self._pane = pane
        self._room = 0
        """For the meaning of a sign or key."""

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        with VerticalScroll(id="help", classes="dialog") as page:
            page.border_title = fixed("Help")
            page.border_subtitle = with_hints(safe(""), self._hints())
            yield Static(id="page")

    def _hints(self) -> list[Hint]:
        keys = self._keyboard.names
        return [
            Hint(safe(f"{keys['glossary']} glossary"), "screen.dismiss('glossary')"),
            Hint(safe(f"{keys['guide']} guide of the first minute"), "screen.dismiss('guide')"),
            Hint(safe("Escape closes"), "screen.dismiss"),
        ]

    def on_resize(self) -> None:
        """Fill the box anew, when it has its new size."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        page = self.query_one("#page", Static)
        self._room = page.content_size.width - _INDENT
        tell(page, lines(self._page()))

    def _page(self) -> Iterator[Content]:
        first = self._pane if self._pane in PANES else "packets"
        yield from self._explained(first)
        for paragraph in READING:
            yield fixed(paragraph.format_map(self._keyboard.names))
            yield fixed("")
        for topic in Topic:
            yield fixed(topic.value, "bold")
            yield from self._keys(topic)
            yield fixed("")
        for name in PANES:
            if name != first:
                yield from self._explained(name)

    def _explained(self, name: str) -> Iterator[Content]:
        pane, keys = PANES[name], self._keyboard.names
        yield fixed(f"{keys[name]} {pane.title}" if name in keys else pane.title, "bold")
        yield fixed(pane.text.format_map(keys))
        for mark in pane.marks:
            sample = swatch(safe(f" {mark.sign(self._glyphs):<15}"), self._palette[mark.role])
            yield row(fixed("  "), sample, fixed("  "), self._indented(mark.meaning))
        yield fixed("")

    def _keys(self, topic: Topic) -> Iterator[Content]:
        listed = [(key.display, key.help) for key in self._keyboard.of(topic)]
        listed += [(keys, meaning) for keys, meaning, about in FIXED if about is topic]
        for keys, meaning in listed:
            yield row(
                fixed("  "), fixed(f"{keys:<16}", "bold $primary"), fixed("  "), self._indented(meaning)
            )

    def _indented(self, meaning: str) -> Content:
        """Its further lines begin below the first."""
        return fixed(("\n" + " " * _INDENT).join(wrap(meaning, max(self._room, _NARROWEST))))
