"""A capture's TCP packets as plain values and as lines: what `tcpviz analyze` prints."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from json import dumps
from pathlib import Path
from typing import Final, TextIO, TypeAlias

from tcpviz.analysis.analyzer import Analyzer
from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.packet import CutOff, TcpPacket
from tcpviz.analysis.verdict import Verdict
from tcpviz.wire.errors import ParseError

Value: TypeAlias = "int | float | str | list[str] | None"

_NOTHING_KNOWN: Final[Mapping[str, Value]] = {
    "flags": [],
    **dict.fromkeys(("stream", "seq", "ack", "len", "dup_ack_num")),
}
"""Of a TCP packet of which too little was captured."""


def analyze(capture: CaptureFile) -> Iterator[Mapping[str, Value]]:
    """One mapping a TCP packet, in order. Afterwards `capture.loss` says what could not be read."""
    analyzer = Analyzer()
    for number, frame, packet in capture.packets():
        if isinstance(packet, CutOff):
            yield {"frame": number, **_NOTHING_KNOWN}
        else:
            yield row(number, packet, analyzer.add(number, frame.time, packet))


def report(path: Path, out: TextIO, complain: TextIO, *, as_json: bool) -> int:
    """Writes a line for each TCP packet of a capture. Gives the exit code: 1 when it is no capture.

    What could not be read of it is said to `complain` at the end.
    """
    try:
        capture = CaptureFile(path)
    except (OSError, ParseError) as error:
        complain.write(f"tcpviz: {path}: {error}\n")
        return 1
    for packet in analyze(capture):
        out.write((dumps(packet) if as_json else _line(packet)) + "\n")
    if capture.loss:
        complain.write(f"tcpviz: {path}: {capture.loss}\n")
    return 0


def _line(packet: Mapping[str, Value]) -> str:
    if packet["stream"] is None:
        return f"{packet['frame']:>7}  cut off in its TCP header"
    flags = " ".join(packet["flags"] if isinstance(packet["flags"], list) else ())
    ends = f"{packet['src']}:{packet['sport']} > {packet['dst']}:{packet['dport']}"
    ack = "" if packet["ack"] is None else f"ack={packet['ack']} "
    numbers = f"seq={packet['seq']} {ack}len={packet['len']} win={packet['win']}"
    return f"{packet['frame']:>7} {packet['stream']:>5}  {ends}  {numbers}  {flags}".rstrip()


def row(frame: int, packet: TcpPacket, verdict: Verdict) -> Mapping[str, Value]:
    """What is known of one packet: sequence numbers relative, times in seconds, None where absent."""
    source_port, destination_port = packet.ports
    return {
        "frame": frame,
        "stream": verdict.stream,
        "flags": verdict.flags.names,
        "seq": verdict.seq,
        "ack": verdict.ack,
        "len": verdict.length,
        "src": str(ip_address(packet.source)),
        "dst": str(ip_address(packet.destination)),
        "sport": source_port,
        "dport": destination_port,
        "seq_raw": packet.seq,
        "ack_raw": packet.ack,
        "tcp_flags": packet.flags,
        "win": verdict.window,
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


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1_000_000_000
