"""Opens the screen: what the command line calls. Without a terminal a plain text log takes its place."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tcpviz.recording import Recording, RecordingError
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Target
from tcpviz.session.session import Session
from tcpviz.session.world import check
from tcpviz.ui.app import TcpvizApp
from tcpviz.ui.board import PaneName
from tcpviz.ui.guide_line import first_start
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.plain import Telling, fetch_to
from tcpviz.view.glyphs import suited
from tcpviz.view.packets import COLUMNS
from tcpviz.view.safe import safe
from tcpviz.view.why import comment

SWITCH_INTERVAL = 0.0005
"""Seconds after which a busy screen yields to the worker: ten times sooner than Python's own choice."""


@dataclass(frozen=True)
class Wishes:
    """How the user likes the screen."""

    theme: str | None = None
    ascii_only: bool = False
    mouse: bool = True
    guide: bool = True
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The keys of some actions."""
    columns: Sequence[str] = ()
    """Of the packet list; none: those that have room."""
    layout: str = PaneName.STATE


def launch(options: RunOptions, wishes: Wishes, *, ask: bool) -> int:
    """The screen on a run, or, with `ask`, on the prompt for a URL. Returns the exit code."""
    if not _terminal():
        return fetch_to(check(options), targets=[Target(Path(os.devnull))], tell=Telling(verbose=True))
    guide = wishes.guide and "CI" not in os.environ and first_start()
    return _run(options, wishes, ask=ask, guide=guide)


def launch_file(path: Path, options: RunOptions, wishes: Wishes) -> int:
    """The screen on a recording or a capture. `options`: what the prompt for a URL offers. Returns the exit
    code."""
    if not _terminal():
        print("tcpviz: the screen needs a terminal", file=sys.stderr)
        return 2
    try:
        recording = Recording.begin(path)
    except RecordingError as error:
        print(f"tcpviz: {safe(str(error))}", file=sys.stderr)
        return 1
    return _run(options, wishes, recording=recording)


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


def _run(
    options: RunOptions,
    wishes: Wishes,
    *,
    ask: bool = False,
    guide: bool = False,
    recording: Recording | None = None,
) -> int:
    app = TcpvizApp(
        options,
        start_session,
        ask=ask,
        recording=recording,
        glyphs=suited(sys.stdout.encoding, ascii_only=wishes.ascii_only),
        theme=wishes.theme,
        signals=SIGNALS,
        guide=guide,
        keyboard=Keyboard(wishes.keys),
        columns=[COLUMNS[name] for name in wishes.columns],
        first_pane=PaneName(wishes.layout),
    )
    sys.setswitchinterval(SWITCH_INTERVAL)
    app.run(mouse=wishes.mouse)
    return app.return_code or 0
