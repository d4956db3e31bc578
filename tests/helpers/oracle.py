"""tshark as the oracle of the analysis: what it says of each TCP packet of a capture, one pass."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tcpviz.analysis import Flag

_PREFERENCES = (
    "tcp.relative_sequence_numbers:TRUE",
    "tcp.analyze_sequence_numbers:TRUE",
    "tcp.fastrt_supersedes_ooo:TRUE",
    "tcp.track_bytes_in_flight:TRUE",
    "tcp.bif_seq_based:FALSE",
    "tcp.try_heuristic_first:FALSE",
    "tcp.check_checksum:FALSE",
    "ip.defragment:TRUE",
)
_NUMBERS = {
    "frame": "frame.number",
    "stream": "tcp.stream",
    "seq": "tcp.seq",
    "ack": "tcp.ack",
    "len": "tcp.len",
    "win": "tcp.window_size",
    "win_scale": "tcp.window_size_scalefactor",
    "dup_ack_num": "tcp.analysis.duplicate_ack_num",
    "dup_ack_frame": "tcp.analysis.duplicate_ack_frame",
    "acks_frame": "tcp.analysis.acks_frame",
    "rto_frame": "tcp.analysis.rto_frame",
    "bytes_in_flight": "tcp.analysis.bytes_in_flight",
    "push_bytes_sent": "tcp.analysis.push_bytes_sent",
    "completeness": "tcp.completeness",
}
_SECONDS = {
    "ack_rtt": "tcp.analysis.ack_rtt",
    "rto": "tcp.analysis.rto",
    "initial_rtt": "tcp.analysis.initial_rtt",
}
_FLAGS = [name for flag in Flag for name in flag.names]


def tshark(path: Path) -> Iterator[Mapping[str, object]]:
    """One mapping a TCP packet, under the names of `tcpviz analyze --json`; `flags` is a set."""
    fields = [*_NUMBERS.values(), *_SECONDS.values(), *(f"tcp.analysis.{name}" for name in _FLAGS)]
    command = ["tshark", "-n", "-r", str(path), "-Y", "tcp", "-T", "fields", "-E", "occurrence=f"]
    for preference in _PREFERENCES:
        command += ["-o", preference]
    for field in fields:
        command += ["-e", field]
    with TemporaryDirectory() as home:
        environment = os.environ | {"HOME": home, "XDG_CONFIG_HOME": home, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        columns = iter(line.split("\t"))
        said: dict[str, object] = {}
        for key in _NUMBERS:
            text = next(columns)
            said[key] = int(text) if text else None
        for key in _SECONDS:
            text = next(columns)
            said[key] = float(text) if text else None
        said["flags"] = {name for name in _FLAGS if next(columns)}
        yield said
