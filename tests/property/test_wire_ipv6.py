"""The IPv6 codecs: any bytes give a value or a ParseError, and scapy reads and writes the same."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from helpers.wire import halves, segments, words
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import TCP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6PacketTooBig,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
    RouterAlert,
)
from scapy.layers.l2 import Ether

from tcpviz.host.envelope import Ipv6Envelope
from tcpviz.wire import ethernet, extensions, icmpv6, ipv6, ndp, ordinary, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header
from tcpviz.wire.ndp import (
    NeighbourAdvertisement,
    NeighbourSolicitation,
    Prefix,
    Redirect,
    RouterAdvertisement,
    RouterSolicitation,
)
from tcpviz.wire.segment import Segment

SOME = settings(max_examples=100)
MAC, PEER_MAC = bytes.fromhex("020000000002"), bytes.fromhex("020000000001")
octets = st.integers(0, 255)
addresses = st.binary(min_size=16, max_size=16)
hosts = addresses.filter(lambda address: not ipv6.is_multicast(address))
macs = st.none() | st.binary(min_size=6, max_size=6)
ROUTER = bytes.fromhex("fe80") + bytes(13) + b"\1"


def colons(address: bytes) -> str:
    return address.hex(":", 2)


# Any bytes


def everything(data: bytes) -> object:
    header, payload = ipv6.parse(data)
    return extensions.skip(header.next_header, payload)


def discovery(data: bytes) -> object:
    return ndp.parse(Ipv6Header(6 << 28, 0, 58, 255, ROUTER, bytes(16)), icmpv6.parse(data))


def quotation(data: bytes) -> object:
    return icmpv6.quoted_segment(icmpv6.parse(data))


@pytest.mark.parametrize("parse", [ipv6.parse, icmpv6.parse, quotation, discovery, everything])
@given(data=st.binary(max_size=120))
def test_any_bytes(parse: Callable[[bytes], Any], data: bytes) -> None:
    with suppress(ParseError):
        parse(data)


@given(version=st.just(b"\x60\0\0\0\0\0"), rest=st.binary(max_size=120))
def test_any_bytes_that_claim_to_be_ipv6(version: bytes, rest: bytes) -> None:
    with suppress(ParseError):
        everything(version + rest)


@given(first=st.sampled_from((0, 43, 44, 50, 51, 58, 59, 60)), payload=st.binary(max_size=80))
def test_any_extension_headers(first: int, payload: bytes) -> None:
    with suppress(ParseError):
        upper = extensions.skip(first, payload)
        assert payload.endswith(bytes(upper.data))


@given(kind=st.integers(133, 137), code=st.just(0), rest=words, payload=st.binary(max_size=100))
def test_any_neighbour_discovery(kind: int, code: int, rest: int, payload: bytes) -> None:
    header = Ipv6Header(6 << 28, 0, 58, 255, ROUTER, ROUTER)
    with suppress(ParseError):
        ndp.parse(header, IcmpMessage(kind, code, rest, payload))


def test_a_thousand_fragment_headers_are_no_recursion() -> None:
    upper = extensions.skip(44, bytes((44, 0, 0, 0, 0, 0, 0, 0)) * 8000 + bytes((6, 0, 0, 0, 0, 0, 0, 0)))
    assert upper.protocol == 6


# The fast path says what the codecs say


@given(segment=segments(), ports=st.tuples(halves, halves), ends=st.tuples(addresses, addresses))
def test_an_envelope_builds_what_the_codecs_build_and_it_is_recognized(
    segment: Segment, ports: tuple[int, int], ends: tuple[bytes, bytes]
) -> None:
    source, destination = ends
    frame = Ipv6Envelope(MAC, PEER_MAC, (source, ports[0]), (destination, ports[1]), 0x12345).frame(segment)
    addresses = pseudo_header(source, destination, ipv6.TCP, 0)
    data = tcp.build_with_checksum(*ports, segment, addresses)
    packet = ipv6.build(source, destination, ipv6.TCP, data, flow_label=0x12345, traffic_class=segment.ecn)
    assert frame == ethernet.build(PEER_MAC, MAC, ethernet.IPV6, packet)
    found = ordinary.parse(frame + b"padding")
    if found is not None:
        head, both, end, same = found
        assert (head, both) == ordinary.ends(frame)
        assert (end, same) == (len(frame), segment)
        assert ordinary.checksums_ok(frame, end, addresses)
    else:
        assert len(frame) < 86


# Against scapy


@SOME
@given(segment=segments(), ends=st.tuples(addresses, addresses), label=st.integers(0, 0xFFFFF))
def test_scapy_reads_and_sums_up_what_we_build(
    segment: Segment, ends: tuple[bytes, bytes], label: int
) -> None:
    source, destination = ends
    frame = Ipv6Envelope(MAC, PEER_MAC, (source, 40000), (destination, 80), label).frame(segment)
    packet = Ether(frame)
    header = packet[IPv6]
    assert (header.src, header.dst) == (IPv6(src=colons(source)).src, IPv6(dst=colons(destination)).dst) or (
        bytes(header)[8:40] == source + destination
    )
    assert (header.fl, header.nh, header.hlim, header.plen) == (label, 6, 64, len(frame) - 54)
    assert packet[TCP].seq == segment.seq
    del packet[TCP].chksum, packet[IPv6].plen
    assert bytes(packet) == frame


@SOME
@given(payload=st.binary(max_size=40), chosen=st.lists(st.integers(0, 3), max_size=4))
def test_we_find_what_scapy_puts_behind_extension_headers(payload: bytes, chosen: list[int]) -> None:
    headers = [
        IPv6ExtHdrDestOpt(options=[PadN(optdata=b"1234")]),
        IPv6ExtHdrRouting(segleft=0),
        IPv6ExtHdrFragment(),
        IPv6ExtHdrDestOpt(),
    ]
    packet = IPv6() / IPv6ExtHdrHopByHop(options=[RouterAlert()])
    for number in chosen:
        packet = packet / headers[number].copy()
    packet = packet / TCP() / payload
    data = bytes(packet)
    header, rest = ipv6.parse(data)
    upper = extensions.skip(header.next_header, rest)
    assert (upper.protocol, upper.fragment) == (ipv6.TCP, None)
    assert data[upper.named_at] == ipv6.TCP
    assert bytes(upper.data[20:]) == payload


def same(message: ndp.Message, theirs: Any, source: bytes, destination: bytes) -> None:
    """Ours and scapy's are the same octets, and read back they are the message."""
    packet = ndp.build(message, source, destination)
    lower = IPv6(src=colons(source), dst=colons(destination), hlim=255)
    assert packet == bytes(lower / theirs)
    header, payload = ipv6.parse(packet)
    assert icmpv6.checksum_ok(payload, source, destination)
    assert ndp.parse(header, icmpv6.parse(payload)) == message


