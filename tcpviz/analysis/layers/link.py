"""Link headers: Ethernet with its tags, Linux's cooked capture, PPP, 802.11 and other ways of a capture."""

from struct import Struct
from typing import Final

from tcpviz.analysis.layers.internet import ip
from tcpviz.analysis.layers.table import (
    ETHERTYPES,
    FAMILIES,
    GRE,
    LINKS,
    PPP,
    Frame,
    Step,
    found_in,
    named,
    next_layer,
)

_ATTRIBUTE: Final = Struct("<HH")
NFLOG_PACKET: Final = 9


@named("eth")
@found_in(ETHERTYPES, 0x6558)
@found_in(LINKS, 1)
def ethernet(frame: Frame, at: int) -> Step:
    return ethertype(frame, at + 12)


def ethertype(frame: Frame, at: int) -> Step:
    """An EtherType, or the length of an 802.3 frame with LLC behind it."""
    number = frame.short(at)
    if number <= 1500:
        return llc(frame, at + 2)
    return next_layer(ETHERTYPES, number, at + 2)


def llc(frame: Frame, at: int) -> Step:
    if frame.data[at : at + 3] != b"\xaa\xaa\x03":  # SNAP
        return None
    return next_layer(ETHERTYPES, frame.short(at + 6), at + 8)


@named("vlan")
@found_in(ETHERTYPES, 0x8100, 0x88A8, 0x9100)
def vlan(frame: Frame, at: int) -> Step:
    return ethertype(frame, at + 2)


@found_in(ETHERTYPES, 0x8909)
def cisco_metadata(frame: Frame, at: int) -> Step:
    """Cisco's tag of a security group."""
    return ethertype(frame, at + 6)


@found_in(ETHERTYPES, 0x893F)
def e_tag(frame: Frame, at: int) -> Step:
    """IEEE 802.1BR: the tag of a bridge port extension."""
    return ethertype(frame, at + 6)


@found_in(ETHERTYPES, 0x8926)
def vn_tag(frame: Frame, at: int) -> Step:
    return ethertype(frame, at + 4)


@found_in(ETHERTYPES, 0x88E7)
def backbone(frame: Frame, at: int) -> Step:
    """IEEE 802.1ah: a customer's Ethernet frame behind the service tag."""
    return ethernet, at + 4


@found_in(ETHERTYPES, 0x8903)
def fabric_path(frame: Frame, at: int) -> Step:
    """Cisco's tag with an Ethernet frame behind it, and a checksum at the end."""
    frame.end -= 4
    return ethernet, at + 2


@found_in(LINKS, 113)
def cooked(frame: Frame, at: int) -> Step:
    return next_layer(ETHERTYPES, frame.short(at + 14), at + 16)


@found_in(LINKS, 276)
def cooked_2(frame: Frame, at: int) -> Step:
    return next_layer(ETHERTYPES, frame.short(at), at + 20)


@found_in(LINKS, 0, 108)
def null(frame: Frame, at: int) -> Step:
    """BSD loopback: an address family in the byte order of the machine that captured."""
    family = frame.data[at] or frame.data[at + 3]
    return next_layer(FAMILIES, family, at + 4)


@found_in(LINKS, 104)
def cisco_hdlc(frame: Frame, at: int) -> Step:
    return next_layer(ETHERTYPES, frame.short(at + 2), at + 4)


@found_in(LINKS, 129)
def arcnet(frame: Frame, at: int) -> Step:
    """ARCNET as Linux captures it: IP by RFC 1201, in one piece."""
    return (ip, at + 8) if frame.data[at + 4] == 0xD4 and not frame.data[at + 5] else None


@found_in(LINKS, 239)
def nflog(frame: Frame, at: int) -> Step:
    """Netfilter's log: attributes as a little-endian machine writes them, one of them the packet."""
    family, at = frame.data[at], at + 4
    while True:
        length, kind = _ATTRIBUTE.unpack_from(frame.data, at)
        if kind == NFLOG_PACKET:
            frame.end = min(frame.end, at + length)
            return next_layer(FAMILIES, family, at + 4)
        at += max(length + 3 & ~3, 4)


@found_in(ETHERTYPES, 0x880B)
@found_in(LINKS, 9, 50)
def ppp(frame: Frame, at: int) -> Step:
    """RFC 1661 and 1662; address and control may be there, the protocol may be compressed to an octet.

    Cisco's HDLC has other addresses, one for unicast and one for multicast.
    """
    if frame.data[at] in (0x0F, 0x8F):
        return cisco_hdlc, at
    if frame.data[at : at + 2] == b"\xff\x03":
        at += 2
    if frame.data[at] & 1:
        return next_layer(PPP, frame.data[at], at + 1)
    return next_layer(PPP, frame.short(at), at + 2)


@found_in(ETHERTYPES, 0x8864)
@found_in(LINKS, 51)
def pppoe(frame: Frame, at: int) -> Step:
    if frame.data[at + 1] != 0:  # RFC 2516: no session data
        return None
    frame.end = min(frame.end, at + 6 + frame.short(at + 4))
    return ppp, at + 6


@found_in(LINKS, 127)
def radiotap(frame: Frame, at: int) -> Step:
    return wlan, at + int.from_bytes(frame.data[at + 2 : at + 4], "little")


@found_in(LINKS, 105)
@found_in(GRE, 0x8200)
def wlan(frame: Frame, at: int) -> Step:
    """IEEE 802.11: data frames that are not encrypted."""
    control, flags = frame.data[at], frame.data[at + 1]
    if control & 0x0C != 0x08 or control & 0x40 or flags & 0x40:
        return None
    header = 30 if flags & 0x03 == 0x03 else 24
    if control & 0x80:
        header += 6 if flags & 0x80 else 2
    return llc, at + header
