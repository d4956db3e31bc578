"""Tunnels: what carries whole frames or packets inside of others."""

from typing import Final

from tcpviz.analysis.layers.internet import ip, ipv6
from tcpviz.analysis.layers.link import ethernet, ppp
from tcpviz.analysis.layers.table import (
    ETHERTYPES,
    GRE,
    PPP,
    PROTOCOLS,
    UDP_PORTS,
    VERSIONS,
    Frame,
    Step,
    found_in,
    next_layer,
)

_ERSPAN_2: Final = 0x88BE


@found_in(PPP, 0x0281)
@found_in(ETHERTYPES, 0x8847, 0x8848)
@found_in(PROTOCOLS, 137)
def mpls(frame: Frame, at: int) -> Step:
    """A label stack (RFC 3032). What is behind it isn't said: IP, or Ethernet, maybe with a control word."""
    while not frame.data[at + 2] & 1:
        at += 4
    at += 4
    version = frame.data[at] >> 4
    if version in VERSIONS:
        return VERSIONS[version], at
    return ethernet, at + 4 if version == 0 else at


@found_in(UDP_PORTS, 4754)
@found_in(PROTOCOLS, 47)
def gre(frame: Frame, at: int) -> Step:
    """RFC 2784 and 2890, and version 1 of PPTP (RFC 2637)."""
    flags, protocol = frame.short(at), frame.short(at + 2)
    header = 4
    for bit in (0xC000, 0x2000, 0x1000, 0x0080):  # checksum or routing, key, sequence, acknowledgment
        header += 4 if flags & bit else 0
    if protocol == _ERSPAN_2 and not flags & 0x1000:
        return ethernet, at + header  # type I has no header of its own
    return next_layer(GRE, protocol, at + header)


@found_in(GRE, _ERSPAN_2)
def erspan_2(frame: Frame, at: int) -> Step:
    return ethernet, at + 8


@found_in(GRE, 0x22EB)
def erspan_3(frame: Frame, at: int) -> Step:
    return ethernet, at + (20 if frame.data[at + 11] & 1 else 12)


@found_in(UDP_PORTS, 4789)
def vxlan(frame: Frame, at: int) -> Step:
    return ethernet, at + 8


@found_in(UDP_PORTS, 6081)
def geneve(frame: Frame, at: int) -> Step:
    return next_layer(ETHERTYPES, frame.short(at + 2), at + 8 + (frame.data[at] & 0x3F) * 4)


@found_in(UDP_PORTS, 2152)
def gtp_user(frame: Frame, at: int) -> Step:
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
    return ip, at


@found_in(UDP_PORTS, 1701)
def l2tp(frame: Frame, at: int) -> Step:
    """L2TPv2 data (RFC 2661)."""
    flags = frame.short(at)
    if flags & 0x8000 or flags & 0x0F != 2:
        return None
    header = 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    if flags & 0x0200:
        header += 2 + frame.short(at + header)
    return ppp, at + header


@found_in(UDP_PORTS, 3544)
def teredo(frame: Frame, at: int) -> Step:
    if frame.short(at) == 0x0001:  # authentication
        at += 13 + frame.data[at + 2] + frame.data[at + 3]
    if frame.short(at) == 0x0000:  # origin indication
        at += 8
    return ipv6, at


@found_in(UDP_PORTS, 5072)
def ayiya(frame: Frame, at: int) -> Step:
    """SixXS's tunnels: identity and signature of lengths that the header tells, then IPv6."""
    header = 8 + (1 << (frame.data[at] >> 4)) + (frame.data[at + 1] >> 4) * 4
    return next_layer(PROTOCOLS, frame.data[at + 3], at + header)


@found_in(PROTOCOLS, 97)
def ethernet_in_ip(frame: Frame, at: int) -> Step:
    return ethernet, at + 2
