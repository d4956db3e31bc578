"""The way down to TCP through whatever carries it: link headers, VLANs, tunnels, IP.

One small function a layer. Each looks at the bytes at its offset and says which layer comes next and where.
The innermost IP addresses count, as in tshark. What is quoted in an ICMP error is no packet.
"""

from collections.abc import Callable, Mapping
from struct import Struct
from struct import error as StructError  # noqa: N812
from typing import Final, TypeAlias
from zlib import decompressobj
from zlib import error as ZlibError  # noqa: N812

from tcpviz.analysis.fragments import Completed, Fragments
from tcpviz.analysis.packet import CUT_OFF, Cut, CutOff, TcpPacket, plain_tcp

ETHERNET: Final = 1

_IPV4: Final = Struct("!BxHHHxB2x4s4s")
_IPV6: Final = Struct("!4xHB")
_TCP: Final = Struct("!4sIIHH")
_ATTRIBUTE: Final = Struct("<HH")
_NFLOG_PACKET: Final = 9
_LARGEST_PAYLOAD: Final = 65_535
_DEEPEST: Final = 32
"""Layers: far more than any real packet has, an end for what was made to have none."""


class _Frame:
    """The bytes on the way down, and what the last IP header said of them.

    `end` is where the innermost packet ends, which may lie behind what was captured.
    """

    __slots__ = ("data", "destination", "end", "fragments", "source")

    def __init__(self, data: bytes, length: int, fragments: Fragments | Completed | None) -> None:
        self.data = data
        self.end = length
        self.source = b""
        self.destination = b""
        self.fragments = fragments

    def short(self, at: int) -> int:
        """The 16-bit number at an offset."""
        return self.data[at] << 8 | self.data[at + 1]


Found: TypeAlias = "TcpPacket | CutOff | None"
Step: TypeAlias = "tuple[Layer, int] | Found"
Layer: TypeAlias = "Callable[[_Frame, int], Step]"


def tcp_packet(data: bytes | memoryview, linktype: int = ETHERNET) -> TcpPacket | None:
    """The TCP header in a whole frame; None where there is none."""
    found = find_tcp(data, linktype)
    return found if isinstance(found, TcpPacket) else None


def find_tcp(
    data: bytes | memoryview,
    linktype: int = ETHERNET,
    length: int | None = None,
    fragments: Fragments | None = None,
) -> Found:
    """The TCP header in a captured frame; None where there is none.

    `linktype` is the LINKTYPE of pcap files, `length` that of the frame on the wire where only a part was
    captured. `fragments` puts fragmented datagrams together; without it they are no TCP.
    """
    if length is None:
        length = len(data)
    if linktype == ETHERNET and (packet := plain_tcp(data, length)):
        return packet
    if linktype not in _LINKS:
        return None
    frame = _Frame(bytes(data), length, fragments)
    layer, at = _LINKS[linktype], 0
    try:
        for _ in range(_DEEPEST):
            step = layer(frame, at)
            if step is None or isinstance(step, TcpPacket | CutOff):
                return step
            layer, at = step
    except (IndexError, StructError, ZlibError):  # cut off
        pass
    return None


Place: TypeAlias = "tuple[str, bytes, int, int]"
"""Where a protocol stands: its name in Wireshark, the octets, its header's start, and the end of the packet
as far as that was captured."""


def trace(
    data: bytes, linktype: int = ETHERNET, length: int | None = None, whole: bytes | None = None
) -> list[Place]:
    """The protocols of a frame that have a name here, outermost first, also those quoted in ICMP errors.

    `whole`: what the datagram carries that a fragment in the frame completed.
    """
    places: list[Place] = []
    fragments = None if whole is None else Completed(whole)
    frame = _Frame(data, len(data) if length is None else length, fragments)
    step: Step = _next(_LINKS, linktype, 0)
    try:
        for _ in range(_DEEPEST):
            if not isinstance(step, tuple):
                break
            (layer, at), data = step, frame.data
            step = layer(frame, at)
            if layer in _NAMES:
                places.append((_NAMES[layer], data, at, min(frame.end, len(data))))
            if layer in (_icmp, _icmpv6):
                step = _quoted(frame, at, layer)
    except (IndexError, StructError, ZlibError):  # cut off
        pass
    return places


def _next(table: Mapping[int, Layer], number: int, at: int) -> Step:
    layer = table.get(number)
    return (layer, at) if layer else None


# Link headers


def _ethernet(frame: _Frame, at: int) -> Step:
    return _ethertype(frame, at + 12)


