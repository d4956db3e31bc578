"""A run without a screen: the body to a file or stdout, and on request a line for each packet on stderr.

For pipes, scripts and logs. Knows the session and the view's words, and no Textual.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.recording import Kind, RecordingError
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Output, output_to
from tcpviz.session.session import Session
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.why import comment

STDOUT = 1


def fetch_to(
    options: RunOptions, *, output: Path | None, verbose: bool, as_json: bool, record: Path | None
) -> int:
    """Fetch `options.url` into `output` (None: stdout); returns the exit code, curl's.

    `verbose` tells each packet in a line on stderr, `as_json` as a JSON object.
    """
    try:
        with _descriptor(output) as descriptor:
            return _fetch(options, descriptor, record, _teller(verbose, as_json))
    except OSError as error:
        return _tell_failure(
            Failure(ExitCode.WRITE_FAILED, f"can't write {output or 'stdout'}: {error.strerror}")
        )
    except RecordingError as error:
        return _tell_failure(Failure(ExitCode.WRITE_FAILED, str(error)))


Line = Callable[[RunView, int], str]


def _fetch(options: RunOptions, descriptor: int, record: Path | None, line: Line | None) -> int:
    made: list[Output] = []

    def make_output(wake: Callable[[], None]) -> Output:
        made.append(output_to(descriptor, wake))
        return made[0]

    session = Session(options, explain=comment, output=make_output, record=record)
    log = _Log(RunView(session.recording), line) if line else None
    with _stopped_by_signals(session) as signals:
        session.run(log.tell if log else None)
        if not signals:
            made[0].finish()
    session.recording.close()
    if signals:
        return 128 + signals[0]
    return _tell_failure(session.status.failure) if session.status.failure else 0


@contextmanager
def _descriptor(output: Path | None) -> Iterator[int]:
    """The file to write to, made anew; stdout is not ours to close."""
    if output is None:
        yield STDOUT
        return
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _stopped_by_signals(session: Session) -> Iterator[list[int]]:
    """SIGINT and SIGTERM end the run in good order; yields the list of those that came."""
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        came.append(number)
        session.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Log:
    """Tells every packet once."""

    def __init__(self, run: RunView, line: Line) -> None:
        self._run = run
        self._line = line
        self._told = 0

    def tell(self) -> None:
        """Whatever came since the last time."""
        self._run.advance(0, lambda: -1)
        for position in range(self._told, len(self._run.packets)):
            print(self._line(self._run, position), file=sys.stderr)
        self._told = len(self._run.packets)


def _teller(verbose: bool, as_json: bool) -> Line | None:
    return _as_json if as_json else _as_text if verbose else None


def _as_text(run: RunView, position: int) -> str:
    line = run.line(position)
    reason = _reason(run, position)
    return f"{line.number:>5} {line.time} {line.arrow} {line.info}{' | ' if reason else ''}{reason}"


def _as_json(run: RunView, position: int) -> str:
    line = run.line(position)
    row = run.recording.row(run.packets.row(position))
    snapshot = run.recording.snapshot(run.packets.row(position))
    return json.dumps(
        {
            "frame": row.number or None,
            "time": row.time / 1e9,
            "direction": row.direction.name.lower(),
            "fate": row.fate.name.lower(),
            "info": line.info,
            "state": str(snapshot.state) if snapshot else None,
            "why": _reason(run, position) or None,
        }
    )


def _reason(run: RunView, position: int) -> SafeText:
    """What the stack did at this packet, and since the one before it."""
    index = run.packets.row(position)
    first = run.packets.row(position - 1) + 1 if position else 0
    rows = (run.recording.row(i).kind for i in range(first, index))
    moments = [first + offset for offset, kind in enumerate(rows) if kind is not Kind.FRAME]
    events = [event for i in (*moments, index) for event in run.recording.events(i)]
    return safe(comment(events)) if events else SafeText("")


def _tell_failure(failure: Failure) -> int:
    """What went wrong and what to do, on stderr; returns the exit code."""
    print(f"tcpviz: ({int(failure.exit_code)}) {safe(failure.text)}", file=sys.stderr)
    if failure.advice:
        print(f"tcpviz: {safe(failure.advice)}", file=sys.stderr)
    return int(failure.exit_code)
