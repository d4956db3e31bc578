"""Which neighbour a packet has to go to, and which addresses can be a host's at all (RFC 1122 3.2.1.3).

Knows addresses only: one of our own, its network, and at most one gateway.
"""

from ipaddress import IPv4Address, IPv4Interface

from tcpviz.host.errors import HostError

_FIRST_MULTICAST = 224  # 224.0.0.0 and above: groups, reserved, broadcast
_LOOPBACK = 127
_THIS_NETWORK = 0


class Route:
    """The way from `own` to everywhere."""

    def __init__(self, own: IPv4Interface, gateway: IPv4Address | None) -> None:
        self._own = own
        self._gateway = gateway

    def next_hop(self, destination: bytes) -> bytes:
        """The packed address of the neighbour to give a packet for `destination` to.

        Raises HostError, with what to do, where there is none.
        """
        address = IPv4Address(destination)
        if address == self._own.ip:
            raise HostError(f"{address} is our own address; pick another host, or another --address")
        if not may_be_host(destination) or self._is_broadcast(address):
            raise HostError(f"{address} is not the address of a host")
        if address in self._own.network:
            return destination
        if self._gateway is None:
            raise HostError(f"{address} is outside {self._own.network}: name the way out with --gateway")
        return self._gateway.packed

    def is_on_link(self, address: bytes) -> bool:
        """Whether a neighbour can have this address: a host's, on our own network."""
        return self.may_be_remote(address) and IPv4Address(address) in self._own.network

    def may_be_remote(self, source: bytes) -> bool:
        """Whether a packet can come from there."""
        address = IPv4Address(source)
        return may_be_host(source) and address != self._own.ip and not self._is_broadcast(address)

    def _is_broadcast(self, address: IPv4Address) -> bool:
        network = self._own.network
        return network.prefixlen < 31 and address in (network.network_address, network.broadcast_address)


def may_be_host(address: bytes) -> bool:
    """Whether `address` can be one host on a network."""
    return address[0] not in (_THIS_NETWORK, _LOOPBACK) and address[0] < _FIRST_MULTICAST
