"""The guide of the first minute: two lines above the clock, which covers nothing."""

from textwrap import wrap

from platformdirs import user_state_path
from textual.strip import Strip
from textual.widget import Widget

from tcpviz.folders import own_folder
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.strips import strip
from tcpviz.ui.themes import Palette
from tcpviz.view.guide import TITLES, Facts, Guide
from tcpviz.view.role import Role
from tcpviz.view.safe import safe


class GuideLine(Widget):
    """Out of sight unless it is wanted."""

    def __init__(self, palette: Palette, keyboard: Keyboard) -> None:
        super().__init__(id="guide")
        self._palette = palette
        self._keys = keyboard.names
        self._guide = Guide()
        self._facts = Facts()
        self.display = False

    def begin(self) -> None:
        """From the first step."""
        self._guide = Guide()
        self.display = True

    def end(self) -> None:
        """Away."""
        self.display = False

    def look(self, facts: Facts) -> None:
        """Go on as far as the user has."""
        if self.display and facts != self._facts:
            self._facts = facts
            self._guide.look(facts)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The step and what to do; below, how to be rid of it. See Widget.render_line."""
        number = min(self._guide.step + 1, len(TITLES))
        badge = f" Guide {'done' if self._guide.over else f'{number}/{len(TITLES)}'} "
        lines = wrap(self._guide.text(self._facts, self._keys), max(self.size.width - len(badge) - 2, 20))
        told = safe(f" {lines[y] if y < len(lines) else ''}")
        first = (safe(badge), Role.MARKED) if y == 0 else (safe(" " * len(badge)), Role.TEXT)
        last = (safe(f" {self._keys['no-guide']}: no guide any more" if y == 1 else ""), Role.DIM)
        return strip([first, (told, Role.STRONG), last], self.size.width, self._palette)


def first_start() -> bool:
    """Whether tcpviz has never been started before by this user; from now on it has."""
    try:
        marker = own_folder(user_state_path) / "started"
        if marker.exists():
            return False
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError:
        return False
    return True
