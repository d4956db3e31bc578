"""Neighbour discovery for IPv6 (RFC 4861): the messages and their options, inside of ICMPv6."""

from collections.abc import Callable, Iterator
from struct import Struct
from typing import NamedTuple

from tcpviz.wire import icmpv6, ipv6
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header
from tcpviz.wire.segment import Buffer

ROUTER_SOLICITATION = 133
ROUTER_ADVERTISEMENT = 134
NEIGHBOUR_SOLICITATION = 135
NEIGHBOUR_ADVERTISEMENT = 136
REDIRECT = 137

HOP_LIMIT = 255
"""Of every message: one from beyond the link has less (RFC 4861 section 3.1)."""

_SOURCE_LINK_ADDRESS = 1
_TARGET_LINK_ADDRESS = 2
_PREFIX = 3
_MTU = 5

_ROUTER, _SOLICITED, _OVERRIDE = 1 << 31, 1 << 30, 1 << 29
_ON_LINK, _AUTONOMOUS = 0x80, 0x40
_UNIT = 8
_ADDRESS = 16
_MAC = 6
_RA = Struct("!II")
_PREFIX_OPTION = Struct("!BBII4x16s")


class NeighbourSolicitation(NamedTuple):
    """Who has `target`? From the unspecified address: a probe whether anybody has (RFC 4862)."""

    target: bytes
    link_address: bytes | None = None
    """The sender's MAC."""


class NeighbourAdvertisement(NamedTuple):
    """`target` is at `link_address`."""

    target: bytes
    link_address: bytes | None = None
    router: bool = False
    solicited: bool = False
    override: bool = True


class RouterSolicitation(NamedTuple):
    """Which routers are there?"""

    link_address: bytes | None = None


class Prefix(NamedTuple):
    """A network that a router tells of; lifetimes in seconds, 2^32 - 1 is for ever."""

    prefix: bytes
    length: int
    on_link: bool
    autonomous: bool
    valid: int
    preferred: int


class RouterAdvertisement(NamedTuple):
    """A router and what it says of the link; 0 where it does not say."""

    lifetime: int
    """Seconds for which it is a way out; 0: it is none."""
    reachable_time: int = 0
    """Milliseconds for which a neighbour counts as reachable."""
    retransmit_time: int = 0
    """Milliseconds between two solicitations."""
    hop_limit: int = 0
    link_address: bytes | None = None
    mtu: int = 0
    prefixes: tuple[Prefix, ...] = ()


class Redirect(NamedTuple):
    """What is for `destination` goes to `target` from now on."""

    target: bytes
    destination: bytes
    link_address: bytes | None = None


Message = NeighbourSolicitation | NeighbourAdvertisement | RouterSolicitation | RouterAdvertisement | Redirect


def parse(header: Ipv6Header, message: IcmpMessage) -> Message:
    """The message that came under `header`. ParseError for one that nobody may heed (RFC 4861 6.1, 7.1,
    8.1).
    The checksum is looked at before: `icmpv6.checksum_ok`.
    """
    if header.hop_limit != HOP_LIMIT:
        raise ParseError("neighbour discovery from beyond the link")
    if message.code:
        raise ParseError(f"neighbour discovery with the code {message.code}")
    read = _READERS.get(message.type)
    if read is None:
        raise ParseError(f"ICMPv6 type {message.type} is no neighbour discovery")
    return read(header, message)


def _solicitation(header: Ipv6Header, message: IcmpMessage) -> NeighbourSolicitation:
    target, options = _target(message)
    link_address = _link_address(options, _SOURCE_LINK_ADDRESS)
    if header.source == ipv6.UNSPECIFIED and (
        link_address is not None or header.destination != ipv6.solicited_node(target)
    ):
        raise ParseError("a probe for an address with a sender, or to the wrong group")
    return NeighbourSolicitation(target, link_address)


def _advertisement(header: Ipv6Header, message: IcmpMessage) -> NeighbourAdvertisement:
    target, options = _target(message)
    flags = message.rest
    if ipv6.is_multicast(header.destination) and flags & _SOLICITED:
        raise ParseError("a solicited advertisement to a group")
    return NeighbourAdvertisement(
        target,
        _link_address(options, _TARGET_LINK_ADDRESS),
        bool(flags & _ROUTER),
        bool(flags & _SOLICITED),
        bool(flags & _OVERRIDE),
    )


def _router_solicitation(header: Ipv6Header, message: IcmpMessage) -> RouterSolicitation:
    link_address = _link_address(message.payload, _SOURCE_LINK_ADDRESS)
    if header.source == ipv6.UNSPECIFIED and link_address is not None:
        raise ParseError("a router solicitation of nobody with a MAC address")
    return RouterSolicitation(link_address)


def _router_advertisement(header: Ipv6Header, message: IcmpMessage) -> RouterAdvertisement:
    if not ipv6.is_link_local(header.source):
        raise ParseError("a router advertisement from no address of the link")
    if len(message.payload) < _RA.size:
        raise ParseError(f"{len(message.payload)} octets are no router advertisement")
    reachable, retransmit = _RA.unpack_from(message.payload)
    options = list(_options(message.payload[_RA.size :]))
    return RouterAdvertisement(
        lifetime=message.rest & 0xFFFF,
        reachable_time=reachable,
        retransmit_time=retransmit,
        hop_limit=message.rest >> 24,
        link_address=_first_mac(options, _SOURCE_LINK_ADDRESS),
        mtu=next((int.from_bytes(v[2:6], "big") for kind, v in options if kind == _MTU and len(v) == 6), 0),
        prefixes=tuple(_prefix(value) for kind, value in options if kind == _PREFIX and len(value) == 30),
    )


