"""A capture's TCP packets as plain values, and the report that `tcpviz analyze` makes of them.

How a line of text looks is the caller's affair.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from errno import EBADF
from functools import lru_cache
from io import TextIOWrapper
from ipaddress import ip_address
from json import dumps
from os import strerror
from pathlib import Path
from typing import Final, NamedTuple, TextIO, TypeAlias

from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.filter import Filter, Subject
from tcpviz.analysis.packet import Cut, TcpPacket
from tcpviz.analysis.subjects import Record, subjects
from tcpviz.analysis.summary import Summary
from tcpviz.analysis.verdict import Verdict
from tcpviz.wire.errors import ParseError

_WRITE_FAILED: Final = 23

Value: TypeAlias = "int | float | str | list[str] | None"

_NOTHING_KNOWN: Final[Mapping[str, Value]] = {
    "flags": [],
    **dict.fromkeys(("stream", "seq", "ack", "len", "dup_ack_num")),
}
"""Of a TCP packet of which too little was captured."""


class Choice(NamedTuple):
    """Which packets to report: all by default."""

    filter: Filter | None = None
    stream: int | None = None

    def takes(self, subject: Subject) -> bool:
        """Whether the packet is among them."""
        if self.stream is not None and (subject.verdict is None or subject.verdict.stream != self.stream):
            return False
        return self.filter is None or self.filter.holds(subject)


ALL: Final = Choice()


class Columns(NamedTuple):
    """How a packet is told in a line of text, and what stands above the lines on a terminal."""

    heading: str
    line: Callable[[Subject], str]


def analyze(capture: CaptureFile) -> Iterator[Mapping[str, Value]]:
    """One mapping a TCP packet, in order. Afterwards `capture.loss` says what could not be read."""
    return map(_values, subjects(capture))


def report(
    path: Path,
    out: TextIO | None,
    complain: Callable[[str], object],
    *,
    columns: Columns | None = None,
    choice: Choice = ALL,
    summary: bool = False,
) -> int:
    """Writes a line for each chosen TCP packet of a capture, or a summary of them: in `columns` or, without
    any, as JSON.

    `out` is None where the process was started without one. Gives the exit code: 1 when it is no capture,
    23 (curl's) when `out` takes no more, 0 when it is a pipe whose reader has enough; either way it is
    closed then. What could not be read of the capture is told to `complain` at the end.
    """
    try:
        capture = CaptureFile(path)
    except (OSError, ParseError) as error:
        complain(f"{path}: {getattr(error, 'strerror', None) or error}")
        return 1
    chosen = filter(choice.takes, subjects(capture, _record(path, choice)))
    try:
        _write(chosen, out, columns, summary=summary)
    except BrokenPipeError:
        return 0
    except OSError as error:
        complain(f"the report could not be written: {error.strerror}")
        return _WRITE_FAILED
    if capture.loss:
        complain(f"{path}: {capture.loss}")
    return 0


def _write(chosen: Iterable[Subject], out: TextIO | None, columns: Columns | None, *, summary: bool) -> None:
    """All of it, or OSError."""
    if out is None:
        raise OSError(EBADF, strerror(EBADF))
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="replace")  # Wireshark's arrow is in few of the old encodings
    try:
        (_write_summary if summary else _write_packets)(chosen, out, columns)
        out.flush()
    except OSError:
        # What is left in the buffer would fail once more, with a traceback, when the interpreter ends.
        with suppress(OSError):
            out.close()
        raise


def _write_packets(chosen: Iterable[Subject], out: TextIO, columns: Columns | None) -> None:
    if columns and out.isatty():
        out.write(f"{columns.heading}\n")
    for subject in chosen:
        out.write((columns.line(subject) if columns else dumps(_values(subject))) + "\n")


def _write_summary(chosen: Iterable[Subject], out: TextIO, columns: Columns | None) -> None:
    counts = Summary(chosen)
    if columns:
        counts.write(out)
    else:
        out.write(dumps(counts.values()) + "\n")


def _record(path: Path, choice: Choice) -> Record | None:
    """What our own stack wrote, where that is asked for."""
    return Record(path) if choice.filter and choice.filter.asks_record else None


def _values(subject: Subject) -> Mapping[str, Value]:
    if subject.packet is None or subject.verdict is None:
        return {"frame": subject.number, **_NOTHING_KNOWN}
    return row(subject.number, subject.packet, subject.verdict)


def row(frame: int, packet: TcpPacket, verdict: Verdict) -> Mapping[str, Value]:
    """What is known of one packet: sequence numbers relative, times in seconds, None where absent."""
    source_port, destination_port = packet.ports
    told = packet.cut != Cut.IMPOSSIBLE
    return {
        "frame": frame,
        "stream": verdict.stream,
        "flags": verdict.flags.names,
        "seq": verdict.seq,
        "ack": verdict.ack if told else None,
        "len": verdict.length,
        "src": _address(packet.source),
        "dst": _address(packet.destination),
        "sport": source_port,
        "dport": destination_port,
        "seq_raw": packet.seq,
        "ack_raw": packet.ack,
        "tcp_flags": packet.flags,
        "win": verdict.window if told else None,
        "win_raw": packet.window,
        "win_scale": verdict.window_scale,
        "dup_ack_num": verdict.dup_ack_num,
        "dup_ack_frame": verdict.dup_ack_frame,
        "acks_frame": verdict.acks_frame,
        "ack_rtt": _seconds(verdict.ack_rtt),
        "rto": _seconds(verdict.rto),
        "rto_frame": verdict.rto_frame,
        "bytes_in_flight": verdict.bytes_in_flight,
        "push_bytes_sent": verdict.push_bytes,
        "initial_rtt": _seconds(verdict.initial_rtt),
    }


@lru_cache(maxsize=1024)
def _address(packed: bytes) -> str:
    return str(ip_address(packed))


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1_000_000_000
