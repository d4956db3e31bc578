"""Ethernet, ARP, IPv4 and ICMP headers: what goes in comes out, and what is wrong is refused."""

import pytest

from tcpviz.wire import arp, ethernet, icmp, ipv4
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage, QuotedSegment
from tcpviz.wire.seq import Seq

HERE, THERE = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))
MAC_HERE, MAC_THERE = b"\x02\x00\x00\x00\x00\x02", b"\x02\x00\x00\x00\x00\x01"


def test_ethernet_round_trip() -> None:
    header, payload = ethernet.parse(ethernet.build(MAC_THERE, MAC_HERE, ethernet.ARP, b"payload"))
    assert header == (MAC_THERE, MAC_HERE, ethernet.ARP)
    assert bytes(payload) == b"payload"


def test_short_ethernet_frame_is_refused() -> None:
    with pytest.raises(ParseError):
        ethernet.parse(bytes(13))


def test_arp_round_trip_with_padding() -> None:
    packet = ArpPacket(arp.REQUEST, MAC_HERE, HERE, bytes(6), THERE)
    assert arp.parse(arp.build(packet) + bytes(18)) == packet


@pytest.mark.parametrize("at", [1, 3, 4, 5])
def test_arp_for_other_networks_is_refused(at: int) -> None:
    data = bytearray(arp.build(ArpPacket(arp.REPLY, MAC_HERE, HERE, MAC_THERE, THERE)))
    data[at] ^= 0xFF
    with pytest.raises(ParseError):
        arp.parse(bytes(data))


def test_short_arp_is_refused() -> None:
    with pytest.raises(ParseError):
        arp.parse(bytes(27))


def test_ipv4_round_trip() -> None:
    packet = ipv4.build(HERE, THERE, ipv4.UDP, b"payload", identification=7, ttl=3, tos=0x10)
    header, payload = ipv4.parse(packet)
    assert (header.source, header.destination, header.protocol) == (HERE, THERE, ipv4.UDP)
    assert (header.identification, header.ttl, header.tos) == (7, 3, 0x10)
    assert (header.header_length, header.total_length, header.is_fragment) == (20, 27, False)
    assert bytes(payload) == b"payload"
    assert ipv4.checksum_ok(packet, header)


def test_ipv4_padding_is_left_out() -> None:
    assert bytes(ipv4.parse(ipv4.build(HERE, THERE, ipv4.TCP, b"abc") + bytes(23))[1]) == b"abc"


def test_ipv4_length_zero_means_all_that_was_captured() -> None:
    packet = bytearray(ipv4.build(HERE, THERE, ipv4.TCP, b"merged by the kernel"))
    packet[2:4] = bytes(2)
    assert bytes(ipv4.parse(bytes(packet))[1]) == b"merged by the kernel"


def test_ipv4_options_are_skipped() -> None:
    packet = bytearray(ipv4.build(HERE, THERE, ipv4.TCP, b"\x01\x01\x01\x01payload"))
    packet[0] = 0x46
    header, payload = ipv4.parse(bytes(packet))
    assert header.header_length == 24
    assert bytes(payload) == b"payload"


def test_ipv4_wrong_checksum_is_seen_only_when_asked() -> None:
    packet = bytearray(ipv4.build(HERE, THERE, ipv4.TCP, b""))
    packet[8] -= 1
    header, _ = ipv4.parse(bytes(packet))
    assert not ipv4.checksum_ok(bytes(packet), header)


@pytest.mark.parametrize(
    "fragment", [ipv4.MORE_FRAGMENTS, 1, ipv4.MORE_FRAGMENTS | 0x1FFF], ids=["first", "last", "middle"]
)
def test_ipv4_fragments_are_recognized(fragment: int) -> None:
    header, _ = ipv4.parse(ipv4.build(HERE, THERE, ipv4.TCP, b"", fragment=fragment))
    assert header.is_fragment


@pytest.mark.parametrize(
    ("at", "octet"),
    [(0, 0x65), (0, 0x44), (0, 0x4F), (3, 19), (3, 24)],
    ids=["version 6", "header too short", "header too long", "total below header", "total beyond the frame"],
)
def test_malformed_ipv4_is_refused(at: int, octet: int) -> None:
    packet = bytearray(ipv4.build(HERE, THERE, ipv4.TCP, b"abc"))
    packet[at] = octet
    with pytest.raises(ParseError):
        ipv4.parse(bytes(packet))


def test_short_ipv4_is_refused() -> None:
    with pytest.raises(ParseError):
        ipv4.parse(bytes(19))


def test_too_large_ipv4_packet_is_not_built() -> None:
    with pytest.raises(ValueError, match="65536"):
        ipv4.build(HERE, THERE, ipv4.TCP, bytes(65516))


def test_icmp_round_trip() -> None:
    data = icmp.build(IcmpMessage(icmp.ECHO_REQUEST, 0, 0x12340001, b"ping"))
    assert icmp.checksum_ok(data)
    assert icmp.parse(data) == (icmp.ECHO_REQUEST, 0, 0x12340001, b"ping")


def test_icmp_next_hop_mtu() -> None:
    assert IcmpMessage(3, icmp.FRAGMENTATION_NEEDED, 0xFFFF_0000 | 1400, b"").next_hop_mtu == 1400


def test_icmp_quotes_a_segment() -> None:
    tcp = bytes.fromhex("9c40 0050 00112233")
    quoted = ipv4.build(HERE, THERE, ipv4.TCP, tcp + bytes(12))[:28]
    message = IcmpMessage(icmp.DESTINATION_UNREACHABLE, 1, 0, quoted)
    assert icmp.quoted_segment(message) == QuotedSegment(HERE, 40000, THERE, 80, Seq(0x00112233))


@pytest.mark.parametrize(
    "quoted",
    [
        b"",
        ipv4.build(HERE, THERE, ipv4.TCP, bytes(7)),
        ipv4.build(HERE, THERE, ipv4.ICMP, bytes(8)),
        ipv4.build(HERE, THERE, ipv4.TCP, bytes(8), fragment=1),
    ],
    ids=["nothing", "too little", "another protocol", "a later fragment"],
)
def test_icmp_that_quotes_no_segment(quoted: bytes) -> None:
    with pytest.raises(ParseError):
        icmp.quoted_segment(IcmpMessage(icmp.DESTINATION_UNREACHABLE, 1, 0, quoted))


def test_short_icmp_is_refused() -> None:
    with pytest.raises(ParseError):
        icmp.parse(bytes(7))