def _prefix(value: memoryview) -> Prefix:
    length, flags, valid, preferred, prefix = _PREFIX_OPTION.unpack(value)
    return Prefix(prefix, length, bool(flags & _ON_LINK), bool(flags & _AUTONOMOUS), valid, preferred)


def _redirect(header: Ipv6Header, message: IcmpMessage) -> Redirect:
    target, rest = _target(message)
    if len(rest) < _ADDRESS:
        raise ParseError("a redirect without a destination")
    destination, options = bytes(rest[:_ADDRESS]), rest[_ADDRESS:]
    if not ipv6.is_link_local(header.source) or ipv6.is_multicast(destination):
        raise ParseError("a redirect from no router of the link, or for a group")
    if target != destination and not ipv6.is_link_local(target):
        raise ParseError("a redirect to what is no router of the link")
    return Redirect(target, destination, _link_address(options, _TARGET_LINK_ADDRESS))


_READERS: dict[int, Callable[[Ipv6Header, IcmpMessage], Message]] = {
    ROUTER_SOLICITATION: _router_solicitation,
    ROUTER_ADVERTISEMENT: _router_advertisement,
    NEIGHBOUR_SOLICITATION: _solicitation,
    NEIGHBOUR_ADVERTISEMENT: _advertisement,
    REDIRECT: _redirect,
}


def is_discovery(message: IcmpMessage) -> bool:
    """Whether it is for `parse`."""
    return message.type in _READERS


def _target(message: IcmpMessage) -> tuple[bytes, memoryview]:
    """The target address, one host's, and what follows it."""
    payload = memoryview(message.payload)
    if len(payload) < _ADDRESS:
        raise ParseError("neighbour discovery without a target")
    target = bytes(payload[:_ADDRESS])
    if ipv6.is_multicast(target):
        raise ParseError("neighbour discovery for a group")
    return target, payload[_ADDRESS:]


def _options(block: Buffer) -> Iterator[tuple[int, memoryview]]:
    """Kind and value of every option (RFC 4861 section 4.6)."""
    view = memoryview(block)
    at = 0
    while at < len(view):
        length = view[at + 1] * _UNIT if at + 1 < len(view) else 0
        if not length or at + length > len(view):
            raise ParseError("a neighbour discovery option with an impossible length")
        yield view[at], view[at + 2 : at + length]
        at += length


def _link_address(block: Buffer, wanted: int) -> bytes | None:
    return _first_mac(list(_options(block)), wanted)


def _first_mac(options: list[tuple[int, memoryview]], wanted: int) -> bytes | None:
    return next((bytes(value) for kind, value in options if kind == wanted and len(value) == _MAC), None)


def build(message: Message, source: bytes, destination: bytes) -> bytes:
    """The IPv6 packet that carries `message`."""
    data = icmpv6.build(_body(message), source, destination)
    return ipv6.build(source, destination, ipv6.ICMPV6, data, hop_limit=HOP_LIMIT)


def _body(message: Message) -> IcmpMessage:
    match message:
        case NeighbourSolicitation(target, link_address):
            options = _mac_option(_SOURCE_LINK_ADDRESS, link_address)
            return IcmpMessage(NEIGHBOUR_SOLICITATION, 0, 0, target + options)
        case NeighbourAdvertisement(target, link_address, router, solicited, override):
            flags = router * _ROUTER | solicited * _SOLICITED | override * _OVERRIDE
            options = _mac_option(_TARGET_LINK_ADDRESS, link_address)
            return IcmpMessage(NEIGHBOUR_ADVERTISEMENT, 0, flags, target + options)
        case RouterSolicitation(link_address):
            options = _mac_option(_SOURCE_LINK_ADDRESS, link_address)
            return IcmpMessage(ROUTER_SOLICITATION, 0, 0, options)
        case RouterAdvertisement():
            return _router_advertisement_body(message)
        case Redirect(target, destination, link_address):
            options = _mac_option(_TARGET_LINK_ADDRESS, link_address)
            return IcmpMessage(REDIRECT, 0, 0, target + destination + options)


def _router_advertisement_body(message: RouterAdvertisement) -> IcmpMessage:
    parts = [_RA.pack(message.reachable_time, message.retransmit_time)]
    parts.append(_mac_option(_SOURCE_LINK_ADDRESS, message.link_address))
    if message.mtu:
        parts.append(bytes((_MTU, 1, 0, 0)) + message.mtu.to_bytes(4, "big"))
    for each in message.prefixes:
        flags = each.on_link * _ON_LINK | each.autonomous * _AUTONOMOUS
        value = _PREFIX_OPTION.pack(each.length, flags, each.valid, each.preferred, each.prefix)
        parts.append(bytes((_PREFIX, 4)) + value)
    rest = message.hop_limit << 24 | message.lifetime
    return IcmpMessage(ROUTER_ADVERTISEMENT, 0, rest, b"".join(parts))


def _mac_option(kind: int, mac: bytes | None) -> bytes:
    return bytes((kind, 1)) + mac if mac is not None else b""
