"""IP with its extensions and fragments, and what it carries: TCP, UDP with what is known by a port, ICMP."""

from struct import Struct
from typing import Final
from zlib import decompressobj

from tcpviz.analysis.layers.table import (
    ETHERTYPES,
    FAMILIES,
    LINKS,
    PPP,
    PROTOCOLS,
    UDP_PORTS,
    VERSIONS,
    Frame,
    Step,
    found_in,
    named,
    next_layer,
)
from tcpviz.analysis.packet import CUT_OFF, Cut, TcpPacket

_IPV4: Final = Struct("!BxHHHxB2x4s4s")
_IPV6: Final = Struct("!4xHB")
_TCP: Final = Struct("!4sIIHH")
_TCP_IN_IP: Final = 6
FRAGMENT_HEADER: Final = 44
EXTENSIONS: Final = frozenset({0, 43, 60})  # hop-by-hop, routing, destination options
SOURCE_ROUTES: Final = (131, 137)
"""RFC 791 3.1: loose and strict."""
_LARGEST_PAYLOAD: Final = 65_535


@found_in(LINKS, 12, 14, 101)
def ip(frame: Frame, at: int) -> Step:
    """An IP packet that says itself which version it is."""
    return next_layer(VERSIONS, frame.data[at] >> 4, at)


@named("ip")
@found_in(VERSIONS, 4)
@found_in(FAMILIES, 2)
@found_in(PPP, 0x21)
@found_in(ETHERTYPES, 0x0800)
@found_in(PROTOCOLS, 4)
@found_in(LINKS, 228)
def ipv4(frame: Frame, at: int) -> Step:
    version, total, number, fragment, protocol, source, destination = _IPV4.unpack_from(frame.data, at)
    header = (version & 0x0F) * 4
    if version >> 4 != 4 or header < 20:
        return None
    if header > 20:
        destination = _last_hop(frame.data[at + 20 : at + header]) or destination
    frame.source, frame.destination = source, destination
    if total:  # else the network card cuts it into segments later (TSO)
        frame.end = min(frame.end, at + total)
    if fragment & 0x3FFF:
        key = b"%b%b%c%d" % (source, destination, protocol, number)
        return _fragment(frame, at + header, protocol, key, (fragment & 0x1FFF) * 8, fragment & 0x2000 != 0)
    return next_layer(PROTOCOLS, protocol, at + header)


def _last_hop(options: bytes) -> bytes:
    """Where a source route that is not at its end leads: TCP counts with that address (RFC 9293 3.1). Empty
    where there is no such route."""
    at = 0
    while at + 2 < len(options) and options[at] != 0:
        kind, length, pointer = options[at : at + 3]
        if kind == 1:
            length = 1
        elif length < 2:
            break
        elif kind in SOURCE_ROUTES and pointer < length <= len(options) - at:
            return options[at + length - 4 : at + length]
        at += length
    return b""


@named("ipv6")
@found_in(VERSIONS, 6)
@found_in(FAMILIES, 10, 24, 28, 30)
@found_in(PPP, 0x57)
@found_in(ETHERTYPES, 0x86DD)
@found_in(PROTOCOLS, 41)
@found_in(LINKS, 229)
def ipv6(frame: Frame, at: int) -> Step:
    if frame.data[at] >> 4 != 6:
        return None
    length, protocol = _IPV6.unpack_from(frame.data, at)
    frame.source, frame.destination = frame.data[at + 8 : at + 24], frame.data[at + 24 : at + 40]
    if length or protocol != 0:  # else a jumbogram, whose length is in the hop-by-hop options (RFC 2675)
        frame.end = min(frame.end, at + 40 + length)
    at += 40
    while protocol in EXTENSIONS:
        protocol, at = frame.data[at], at + (frame.data[at + 1] + 1) * 8
    if protocol == FRAGMENT_HEADER:
        position = frame.short(at + 2)
        key = frame.source + frame.destination + frame.data[at + 4 : at + 8]
        if position & 0xFFF9:
            return _fragment(frame, at + 8, frame.data[at], key, position & 0xFFF8, position & 1 != 0)
        protocol, at = frame.data[at], at + 8
    while protocol in EXTENSIONS:
        protocol, at = frame.data[at], at + (frame.data[at + 1] + 1) * 8
    return next_layer(PROTOCOLS, protocol, at)


def _fragment(frame: Frame, at: int, protocol: int, key: bytes, offset: int, more: bool) -> Step:
    """A fragment alone is nothing; the one that completes a datagram stands for all of it.

    Of one that was captured in part nothing can be put together: TCP's header shows, but not its length.
    """
    if len(frame.data) < frame.end:
        return CUT_OFF if protocol == _TCP_IN_IP and not offset and len(frame.data) - at >= 4 else None
    if frame.fragments is None:
        return None
    whole = frame.fragments.add(key, offset, more, frame.data[at : frame.end])
    if whole is None:
        return None
    frame.data, frame.end = whole, len(whole)
    return next_layer(PROTOCOLS, protocol, 0)


@found_in(PROTOCOLS, 108)
def compressed(frame: Frame, at: int) -> Step:
    """IPComp (RFC 3173), taken for DEFLATE as its index may stand for what was agreed elsewhere."""
    protocol = frame.data[at]
    frame.data = decompressobj(-15).decompress(frame.data[at + 4 : frame.end], _LARGEST_PAYLOAD)
    frame.end = len(frame.data)
    return next_layer(PROTOCOLS, protocol, 0)


@found_in(PROTOCOLS, 51)
def authentication(frame: Frame, at: int) -> Step:
    return next_layer(PROTOCOLS, frame.data[at], at + (frame.data[at + 1] + 2) * 4)  # RFC 4302


@named("udp")
@found_in(PROTOCOLS, 17)
def udp(frame: Frame, at: int) -> Step:
    source, destination, length = frame.short(at), frame.short(at + 2), frame.short(at + 4)
    if length < 8:
        return None
    frame.end = min(frame.end, at + length)
    layer = UDP_PORTS.get(destination) or UDP_PORTS.get(source)
    return (layer, at + 8) if layer else None


@named("tcp")
@found_in(PROTOCOLS, _TCP_IN_IP)
def tcp(frame: Frame, at: int) -> Step:
    data = frame.data[at : frame.end]
    if len(data) < _TCP.size:
        return CUT_OFF if len(data) >= 4 else None
    ports, seq, ack, flags, window = _TCP.unpack_from(data)
    header = (flags >> 12) * 4
    length = frame.end - at - header
    if length < 0:
        return CUT_OFF
    key = frame.source + frame.destination + ports
    if header < 20 <= len(data):
        return TcpPacket(key, seq, ack, flags & 0xFFF, window, length, b"", Cut.IMPOSSIBLE)
    cut = Cut.HEADER if len(data) < 20 else Cut.OPTIONS if len(data) < header else Cut.NOTHING
    return TcpPacket(key, seq, ack, flags & 0xFFF, window, length, data[20:header], cut)


@named("arp")
@found_in(ETHERTYPES, 0x0806)
def arp(frame: Frame, at: int) -> Step:
    return None


@named("icmp")
@found_in(PROTOCOLS, 1)
def icmp(frame: Frame, at: int) -> Step:
    return None


@named("icmpv6")
@found_in(PROTOCOLS, 58)
def icmpv6(frame: Frame, at: int) -> Step:
    return None
