"""Our Info column against tshark's, on frames made for it: seeded conversations with everything in them that
can go wrong, and one of each other protocol."""

import os
import random
import subprocess
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from helpers.runs import (
    ARP_REQUEST,
    IN,
    OUR_ADDRESS,
    OUR_MAC,
    OUT,
    PEER_ADDRESS,
    PEER_MAC,
    arp_frame,
    tcp_frame,
)
from helpers.tools import need

from tcpviz.analysis import tcp_packet
from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.view.info import tcp_info
from tcpviz.view.run import RunView
from tcpviz.view.summary import tcp_payload
from tcpviz.wire import arp, ethernet, extensions, icmp, icmpv6, ipv4, ipv6, ndp
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ndp import (
    NeighbourAdvertisement,
    NeighbourSolicitation,
    Prefix,
    Redirect,
    RouterAdvertisement,
    RouterSolicitation,
)
from tcpviz.wire.segment import ACK, FIN, PSH, RST, SYN, URG, Segment
from tcpviz.wire.seq import Seq, add

MS = 1_000_000
PREFERENCES = (
    "tcp.check_checksum:FALSE",
    "tcp.analyze_sequence_numbers:TRUE",
    "tcp.desegment_tcp_streams:FALSE",
)


def tshark_infos(path: Path, home: Path) -> list[str]:
    """The Info of every frame, with the preferences of a fresh profile."""
    command = [need("tshark"), "-n", "-r", str(path), "-T", "fields", "-e", "_ws.col.Info"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [line.rstrip() for line in done.stdout.splitlines()]


def recorded(path: Path, frames: list[tuple[int, Direction, bytes]]) -> RunView:
    recording = Recording.create(link="test", epoch=1_700_000_000_000_000_000, path=path)
    for time, direction, data in frames:
        recording.frame(time, direction, data)
    recording.commit()
    run = RunView(recording)
    run.advance(1, lambda: 0)
    return run


class Side:
    def __init__(self, direction: Direction, first: int) -> None:
        self.direction = direction
        self.next = Seq(first)
        self.last_ack = Seq(0)


def random_segment(rng: random.Random, side: Side, peer: Side) -> Segment:
    at = add(side.next, rng.choice((0, 0, 0, 0, -1, -500, -1000, 500)))
    ack = rng.choice((peer.next, peer.next, side.last_ack, add(peer.next, rng.choice((-500, 500)))))
    flags = ACK | rng.choice((0, 0, PSH, PSH, URG, FIN, RST, 0x40, 0x80))
    payload = b"x" * rng.choice((0, 0, 0, 1, 500, 500, 1000))
    sack = ((add(ack, 500), add(ack, 1000)),) if rng.random() < 0.1 else ()
    stamps = (rng.getrandbits(32), rng.getrandbits(32)) if rng.random() < 0.5 else None
    window = rng.choice((0, 500, 500, 501))
    side.last_ack = ack
    segment = Segment(
        at, ack, flags, window, payload, urgent=rng.getrandbits(16), timestamps=stamps, sack=sack
    )
    side.next = max(side.next, segment.end)
    return segment


def conversation(seed: int) -> list[tuple[int, Direction, bytes]]:
    rng = random.Random(seed)
    ours, theirs = Side(OUT, rng.getrandbits(30)), Side(IN, rng.getrandbits(30))
    scale = rng.choice((None, 0, 7, 14))
    syn = Segment(ours.next, flags=SYN, window=64240, mss=1460, sack_permitted=True, window_scale=scale)
    ours.next = add(ours.next, 1)
    answer = Segment(theirs.next, ours.next, SYN | ACK, 65160, mss=1460, window_scale=scale)
    theirs.next = add(theirs.next, 1)
    frames = [(0, OUT, tcp_frame(OUT, syn)), (20 * MS, IN, tcp_frame(IN, answer))]
    time = 20 * MS
    for _ in range(150):
        side, peer = rng.choice(((ours, theirs), (theirs, ours)))
        time += rng.choice((MS, 5 * MS, 30 * MS))
        frames.append((time, side.direction, tcp_frame(side.direction, random_segment(rng, side, peer))))
    return frames


@pytest.mark.parametrize("seed", range(4))
def test_tcp_lines_are_those_of_tshark(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "run.pcapng"
    run = recorded(path, conversation(seed))
    ours = []
    for position in range(len(run.packets)):
        data = run.recording.data(position)
        packet, observed = tcp_packet(data), run.packets.observed(position)
        assert packet
        assert observed
        ours.append(tcp_info(packet, observed, tcp_payload(data, packet)[1]))
    expected = tshark_infos(path, tmp_path)
    assert len(ours) == 152
    assert [pair for pair in zip(ours, expected, strict=True) if pair[0] != pair[1]] == []


def icmp_frame(kind: int, code: int) -> bytes:
    quoted = tcp_frame(OUT, Segment(Seq(5), flags=SYN))[ethernet.HEADER_LENGTH :]
    message = icmp.IcmpMessage(kind, code, 0x00010102, quoted if kind in icmp.ERRORS else b"abcd" * 10)
    packet = ipv4.build(OUR_ADDRESS, PEER_ADDRESS, ipv4.ICMP, icmp.build(message))
    return ethernet.build(PEER_MAC, OUR_MAC, ethernet.IPV4, packet)


def other_frames() -> list[bytes]:
    address = (OUR_ADDRESS, PEER_ADDRESS)
    frames = [ARP_REQUEST]
    for operation, sender, target in (
        (arp.REPLY, *address),
        (arp.REQUEST, bytes(4), PEER_ADDRESS),
        (arp.REQUEST, OUR_ADDRESS, OUR_ADDRESS),
        (arp.REPLY, OUR_ADDRESS, OUR_ADDRESS),
    ):
        frames.append(arp_frame(arp.ArpPacket(operation, OUR_MAC, sender, bytes(6), target)))
    echoes = [(icmp.ECHO_REPLY, 0), (icmp.REDIRECT, 1), (icmp.SOURCE_QUENCH, 0), (icmp.PARAMETER_PROBLEM, 2)]
    unreachable = [(icmp.DESTINATION_UNREACHABLE, code) for code in range(17)]
    exceeded = [(icmp.TIME_EXCEEDED, code) for code in range(3)]
    frames += [icmp_frame(*message) for message in (*echoes, *unreachable, *exceeded)]
    datagram = bytes.fromhex("9c409c41000c0000") + b"abcd"
    for protocol, payload, fragment in (
        (ipv4.UDP, datagram, 0),
        (ipv4.TCP, b"abcd" * 6, ipv4.MORE_FRAGMENTS),
    ):
        packet = ipv4.build(*address, protocol, payload, fragment=fragment, identification=0x77)
        frames.append(ethernet.build(PEER_MAC, OUR_MAC, ethernet.IPV4, packet))
    return frames


def test_other_protocols_are_worded_as_tshark_words_them(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    run = recorded(path, [(MS * at, OUT, data) for at, data in enumerate(other_frames())])
    ours = [run.line(position).info for position in range(len(run.packets))]
    assert ours == tshark_infos(path, tmp_path)


def ipv6_frames() -> list[bytes]:
    """One of each ICMPv6 message, and what else travels in IPv6."""
    ours, theirs, router = (IPv6Address(text).packed for text in ("2001:db8::2", "2001:db8::1", "fe80::1"))
    quoted = ipv6.build(ours, theirs, ipv6.TCP, bytes(20))
    prefix = Prefix(ours[:8] + bytes(8), 64, True, True, 3600, 1800)
    discovery: list[tuple[ndp.Message, bytes, bytes]] = [
        (NeighbourSolicitation(theirs, OUR_MAC), ours, ipv6.solicited_node(theirs)),
        (NeighbourSolicitation(ours), ipv6.UNSPECIFIED, ipv6.solicited_node(ours)),
        (NeighbourAdvertisement(theirs, PEER_MAC, solicited=True), theirs, ours),
        (NeighbourAdvertisement(theirs, PEER_MAC, router=True, override=False), theirs, ours),
        (NeighbourAdvertisement(theirs, override=False), theirs, ipv6.ALL_NODES),
        (RouterSolicitation(OUR_MAC), router, ipv6.ALL_ROUTERS),
        (RouterSolicitation(), router, ipv6.ALL_ROUTERS),
        (RouterAdvertisement(1800, 0, 0, 64, PEER_MAC, 1400, (prefix,)), router, ipv6.ALL_NODES),
        (RouterAdvertisement(0), router, ipv6.ALL_NODES),
        (Redirect(theirs, theirs, PEER_MAC), router, ours),
        (Redirect(router, theirs), router, ours),
    ]
    messages = [
        IcmpMessage(icmpv6.ECHO_REQUEST, 0, 0x1234_0005, b"ping"),
        *(IcmpMessage(icmpv6.DESTINATION_UNREACHABLE, code, 0, quoted) for code in range(8)),
        IcmpMessage(icmpv6.PACKET_TOO_BIG, 0, 1400, quoted),
        *(IcmpMessage(icmpv6.TIME_EXCEEDED, code, 0, quoted) for code in range(3)),
        *(IcmpMessage(icmpv6.PARAMETER_PROBLEM, code, 40, quoted) for code in range(5)),
        *(IcmpMessage(kind, 0, 0, bytes(20)) for kind in (130, 131, 132, 143, 5)),
    ]
    packets = [ndp.build(*each) for each in discovery]
    packets += [ipv6.build(theirs, ours, 58, icmpv6.build(each, theirs, ours)) for each in messages]
    packets += [
        ipv6.build(theirs, ours, extensions.FRAGMENT, bytes((6, 0, 0, 1, 0, 0, 0, 9)) + bytes(16)),
        ipv6.build(theirs, ours, extensions.FRAGMENT, bytes((6, 0, 0, 24, 0, 0, 0, 9)) + bytes(16)),
        ipv6.build(theirs, ours, extensions.NO_NEXT_HEADER, b""),
        ipv6.build(
            theirs,
            ours,
            extensions.DESTINATION_OPTIONS,
            bytes((58, 0, 1, 4, 0, 0, 0, 0)) + icmpv6.build(messages[0], theirs, ours),
        ),
    ]
    return [ethernet.build(PEER_MAC, OUR_MAC, ethernet.IPV6, packet) for packet in packets]


def test_ipv6_is_worded_as_tshark_words_it(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    run = recorded(path, [(MS * at, OUT, data) for at, data in enumerate(ipv6_frames())])
    ours = [run.line(position).info for position in range(len(run.packets))]
    assert ours == tshark_infos(path, tmp_path)


HTTP = (
    (OUT, b"GET /index.html HTTP/1.1\r\nHost: lab\r\n\r\n"),
    (IN, b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nab"),
)


def test_http_lines_are_those_of_tshark(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    request, answer = (payload for _, payload in HTTP)
    end = 1 + len(request)
    frames = [
        (0, OUT, tcp_frame(OUT, Segment(Seq(0), flags=SYN))),
        (1, IN, tcp_frame(IN, Segment(Seq(0), Seq(1), SYN | ACK))),
        (2, OUT, tcp_frame(OUT, Segment(Seq(1), Seq(1), PSH | ACK, 500, request))),
        (3, IN, tcp_frame(IN, Segment(Seq(1), Seq(end), PSH | ACK, 500, answer))),
    ]
    run = recorded(path, frames)
    ours = [run.line(position).info for position in (2, 3)]
    assert ours == ["GET /index.html HTTP/1.1", "HTTP/1.1 200 OK  (text/html)"]
    assert ours == tshark_infos(path, tmp_path)[2:]