def _ethertype(frame: _Frame, at: int) -> Step:
    """An EtherType, or the length of an 802.3 frame with LLC behind it."""
    number = frame.short(at)
    if number <= 1500:
        return _llc(frame, at + 2)
    return _next(_ETHERTYPES, number, at + 2)


def _llc(frame: _Frame, at: int) -> Step:
    if frame.data[at : at + 3] != b"\xaa\xaa\x03":  # SNAP
        return None
    return _next(_ETHERTYPES, frame.short(at + 6), at + 8)


def _vlan(frame: _Frame, at: int) -> Step:
    return _ethertype(frame, at + 2)


def _cisco_metadata(frame: _Frame, at: int) -> Step:
    """Cisco's tag of a security group."""
    return _ethertype(frame, at + 6)


def _e_tag(frame: _Frame, at: int) -> Step:
    """IEEE 802.1BR: the tag of a bridge port extension."""
    return _ethertype(frame, at + 6)


def _vn_tag(frame: _Frame, at: int) -> Step:
    return _ethertype(frame, at + 4)


def _backbone(frame: _Frame, at: int) -> Step:
    """IEEE 802.1ah: a customer's Ethernet frame behind the service tag."""
    return _ethernet, at + 4


def _fabric_path(frame: _Frame, at: int) -> Step:
    """Cisco's tag with an Ethernet frame behind it, and a checksum at the end."""
    frame.end -= 4
    return _ethernet, at + 2


def _cooked(frame: _Frame, at: int) -> Step:
    return _next(_ETHERTYPES, frame.short(at + 14), at + 16)


def _cooked_2(frame: _Frame, at: int) -> Step:
    return _next(_ETHERTYPES, frame.short(at), at + 20)


def _null(frame: _Frame, at: int) -> Step:
    """BSD loopback: an address family in the byte order of the machine that captured."""
    family = frame.data[at] or frame.data[at + 3]
    return _next(_FAMILIES, family, at + 4)


def _cisco_hdlc(frame: _Frame, at: int) -> Step:
    return _next(_ETHERTYPES, frame.short(at + 2), at + 4)


def _arcnet(frame: _Frame, at: int) -> Step:
    """ARCNET as Linux captures it: IP by RFC 1201, in one piece."""
    return (_ip, at + 8) if frame.data[at + 4] == 0xD4 and not frame.data[at + 5] else None


def _nflog(frame: _Frame, at: int) -> Step:
    """Netfilter's log: attributes as a little-endian machine writes them, one of them the packet."""
    family, at = frame.data[at], at + 4
    while True:
        length, kind = _ATTRIBUTE.unpack_from(frame.data, at)
        if kind == _NFLOG_PACKET:
            frame.end = min(frame.end, at + length)
            return _next(_FAMILIES, family, at + 4)
        at += max(length + 3 & ~3, 4)


def _ppp(frame: _Frame, at: int) -> Step:
    """RFC 1661 and 1662; address and control may be there, the protocol may be compressed to an octet.

    Cisco's HDLC has other addresses, one for unicast and one for multicast.
    """
    if frame.data[at] in (0x0F, 0x8F):
        return _cisco_hdlc, at
    if frame.data[at : at + 2] == b"\xff\x03":
        at += 2
    if frame.data[at] & 1:
        return _next(_PPP, frame.data[at], at + 1)
    return _next(_PPP, frame.short(at), at + 2)


def _pppoe(frame: _Frame, at: int) -> Step:
    if frame.data[at + 1] != 0:  # RFC 2516: no session data
        return None
    frame.end = min(frame.end, at + 6 + frame.short(at + 4))
    return _ppp, at + 6


def _radiotap(frame: _Frame, at: int) -> Step:
    return _wlan, at + int.from_bytes(frame.data[at + 2 : at + 4], "little")


def _wlan(frame: _Frame, at: int) -> Step:
    """IEEE 802.11: data frames that are not encrypted."""
    control, flags = frame.data[at], frame.data[at + 1]
    if control & 0x0C != 0x08 or control & 0x40 or flags & 0x40:
        return None
    header = 30 if flags & 0x03 == 0x03 else 24
    if control & 0x80:
        header += 6 if flags & 0x80 else 2
    return _llc, at + header


def _ip(frame: _Frame, at: int) -> Step:
    """An IP packet that says itself which version it is."""
    return _next(_VERSIONS, frame.data[at] >> 4, at)


# Tunnels


def _mpls(frame: _Frame, at: int) -> Step:
    """A label stack (RFC 3032). What is behind it isn't said: IP, or Ethernet, maybe with a control word."""
    while not frame.data[at + 2] & 1:
        at += 4
    at += 4
    version = frame.data[at] >> 4
    if version in _VERSIONS:
        return _VERSIONS[version], at
    return _ethernet, at + 4 if version == 0 else at


