"""A run without a screen: the body to a file or stdout, and on request a line for each packet on stderr.

For pipes, scripts and logs. Knows the session and the view's words, and no Textual.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.recording import Kind, RecordingError
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Output, output_to, output_to_file
from tcpviz.session.session import Session
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.why import comment

STDOUT = 1


def fetch_to(
    options: RunOptions, *, output: Path | None, verbose: bool, as_json: bool, record: Path | None
) -> int:
    """Fetch `options.url` into `output` (None: stdout); returns the exit code, curl's.

    `verbose` tells each packet in a line on stderr, `as_json` as a JSON object. Without them and `record`
    nothing is kept of the run: a body may be larger than the disk.
    """
    problem = _cannot_write(output)
    if problem:
        return _tell_failure(Failure(ExitCode.WRITE_FAILED, f"can't write {output or 'stdout'}: {problem}"))
    try:
        return _fetch(options, output, record, _teller(verbose, as_json))
    except RecordingError as error:
        return _tell_failure(Failure(ExitCode.WRITE_FAILED, str(error)))


Line = Callable[[RunView, int], str]


def _fetch(options: RunOptions, output: Path | None, record: Path | None, line: Line | None) -> int:
    made: list[Output] = []

    def make_output(wake: Callable[[], None]) -> Output:
        made.append(output_to(STDOUT, wake) if output is None else output_to_file(output))
        return made[0]

    recorded = record is not None or line is not None
    session = Session(options, explain=comment, output=make_output, record=record, recorded=recorded)
    log = _Log(RunView(session.recording), line) if line else None
    failure: Failure | None
    with _stopped_by_signals(session) as signals:
        session.run(log.tell if log else None)
        failure = session.status.failure
        problem = _finish(made[0], signals, whole=failure is None and not signals)
        failure = failure or problem
    session.recording.close()
    if signals:
        return 128 + signals[0]
    return _tell_failure(failure) if failure else 0


def _finish(output: Output, signals: Sequence[int], *, whole: bool) -> Failure | None:
    """Let the rest of the body be read, unless a signal comes; what went wrong with that."""
    try:
        output.finish(lambda: bool(signals), whole=whole)
    except OSError as error:
        return Failure(ExitCode.WRITE_FAILED, f"the body could not be written: {error.strerror}")
    return None


def _cannot_write(output: Path | None) -> str:
    """Why the body can't go there, as far as that can be seen beforehand; empty when it can."""
    try:
        if output is None:
            os.fstat(STDOUT)
        elif output.is_dir():
            return "it is a folder"
        elif not output.parent.is_dir():
            return f"there is no folder {output.parent}"
    except OSError as error:
        return error.strerror or str(error)
    return ""


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
        self._heard = True

    def tell(self) -> None:
        """Whatever came since the last time; nothing any more once nobody listens."""
        self._run.advance(0, lambda: -1)
        packets = range(self._told, len(self._run.packets))
        self._told = packets.stop
        try:
            for position in packets if self._heard else ():
                print(self._line(self._run, position), file=sys.stderr)
        except OSError:
            self._heard = False


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
