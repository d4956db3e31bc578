"""The packet list as CSV, JSON lines or a table in Markdown."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from tcpviz.view.moment import Observed
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.why import reasons

_FORMULA = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for the beginning of a formula."""
_HEADINGS = ("No.", "Time", "Source", "Destination", "Protocol", "Length", "Info", "Why")

Cells = tuple[SafeText, ...]


def write_csv(run: RunView, positions: Iterable[int], out: TextIO) -> None:
    """A row for each packet, with a heading, in Wireshark's columns and one for our stack's reasons."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADINGS)
    for cells in _rows(run, positions):
        writer.writerow(map(_plain, cells))


def write_markdown(run: RunView, positions: Iterable[int], out: TextIO) -> None:
    """The same as a table in Markdown."""
    out.write(f"| {' | '.join(_HEADINGS)} |\n|{' --- |' * len(_HEADINGS)}\n")
    for cells in _rows(run, positions):
        out.write(f"| {' | '.join(map(_escaped, cells))} |\n")


def write_json(run: RunView, positions: Iterable[int], out: TextIO) -> None:
    """A JSON object for each packet, a line each: what the list, an observer and our stack say."""
    for position in positions:
        out.write(json.dumps(packet(run, position)) + "\n")


def packet(run: RunView, position: int) -> dict[str, object]:
    """What is known of the packet at `position`, times in seconds."""
    line, index = run.line(position), run.packets.row(position)
    row, snapshot = run.recording.row(index), run.recording.snapshot(index)
    return {
        "frame": row.number or None,
        "time": run.since_first(row.time) / 1e9,
        "direction": row.direction.name.lower(),
        "fate": row.fate.name.lower(),
        "source": line.source,
        "destination": line.destination,
        "protocol": line.protocol,
        "length": row.length,
        "info": line.info,
        "observed": _observed(run.packets.observed(position)),
        "flow": row.flow or None,
        "state": str(snapshot.state) if snapshot else None,
        "peer_state": str(row.peer_state) if row.peer_state is not None else None,
        "why": reasons(run.moment(index)),
    }


def _observed(seen: Observed | None) -> dict[str, object] | None:
    if seen is None:
        return None
    names = ("stream", "seq", "ack", "length", "window")
    return {**{name: getattr(seen, name) for name in names}, "flags": seen.flags.names}


def _rows(run: RunView, positions: Iterable[int]) -> Iterator[Cells]:
    for position in positions:
        line = run.line(position)
        why = safe(" ".join(reasons(run.moment(run.packets.row(position)))))
        yield (
            line.number, line.time, line.source, line.destination, line.protocol, line.length, line.info, why,
        )  # fmt: skip


def _plain(cell: str) -> str:
    """As a spreadsheet shows it literally."""
    return "'" + cell if len(cell) > 1 and cell.startswith(_FORMULA) else cell


def _escaped(cell: SafeText) -> str:
    """As Markdown shows it literally."""
    return "".join("\\" + char if char in "\\|`*_<>[]&" else char for char in cell) or " "
