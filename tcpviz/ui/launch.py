"""Opens the screen: what the command line calls. Without a terminal a plain text log takes its place."""

import os
import signal
import sys
from pathlib import Path

from tcpviz.recording import Recording, RecordingError
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Target
from tcpviz.session.session import Session
from tcpviz.session.world import check
from tcpviz.ui.app import TcpvizApp
from tcpviz.ui.guide_line import first_start
from tcpviz.ui.plain import Telling, fetch_to
from tcpviz.view.glyphs import suited
from tcpviz.view.safe import safe
from tcpviz.view.why import comment

SWITCH_INTERVAL = 0.0005
"""Seconds after which a busy screen yields to the worker: ten times sooner than Python's own choice."""


def launch(options: RunOptions, *, ask: bool, ascii_only: bool = False, theme: str | None = None) -> int:
    """The screen on a run, or, with `ask`, on the prompt for a URL. Returns the exit code."""
    if not _terminal():
        return fetch_to(check(options), targets=[Target(Path(os.devnull))], tell=Telling(verbose=True))
    return _run(
        TcpvizApp(
            options,
            start_session,
            ask=ask,
            glyphs=suited(sys.stdout.encoding, ascii_only=ascii_only),
            theme=theme,
            signals=SIGNALS,
            guide="CI" not in os.environ and first_start(),
        )
    )


def launch_file(path: Path, *, ascii_only: bool = False, theme: str | None = None) -> int:
    """The screen on a recording or a capture. Returns the exit code."""
    if not _terminal():
        print("tcpviz: the screen needs a terminal", file=sys.stderr)
        return 2
    try:
        recording = Recording.begin(path)
    except RecordingError as error:
        print(f"tcpviz: {safe(str(error))}", file=sys.stderr)
        return 1
    options = RunOptions(url="http://lab/")
    glyphs = suited(sys.stdout.encoding, ascii_only=ascii_only)
    return _run(
        TcpvizApp(options, start_session, recording=recording, glyphs=glyphs, theme=theme, signals=SIGNALS)
    )


SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def start_session(options: RunOptions) -> Session:
    """A session that is on its way."""
    session = Session(check(options), explain=comment)
    session.start()
    return session


def _terminal() -> bool:
    if "TEXTUAL_DRIVER" in os.environ:
        return True  # `tcpviz serve` carries the screen to a browser.
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _run(app: TcpvizApp) -> int:
    sys.setswitchinterval(SWITCH_INTERVAL)
    app.run()
    return app.return_code or 0
