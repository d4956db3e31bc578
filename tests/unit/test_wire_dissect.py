"""The tree of one frame: every field where its octets are, for any octets."""

import subprocess
import sys
from collections.abc import Iterable
from random import Random

import pytest
from helpers.wire import OUR_MAC, OURS, PEER_MAC, PEERS, frame_in, frame_out
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.wire import arp, ethernet, icmp, ipv4
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.dissect import Node, dissect
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.segment import ACK, PSH, SYN, Segment
from tcpviz.wire.seq import Seq

A, B = Seq(0x01020304), Seq(0x05060708)
SYN_FRAME = frame_out(
    Segment(A, flags=SYN, window=0xFFFF, mss=1460, sack_permitted=True, timestamps=(5, 6), window_scale=7)
)
REQUEST = b"GET /index HTTP/1.1\r\nHost: lab\r\n\r\nbody"
QUERY = bytes.fromhex("002a 0100 0001 0000 0000 0000 03 6c6162 00 0001 0001")
FRAMES = {
    "syn": SYN_FRAME,
    "padded": frame_in(Segment(A, B, ACK, 1)) + bytes(6),
    "sack": frame_in(Segment(A, B, ACK, 1, b"data", timestamps=(1, 2), sack=((A, B), (B, A)))),
    "http": frame_out(Segment(A, B, ACK | PSH, 1, REQUEST)),
    "arp": ethernet.build(
        ethernet.BROADCAST,
        OUR_MAC,
        ethernet.ARP,
        arp.build(ArpPacket(arp.REQUEST, OUR_MAC, OURS, bytes(6), PEERS)),
    )
    + bytes(18),
    "icmp": ethernet.build(
        OUR_MAC,
        PEER_MAC,
        ethernet.IPV4,
        ipv4.build(PEERS, OURS, ipv4.ICMP, icmp.build(IcmpMessage(3, 4, 1400, SYN_FRAME[14:42]))),
    ),
    "dns": ethernet.build(
        OUR_MAC,
        PEER_MAC,
        ethernet.IPV4,
        ipv4.build(PEERS, OURS, ipv4.UDP, bytes.fromhex("9c40 0035 001d 0000") + QUERY),
    ),
}


def check(nodes: Iterable[Node], start: int, end: int) -> None:
    """Every node lies within its parent, and begins where or after its neighbour does."""
    for node in nodes:
        assert start <= node.start <= node.end <= end, node
        check(node.children, node.start, node.end)
        start = node.start


def field(nodes: Iterable[Node], *path: str) -> Node:
    """The node with this path of labels."""
    label, *rest = path
    node = next(node for node in nodes if node.label == label)
    return field(node.children, *rest) if rest else node


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_protocols_cover_the_frame(frame: bytes) -> None:
    nodes = dissect(frame)
    check(nodes, 0, len(frame))
    assert [node.start for node in nodes] == [0, *(node.end for node in nodes[:-1])]
    assert nodes[-1].end == len(frame)


@pytest.mark.parametrize(
    ("frame", "protocols"),
    [
        ("syn", ["Ethernet", "IP", "TCP"]),
        ("padded", ["Ethernet", "IP", "TCP", "Padding"]),
        ("sack", ["Ethernet", "IP", "TCP", "Data"]),
        ("http", ["Ethernet", "IP", "TCP", "HTTP"]),
        ("arp", ["Ethernet", "ARP", "Padding"]),
        ("icmp", ["Ethernet", "IP", "ICMP", "IP in ICMP", "TCP in ICMP"]),
        ("dns", ["Ethernet", "IP", "UDP", "DNS"]),
    ],
)
def test_protocols(frame: str, protocols: list[str]) -> None:
    assert [node.label for node in dissect(FRAMES[frame])] == protocols


@pytest.mark.parametrize(
    ("path", "value", "start", "end"),
    [
        (("Ethernet", "Source"), "02:00:00:00:00:02", 6, 12),
        (("IP", "Version"), "4", 14, 15),
        (("IP", "Header length (words)"), "5", 14, 15),
        (("IP", "Flags"), "DF", 20, 21),
        (("IP", "Fragment offset"), "0", 20, 22),
        (("IP", "Destination address"), "192.0.2.1", 30, 34),
        (("TCP", "Source port"), "40000", 34, 36),
        (("TCP", "Sequence number"), str(A), 38, 42),
        (("TCP", "Data offset (words)"), "11", 46, 47),
        (("TCP", "Flags"), "SYN", 46, 48),
        (("TCP", "Window"), "65535", 48, 50),
        (("TCP", "Options"), "24 octets", 54, 78),
        (("TCP", "Options", "Maximum segment size"), "1460 octets", 54, 58),
        (("TCP", "Options", "SACK permitted"), "", 60, 62),
        (("TCP", "Options", "Timestamps"), "TSval 5, TSecr 6", 64, 74),
        (("TCP", "Options", "Window scale"), "7 (multiply by 128)", 75, 78),
    ],
)
def test_fields_stand_where_they_are(path: tuple[str, ...], value: str, start: int, end: int) -> None:
    assert field(dissect(SYN_FRAME), *path)[:4] == (path[-1], value, start, end)


def test_sack_blocks() -> None:
    assert field(dissect(FRAMES["sack"]), "TCP", "Options", "SACK").value == f"{A}-{B} {B}-{A}"


def test_malformed_options_end_the_list() -> None:
    frame = bytearray(SYN_FRAME)
    frame[61] = 200
    options = field(dissect(bytes(frame)), "TCP", "Options").children
    assert options[-1] == ("Option 4", "malformed: length 200", 60, 78, ())


def test_lines_of_an_http_message() -> None:
    node = dissect(FRAMES["http"])[-1]
    assert [(line.label, line.value) for line in node.children] == [
        ("", "GET /index HTTP/1.1"),
        ("", "Host: lab"),
        ("", ""),
        ("Data", "4 octets"),
    ]
    assert [FRAMES["http"][line.start : line.end] for line in node.children] == REQUEST.splitlines(
        keepends=True
    )


def test_a_very_long_value_is_cut() -> None:
    frame = frame_out(Segment(A, B, ACK, 1, b"GET /" + b"x" * 1000))
    assert len(dissect(frame)[-1].value) == 200


@settings(max_examples=100)
@given(frame=st.binary(max_size=120))
def test_any_octets(frame: bytes) -> None:
    nodes = dissect(frame)
    assert bool(nodes) == bool(frame)
    check(nodes, 0, len(frame))


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_damaged_frames(frame: bytes) -> None:
    rng = Random(frame)
    for _ in range(50):
        damaged = bytearray(frame[: rng.randint(1, len(frame))])
        for _ in range(3):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        check(dissect(bytes(damaged)), 0, len(damaged))


def test_scapy_is_loaded_late_and_says_nothing() -> None:
    code = (
        "import sys, tcpviz.wire.dissect as d\n"
        "assert 'scapy' not in sys.modules\n"
        f"print(len(d.dissect({SYN_FRAME!r})), 'scapy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("3 True\n", "")
