"""Whatever arrives, a host goes on: damaged frames of everything that it understands raise nothing."""

import random
from ipaddress import IPv4Interface, IPv6Interface

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.host.fragments import TIMEOUT
from tcpviz.host.host import Host
from tcpviz.tcp.config import Config
from tcpviz.wire import arp, dhcp, ethernet, extensions, icmp, icmpv6, ipv4, ipv6, tcp, udp
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.dhcp import DhcpMessage, MessageType, Option
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.segment import SYN, Segment
from tcpviz.wire.seq import Seq

MAC, PEER_MAC = bytes.fromhex("020000000002"), bytes.fromhex("020000000001")
OURS, PEER, OUTSIDE = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1)), bytes((198, 51, 100, 7))
OURS6, PEER6, OUTSIDE6 = (
    IPv6Interface(text).ip.packed for text in ("2001:db8::2", "2001:db8::1", "2001:db9::1")
)


def frames4(source: bytes) -> list[bytes]:
    """One of each kind over IPv4."""
    datagram = udp.build(source, 1000, OURS, 2000, b"datagram")
    segment = tcp.build(1000, 80, Segment(Seq(1), flags=SYN, mss=1460))
    quoted = ipv4.build(OURS, source, ipv4.UDP, datagram)
    error = icmp.build(IcmpMessage(icmp.DESTINATION_UNREACHABLE, 3, 0, quoted))
    options: dict[int, bytes] = {Option.MESSAGE_TYPE: bytes((MessageType.OFFER,)), Option.SERVER: PEER}
    offer = dhcp.build(DhcpMessage(dhcp.REPLY, 1, MAC, options, yours=OURS))
    packets = [
        ipv4.build(source, OURS, ipv4.UDP, datagram),
        ipv4.build(source, OURS, ipv4.UDP, datagram, fragment=ipv4.MORE_FRAGMENTS),
        ipv4.build(source, OURS, ipv4.UDP, datagram, fragment=2),
        ipv4.build(source, OURS, ipv4.TCP, segment),
        ipv4.build(source, OURS, ipv4.ICMP, error),
        ipv4.build(source, OURS, 99, b"strange"),
        ipv4.build(source, b"\xff" * 4, ipv4.UDP, udp.build(source, 67, b"\xff" * 4, 68, offer)),
    ]
    return [ethernet.build(MAC, PEER_MAC, ethernet.IPV4, packet) for packet in packets]


def frames6(source: bytes) -> list[bytes]:
    """One of each kind over IPv6."""
    datagram = udp.build(source, 1000, OURS6, 2000, b"datagram")
    quoted = ipv6.build(OURS6, source, ipv6.UDP, datagram)
    error = IcmpMessage(icmpv6.DESTINATION_UNREACHABLE, 4, 0, quoted)
    piece = bytes((ipv6.UDP, 0, 0, 1, 0, 0, 0, 7)) + datagram
    packets = [
        ipv6.build(source, OURS6, ipv6.UDP, datagram),
        ipv6.build(source, OURS6, extensions.FRAGMENT, piece),
        ipv6.build(
            source, OURS6, extensions.DESTINATION_OPTIONS, bytes((ipv6.UDP, 0, 1, 4)) + bytes(4) + datagram
        ),
        ipv6.build(source, OURS6, ipv6.ICMPV6, icmpv6.build(error, source, OURS6)),
        ipv6.build(source, OURS6, 99, b"strange"),
    ]
    return [ethernet.build(MAC, PEER_MAC, ethernet.IPV6, packet) for packet in packets]


QUESTION = arp.build(ArpPacket(arp.REQUEST, PEER_MAC, PEER, bytes(6), OURS))
SAMPLES = [
    *frames4(PEER),
    *frames4(OUTSIDE),
    *frames6(PEER6),
    *frames6(OUTSIDE6),
    ethernet.build(ethernet.BROADCAST, PEER_MAC, ethernet.ARP, QUESTION),
]

damages = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=3)
arrivals = st.lists(st.tuples(st.sampled_from(SAMPLES), damages, st.integers(0, 200)), max_size=20)


def damaged(frame: bytes, damage: list[tuple[int, int]], cut: int) -> bytes:
    octets = bytearray(frame)
    for place, value in damage:
        octets[place % len(octets)] = value
    return bytes(octets[: max(cut, 14)] if cut < 100 else octets)


@pytest.mark.parametrize("leased", [False, True], ids=["given", "leased"])
@settings(max_examples=150)
@given(arriving=arrivals, vouched=st.booleans())
def test_any_frames(
    leased: bool, arriving: list[tuple[bytes, list[tuple[int, int]], int]], vouched: bool
) -> None:
    host = Host(
        mac=MAC,
        address=None if leased else IPv4Interface("192.0.2.2/24"),
        dhcp=leased,
        address6=IPv6Interface("2001:db8::2/64"),
        mtu=1500,
        rng=random.Random(1),
        secret=bytes(16),
    )
    host.listen(80, Config(), lambda flow: None)
    port = host.udp(lambda *_: None, lambda *_: None, number=1000)
    for now, (frame, damage, cut) in enumerate(arriving):
        host.on_frame(Frame(now, damaged(frame, damage, cut), vouched), now)
        list(host.frames(now))
    for now in (0, 600_000_000, TIMEOUT + len(arriving)):
        host.on_deadline(now)
        list(host.frames(now))
    port.close()
    host.release()
    host.events()
