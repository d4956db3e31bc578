"""A capture of a million packets: its first screen, its analysis beside tshark's, memory, any moment."""

import os
import pty
import random
import shutil
import statistics
import struct
import subprocess
import sys
import termios
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.installed import environment
from tcpviz.recording import Recording
from tcpviz.view.run import RunView
from tcpviz.wire import ethernet, ipv4, tcp
from tcpviz.wire.segment import ACK, SYN, Segment
from tcpviz.wire.seq import add, seq

PACKETS = 1_000_000
PAYLOAD = 100
EPOCH = 1_700_000_000
ROUNDS = 5
MOMENTS = 200

CLIENT, SERVER = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))
FIELDS = (
    "frame.number tcp.stream tcp.seq tcp.ack tcp.len tcp.analysis.flags tcp.analysis.duplicate_ack_num"
    " tcp.analysis.ack_rtt tcp.analysis.bytes_in_flight tcp.window_size ip.src ip.dst tcp.srcport tcp.dstport"
)


def main() -> None:
    """Print all of it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "million.pcap")
        write(path, PACKETS)
        print(f"a capture of {PACKETS:,} packets, {path.stat().st_size / 1e6:.0f} MB")
        _first_screen(path)
        first = statistics.median(_first_screen(path) for _ in range(ROUNDS))
        print(f"  tcpviz open: first screen         {first:7.2f} s   median of {ROUNDS}, from the command on")
        _compare_with_tshark(path)
        _look_around(path)


def write(path: Path, packets: int) -> None:
    """A download with an ACK for every second segment, and now and then a loss, as a pcap file."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for number, (from_server, segment) in zip(range(packets), _segments(random.Random(3)), strict=False):
            frame = _frame(from_server, segment)
            seconds, nanoseconds = divmod(number * 1000, 10**9)
            file.write(struct.pack("<IIII", EPOCH + seconds, nanoseconds, len(frame), len(frame)) + frame)


def _segments(rng: random.Random) -> Iterator[tuple[bool, Segment]]:
    zero, one = seq(0), seq(1)
    yield False, Segment(zero, flags=SYN, window=65535)
    yield True, Segment(zero, one, SYN | ACK, 65535)
    yield False, Segment(one, one, ACK, 65535)
    start, data = one, bytes(PAYLOAD)
    while True:
        lost = rng.randrange(500) == 0
        hole, start = start, add(start, PAYLOAD)
        if not lost:
            yield True, Segment(hole, one, ACK, 500, data, timestamps=(1, 1))
        for _ in range(3 if lost else 1):
            yield True, Segment(start, one, ACK, 500, data, timestamps=(1, 1))
            start = add(start, PAYLOAD)
            yield False, Segment(one, hole if lost else start, ACK, 5000, timestamps=(1, 1))
        if lost:
            yield True, Segment(hole, one, ACK, 500, data, timestamps=(1, 1))
            yield False, Segment(one, start, ACK, 5000, timestamps=(1, 1))


def _frame(from_server: bool, segment: Segment) -> bytes:
    ends = (SERVER, CLIENT) if from_server else (CLIENT, SERVER)
    ports = (80, 50000) if from_server else (50000, 80)
    packet = ipv4.build(*ends, ipv4.TCP, tcp.build(*ports, segment))
    return ethernet.build(bytes(6), bytes(6), ethernet.IPV4, packet)


def _first_screen(path: Path) -> float:
    """Seconds from the command to the first packet on a terminal of 120x40."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (40, 120))
    began = time.monotonic()
    variables = {**environment(path.parent / "bytecode"), "TERM": "xterm-256color"}
    command = (sys.executable, "-m", "tcpviz", "open", str(path))
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=variables) as screen:
        os.close(theirs)
        written = b""
        while b"SYN" not in written:
            written += os.read(ours, 1 << 16)
        seconds = time.monotonic() - began
        screen.kill()
    os.close(ours)
    return seconds


def _compare_with_tshark(path: Path) -> None:
    ours = _run((sys.executable, "-m", "tcpviz", "analyze", "--json", str(path)))
    print(f"  tcpviz analyze --json             {ours:7.1f} s")
    if shutil.which("tshark"):
        fields = [part for field in FIELDS.split() for part in ("-e", field)]
        theirs = _run(("tshark", "-r", str(path), "-T", "fields", *fields))
        print(f"  tshark -T fields                  {theirs:7.1f} s   tshark / ours {theirs / ours:.2f}")
    else:
        print("  tshark is not installed: nothing to compare with")


def _run(command: Sequence[str]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def _look_around(path: Path) -> None:
    """What a packet costs once it is indexed: memory, and the time to any moment."""
    tracemalloc.start()
    run = RunView(Recording.begin(path))
    while run.advance(10**9, time.monotonic_ns):
        pass
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    positions = random.Random(1).choices(range(len(run.packets)), k=MOMENTS)
    costs = []
    for position in positions:
        began = time.perf_counter()
        run.moment(run.packets.row(position))
        for near in range(position, min(position + 50, len(run.packets))):
            run.line(near)
        costs.append(time.perf_counter() - began)
    run.recording.close()
    print(f"  memory                            {used / len(run.packets):7.1f} octets a packet")
    usual, worst = statistics.median(costs) * 1e3, max(costs) * 1e3
    print(f"  any moment and 50 rows around it  {usual:7.2f} ms, at most {worst:.2f}")


if __name__ == "__main__":
    main()
