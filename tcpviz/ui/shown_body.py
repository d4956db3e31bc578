"""A body on its way to a terminal, without what the terminal would obey. Files and pipes get every octet."""

from codecs import getincrementaldecoder
from collections.abc import Callable

from tcpviz.session.output import Output
from tcpviz.view.safe import STAND_IN

_KEPT = "\n\t"
_NOT_UTF8 = "\N{REPLACEMENT CHARACTER}"


class OnTerminal:
    """Goes before the terminal's own output; it never has more to write than it was given."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._decoder = getincrementaldecoder("utf-8")(errors="replace")

    def room(self) -> int:
        """See Output."""
        return self._output.room()

    def write(self, data: bytes) -> None:
        """See Output."""
        self._tell(self._decoder.decode(data))

    def finish(self, give_up: Callable[[], bool], *, whole: bool) -> None:
        """See Output."""
        self._tell(self._decoder.decode(b"", final=True))
        self._output.finish(give_up, whole=whole)

    def _tell(self, text: str) -> None:
        self._output.write("".join(map(_shown, text.replace("\r\n", "\n"))).encode())


def _shown(char: str) -> str:
    if char in _KEPT:
        return char
    return char if char.isprintable() and char != _NOT_UTF8 else STAND_IN