def _gre(frame: _Frame, at: int) -> Step:
    """RFC 2784 and 2890, and version 1 of PPTP (RFC 2637)."""
    flags, protocol = frame.short(at), frame.short(at + 2)
    header = 4
    for bit in (0xC000, 0x2000, 0x1000, 0x0080):  # checksum or routing, key, sequence, acknowledgment
        header += 4 if flags & bit else 0
    if protocol == _ERSPAN_2 and not flags & 0x1000:
        return _ethernet, at + header  # type I has no header of its own
    return _next(_GRE, protocol, at + header)


def _erspan_2(frame: _Frame, at: int) -> Step:
    return _ethernet, at + 8


def _erspan_3(frame: _Frame, at: int) -> Step:
    return _ethernet, at + (20 if frame.data[at + 11] & 1 else 12)


def _udp(frame: _Frame, at: int) -> Step:
    source, destination, length = frame.short(at), frame.short(at + 2), frame.short(at + 4)
    if length < 8:
        return None
    frame.end = min(frame.end, at + length)
    layer = _UDP_PORTS.get(destination) or _UDP_PORTS.get(source)
    return (layer, at + 8) if layer else None


def _vxlan(frame: _Frame, at: int) -> Step:
    return _ethernet, at + 8


def _geneve(frame: _Frame, at: int) -> Step:
    return _next(_ETHERTYPES, frame.short(at + 2), at + 8 + (frame.data[at] & 0x3F) * 4)


def _gtp_user(frame: _Frame, at: int) -> Step:
    """GTPv1-U, a T-PDU (3GPP TS 29.281)."""
    flags, kind = frame.data[at], frame.data[at + 1]
    if flags >> 5 != 1 or kind != 0xFF:
        return None
    at += 8
    if flags & 0x07:
        extension = frame.data[at + 3] if flags & 0x04 else 0
        at += 4
        while extension:
            size = frame.data[at] * 4
            if not size:
                return None
            extension = frame.data[at + size - 1]
            at += size
    return _ip, at


def _l2tp(frame: _Frame, at: int) -> Step:
    """L2TPv2 data (RFC 2661)."""
    flags = frame.short(at)
    if flags & 0x8000 or flags & 0x0F != 2:
        return None
    header = 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    if flags & 0x0200:
        header += 2 + frame.short(at + header)
    return _ppp, at + header


def _teredo(frame: _Frame, at: int) -> Step:
    if frame.short(at) == 0x0001:  # authentication
        at += 13 + frame.data[at + 2] + frame.data[at + 3]
    if frame.short(at) == 0x0000:  # origin indication
        at += 8
    return _ipv6, at


def _ayiya(frame: _Frame, at: int) -> Step:
    """SixXS's tunnels: identity and signature of lengths that the header tells, then IPv6."""
    header = 8 + (1 << (frame.data[at] >> 4)) + (frame.data[at + 1] >> 4) * 4
    return _next(_PROTOCOLS, frame.data[at + 3], at + header)


def _ethernet_in_ip(frame: _Frame, at: int) -> Step:
    return _ethernet, at + 2


# What ends the way down


def _arp(frame: _Frame, at: int) -> Step:
    return None


def _icmp(frame: _Frame, at: int) -> Step:
    return None


def _icmpv6(frame: _Frame, at: int) -> Step:
    return None


def _quoted(frame: _Frame, at: int, layer: Layer) -> Step:
    """The packet that an ICMP error is about (RFC 792, RFC 4443)."""
    errors = (3, 4, 5, 11, 12) if layer is _icmp else (1, 2, 3, 4)
    return (_ip, at + 8) if frame.data[at] in errors else None


# IP and TCP


def _ipv4(frame: _Frame, at: int) -> Step:
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
    return _next(_PROTOCOLS, protocol, at + header)


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
        elif kind in _SOURCE_ROUTES and pointer < length <= len(options) - at:
            return options[at + length - 4 : at + length]
        at += length
    return b""


