"""A box that says what went wrong and what to do about it, until there is something else to show."""

from textual.widgets import Static

from tcpviz.client.failure import Failure
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.words import lines, tell, words
from tcpviz.view.safe import safe


class Notice(Static):
    """Out of sight while it has nothing to tell."""

    def __init__(self, keyboard: Keyboard) -> None:
        super().__init__(id="notice")
        key = keyboard.names
        self._keys = f"{key['again']}: run it again   {key['url']}: another URL   {key['quit']}: quit"
        self._told: tuple[str, str, str] | None = None

    def clear(self) -> None:
        """Nothing to tell."""
        self._told = None
        self.display = False

    def tell_failure(self, failure: Failure) -> None:
        """A run came to nothing."""
        self.tell("The fetch failed", failure.text, failure.advice)

    def tell(self, title: str, what: str, advice: str) -> None:
        """What happened, and what to do."""
        if self._told == (title, what, advice):
            return
        self._told = (title, what, advice)
        self.border_title = words(safe(title))
        told = [words(safe(what), "bold"), words(safe(advice))]
        told.append(words(safe(self._keys), "$tcp-dim"))
        tell(self, lines(each for each in told if each.plain))
        self.display = True
