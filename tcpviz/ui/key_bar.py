"""The bottom line: the keys that make sense now, the most useful first, as many as fit."""

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from tcpviz.ui.strips import Run, strip
from tcpviz.ui.themes import Palette
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, cells, safe


class Hint(NamedTuple):
    """One entry: what it does, the key as the user reads it, and what that is called."""

    action: str
    display: SafeText
    label: SafeText

    @property
    def width(self) -> int:
        """Cells with the gap behind it."""
        return cells(self.display) + cells(self.label) + 3


class KeyBar(Widget):
    """Shows hints; a click does what the key does."""

    def __init__(self, palette: Palette, last: Sequence[Hint]) -> None:
        """`last`: what is always there, at the right-hand side."""
        super().__init__(id="key-bar")
        self.palette = palette
        self._last = last
        self._hints: Sequence[Hint] = ()

    def offer(self, hints: Sequence[Hint]) -> None:
        """Show these, the first ones first."""
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    def places(self, width: int) -> list[tuple[int, Hint]]:
        """Where each hint begins: as many as fit from the left, the last ones at the right."""
        places = []
        right = width - sum(hint.width for hint in self._last) + 2
        x = 1
        for hint in self._hints:
            if x + hint.width - 1 > right:
                break
            places.append((x, hint))
            x += hint.width
        for hint in self._last:
            places.append((right, hint))
            right += hint.width
        return places

    def render_line(self, y: int) -> Strip:
        """The one line. See Widget.render_line."""
        runs: list[Run] = []
        end = 0
        for x, hint in self.places(self.size.width):
            runs += [
                (safe(" " * (x - end)), Role.TEXT),
                (hint.display, Role.LINK),
                (safe(f" {hint.label}"), Role.TEXT),
            ]
            end = x + hint.width - 2
        return strip(runs, self.size.width, self.palette)

    async def on_click(self, event: events.Click) -> None:
        """Do what the hint under the mouse says."""
        for x, hint in self.places(self.size.width):
            if x <= event.x < x + hint.width - 2:
                await self.screen.run_action(hint.action)