def _ipv6(frame: _Frame, at: int) -> Step:
    if frame.data[at] >> 4 != 6:
        return None
    length, protocol = _IPV6.unpack_from(frame.data, at)
    frame.source, frame.destination = frame.data[at + 8 : at + 24], frame.data[at + 24 : at + 40]
    if length or protocol != 0:  # else a jumbogram, whose length is in the hop-by-hop options (RFC 2675)
        frame.end = min(frame.end, at + 40 + length)
    at += 40
    while protocol in _EXTENSIONS:
        protocol, at = frame.data[at], at + (frame.data[at + 1] + 1) * 8
    if protocol == _FRAGMENT_HEADER:
        position = frame.short(at + 2)
        key = frame.source + frame.destination + frame.data[at + 4 : at + 8]
        if position & 0xFFF9:
            return _fragment(frame, at + 8, frame.data[at], key, position & 0xFFF8, position & 1 != 0)
        protocol, at = frame.data[at], at + 8
    while protocol in _EXTENSIONS:
        protocol, at = frame.data[at], at + (frame.data[at + 1] + 1) * 8
    return _next(_PROTOCOLS, protocol, at)


def _fragment(frame: _Frame, at: int, protocol: int, key: bytes, offset: int, more: bool) -> Step:
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
    return _next(_PROTOCOLS, protocol, 0)


def _compressed(frame: _Frame, at: int) -> Step:
    """IPComp (RFC 3173), taken for DEFLATE as its index may stand for what was agreed elsewhere."""
    protocol = frame.data[at]
    frame.data = decompressobj(-15).decompress(frame.data[at + 4 : frame.end], _LARGEST_PAYLOAD)
    frame.end = len(frame.data)
    return _next(_PROTOCOLS, protocol, 0)


def _authentication(frame: _Frame, at: int) -> Step:
    return _next(_PROTOCOLS, frame.data[at], at + (frame.data[at + 1] + 2) * 4)  # RFC 4302


def _tcp(frame: _Frame, at: int) -> Step:
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


_ERSPAN_2: Final = 0x88BE
_FRAGMENT_HEADER: Final = 44
_SOURCE_ROUTES: Final = (131, 137)
"""RFC 791 3.1: loose and strict."""
_TCP_IN_IP: Final = 6
_EXTENSIONS: Final = frozenset({0, 43, 60})  # hop-by-hop, routing, destination options
_VERSIONS: Final[Mapping[int, Layer]] = {4: _ipv4, 6: _ipv6}
_FAMILIES: Final[Mapping[int, Layer]] = {2: _ipv4, 10: _ipv6, 24: _ipv6, 28: _ipv6, 30: _ipv6}
_PPP: Final[Mapping[int, Layer]] = {0x21: _ipv4, 0x57: _ipv6, 0x0281: _mpls}
_UDP_PORTS: Final[Mapping[int, Layer]] = {
    1701: _l2tp,
    2152: _gtp_user,
    3544: _teredo,
    4754: _gre,  # RFC 8086
    4789: _vxlan,
    5072: _ayiya,
    6081: _geneve,
}
_ETHERTYPES: Final[Mapping[int, Layer]] = {
    0x0800: _ipv4,
    0x0806: _arp,
    0x6558: _ethernet,
    0x8100: _vlan,
    0x86DD: _ipv6,
    0x8847: _mpls,
    0x8848: _mpls,
    0x8864: _pppoe,
    0x880B: _ppp,
    0x88A8: _vlan,
    0x88E7: _backbone,
    0x8903: _fabric_path,
    0x8909: _cisco_metadata,
    0x8926: _vn_tag,
    0x893F: _e_tag,
    0x9100: _vlan,
}
_GRE: Final[Mapping[int, Layer]] = {**_ETHERTYPES, _ERSPAN_2: _erspan_2, 0x22EB: _erspan_3, 0x8200: _wlan}
_PROTOCOLS: Final[Mapping[int, Layer]] = {
    1: _icmp,
    4: _ipv4,
    _TCP_IN_IP: _tcp,
    17: _udp,
    41: _ipv6,
    47: _gre,
    51: _authentication,
    58: _icmpv6,
    97: _ethernet_in_ip,
    108: _compressed,
    137: _mpls,
}
_LINKS: Final[Mapping[int, Layer]] = {
    0: _null,
    1: _ethernet,
    9: _ppp,
    12: _ip,
    14: _ip,
    50: _ppp,
    51: _pppoe,
    101: _ip,
    104: _cisco_hdlc,
    105: _wlan,
    108: _null,
    113: _cooked,
    127: _radiotap,
    129: _arcnet,
    228: _ipv4,
    229: _ipv6,
    239: _nflog,
    276: _cooked_2,
}
_NAMES: Final[Mapping[Layer, str]] = {
    _arp: "arp",
    _ethernet: "eth",
    _icmp: "icmp",
    _icmpv6: "icmpv6",
    _ipv4: "ip",
    _ipv6: "ipv6",
    _tcp: "tcp",
    _udp: "udp",
    _vlan: "vlan",
}
