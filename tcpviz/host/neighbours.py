"""Who has which address on the link: the ARP cache (RFC 826, RFC 1122 section 2.3.2).

Knows no connection; whoever wants to send to a neighbour calls `resolve` until it gives a MAC address.
"""

from collections.abc import Callable

from tcpviz.host.events import NeighbourResolved, NeighbourUnreachable
from tcpviz.wire import arp, ethernet
from tcpviz.wire.arp import ArpPacket

_SECOND = 1_000_000_000

ASK_INTERVAL = _SECOND
"""RFC 1122 2.3.2.1: no more than one request a second for one address."""
ASK_NUM = 3
"""Unanswered requests after which a neighbour is told to be unreachable."""
LIFETIME = 60 * _SECOND
"""RFC 1122 2.3.2.1 (1): what was learnt longer ago is asked for again when it is next used."""

CAPACITY = 256
"""Neighbours kept at a time: RFC 1122 2.3.2.1 wants the cache flushed of what nobody uses."""

_NO_MAC = bytes(6)

Change = NeighbourResolved | NeighbourUnreachable


class _Neighbour:
    """One address: known (`mac`), being asked for (`unanswered`), or both while it is confirmed.

    Without a `deadline` it is stale: known once, and confirmed when a connection wants it again.
    """

    __slots__ = ("deadline", "mac", "unanswered", "waiting", "wanted")

    def __init__(self) -> None:
        self.mac: bytes | None = None
        self.unanswered = 0
        self.deadline: int | None = None
        self.wanted = False
        self.waiting: bytes | None = None


class Neighbours:
    """The cache of a host with `mac` and `address`.

    `is_on_link` says of which addresses there may be an unasked word, `send` takes frames, `tell` what
    happened.
    """

    def __init__(
        self,
        mac: bytes,
        address: bytes,
        is_on_link: Callable[[bytes], bool],
        send: Callable[[bytes], None],
        tell: Callable[[Change], None],
    ) -> None:
        self._mac = mac
        self._address = address
        self._is_on_link = is_on_link
        self._send = send
        self._tell = tell
        self._known: dict[bytes, _Neighbour] = {}

    def resolve(self, address: bytes, now: int) -> bytes | None:
        """The MAC address of a neighbour that a connection is about to send to; None when it is not known
        yet, and has been asked for."""
        neighbour = self._asked_for(address, now)
        neighbour.wanted = True
        return neighbour.mac

    def is_unreachable(self, address: bytes) -> bool:
        """Whether a neighbour was asked for in vain, as NeighbourUnreachable told, and still is."""
        neighbour = self._known.get(address)
        return neighbour is not None and neighbour.mac is None and neighbour.unanswered > ASK_NUM

    def send_packet(self, address: bytes, packet: bytes, now: int) -> None:
        """Send an IP packet to a neighbour, at once or when it has answered.

        Of several that wait for the same neighbour the latest is kept (RFC 1122 section 2.3.2.2).
        """
        neighbour = self._asked_for(address, now)
        if neighbour.mac is None:
            neighbour.waiting = packet
        else:
            self._send(ethernet.build(neighbour.mac, self._mac, ethernet.IPV4, packet))

    def on_arp(self, packet: ArpPacket, now: int) -> None:
        """Learn from a packet, and answer it when it asks for us."""
        asks_for_us = packet.operation == arp.REQUEST and packet.target_address == self._address
        # RFC 826: what is known already is updated by any packet, a new entry made by one that is for us.
        sender = packet.sender_address
        if sender in self._known or (asks_for_us and self._is_on_link(sender)):
            self._learn(sender, packet.sender_mac, now)
        if asks_for_us:
            self._send_arp(arp.REPLY, packet.sender_mac, packet.sender_mac, packet.sender_address)

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
        deadlines = (neighbour.deadline for neighbour in self._known.values())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def on_deadline(self, now: int) -> None:
        """Ask again who has not answered, and forget whom nobody has wanted since."""
        for address, neighbour in list(self._known.items()):
            if neighbour.deadline is None or now < neighbour.deadline:
                continue
            if not neighbour.wanted and neighbour.waiting is None:
                del self._known[address]
            elif neighbour.unanswered:
                self._ask_again(address, neighbour, now)
            else:
                neighbour.deadline = None
                neighbour.wanted = False

    def _ask_again(self, address: bytes, neighbour: _Neighbour, now: int) -> None:
        if neighbour.unanswered == ASK_NUM:
            neighbour.mac = neighbour.waiting = None
            neighbour.wanted = False
            self._tell(NeighbourUnreachable(address, ASK_NUM))
        self._ask(address, neighbour, now)

    def _asked_for(self, address: bytes, now: int) -> _Neighbour:
        """The entry of an address, with a question on its way where there was none or it is stale."""
        neighbour = self._known.get(address) or self._add(address)
        if neighbour.deadline is None:
            self._ask(address, neighbour, now)
        return neighbour

    def _add(self, address: bytes) -> _Neighbour:
        """A new entry. Of a full cache the one goes that is missed least: stale, unwanted, old."""
        known = self._known
        if len(known) >= CAPACITY:
            del known[min(known, key=lambda other: (known[other].deadline is not None, known[other].wanted))]
        neighbour = known[address] = _Neighbour()
        return neighbour

    def _ask(self, address: bytes, neighbour: _Neighbour, now: int) -> None:
        neighbour.unanswered += 1
        neighbour.deadline = now + ASK_INTERVAL
        self._send_arp(arp.REQUEST, ethernet.BROADCAST, _NO_MAC, address)

    def _learn(self, address: bytes, mac: bytes, now: int) -> None:
        neighbour = self._known.get(address) or self._add(address)
        if neighbour.mac != mac:
            neighbour.mac = mac
            self._tell(NeighbourResolved(address, mac))
        neighbour.unanswered = 0
        neighbour.deadline = now + LIFETIME
        if neighbour.waiting is not None:
            self._send(ethernet.build(mac, self._mac, ethernet.IPV4, neighbour.waiting))
            neighbour.waiting = None

    def _send_arp(self, operation: int, destination: bytes, target_mac: bytes, target: bytes) -> None:
        packet = ArpPacket(operation, self._mac, self._address, target_mac, target)
        self._send(ethernet.build(destination, self._mac, ethernet.ARP, arp.build(packet)))
