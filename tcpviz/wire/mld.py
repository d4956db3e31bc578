"""Multicast listener discovery for IPv6 (RFC 3810, RFC 2710), inside ICMPv6: who wants to hear which group.

Routers ask and hosts report; switches listen in, and pass a group's packets to who has reported it alone.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from tcpviz.wire import extensions, icmpv6, ipv6
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header

QUERY = 130
REPORT_V1 = 131
REPORT = 143

HOP_LIMIT = 1
"""Of every message: no router passes one on (RFC 3810 section 5)."""
LISTENERS = bytes.fromhex("ff020000000000000000000000000016")
"""The group of the routers that hear reports (RFC 3810 section 5.2.14)."""

_ROUTER_ALERT = bytes((ipv6.ICMPV6, 0, 5, 2, 0, 0, 1, 0))
"""The hop-by-hop header of every message: "MLD" to routers (RFC 2711 section 2.1), and two octets more."""
_ADDRESS = 16
_DELAY_CODE_AT = 16
_LEAST_V2 = _ADDRESS + 4
_LARGE_CODE = 0x8000


class Record(IntEnum):
    """What a report says of a group (RFC 3810 section 5.2.12), from all sources each time."""

    LISTENING = 2  # MODE_IS_EXCLUDE: the answer to a question
    LEFT = 3  # CHANGE_TO_INCLUDE_MODE, of no source
    JOINED = 4  # CHANGE_TO_EXCLUDE_MODE, of no source


class Query(NamedTuple):
    """A router asks who listens to `group`, the unspecified address for any."""

    group: bytes
    delay: int
    """Milliseconds within which to answer."""
    version: int
    """Of the protocol that the router speaks: 1 or 2."""


def parse_query(header: Ipv6Header, message: IcmpMessage) -> Query:
    """The question that came under `header`. ParseError for one that nobody may heed (RFC 3810 5.1.14, 8.1).
    The checksum is looked at before: `icmpv6.checksum_ok`.
    """
    if header.hop_limit != HOP_LIMIT or not ipv6.is_link_local(header.source):
        raise ParseError("a multicast listener query from beyond the link")
    if header.next_header != extensions.HOP_BY_HOP:
        raise ParseError("a multicast listener query without a router alert")
    size, code = len(message.payload), message.rest >> _DELAY_CODE_AT
    group = bytes(message.payload[:_ADDRESS])
    if size == _ADDRESS:
        return Query(group, code, 1)
    if size < _LEAST_V2:
        raise ParseError(f"a multicast listener query of {icmpv6.HEADER_LENGTH + size} octets")
    return Query(group, _delay(code), 2)


def _delay(code: int) -> int:
    """A large one has an exponent of 3 bits, and 12 bits of mantissa below a first one (RFC 3810 5.1.3)."""
    if code < _LARGE_CODE:
        return code
    return (code & 0xFFF | 0x1000) << ((code >> 12 & 7) + 3)


def report(records: Iterable[tuple[Record, bytes]], source: bytes) -> bytes:
    """The IPv6 packet that says so of each group (RFC 3810 section 5.2)."""
    parts = [bytes((kind, 0, 0, 0)) + group for kind, group in records]
    return _packet(IcmpMessage(REPORT, 0, len(parts), b"".join(parts)), source, LISTENERS)


def report_v1(group: bytes, source: bytes) -> bytes:
    """The same for a router that knows version 1 alone: it goes to the group itself (RFC 2710 section 3)."""
    return _packet(IcmpMessage(REPORT_V1, 0, 0, group), source, group)


def _packet(message: IcmpMessage, source: bytes, destination: bytes) -> bytes:
    data = _ROUTER_ALERT + icmpv6.build(message, source, destination)
    return ipv6.build(source, destination, extensions.HOP_BY_HOP, data, hop_limit=HOP_LIMIT)
