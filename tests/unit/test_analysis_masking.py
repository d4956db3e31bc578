"""Frames that were cut off anywhere are masked as far as they go."""

from struct import pack

import pytest
from helpers.carriers import (
    ETHERNET,
    MACS,
    RAW,
    carriers,
    ipv4_packet,
    ipv6_packet,
    tcp_segment,
    udp_packet,
)
from helpers.runs import ARP_REQUEST, ours, tcp_frame, theirs

from tcpviz.analysis.layers import tcp_packet
from tcpviz.analysis.masking import Masks
from tcpviz.analysis.packet import TcpPacket
from tcpviz.link.base import Direction
from tcpviz.wire.segment import ACK, Segment


def test_a_frame_shorter_than_its_link_header() -> None:
    assert len(Masks().frame(b"\2\0\0\0\0")) == 5


def test_addresses_that_are_cut_off_are_blotted_out() -> None:
    masks, whole = Masks(), Masks().frame(ARP_REQUEST)
    for size in range(len(ARP_REQUEST)):
        masked = masks.frame(ARP_REQUEST[:size])
        assert len(masked) == size
    assert masked[:38] == whole[:38]
    assert masked[38:] == bytes(3)


@pytest.mark.parametrize(
    ("options", "masked"),
    [
        (b"\xfd\x02\x01\x01", b"\xfd\x02\x01\x01"),
        (b"\xfd\x03\x01\x01", b"\xfd\x03\x01\x01"),
        (b"\x22\x01ab", b"\x22\x01\0\0"),
        (b"\x22\x00ab", b"\x22\x00\0\0"),
    ],
    ids=["an experiment without a name", "half a name", "a length too small", "no length"],
)
def test_options_that_are_too_short(options: bytes, masked: bytes) -> None:
    frame = bytearray(tcp_frame(Direction.OUT, Segment(ours(1), theirs(1), ACK, 1000, options)))
    frame[46] = 6 << 4  # the data is taken for options
    assert Masks().frame(bytes(frame))[54:] == masked


SECRET, STREET = b"SECRETSECRET1234", bytes((203, 0, 113, 77))
TCP = tcp_segment(40_000)


def _ethernet(kind: int, payload: bytes) -> tuple[int, bytes]:
    return ETHERNET, MACS + kind.to_bytes(2) + payload


def _over_ip(protocol: int, payload: bytes) -> tuple[int, bytes]:
    return RAW, ipv4_packet(protocol, payload)


def _wlan(flags: int, fourth: bytes = b"") -> bytes:
    header = bytes((8, flags, 0, 0)) + MACS + b"\2JKLMN\0\0" + fourth
    return header + b"\xaa\xaa\3\0\0\0\x08\0" + ipv4_packet(6, TCP)


def _tunnel(port: int, header: bytes) -> tuple[int, bytes]:
    return RAW, udp_packet(port, header + ipv6_packet(6, TCP))


