"""What a DHCP server lends: an address for a time, and what it tells about the network (RFC 2132)."""

from ipaddress import IPv4Address, IPv4Interface
from typing import NamedTuple

from tcpviz.wire import dhcp
from tcpviz.wire.dhcp import DhcpMessage, Option
from tcpviz.wire.errors import ParseError

FOR_EVER = 0xFFFF_FFFF
"""The lease time that means no end (RFC 2131 section 3.3)."""

_SECOND = 1_000_000_000
_LEAST_MTU = 68  # RFC 2132 section 5.1


class Lease(NamedTuple):
    """One lease; times in ns, None: never."""

    address: IPv4Interface
    server: IPv4Address
    seconds: int
    gateway: IPv4Address | None
    dns: tuple[IPv4Address, ...]
    mtu: int | None
    renew_at: int | None
    """T1: when the server has to be asked for more time."""
    rebind_at: int | None
    """T2: when any server is asked."""
    expires_at: int | None


def read_lease(message: DhcpMessage, asked_at: int) -> Lease:
    """The lease in an offer or an acknowledgment, whose time runs since `asked_at` (RFC 2131 4.4.5).

    ParseError where something is missing that nobody can do without.
    """
    options = message.options
    servers = dhcp.addresses(options, Option.SERVER)
    seconds = dhcp.number(options, Option.LEASE_TIME)
    if not servers or not seconds:
        raise ParseError("a DHCP lease without server or time")
    routers = dhcp.addresses(options, Option.ROUTERS)
    mtu = dhcp.number(options, Option.MTU)
    return Lease(
        _interface(message),
        servers[0],
        seconds,
        routers[0] if routers else None,
        dhcp.addresses(options, Option.DNS_SERVERS),
        mtu if mtu is not None and mtu >= _LEAST_MTU else None,
        *_times(message, seconds, asked_at),
    )


def _interface(message: DhcpMessage) -> IPv4Interface:
    address = IPv4Address(message.yours)
    masks = dhcp.addresses(message.options, Option.SUBNET_MASK)
    if not masks or address.is_unspecified or address.is_multicast or address.is_loopback:
        raise ParseError(f"a DHCP lease of {address} without a network")
    try:
        return IPv4Interface(f"{address}/{masks[0]}")
    except ValueError:
        raise ParseError(f"a DHCP lease with the subnet mask {masks[0]}") from None


def _times(message: DhcpMessage, seconds: int, asked_at: int) -> tuple[int | None, int | None, int | None]:
    """T1, T2 and the end. RFC 2131 4.4.5: half and seven eighths of it, where the server does not say."""
    if seconds == FOR_EVER:
        return None, None, None
    renewal = dhcp.number(message.options, Option.RENEWAL_TIME) or seconds // 2
    rebinding = dhcp.number(message.options, Option.REBINDING_TIME) or seconds * 7 // 8
    if not renewal <= rebinding <= seconds:
        renewal, rebinding = seconds // 2, seconds * 7 // 8
    return (
        asked_at + renewal * _SECOND,
        asked_at + rebinding * _SECOND,
        asked_at + seconds * _SECOND,
    )
