"""One file in, one export out: what `tcpviz export` does."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TextIO

from tcpviz.analysis.filter import Filter
from tcpviz.recording import Recording, RecordingError
from tcpviz.recording.whole import written_whole
from tcpviz.view import points
from tcpviz.view.arrows import chosen, hosts
from tcpviz.view.export import ladder, table, time_sequence
from tcpviz.view.export.redacted import redacted
from tcpviz.view.export.states import write_states
from tcpviz.view.filtered import FilteredPackets
from tcpviz.view.glyphs import suited
from tcpviz.view.moment import Moment
from tcpviz.view.replay import Replay
from tcpviz.view.run import RunView
from tcpviz.view.safe import safe

MOST_ARROWS = 2000
_POINTS = 20_000
_SECOND = 1_000_000_000


class Form(StrEnum):
    """What a run can be turned into."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"
    STATES = "states"
    LADDER = "ladder"
    TIME_SEQUENCE = "time-sequence"
    PCAPNG = "pcapng"


BY_SUFFIX = {
    ".txt": Form.TEXT,
    ".csv": Form.CSV,
    ".json": Form.JSON,
    ".jsonl": Form.JSON,
    ".md": Form.MARKDOWN,
    ".svg": Form.LADDER,
    ".pcapng": Form.PCAPNG,
}


class Wanted(NamedTuple):
    """What to export, and which packets of it: all by default."""

    form: Form
    redact: bool = False
    filter: Filter | None = None
    stream: int | None = None
    to_scale: bool = False


class ExportError(Exception):
    """It can't be exported; the text says why and what to do."""


def export(file: Path, out: Path | None, wanted: Wanted) -> str:
    """Write what is wanted of `file` to `out`, None being stdout.

    Returns what of `file` could not be read, in a few words. ExportError, RecordingError, OSError: then what
    was at `out` is still there.
    """
    _refuse(file, out, wanted)
    source = Recording.open(file)
    try:
        with _given_away(source, wanted.redact) as recording:
            if out is None:
                _write(source, recording, wanted, sys.stdout)
                sys.stdout.flush()
            elif wanted.form is Form.PCAPNG:
                recording.save(out)
            else:
                with written_whole(out) as part, part.open("w", encoding="utf-8", newline="") as text:
                    _write(source, recording, wanted, text)
        return source.loss
    finally:
        source.close()


def _refuse(file: Path, out: Path | None, wanted: Wanted) -> None:
    if wanted.form is Form.PCAPNG:
        if out is None:
            raise ExportError("a capture needs a file to go to: name it with -o")
        if wanted.filter is not None or wanted.stream is not None:
            raise ExportError(
                "a capture is copied whole, without --filter and --stream: editcap takes parts of it"
            )
    if out is not None and out.exists() and out.samefile(file):
        raise ExportError(f"{out} is the file that is exported: take another name")


@contextmanager
def _given_away(source: Recording, redact: bool) -> Iterator[Recording]:
    """The recording itself, or a masked copy of it."""
    if not redact:
        yield source
        return
    with TemporaryDirectory() as folder:
        try:
            copy = redacted(source, Path(folder, "redacted.pcapng"))
        except RecordingError as cause:
            advice = "set TMPDIR to a directory that has room"
            raise ExportError(f"no masked copy could be made: {cause}; {advice}") from cause
        try:
            yield copy
        finally:
            copy.close()


def _write(source: Recording, recording: Recording, wanted: Wanted, out: TextIO) -> None:
    run = _read(recording)
    if wanted.form is Form.STATES:
        write_states(run, out)
        return
    # What the filter names are the addresses of the source. Its positions are those of a masked copy, too.
    positions = _chosen(run if source is recording else _read(source), wanted)
    tables: dict[Form, Callable[[RunView, Sequence[int], TextIO], None]] = {
        Form.TEXT: _write_text,
        Form.CSV: table.write_csv,
        Form.JSON: table.write_json,
        Form.MARKDOWN: table.write_markdown,
    }
    if wanted.form in tables:
        tables[wanted.form](run, positions, out)
    elif not positions:
        raise ExportError("no packet to draw: is the filter right?")
    else:
        moment = run.moment(run.packets.row(_tcp_position(run, positions)))
        draw = _ladder if wanted.form is Form.LADDER else _time_sequence
        out.write(draw(run, positions, moment, wanted))


def _read(recording: Recording) -> RunView:
    """All of it."""
    run = RunView(recording)
    while run.advance(_SECOND, time.monotonic_ns):
        pass
    return run


def _chosen(run: RunView, wanted: Wanted) -> Sequence[int]:
    """The positions that pass filter and stream."""
    positions: Sequence[int] = range(len(run.packets))
    if wanted.filter is not None:
        passing = FilteredPackets(run, wanted.filter)
        while passing.behind:
            passing.advance(_SECOND, time.monotonic_ns)
        positions = passing.positions
    if wanted.stream is not None:
        seen = ((position, run.packets.observed(position)) for position in positions)
        positions = [position for position, one in seen if one and one.stream == wanted.stream]
        if not positions and wanted.filter is None:
            raise ExportError(f"there is no stream {wanted.stream}; `tcpviz analyze --summary` lists them")
    return positions


def _write_text(run: RunView, positions: Sequence[int], out: TextIO) -> None:
    """The ladder as lines."""
    line = Replay(suited(out.encoding))
    for position in positions:
        out.write(f"{line(run, position)}\n")


def _tcp_position(run: RunView, positions: Sequence[int]) -> int:
    """The first that is TCP's: it names the hosts."""
    return next((one for one in positions if run.packets.observed(one)), positions[0])


def _ladder(run: RunView, positions: Sequence[int], moment: Moment, wanted: Wanted) -> str:
    if len(positions) > MOST_ARROWS:
        raise ExportError(
            f"a ladder of {len(positions):,} packets is too long to look at:"
            f" choose at most {MOST_ARROWS:,} with a filter, e.g. frame.number <= {MOST_ARROWS}"
        )
    arrows = chosen(run, positions, moment.flow)
    return ladder.draw(arrows, *hosts(run, moment), to_scale=wanted.to_scale)


def _time_sequence(run: RunView, positions: Sequence[int], moment: Moment, wanted: Wanted) -> str:
    ours, theirs = hosts(run, moment)
    dots = points.time_sequence(run, moment, len(run) - 1, _POINTS)
    return time_sequence.draw(dots, safe(f"{ours} and {theirs}: sequence numbers over time"), run.first_time)
