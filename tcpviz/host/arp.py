"""ARP (RFC 826): who has which IPv4 address, and that ours is ours (RFC 5227)."""

from collections.abc import Callable

from tcpviz.host.claim import Claim
from tcpviz.host.events import HostEvent
from tcpviz.host.neighbours import Neighbours
from tcpviz.wire import arp, ethernet
from tcpviz.wire.arp import ArpPacket

_NO_MAC = bytes(6)
_NO_ADDRESS = bytes(4)


class ArpCache(Neighbours):
    """The neighbours of a host with `mac` and `address`, and its right to that address.

    `is_on_link` says of which addresses there may be an unasked word; `probe` as for `Claim`.
    """

    ethertype = ethernet.IPV4

    def __init__(
        self,
        mac: bytes,
        address: bytes,
        is_on_link: Callable[[bytes], bool],
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
        *,
        probe: bool = False,
    ) -> None:
        super().__init__(mac, send, tell)
        self._address = address
        self._is_on_link = is_on_link
        self.claim = Claim(
            address,
            probe=probe,
            ask=lambda: self._ask_as(_NO_ADDRESS, address),
            announce=lambda: self._ask_as(address, address),
            tell=tell,
        )

    def on_arp(self, packet: ArpPacket, now: int) -> None:
        """Hear of rivals, learn from a packet, and answer it when it asks for us."""
        if packet.sender_mac == self._mac or packet.sender_mac[0] & 1:
            return  # our own voice, or a group's address that nobody can have
        sender = packet.sender_address
        if sender == self._address:
            self.claim.on_rival_use(packet.sender_mac, now)
        elif sender == _NO_ADDRESS and packet.target_address == self._address:
            self.claim.on_rival_probe(packet.sender_mac)
        if self.claim.holds:
            self._hear(packet, now)

    def _hear(self, packet: ArpPacket, now: int) -> None:
        asks_for_us = packet.operation == arp.REQUEST and packet.target_address == self._address
        # RFC 826: what is known already is updated by any packet, a new entry made by one that is for us.
        sender = packet.sender_address
        if sender in self._known or (asks_for_us and self._is_on_link(sender)):
            self._learn(sender, packet.sender_mac, now)
        if asks_for_us:
            self._send_arp(arp.REPLY, packet.sender_mac, self._address, packet.sender_mac, sender)

    def _ask_for(self, address: bytes, mac: bytes | None, now: int) -> None:
        self._ask_as(self._address, address)

    def _ask_as(self, sender: bytes, target: bytes) -> None:
        """Ask who has `target`. From 0.0.0.0 it is a probe, for the sender itself an announcement."""
        self._send_arp(arp.REQUEST, ethernet.BROADCAST, sender, _NO_MAC, target)

    def _send_arp(
        self, operation: int, destination: bytes, sender: bytes, target_mac: bytes, target: bytes
    ) -> None:
        packet = ArpPacket(operation, self._mac, sender, target_mac, target)
        self._send(ethernet.build(destination, self._mac, ethernet.ARP, arp.build(packet)))
