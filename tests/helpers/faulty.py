"""tcpviz with a fault in it. Arguments: where the fault is, then what follows `tcpviz`."""

import sys
from typing import NoReturn

from tcpviz.cli import main
from tcpviz.session.session import Session
from tcpviz.ui.key_bar import KeyBar
from tcpviz.ui.main_screen import MainScreen

SECRET = "a value that no report on the screen tells"


class BoomError(Exception):
    """What no one expects."""


def boom(*arguments: object, **named: object) -> NoReturn:
    """Goes wrong, with something in a variable, in words that a terminal would obey."""
    secret = SECRET
    raise BoomError(f"\x1b]0;owned\x07{len(secret)}")


def break_at(place: str) -> None:
    """Put the fault there."""
    if place == "render":
        KeyBar.render_line = boom  # type: ignore[method-assign]
    elif place == "handler":
        MainScreen.action_url = boom  # type: ignore[method-assign]
    elif place == "worker":
        Session._publish = boom  # type: ignore[method-assign]
    elif place == "command":
        MainScreen.__init__ = boom  # type: ignore[method-assign]


if __name__ == "__main__":
    break_at(sys.argv.pop(1))
    main()
