"""Opens the screen: what the command line calls. Without a terminal there is no screen to open."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.ui.app import TcpvizApp
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.why import comment

SWITCH_INTERVAL = 0.0005
"""Seconds after which a busy screen yields to the worker: ten times sooner than Python's own choice."""


def launch(options: RunOptions, *, ask: bool, ascii_only: bool = False) -> int:
    """The screen on a run, or, with `ask`, on the prompt for a URL. Returns the exit code."""
    return _run(TcpvizApp(options, start_session, ask=ask, glyphs=_glyphs(ascii_only)))


def launch_file(path: Path, *, ascii_only: bool = False) -> int:
    """The screen on a recording or a capture. Returns the exit code."""
    try:
        recording = Recording.open(path)
    except (OSError, ValueError) as error:
        print(f"tcpviz: {path}: {error}", file=sys.stderr)
        return 1
    app = TcpvizApp(
        RunOptions(url="http://lab/"), start_session, recording=recording, glyphs=_glyphs(ascii_only)
    )
    return _run(app)


def start_session(options: RunOptions) -> Session:
    """A session that is on its way."""
    session = Session(options, explain=comment)
    session.start()
    return session


def _glyphs(ascii_only: bool) -> Glyphs:
    """Box characters only where the terminal's encoding has them."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return UNICODE if encoding == "utf8" and not ascii_only else ASCII


def _run(app: TcpvizApp) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        print(
            "tcpviz: the screen needs a terminal; `tcpviz get URL -v` tells the same in lines",
            file=sys.stderr,
        )
        return 2

    def leave(signum: int, frame: FrameType | None) -> None:
        app.call_later(app.exit, return_code=128 + signum)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    sys.setswitchinterval(SWITCH_INTERVAL)
    app.run()
    return app.return_code or 0
