"""Gives the terminal back as it was, without the app's help: for an end in a hurry."""

import os
import termios
from contextlib import suppress

_LEAVE = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"  # the mouse
    b"\x1b[?1004l\x1b[?2004l\x1b[<u"  # focus, bracketed paste, kitty's keys
    b"\x1b[?1049l\x1b[?25h\x1b[0m"  # the other screen, the cursor, the colours
)
"""Undoes what Textual asks a terminal for."""


class TerminalState:
    """The settings of the terminal at `descriptor`, if it is one, as they are now."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._attributes = termios.tcgetattr(descriptor) if os.isatty(descriptor) else None

    def restore(self) -> None:
        """Never waits, never raises: there may be no terminal any more, or none that reads."""
        if self._attributes is None:
            return
        with suppress(OSError, termios.error):
            os.set_blocking(self._descriptor, False)
            os.write(self._descriptor, _LEAVE)
        with suppress(OSError, termios.error):
            os.set_blocking(self._descriptor, True)
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._attributes)
