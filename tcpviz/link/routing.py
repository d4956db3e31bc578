"""What the kernel knows about the ways out of this machine: routes, addresses, neighbours (rtnetlink(7)).

Asks anew each time: routes and neighbours change while a run goes on.
"""

import errno
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface

from tcpviz.link.base import LinkError
from tcpviz.link.netlink import NLM_F_CREATE, NLM_F_DUMP, Message, Netlink, attribute, attributes

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface

# <linux/rtnetlink.h>, <linux/neighbour.h>, <linux/if_addr.h>
_RTM_GETADDR = 22
_RTM_GETROUTE = 26
_RTM_NEWNEIGH = 28
_RTM_GETNEIGH = 30
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_ADDRESS = struct.Struct("=BBBBI")
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC, _RTA_VIA = 1, 4, 5, 7, 18
_RTN_UNICAST, _RTN_LOCAL = 1, 2
_NDA_DST, _NDA_LLADDR = 1, 2
_NTF_USE = 1
_NUD_FAILED, _NUD_INCOMPLETE = 0x20, 0x01
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_UNUSED = 0x08 | 0x40 | 0x20  # IFA_F_DADFAILED, IFA_F_TENTATIVE, IFA_F_DEPRECATED

_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL)


@dataclass(frozen=True, slots=True)
class Way:
    """How packets to an address leave this machine: by which interface, over which neighbour, as whom."""

    interface: str
    index: int
    next_hop: Address
    source: Address | None


def way_to(destination: Address, interface: str | None = None) -> Way:
    """The kernel's way to `destination`, on `interface` if that is given.

    Raises LinkError where there is none, or it does not leave the machine.
    """
    wanted = attribute(_RTA_DST, destination.packed)
    if interface is not None:
        wanted += attribute(_RTA_OIF, struct.pack("=I", socket.if_nametoindex(interface)))
    header = _ROUTE.pack(_family(destination), destination.max_prefixlen, 0, 0, 0, 0, 0, 0, 0)
    try:
        (answer,) = _ask(Message(_RTM_GETROUTE, header + wanted))
    except OSError as error:
        if error.errno not in _NO_ROUTE:
            raise LinkError(f"the kernel tells no way to {destination}: {error.strerror}") from None
        through = f" through {interface}" if interface else ""
        raise LinkError(f"this machine has no route to {destination}{through}") from None
    kind = _ROUTE.unpack_from(answer.body)[7]
    found = attributes(answer.body[_ROUTE.size :])
    if kind == _RTN_LOCAL:
        raise LinkError(f"{destination} is this machine itself; what it says to itself is on no wire")
    if kind != _RTN_UNICAST:
        raise LinkError(f"{destination} is not the address of one host")
    (index,) = struct.unpack("=I", found[_RTA_OIF])
    source = found.get(_RTA_PREFSRC)
    return Way(
        interface=socket.if_indextoname(index),
        index=index,
        next_hop=_next_hop(found, destination),
        source=ip_address(source) if source else None,
    )


def addresses_of(interface: str) -> list[Interface]:
    """The addresses that the kernel has on an interface and uses, with their networks. Raises OSError."""
    index = socket.if_nametoindex(interface)
    return [address for owner, address, flags in _addresses() if owner == index and not flags & _UNUSED]


def owner_of(address: Address) -> str | None:
    """The interface on which the kernel has `address`. Raises OSError."""
    return next((socket.if_indextoname(index) for index, own, _ in _addresses() if own.ip == address), None)


def gateway_on(interface: str, destination: Address) -> Address | None:
    """The router to `destination` on an interface; None where there is none."""
    try:
        way = way_to(destination, interface)
    except LinkError:
        return None
    return way.next_hop if way.next_hop != destination else None


def neighbour(index: int, address: Address) -> bytes | None:
    """The MAC address of a neighbour on the interface `index`; None where the kernel does not know it, or
    has found out that it does not answer."""
    request = _NEIGHBOUR.pack(_family(address), index, 0, 0, 0) + attribute(_NDA_DST, address.packed)
    try:
        (answer,) = _ask(Message(_RTM_GETNEIGH, request))
    except OSError:
        return None
    state = _NEIGHBOUR.unpack_from(answer.body)[2]
    if state & (_NUD_FAILED | _NUD_INCOMPLETE):
        return None
    return attributes(answer.body[_NEIGHBOUR.size :]).get(_NDA_LLADDR)


def seek_neighbour(index: int, address: Address) -> None:
    """Have the kernel ask for a neighbour, or confirm what it knows, as if it had a packet for it.

    Needs CAP_NET_ADMIN. Raises OSError.
    """
    request = _NEIGHBOUR.pack(_family(address), index, 0, _NTF_USE, 0) + attribute(_NDA_DST, address.packed)
    _ask(Message(_RTM_NEWNEIGH, request, NLM_F_CREATE))


def _next_hop(found: dict[int, bytes], destination: Address) -> Address:
    if gateway := found.get(_RTA_GATEWAY):
        return ip_address(gateway)
    if via := found.get(_RTA_VIA):  # a router of the other family (RFC 5549)
        return ip_address(via[2:])
    return destination


def _addresses() -> Iterator[tuple[int, Interface, int]]:
    """(interface's index, address, flags) of all that the kernel has."""
    for answer in _ask(Message(_RTM_GETADDR, _ADDRESS.pack(0, 0, 0, 0, 0), NLM_F_DUMP)):
        _, length, flags, _, index = _ADDRESS.unpack_from(answer.body)
        found = attributes(answer.body[_ADDRESS.size :])
        packed = found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS)
        if packed:
            yield index, ip_interface(f"{ip_address(packed)}/{length}"), flags


def _family(address: Address) -> int:
    return _FAMILY[address.version]


def _ask(question: Message) -> list[Message]:
    with closing(Netlink(socket.NETLINK_ROUTE)) as netlink:
        return netlink.ask(question)
