"""The IPv6 addresses that are ours, or are to be: given, or made up for a network, each with its claim.

Which of them speaks to whom (RFC 6724), and which groups they make us a member of (RFC 4291 2.8). Knows no
packets and no routers.
"""

from collections.abc import Callable
from ipaddress import IPv6Network

from tcpviz.host.claim import Claim
from tcpviz.host.events import AddressConflict, AddressExpired, AddressTaken, HostEvent
from tcpviz.host.identifier import LINK_LOCAL, stable_address
from tcpviz.wire import ipv6, ndp
from tcpviz.wire.ndp import NeighbourAdvertisement, NeighbourSolicitation

_ATTEMPTS = 3
"""Addresses that are made up for one network until one is free (RFC 7217 section 7: IDGEN_RETRIES)."""


class OwnAddresses:
    """Those of a host with the Ethernet address `mac`.

    `multicast` sends a message from an address to a group, `tell` takes what happened; `probe` all before
    they are used (RFC 4862 section 5.4).
    """

    def __init__(
        self,
        mac: bytes,
        multicast: Callable[[ndp.Message, bytes, bytes], None],
        tell: Callable[[HostEvent], None],
        *,
        probe: bool,
    ) -> None:
        self.claims: dict[bytes, Claim] = {}
        """Of every address."""
        self.networks: dict[bytes, IPv6Network] = {}
        """Of each address that means something beyond the link."""
        self.link_local = ipv6.UNSPECIFIED
        self._mac = mac
        self._multicast = multicast
        self._tell = tell
        self._probe = probe
        self._made_up: dict[bytes, tuple[IPv6Network, int]] = {}
        """Of each address that we chose: in which network, and which attempt it is."""

    def add(self, address: bytes, network: IPv6Network) -> None:
        """Have this very address."""
        self.networks[address] = network
        self.claims[address] = self._claim(address)

    def make_up(self, network: IPv6Network, attempt: int = 0) -> None:
        """Have an address of our choice in `network`, the `attempt`-th."""
        address = stable_address(network, self._mac, attempt).ip.packed
        self._made_up[address] = network, attempt
        self.claims[address] = self._claim(address)
        if network is LINK_LOCAL:
            self.link_local = address
        else:
            self.networks[address] = network

    def expire(self, network: IPv6Network) -> None:
        """Give up what we chose in `network`."""
        for address in [each for each, (where, _) in self._made_up.items() if where == network]:
            self._forget(address)
            self._tell(AddressExpired(address))

    def holds(self, address: bytes) -> bool:
        """Whether `address` is ours to use now."""
        claim = self.claims.get(address)
        return claim is not None and claim.holds

    @property
    def any_held(self) -> bool:
        """Whether there is one to use now that means something beyond the link."""
        return any(map(self.holds, self.networks))

    def best_for(self, remote: bytes) -> bytes:
        """Which to speak from to `remote`."""
        # RFC 6724 section 5, rule 2: a link-local address for a link-local one, and for nobody else
        if ipv6.is_link_local(remote) or not self.networks:
            return self.link_local
        return max(self.networks, key=lambda own: (self.holds(own), _in_common(own, remote)))

    def are_meant_by(self, destination: bytes) -> bool:
        """Whether it is one of them, held or hoped for, or a group that they are in."""
        if destination in self.claims or destination == ipv6.ALL_NODES:
            return True
        return any(destination == ipv6.solicited_node(address) for address in self.claims)

    def groups(self) -> frozenset[bytes]:
        """Those in which they are asked for; in that of all nodes everybody is, and tells nobody (RFC 3810
        section 6)."""
        return frozenset(
            ipv6.solicited_node(address) for address, claim in self.claims.items() if not claim.lost
        )

    def on_deadline(self, now: int) -> None:
        """Send the probes and announcements that are due."""
        for claim in list(self.claims.values()):
            claim.on_deadline(now)

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
        moments = (claim.next_deadline() for claim in self.claims.values())
        return min((moment for moment in moments if moment is not None), default=None)

    def _claim(self, address: bytes) -> Claim:
        """The right to `address`, asked for and told by neighbour discovery."""
        return Claim(
            address,
            probe=self._probe,
            ask=lambda: self._multicast(
                NeighbourSolicitation(address), ipv6.UNSPECIFIED, ipv6.solicited_node(address)
            ),
            # RFC 4861 7.2.6: unasked for, so that the caches of the others are right
            announce=lambda: self._multicast(
                NeighbourAdvertisement(address, self._mac), address, ipv6.ALL_NODES
            ),
            tell=self._told,
        )

    def _told(self, event: HostEvent) -> None:
        """An address that we chose ourselves and that is taken is no loss, as long as there are others."""
        match event:
            case AddressConflict(address, mac) if address in self._made_up:
                network, attempt = self._made_up[address]
                if attempt + 1 < _ATTEMPTS:
                    self._tell(AddressTaken(address, mac))
                    self._forget(address)
                    self.make_up(network, attempt + 1)
                    return
        self._tell(event)

    def _forget(self, address: bytes) -> None:
        del self.claims[address], self._made_up[address]
        self.networks.pop(address, None)


def _in_common(one: bytes, other: bytes) -> int:
    """How many bits two addresses have in common from the start (RFC 6724 section 2.2)."""
    return 128 - (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_length()