_GROUP_OF_NETWORK = bytes.fromhex("ff3e 0040 20010db8cafe0001 00000001")
_PRIVATE = {
    "a gateway that ICMP redirects to": (
        *_over_ip(1, b"\5\1\0\0" + STREET + ipv4_packet(6, TCP[:8])),
        STREET,
    ),
    "payload that ICMP quotes": (*_over_ip(1, b"\3\1" + bytes(6) + ipv4_packet(6, TCP + SECRET)), SECRET),
    "a route of IPv6": (RAW, ipv6_packet(43, b"\6\2\4\0" + bytes(4) + SECRET + TCP), SECRET),
    "a home address": (RAW, ipv6_packet(60, b"\6\2\xc9\x10" + SECRET + b"\1\2\0\0" + TCP), SECRET),
    "behind a fragment header": (
        RAW,
        ipv6_packet(44, b"\x3c" + bytes(7) + b"\6\2\xc9\x10" + SECRET + b"\1\2\0\0" + TCP),
        SECRET,
    ),
    "a group that is called after a network": (
        RAW,
        b"\x60" + bytes(5) + b"\x3a\1" + bytes(16) + _GROUP_OF_NETWORK,
        _GROUP_OF_NETWORK[4:12],
    ),
    "who comes by Teredo": (*_tunnel(3544, b"\0\1\4\4" + SECRET + b"\0" + bytes(4) + STREET), STREET),
    "the client of Teredo": (*_tunnel(3544, b"\0\1\4\4" + SECRET + b"\0"), SECRET),
    "identity and signature of AYIYA": (
        *_tunnel(5072, b"\x40\x41\1\x29" + bytes(4) + SECRET + b"sign" * 4),
        SECRET,
    ),
    "options of Geneve": (
        RAW,
        udp_packet(6081, b"\4\0\x08\0" + bytes(4) + SECRET + ipv4_packet(6, TCP)),
        SECRET,
    ),
    "an extension of GTP": (
        RAW,
        udp_packet(2152, b"\x34\xff" + bytes(9) + b"\x85\5" + SECRET + bytes(3) + ipv4_packet(6, TCP)),
        SECRET,
    ),
    "what fills L2TP": (
        RAW,
        udp_packet(1701, b"\2\2\0\1\0\1\0\x10" + SECRET + b"\xff\3\0\x21" + ipv4_packet(6, TCP)),
        SECRET,
    ),
    "a maker's part of ERSPAN": (
        *_over_ip(47, b"\0\0\x22\xeb" + bytes(11) + b"\1platform" + MACS + b"\x08\0" + ipv4_packet(6, TCP)),
        b"platform",
    ),
    "a check value": (*_over_ip(51, b"\6\4" + bytes(10) + SECRET[:12] + TCP), SECRET[:12]),
    "the fourth address of 802.11": (105, _wlan(3, b"\2OPQRS"), b"OPQRS"),
    "802.11 behind radiotap": (127, b"\0\0\x08\0\0\0\0\0" + _wlan(1), b"JKLMN"),
    "attributes of Netfilter": (
        239,
        b"\2\0\0\x28\x14\0\x0a\0" + SECRET + b"\x2f\0\x09\0" + ipv4_packet(6, TCP),
        SECRET,
    ),
    "a tunnel's address in cooked mode": (
        113,
        b"\0\4\3\x0a\0\4" + STREET + bytes(4) + b"\x08\0" + ipv4_packet(6, TCP),
        STREET,
    ),
    "options of the first fragment": (
        RAW,
        ipv4_packet(6, TCP[:12] + b"\xa0" + TCP[13:20] + b"\x22\x12" + SECRET + b"\1\1", 0x2000),
        SECRET,
    ),
    "what only should have been IPv6": (*_over_ip(41, b"\x40" + SECRET + bytes(40)), SECRET[:7]),
}


@pytest.mark.parametrize("what", _PRIVATE)
def test_what_is_private_is_gone_wherever_a_header_has_it(what: str) -> None:
    linktype, frame, private = _PRIVATE[what]
    assert private in frame
    masked = Masks().frame(frame, linktype)
    assert private not in masked
    before, after = (tcp_packet(each, linktype) for each in (frame, masked))
    assert (before and _told(before)) == (after and _told(after))


def _told(packet: TcpPacket) -> tuple[object, ...]:
    """All but the addresses."""
    return packet.ports, packet.seq, packet.ack, packet.flags, packet.window, packet.length, packet.cut


def test_a_frame_may_be_cut_off_anywhere() -> None:
    frames = [(linktype, frame) for _, linktype, frame in carriers()]
    frames += [(linktype, frame) for linktype, frame, _ in _PRIVATE.values()]
    frames.append((RAW, ipv6_packet(58, b"\x87" + bytes(23))))
    for linktype, frame in frames:
        for size in range(len(frame)):
            assert len(Masks().frame(frame[:size], linktype, len(frame))) == size


def test_a_source_route_leads_to_the_mask_of_where_it_led() -> None:
    """Else both directions of a connection were streams of their own."""
    router, server = b"\x0a\1\2\3", b"\x0a\1\2\4"
    masks, client = Masks(), b"\x0a\1\2\5"
    there = _ipv4(client, router, b"\x83\x07\4" + server + b"\0")
    back = _ipv4(server, client)
    out, home = (tcp_packet(masks.frame(frame, 101), 101) for frame in (there, back))
    assert out
    assert home
    assert out.key[:8] == home.reverse_key[:8]
    assert out.key[4:8] != server


def _ipv4(source: bytes, destination: bytes, options: bytes = b"") -> bytes:
    """A packet that carries an empty TCP segment."""
    words = 5 + len(options) // 4
    header = pack("!BBHHHBBH", 0x40 | words, 0, words * 4 + 20, 7, 0, 64, 6, 0)
    return header + source + destination + options + pack("!HHIIHHHH", 1, 1, 0, 0, 0x5010, 0, 0, 0)
