"""The ways out that the kernel's routing tables know, in the network namespace of the calling thread."""

import sys
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import NamedTuple

_HERE = Path("/proc/thread-self/net")
_RTF_UP, _RTF_REJECT = 0x0001, 0x0200


class Route(NamedTuple):
    """A route of IPv4 that is in use."""

    network: IPv4Network
    interface: str
    gateway: IPv4Address | None
    metric: int


def routes() -> list[Route]:
    """All routes of IPv4 in the main table, the most specific and cheapest first."""
    found = [route for line in _lines("route")[1:] if (route := _route(line.split()))]
    return sorted(found, key=lambda route: (-route.network.prefixlen, route.metric))


def way_out(destination: IPv4Address | None = None) -> Route | None:
    """The route to `destination`, or None; without one the default route, or None."""
    for route in routes():
        if destination in route.network if destination else route.network.prefixlen == 0:
            return route
    return None


def has_way_out_of_ipv6() -> bool:
    """Whether there is a default route of IPv6."""
    return any(
        fields[1] == "00" and not int(fields[8], 16) & _RTF_REJECT
        for fields in map(str.split, _lines("ipv6_route"))
    )


def _lines(table: str) -> list[str]:
    try:
        return (_HERE / table).read_text().splitlines()
    except OSError:
        return []  # a kernel without that protocol


def _route(fields: list[str]) -> Route | None:
    flags = int(fields[3], 16)
    if not flags & _RTF_UP or flags & _RTF_REJECT:
        return None
    destination, gateway, mask = (_address(fields[i]) for i in (1, 2, 7))
    network = IPv4Network((int(destination), bin(int(mask)).count("1")))
    return Route(network, fields[0], gateway if int(gateway) else None, int(fields[6]))


def _address(text: str) -> IPv4Address:
    """An address as /proc writes it: a number in the machine's own order of octets."""
    return IPv4Address(int(text, 16).to_bytes(4, sys.byteorder))
