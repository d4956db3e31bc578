"""A recording as Wireshark's own programs read it: the same packets in the same order, no complaint."""

import json
import subprocess
from pathlib import Path

import pytest
from helpers.recordings import Entry, write
from helpers.tools import need
from helpers.wire import frame_in, frame_out

from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Recording
from tcpviz.tcp.events import Cause, Event, Held, Retransmitted
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.segment import ACK, PSH, SYN, Segment
from tcpviz.wire.seq import Seq

EPOCH = 1_700_000_000_123_456_789
A, B = Seq(1000), Seq(2000)
SNAPSHOT = Snapshot(
    State.ESTABLISHED, A, B, A, A, A, 65535, B, 65535, 1460, 14600, 1 << 30, 1, 2, 3, 0, 0, 0, 0,
    deadlines=((0, 99),), held=((A, B),),
)  # fmt: skip
ENTRIES = [
    Entry(time=0, kind=Kind.NOTE, text="connecting"),
    Entry(time=1, data=frame_out(Segment(A, flags=SYN, mss=1460)), snapshot=SNAPSHOT),
    Entry(time=2_000_000, direction=Direction.IN, data=frame_in(Segment(B, A, SYN | ACK))),
    Entry(
        time=2_000_001, direction=Direction.IN, fate=Fate.LOST, data=frame_in(Segment(B, A, ACK, 1, b"lost"))
    ),
    Entry(
        time=3_000_000,
        data=frame_out(Segment(A, B, ACK | PSH, 1, b"odd")),
        events=(Retransmitted(A, B, Cause.TIMEOUT, 1), Held(A, B)),
        snapshot=SNAPSHOT,
    ),
    Entry(time=3_000_000, kind=Kind.TIMER, snapshot=SNAPSHOT),
    Entry(time=1_000_000_000, data=frame_out(Segment(A, B, ACK, 1)), fate=Fate.LOST),
]


def explain(events: object) -> str:
    """More than one line, and not only ASCII."""
    assert isinstance(events, list | tuple)
    return " – ".join(type(event).__name__ for event in events if isinstance(event, Event)) + "\nRFC 9293"


def run(tool: str, *arguments: str | Path) -> str:
    """What the program prints; it must succeed and complain about nothing but root."""
    done = subprocess.run([need(tool), *arguments], capture_output=True, text=True, check=True)
    complaints = [line for line in done.stderr.splitlines() if not line.startswith("Running as user")]
    assert complaints == []
    return done.stdout


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="sim", epoch=EPOCH, path=path, explain=explain)
    write(recording, ENTRIES[:3])
    recording.commit()
    write(recording, ENTRIES[3:])
    recording.commit()
    recording.close()
    return path


def test_the_same_packets_in_the_same_order(path: Path) -> None:
    fields = "frame.number", "frame.time_epoch", "frame.len", "frame.packet_flags_direction", "_ws.malformed"
    printed = run("tshark", "-r", path, "-T", "fields", *(part for field in fields for part in ("-e", field)))
    recording = Recording.open(path)
    numbered = [i for i in range(len(recording)) if recording.row(i).number]
    expected = []
    for i in numbered:
        row = recording.row(i)
        seconds, rest = divmod(EPOCH + row.time, 10**9)
        direction = {Direction.OUT: "0x00000002", Direction.IN: "0x00000001"}[row.direction]
        expected.append(f"{row.number}\t{seconds}.{rest:09}\t{row.length}\t{direction}\t")
    recording.close()
    assert len(expected) == 4
    assert printed.splitlines() == expected


def test_the_same_octets(path: Path) -> None:
    printed = run("tshark", "-r", path, "-x", "--hexdump", "noascii")
    dumps = printed.strip("\n").split("\n\n")
    octets = [bytes.fromhex("".join(line[6:] for line in dump.splitlines())) for dump in dumps]
    assert octets == [entry.data for entry in ENTRIES if entry.captured]


def test_checksums_are_right(path: Path) -> None:
    on = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    bad = "tcp.checksum.status == Bad || ip.checksum.status == Bad"
    good = "tcp.checksum.status == Good && ip.checksum.status == Good"
    assert run("tshark", "-r", path, *on, "-Y", bad) == ""
    assert len(run("tshark", "-r", path, *on, "-Y", good).splitlines()) == 4


def test_our_reason_is_the_packet_comment(path: Path) -> None:
    printed = run("tshark", "-r", path, "-T", "json", "-e", "frame.comment")
    comments = [packet["_source"]["layers"].get("frame.comment") for packet in json.loads(printed)]
    assert comments == [None, None, ["Retransmitted – Held\nRFC 9293"], None]


def test_capinfos_counts_the_packets_and_knows_the_program(path: Path) -> None:
    printed = run("capinfos", path)
    assert "Number of packets:   4" in printed
    assert "Capture application: tcpviz" in printed
    assert "File timestamp precision:  nanoseconds (9)" in printed
    assert "Name = sim" in printed


def test_a_file_cut_within_a_commit_is_readable_up_to_there(path: Path) -> None:
    """tshark does complain about the cut; it lists what stands before it."""
    octets = path.read_bytes()
    path.write_bytes(octets[: octets.index(ENTRIES[-1].data) + 10])
    done = subprocess.run([need("tshark"), "-r", path], capture_output=True, text=True, check=False)
    assert len(done.stdout.splitlines()) == 3
    recording = Recording.open(path)
    assert [recording.row(i).number for i in range(len(recording))] == [0, 1, 2, 3]
    assert recording.loss
    recording.close()


def test_what_editcap_rewrites_is_a_capture_like_any_other(path: Path, tmp_path: Path) -> None:
    rewritten = tmp_path / "rewritten.pcapng"
    run("editcap", path, rewritten)
    recording = Recording.open(rewritten)
    assert [recording.data(i) for i in range(len(recording))] == [
        entry.data for entry in ENTRIES if entry.captured
    ]
    recording.close()
