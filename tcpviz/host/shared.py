"""An address that the host shares with somebody who was there before: the kernel of the machine.

That one answers ARP, neighbour discovery and pings, knows the ways and the neighbours, and gives us single
ports. We send and hear nothing but our connections.
"""

from collections.abc import Callable
from ipaddress import IPv4Interface, IPv6Interface
from typing import Protocol

from tcpviz.host.events import HostEvent
from tcpviz.host.flow import Endpoint
from tcpviz.host.ipv4 import Ipv4Stack
from tcpviz.host.ipv6 import Ipv6Stack
from tcpviz.host.neighbours import Change, Neighbours
from tcpviz.wire import ethernet

_MILLISECOND = 1_000_000


class Owner(Protocol):
    """Whose addresses they are. Addresses are packed."""

    def next_hop(self, destination: bytes) -> bytes:
        """The neighbour to give a packet for `destination` to. Raises HostError where there is none."""

    def look_up(self, neighbour: bytes) -> bytes | None:
        """The MAC address of a neighbour; None when it is not known yet, and is being asked for."""

    def take_port(self, local: bytes, remote: Endpoint) -> int:
        """A port of the address `local` that is ours from now on, for a connection to `remote`. Raises
        HostError where there is none."""

    def take_udp_port(self) -> int:
        """A UDP port of all addresses that is ours from now on. Raises HostError where there is none."""


class SharedIpv4Stack(Ipv4Stack):
    """IPv4 at an address of `owner`."""

    ethertypes = (ethernet.IPV4,)

    def __init__(
        self,
        mac: bytes,
        mtu: int,
        interface: IPv4Interface,
        owner: Owner,
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
    ) -> None:
        super().__init__(mac, mtu, interface, None, send, tell, probe=False)
        self.neighbours = _OwnersNeighbours(ethernet.IPV4, owner, mac, send, tell)
        self._owner = owner

    def next_hop(self, destination: bytes) -> bytes:
        return self._owner.next_hop(destination)


class SharedIpv6Stack(Ipv6Stack):
    """IPv6 at an address of `owner`."""

    def __init__(
        self,
        mac: bytes,
        mtu: int,
        interface: IPv6Interface,
        owner: Owner,
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
    ) -> None:
        super().__init__(mac, mtu, interface, None, send, tell, probe=False)
        self.neighbours = _OwnersNeighbours(ethernet.IPV6, owner, mac, send, tell)
        self._address = interface.ip.packed
        self._owner = owner

    def local_address(self, remote: bytes) -> bytes:
        return self._address

    def next_hop(self, destination: bytes) -> bytes:
        return self._owner.next_hop(destination)


class _OwnersNeighbours(Neighbours):
    """What the owner knows of the neighbours."""

    # To look is cheap, and the owner asks in its own time: three times, a second apart.
    ask_interval = 20 * _MILLISECOND
    ask_num = 160

    def __init__(
        self,
        ethertype: int,
        owner: Owner,
        mac: bytes,
        send: Callable[[bytes], None],
        tell: Callable[[Change], None],
    ) -> None:
        super().__init__(mac, send, tell)
        self.ethertype = ethertype
        self._owner = owner

    def _ask_for(self, address: bytes, mac: bytes | None, now: int) -> None:
        found = self._owner.look_up(address)
        if found is not None:
            self._learn(address, found, now)
