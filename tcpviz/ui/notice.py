"""A box that says what went wrong and what to do about it, until there is something else to show."""

from textual.content import Content
from textual.widgets import Static

from tcpviz.client.failure import Failure
from tcpviz.ui.keyboard import Keyboard
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
        self.border_title = Content(safe(title))
        lines = [Content.styled(safe(what), "bold"), Content(safe(advice))]
        lines.append(Content.styled(self._keys, "$tcp-dim"))
        self.update(Content("\n").join(line for line in lines if line.plain))
        self.display = True
