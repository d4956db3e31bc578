"""What the links on a device of this machine have in common."""

import random
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from tcpviz.host.address import Address, Interface
from tcpviz.link.base import Link, LinkError, local_mac
from tcpviz.link.device import find_device_up, program
from tcpviz.link.routing import addresses_of, gateway_on, owner_of, way_to
from tcpviz.session.links.kind import Attachment, Request
from tcpviz.session.options import OptionError, RunOptions

ELSEWHERE: dict[int, Address] = {4: IPv4Address("192.0.2.1"), 6: IPv6Address("2001:db8::1")}
"""An address of each family that is on nobody's network: its way leads everywhere (RFC 5737, 3849)."""

LONGEST_NAME = 15
"""IFNAMSIZ less the final zero."""


def check_name(interface: str) -> None:
    """Raises OptionError for what can't be the name of a device."""
    if len(interface.encode()) > LONGEST_NAME:
        raise OptionError(f"{interface!r} is no device: names have {LONGEST_NAME} characters at most")


def mac_for(options: RunOptions) -> bytes:
    """A MAC address for our own addresses, the same in every run. Raises LinkError for the machine's."""
    own = [address for address in (options.address, options.address6) if address]
    for address in own:
        if holder := owner_of(address.ip):
            raise LinkError(
                f"{address.ip} is this machine's own address (on {holder}): share it with --address host, or"
                " take another --address, one that nobody has"
            )
    if not own:
        return local_mac(random.Random())
    return local_mac(random.Random(str(own[0])))


def interface_for(request: Request) -> str:
    """The interface that the user named, or the one that leads to the destination. Raises LinkError."""
    if request.options.interface is not None:
        return request.options.interface
    assert request.destination is not None
    return way_to(request.destination).interface


def with_gateways(options: RunOptions, interface: str) -> RunOptions:
    """The options on `interface`, with the kernel's routers there for our own addresses where the user
    named none. Raises LinkError."""
    find_device_up(interface)
    gateway = options.gateway or _gateway(interface, options.address)
    gateway6 = options.gateway6 or _gateway(interface, options.address6)
    return replace(
        options,
        interface=interface,
        gateway=gateway if isinstance(gateway, IPv4Address) else None,
        gateway6=gateway6 if isinstance(gateway6, IPv6Address) else None,
    )


def _gateway(interface: str, own: Interface | None) -> Address | None:
    """The router of `interface`, if it can be reached from our own address there."""
    gateway = gateway_on(interface, ELSEWHERE[own.version]) if own else None
    if gateway is None or own is None or gateway == own.ip:
        return None
    return gateway if gateway in own.network or gateway.is_link_local else None


def _doubt(interface: str, own: Iterable[Interface]) -> str:
    """What speaks against our own addresses on `interface`; empty for nothing."""
    for address in own:
        theirs = [each.network for each in addresses_of(interface) if each.version == address.version]
        if theirs and not any(address.ip in network for network in theirs):
            networks = ", ".join(map(str, theirs))
            return f"{address.ip} is outside the network of {interface} ({networks}): does anybody hear it?"
    return ""


def attachment(link: Link, options: RunOptions, room: int | None = None) -> Attachment:
    """How our host stands on a device of this machine: with addresses that nobody else may have."""
    return Attachment(
        link,
        options.address,
        options.gateway,
        options.address6,
        options.gateway6,
        options.slaac,
        options.dhcp,
        probe=True,
        room=room,
        note=_doubt(options.interface, filter(None, (options.address, options.address6)))
        if options.interface
        else "",
    )


def check_way(request: Request) -> None:
    """Raises LinkError where this machine itself has no way to the destination."""
    if request.destination and not owner_of(request.destination):
        way_to(request.destination)


def cannot(attempt: Callable[[], None]) -> str:
    """Why it fails; empty when it works."""
    try:
        attempt()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def this_command() -> str:
    """How this program was called, for an advice that can be pasted."""
    return shlex.join(program())
