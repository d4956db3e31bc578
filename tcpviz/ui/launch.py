"""Opens the screen: what the command line calls. Without a terminal a plain text log takes its place.

What runs a session is imported when the first one begins: the screen stands sooner without.
"""

import gc
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tcpviz.client.url import UrlError, parse_url
from tcpviz.recording import Recording, RecordingError
from tcpviz.recording.shelf import Shelf
from tcpviz.session.options import RunOptions
from tcpviz.ui.app import TcpvizApp
from tcpviz.ui.board import PaneName
from tcpviz.ui.details_pane import loaded
from tcpviz.ui.guide_line import first_start
from tcpviz.ui.keyboard import Keyboard
from tcpviz.view.glyphs import suited
from tcpviz.view.packets import COLUMNS
from tcpviz.view.safe import safe
from tcpviz.view.why import comment

if TYPE_CHECKING:
    from tcpviz.session.session import Session

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
    shelf: Shelf | None = None
    """Where runs are kept; None: nowhere."""


def launch(options: RunOptions, wishes: Wishes, *, ask: bool) -> int:
    """The screen on a run, or, with `ask`, on the prompt for a URL. Returns the exit code."""
    if not _terminal():
        return _log(options)
    guide = wishes.guide and "CI" not in os.environ and first_start()
    return _run(options, wishes, ask=ask, guide=guide)


def _log(options: RunOptions) -> int:
    """The run as plain text."""
    from tcpviz.session.output import Target
    from tcpviz.session.world import check
    from tcpviz.ui.plain import Telling, fetch_to

    return fetch_to(check(options), targets=[Target(Path(os.devnull))], tell=Telling(verbose=True))


def launch_file(path: Path | None, options: RunOptions, wishes: Wishes) -> int:
    """The screen on a recording or a capture; None: on the prompt for one. `options`: what the prompt for
    a URL offers. Returns the exit code."""
    if not _terminal():
        print("tcpviz: the screen needs a terminal", file=sys.stderr)
        return 2
    if path is None:
        return _run(options, wishes, choose=True)
    try:
        recording = Recording.begin(path)
    except RecordingError as error:
        print(f"tcpviz: {safe(str(error))}", file=sys.stderr)
        return 1
    return _run(options, wishes, recording=recording)


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start_session(options: RunOptions, shelf: Shelf | None = None) -> "Session":
    """A session that is on its way, kept on the shelf as far as that can be."""
    from tcpviz.session.session import Session
    from tcpviz.session.world import check

    checked, path, problem = check(options), None, ""
    if shelf:
        try:
            path = shelf.begin(options.scenario or parse_url(options.url).host, datetime.now())
        except UrlError:
            pass  # the run will say so
        except OSError as error:
            problem = f"{shelf.folder}: {error.strerror}"
    session = Session(checked, explain=comment, record=path, spare=path is not None)
    session.unkept = problem
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
    choose: bool = False,
    guide: bool = False,
    recording: Recording | None = None,
) -> int:
    app = TcpvizApp(
        options,
        partial(start_session, shelf=wishes.shelf),
        ask=ask,
        choose=choose,
        shelf=wishes.shelf,
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
    gc.freeze()
    threading.Thread(target=_spare_the_collector, daemon=True).start()
    app.run(mouse=wishes.mouse)
    if wishes.shelf:
        wishes.shelf.tidy()
    return app.return_code or 0


def _spare_the_collector() -> None:
    """What has been imported by now stays to the end: looking through it for garbage costs a key 50 ms."""
    loaded.wait()
    gc.freeze()