@SOME
@given(target=hosts, mac=macs)
def test_neighbour_solicitations(target: bytes, mac: bytes | None) -> None:
    theirs = ICMPv6ND_NS(tgt=colons(target))
    if mac:
        theirs = theirs / ICMPv6NDOptSrcLLAddr(lladdr=mac.hex(":"))
    same(NeighbourSolicitation(target, mac), theirs, ROUTER, ipv6.solicited_node(target))


@SOME
@given(target=hosts, mac=macs, flags=st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_neighbour_advertisements(target: bytes, mac: bytes | None, flags: tuple[bool, bool, bool]) -> None:
    router, solicited, override = flags
    theirs = ICMPv6ND_NA(tgt=colons(target), R=int(router), S=int(solicited), O=int(override))
    if mac:
        theirs = theirs / ICMPv6NDOptDstLLAddr(lladdr=mac.hex(":"))
    same(NeighbourAdvertisement(target, mac, *flags), theirs, ROUTER, target)


@SOME
@given(
    numbers=st.tuples(halves, words, words, octets),
    mac=macs,
    mtu=words,
    prefix=st.none() | st.tuples(addresses, octets, st.booleans(), st.booleans(), words, words),
)
def test_router_advertisements(
    numbers: tuple[int, int, int, int],
    mac: bytes | None,
    mtu: int,
    prefix: tuple[bytes, int, bool, bool, int, int] | None,
) -> None:
    lifetime, reachable, retransmit, hops = numbers
    theirs = ICMPv6ND_RA(
        routerlifetime=lifetime, reachabletime=reachable, retranstimer=retransmit, chlim=hops, prf=0
    )
    if mac:
        theirs = theirs / ICMPv6NDOptSrcLLAddr(lladdr=mac.hex(":"))
    if mtu:
        theirs = theirs / ICMPv6NDOptMTU(mtu=mtu)
    if prefix:
        address, length, on_link, autonomous, valid, preferred = prefix
        theirs = theirs / ICMPv6NDOptPrefixInfo(
            prefix=colons(address),
            prefixlen=length,
            L=int(on_link),
            A=int(autonomous),
            validlifetime=valid,
            preferredlifetime=preferred,
        )
    prefixes = (Prefix(*prefix),) if prefix else ()
    same(RouterAdvertisement(*numbers, mac, mtu, prefixes), theirs, ROUTER, ipv6.ALL_NODES)


@SOME
@given(destination=hosts, mac=macs)
def test_redirects(destination: bytes, mac: bytes | None) -> None:
    theirs = ICMPv6ND_Redirect(tgt=colons(ROUTER), dst=colons(destination))
    if mac:
        theirs = theirs / ICMPv6NDOptDstLLAddr(lladdr=mac.hex(":"))
    same(Redirect(ROUTER, destination, mac), theirs, ROUTER, ROUTER)


@SOME
@given(ends=st.tuples(addresses, addresses), rest=words, payload=st.binary(max_size=40))
def test_other_messages(ends: tuple[bytes, bytes], rest: int, payload: bytes) -> None:
    lower = IPv6(src=colons(ends[0]), dst=colons(ends[1]))
    for message, theirs in (
        (IcmpMessage(128, 0, rest, payload), ICMPv6EchoRequest(id=rest >> 16, seq=rest & 0xFFFF) / payload),
        (IcmpMessage(2, 0, rest, payload), ICMPv6PacketTooBig(mtu=rest) / payload),
        (IcmpMessage(1, 4, 0, payload), ICMPv6DestUnreach(code=4) / payload),
    ):
        data = icmpv6.build(message, *ends)
        assert data == bytes(lower / theirs)[40:]
        assert icmpv6.parse(data) == message


# What nobody may heed (RFC 4861 6.1, 7.1, 8.1)

TARGET = bytes.fromhex("20010db8") + bytes(11) + b"\1"
GROUP = ipv6.solicited_node(TARGET)


def header(source: bytes = ROUTER, destination: bytes = TARGET, hop_limit: int = 255) -> Ipv6Header:
    return Ipv6Header(6 << 28, 0, 58, hop_limit, source, destination)


@pytest.mark.parametrize(
    ("under", "message"),
    [
        (header(hop_limit=254), IcmpMessage(135, 0, 0, TARGET)),
        (header(), IcmpMessage(135, 1, 0, TARGET)),
        (header(), IcmpMessage(135, 0, 0, TARGET[:15])),
        (header(), IcmpMessage(135, 0, 0, ipv6.ALL_NODES)),
        (header(), IcmpMessage(135, 0, 0, TARGET + bytes((1, 0)) + MAC)),
        (header(bytes(16), TARGET), IcmpMessage(135, 0, 0, TARGET)),
        (header(bytes(16), GROUP), IcmpMessage(135, 0, 0, TARGET + bytes((1, 1)) + MAC)),
        (header(destination=ipv6.ALL_NODES), IcmpMessage(136, 0, 1 << 30, TARGET)),
        (header(bytes(16)), IcmpMessage(133, 0, 0, bytes((1, 1)) + MAC)),
        (header(TARGET), IcmpMessage(134, 0, 0, bytes(8))),
        (header(), IcmpMessage(134, 0, 0, bytes(7))),
        (header(TARGET), IcmpMessage(137, 0, 0, ROUTER + TARGET)),
        (header(), IcmpMessage(137, 0, 0, TARGET + GROUP)),
        (header(), IcmpMessage(137, 0, 0, TARGET + ROUTER)),
    ],
)
def test_invalid_neighbour_discovery_is_refused(under: Ipv6Header, message: IcmpMessage) -> None:
    with pytest.raises(ParseError):
        ndp.parse(under, message)


def test_a_solicitation_of_nobody_is_read() -> None:
    assert ndp.parse(header(bytes(16)), IcmpMessage(133, 0, 0, b"")) == RouterSolicitation()
