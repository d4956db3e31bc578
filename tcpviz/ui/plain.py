"""A run without a screen: the body to a file or stdout, and on request a line for each packet on stderr.

For pipes, scripts and logs. Knows the session and the view's words, and no Textual.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.recording import Kind, RecordingError
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Output, Target, output_to, output_to_file
from tcpviz.session.session import Session
from tcpviz.ui.shown_body import OnTerminal
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.replay import Replay
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.why import comment, reasons

STDOUT, STDERR = 1, 2


class Telling(NamedTuple):
    """What is told on stderr."""

    verbose: bool = False
    """Each packet in a line."""
    as_json: bool = False
    """Each packet as a JSON object."""
    replay: Glyphs | None = None
    """Each packet as an arrow of the ladder, drawn with these signs."""
    meter: bool = False
    """The progress of the body, where stderr is a terminal and does not show the body itself."""
    errors: bool = True
    """What went wrong."""

    @property
    def line(self) -> "Line | None":
        """What words a packet."""
        if self.replay is not None and not self.as_json:
            return Replay(self.replay)
        return _as_json if self.as_json else _as_text if self.verbose else None


Line = Callable[[RunView, int], str]


def fetch_to(
    options: RunOptions, *, targets: Sequence[Target], tell: Telling, record: Path | None = None
) -> int:
    """Fetch the URLs of `options`, each into its target; returns the exit code, curl's.

    Without lines to tell and `record` nothing is kept of the run: a body may be larger than the disk.
    """
    problem = next(filter(None, map(_cannot_write, targets)), None)
    failures = [problem] if problem else _fetch(options, targets, record, tell)
    if isinstance(failures, int):
        return failures
    for failure in failures if tell.errors else ():
        tell_failure(failure)
    return int(failures[-1].exit_code) if failures else 0


def _fetch(
    options: RunOptions, targets: Sequence[Target], record: Path | None, tell: Telling
) -> list[Failure] | int:
    """What went wrong, or the exit code where a signal ended it."""
    made: dict[Target, Output] = {}

    def make_outputs(wake: Callable[[], None]) -> list[Output]:
        for target in dict.fromkeys(targets):
            made[target] = _open(target, wake)
        return [made[target] for target in targets]

    recorded = record is not None or tell.line is not None
    try:
        session = Session(options, explain=comment, outputs=make_outputs, record=record, recorded=recorded)
    except RecordingError as error:
        return [Failure(ExitCode.WRITE_FAILED, str(error))]
    with _stopped_by_signals(session) as signals, ExitStack() as stack:
        session.run(_progress(session, targets, tell, stack))
        failures = _failures(session)
        for target, output in made.items():
            whole = not signals and _all_came(target, targets, session.status.outcomes)
            again = _finish(output, signals, whole=whole)  # often what ended the fetch
            failures += [failure for failure in again if failure not in failures]
    session.recording.close()
    return 128 + signals[0] if signals else failures


def _progress(
    session: Session, targets: Sequence[Target], tell: Telling, stack: ExitStack
) -> Callable[[], None] | None:
    """What is called after each round of the run."""
    if line := tell.line:
        return _Log(session, line).tell
    body_on_screen = Target() in targets and os.isatty(STDOUT)
    if not tell.meter or body_on_screen or not os.isatty(STDERR):
        return None
    from tcpviz.ui.progress import Meter

    request = session.options.web.request
    meter = stack.enter_context(Meter(request.body.length if request and request.body else 0))
    return lambda: meter.show(session.status)


def _failures(session: Session) -> list[Failure]:
    status = session.status
    failures = [outcome for outcome in status.outcomes if outcome]
    return failures or ([status.failure] if status.failure else [])


def _all_came(target: Target, targets: Sequence[Target], outcomes: Sequence[Failure | None]) -> bool:
    """Whether every URL whose body goes there was fetched."""
    places = [place for place, each in enumerate(targets) if each == target]
    return all(place < len(outcomes) and outcomes[place] is None for place in places)


def _open(target: Target, wake: Callable[[], None]) -> Output:
    if target.path is None:
        output = output_to(STDOUT, wake)
        return OnTerminal(output) if os.isatty(STDOUT) else output
    return output_to_file(target.path, fresh=target.fresh)


def _finish(output: Output, signals: Sequence[int], *, whole: bool) -> list[Failure]:
    """Let the rest of the body be read, unless a signal comes; what went wrong with that."""
    try:
        output.finish(lambda: bool(signals), whole=whole)
    except OSError as error:
        return [Failure(ExitCode.WRITE_FAILED, f"the body could not be written: {error.strerror}")]
    return []


def _cannot_write(target: Target) -> Failure | None:
    """Why the body can't go there, as far as that can be seen beforehand."""
    problem, path = "", target.path
    try:
        if path is None:
            os.fstat(STDOUT)
        elif path.is_dir():
            problem = "it is a folder"
        elif not path.parent.is_dir():
            problem = f"there is no folder {path.parent}"
    except OSError as error:
        problem = error.strerror or str(error)
    return Failure(ExitCode.WRITE_FAILED, f"can't write {path or 'stdout'}: {problem}") if problem else None


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

    def __init__(self, session: Session, line: Line) -> None:
        self._session = session
        self._run = RunView(session.recording)
        self._line = line
        self._noted = False
        self._told = 0
        self._heard = True

    def tell(self) -> None:
        """Whatever came since the last time; nothing any more once nobody listens."""
        self._run.advance(1, lambda: 0)  # all of it, for this clock stands still
        packets = range(self._told, len(self._run.packets))
        self._told = packets.stop
        try:
            self._tell_note()
            for position in packets if self._heard else ():
                print(self._line(self._run, position), file=sys.stderr)
        except OSError:
            self._heard = False

    def _tell_note(self) -> None:
        """What there is to know about the link, as soon as there is one."""
        note = self._session.status.link_note
        if note and not self._noted:
            self._noted = True
            print(
                json.dumps({"note": note}) if self._line is _as_json else f"* {safe(note)}", file=sys.stderr
            )


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
            "time": run.since_first(row.time) / 1e9,
            "direction": row.direction.name.lower(),
            "fate": row.fate.name.lower(),
            "info": line.info,
            "state": str(snapshot.state) if snapshot else None,
            "why": _reason(run, position)
            or "\n".join(reasons(run.moment(run.packets.row(position))))
            or None,
        }
    )


def _reason(run: RunView, position: int) -> SafeText:
    """What the stack did at this packet, and since the one before it of the same connection: what the
    connection decided while addresses were asked for is no reason for the question."""
    index = run.packets.row(position)
    flow = run.recording.row(index).flow
    of_flow = ((i, row) for i in range(index - 1, -1, -1) if (row := run.recording.row(i)).flow == flow)
    moments = [i for i, _ in takewhile(lambda each: each[1].kind is not Kind.FRAME, of_flow)]
    events = [event for i in (*reversed(moments), index) for event in run.recording.events(i)]
    return safe(comment(events)) if events else SafeText("")


def tell_failure(failure: Failure) -> None:
    """What went wrong and what to do, on stderr."""
    print(f"tcpviz: ({int(failure.exit_code)}) {safe(failure.text)}", file=sys.stderr)
    if failure.advice:
        print(f"tcpviz: {safe(failure.advice)}", file=sys.stderr)
