"""Which neighbour an IPv6 packet has to go to, and which addresses can be a host's (RFC 4861 section 5.2).

Knows prefixes and routers, not how they were learnt.
"""

from ipaddress import IPv6Address, IPv6Network

from tcpviz.host.errors import HostError
from tcpviz.wire import ipv6

_CAPACITY = 64
_LOOPBACK = IPv6Address("::1").packed


class Route6:
    """The way to everywhere: `on_link` networks directly, the rest by the first of `routers`."""

    def __init__(self) -> None:
        self.on_link: list[IPv6Network] = []
        self.routers: list[bytes] = []
        self._redirects: dict[bytes, bytes] = {}

    def redirect(self, router: bytes, destination: bytes, target: bytes) -> bool:
        """Give what is for `destination` to `target` from now on. Whether that was done: `router` has to be
        whom we give it to now (RFC 4861 8.1)."""
        try:
            if self.next_hop(destination) != router:
                return False
        except HostError:
            return False
        if len(self._redirects) >= _CAPACITY:
            self._redirects.pop(next(iter(self._redirects)))
        self._redirects[destination] = target
        return True

    def next_hop(self, destination: bytes) -> bytes:
        """The packed address of the neighbour to give a packet for `destination` to.

        Raises HostError, with what to do, where there is none.
        """
        address = IPv6Address(destination)
        if not may_be_host(destination):
            raise HostError(f"{address} is not the address of a host")
        if destination in self._redirects:
            return self._redirects[destination]
        if self.is_on_link(destination):
            return destination
        if not self.routers:
            raise HostError(f"{address} is not on this link and no router is known: name one with --gateway")
        return self.routers[0]

    def is_on_link(self, address: bytes) -> bool:
        """Whether a neighbour can have this address."""
        if ipv6.is_link_local(address):
            return True
        return may_be_host(address) and any(IPv6Address(address) in network for network in self.on_link)


def may_be_host(address: bytes) -> bool:
    """Whether `address` can be one host on a network (RFC 4291 section 2.4)."""
    return not ipv6.is_multicast(address) and address not in (ipv6.UNSPECIFIED, _LOOPBACK)
