"""Opening captures that others made, in every byte order and resolution."""

import gzip
import random
import sys
from ipaddress import IPv4Address
from pathlib import Path
from struct import pack

import pytest
from helpers.recordings import found
from helpers.runs import small_run
from helpers.wire import frame_in, frame_out

from tcpviz.link.base import Direction
from tcpviz.recording import Kind, Recording, RecordingError, blocks
from tcpviz.wire import ipv4, pcapng
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import ACK, SYN, Segment
from tcpviz.wire.seq import Seq

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ONE = Seq(1)
SECONDS = 1_700_000_000
FRAMES = [
    frame_in(Segment(ONE, ONE, ACK, 1, b"left over from before"), destination_port=39999),
    frame_out(Segment(ONE, ONE, SYN)),
    frame_in(Segment(ONE, ONE, SYN | ACK)),
    frame_out(Segment(ONE, ONE, ACK)),
]
DIRECTIONS = [Direction.IN, Direction.OUT, Direction.IN, Direction.OUT]


def classic(order: str, magic: int, unit: int, link_type: int = 1, limit: int = 1 << 16) -> bytes:
    """A pcap file with a frame every 2 ms."""
    octets = pack(order + "IHHiIII", magic, 2, 4, 0, 0, limit, link_type)
    for i, frame in enumerate(FRAMES):
        captured = frame[:limit]
        octets += pack(order + "IIII", SECONDS, i * 2_000_000 // unit, len(captured), len(frame)) + captured
    return octets


def opened(path: Path, octets: bytes) -> Recording:
    path.write_bytes(octets)
    return Recording.open(path)


def test_between_two_others_he_who_speaks_first_is_the_one_that_sends(tmp_path: Path) -> None:
    names = ("192.0.2.2", "192.0.2.1", "198.51.100.7")
    we, peer, other = (IPv4Address(name).packed for name in names)

    def from_to(source: bytes, destination: bytes, protocol: int = ipv4.TCP) -> bytes:
        return bytes(12) + b"\x08\x00" + ipv4.build(source, destination, protocol, bytes(32))

    sent = [FRAMES[1], from_to(peer, other), from_to(other, peer), from_to(peer, other), from_to(other, we)]
    sent += [from_to(other, bytes(4), ipv4.UDP), from_to(we, bytes(4), ipv4.UDP)]
    path = tmp_path / "a.pcap"
    header = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 1)
    path.write_bytes(header + b"".join(pack("<IIII", 0, 0, len(one), len(one)) + one for one in sent))
    recording = Recording.open(path)
    out, into = Direction.OUT, Direction.IN
    assert [recording.row(i).direction for i in range(7)] == [out, out, into, out, into, into, out]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_pcap(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    recording = opened(tmp_path / "a.pcap", classic(order, magic, unit))
    assert recording.epoch == SECONDS * 10**9
    assert [recording.time(i) for i in range(4)] == [0, 2_000_000, 4_000_000, 6_000_000]
    assert [recording.data(i) for i in range(4)] == FRAMES
    assert [recording.row(i).direction for i in range(4)] == DIRECTIONS
    assert [recording.row(i).number for i in range(4)] == [1, 2, 3, 4]
    assert recording.row(0).kind is Kind.FRAME
    assert recording.snapshot(0) is None
    assert recording.events(0) == ()
    recording.close()


def test_limited_capture_keeps_the_length_on_the_wire(tmp_path: Path) -> None:
    recording = opened(tmp_path / "a.pcap", classic("<", 0xA1B2C3D4, 1000, limit=54))
    assert recording.row(0).length == len(FRAMES[0])
    assert recording.data(0) == FRAMES[0][:54]
    recording.close()


def test_pcapng_of_another_program(tmp_path: Path) -> None:
    octets = pcapng.section_header("dumpcap") + pcapng.interface_description("eth0")
    for i, frame in enumerate(FRAMES):
        octets += frame.join(pcapng.around_packet(SECONDS * 10**9 + i, pcapng.INBOUND, len(frame)))
    recording = opened(tmp_path / "a.pcapng", octets)
    assert [recording.data(i) for i in range(4)] == FRAMES
    assert [recording.row(i).direction for i in range(4)] == DIRECTIONS
    assert recording.link == "a.pcapng"
    recording.close()


def test_gzip_whole_and_cut(tmp_path: Path) -> None:
    plain = classic("<", 0xA1B2C3D4, 1000)
    octets = gzip.compress(plain[:100]) + gzip.compress(plain[100:])
    whole = opened(tmp_path / "a.pcap.gz", octets)
    assert [whole.data(i) for i in range(4)] == FRAMES
    whole.close()
    cut = opened(tmp_path / "b.pcap.gz", octets[:-40])
    assert 0 < len(cut) < 4
    assert cut.loss
    cut.close()


def test_zstandard_whole_and_cut(tmp_path: Path) -> None:
    octets = zstd.compress(classic("<", 0xA1B2C3D4, 1000))
    whole = opened(tmp_path / "a.pcap.zst", octets)
    assert [whole.data(i) for i in range(4)] == FRAMES
    assert whole.loss == ""
    whole.close()
    frames = classic("<", 0xA1B2C3D4, 1000)[24:]
    octets = zstd.compress(classic("<", 0xA1B2C3D4, 1000) + random.Random(1).randbytes(1 << 20) + frames)
    cut = opened(tmp_path / "b.pcap.zst", octets[: len(octets) // 2])
    assert [cut.data(i) for i in range(4)] == FRAMES
    assert "damaged" in cut.loss
    cut.close()


def test_frames_without_ethernet(tmp_path: Path) -> None:
    """What the client sent is found behind other link headers, too."""
    octets = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 101)
    for frame in FRAMES:
        octets += pack("<IIII", SECONDS, 0, len(frame) - 14, len(frame) - 14) + frame[14:]
    recording = opened(tmp_path / "a.pcap", octets)
    assert [recording.row(i).direction for i in range(4)] == DIRECTIONS
    assert [recording.linktype(i) for i in range(4)] == [101] * 4
    recording.close()


def test_a_large_capture_comes_in_parts(tmp_path: Path) -> None:
    header = classic("<", 0xA1B2C3D4, 1000)[:24]
    frame = pack("<IIII", SECONDS, 0, len(FRAMES[1]), len(FRAMES[1])) + FRAMES[1]
    path = tmp_path / "a.pcap"
    path.write_bytes(header + 2500 * frame)
    recording = Recording.begin(path)
    assert (len(recording), recording.read) == (0, 0)
    seen = []
    while recording.read_on():
        seen.append((len(recording), round(recording.read, 1)))
    assert seen == [(1024, 0.4), (2048, 0.8), (2500, 1.0)]
    assert (len(recording), recording.read) == (2500, 1)
    assert not recording.read_on()
    recording.close()


def test_cut_pcap(tmp_path: Path) -> None:
    recording = opened(tmp_path / "a.pcap", classic("<", 0xA1B2C3D4, 1000)[:-1])
    assert [recording.data(i) for i in range(len(recording))] == FRAMES[:3]
    assert recording.loss
    recording.close()


def test_saved_again_it_is_the_same_file(tmp_path: Path) -> None:
    octets = classic(">", 0xA1B2C3D4, 1000)
    recording = opened(tmp_path / "a.pcap", octets)
    recording.save(tmp_path / "b.pcap")
    recording.close()
    assert (tmp_path / "b.pcap").read_bytes() == octets


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "no capture file"),
        (b"<html>", "no capture file"),
        (gzip.compress(b"<html>", mtime=0), "no capture file"),
    ],
    ids=["empty", "empty packed", "something else", "something else packed"],
)
def test_what_is_refused(tmp_path: Path, octets: bytes, says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        opened(tmp_path / "a", octets)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        Recording.open(tmp_path / "missing")


def test_a_run_that_was_changed_is_a_capture(tmp_path: Path) -> None:
    """Somebody put a packet in front: what our rows say of places in the file holds no more."""
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="sim", epoch=SECONDS * 10**9, path=path)
    recording.frame(7, Direction.OUT, FRAMES[1])
    recording.moment(8, Kind.NOTE, text="seen in our own file only")
    recording.commit()
    recording.close()
    header = pcapng.section_header("tcpviz") + pcapng.interface_description("sim")
    octets = path.read_bytes().removeprefix(header)
    more = FRAMES[0].join(pcapng.around_packet(SECONDS * 10**9, pcapng.OUTBOUND, len(FRAMES[0])))
    changed = opened(path, header + more + octets)
    assert [row.data for row in found(changed)] == FRAMES[:2]
    changed.close()


@pytest.mark.parametrize("epoch", [b"Infinity", b"1e999", b"null", b'"x"', b"[]"])
def test_a_head_without_a_time_is_none(epoch: bytes) -> None:
    whole = blocks.build_head(blocks.Head("sim", 0))[blocks.DATA : -4].rstrip(b"\0")
    file = blocks.build(blocks.Tag.HEAD, whole.replace(b'"epoch": 0', b'"epoch": ' + epoch))
    with pytest.raises(ParseError):
        blocks.parse_head(file, next(pcapng.blocks(file)))


def test_a_run_whose_first_block_is_damaged_is_no_capture_file(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    run = small_run()
    run.save(path)
    run.close()
    data = bytearray(path.read_bytes())
    data[0] = 0
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(RecordingError, match="no capture file"):
        Recording.open(path)
