"""The right to an address: ARP probe, announcement and defence (RFC 5227, address conflict detection).

Knows one address, and nothing of who else is on the link.
"""

from collections.abc import Callable
from enum import Enum

from tcpviz.host.events import AddressClaimed, AddressConflict, AddressDefended, HostEvent
from tcpviz.wire import arp, ethernet
from tcpviz.wire.arp import ArpPacket

_MILLISECOND = 1_000_000
_SECOND = 1_000_000_000

# RFC 5227 section 1.1 has 3 probes 1 to 2 s apart after a random second, and waits 2 s more. A person
# waits for us, on a link that answers within milliseconds: we ask as often, in 0.6 s.
PROBE_NUM = 3
PROBE_INTERVAL = 200 * _MILLISECOND
ANNOUNCE_NUM = 2
ANNOUNCE_INTERVAL = 2 * _SECOND
DEFEND_INTERVAL = 10 * _SECOND

_NO_MAC = bytes(6)
_NO_ADDRESS = bytes(4)


class _State(Enum):
    PROBING = "probing"
    OURS = "ours"
    LOST = "lost"


class Claim:
    """Whether `address` is ours to use. `send` takes the frames to be sent, `tell` what happened."""

    def __init__(
        self,
        mac: bytes,
        address: bytes,
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
        *,
        probe: bool,
    ) -> None:
        self._mac = mac
        self._address = address
        self._send = send
        self._tell = tell
        self._state = _State.PROBING if probe else _State.OURS
        self._deadline = 0 if probe else None
        self._probes = 0
        self._announcements = 0
        self._last_conflict: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the address may be used now."""
        return self._state is _State.OURS

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called; time 0 begins the probing."""
        return self._deadline

    def on_deadline(self, now: int) -> None:
        """Send the next probe or announcement, if its time has come."""
        if self._deadline is None or now < self._deadline:
            return
        if self._state is _State.PROBING and self._probes < PROBE_NUM:
            self._probes += 1
            self._ask(_NO_ADDRESS)
            self._deadline = now + PROBE_INTERVAL
        else:
            self._announce_as_ours(now)

    def _announce_as_ours(self, now: int) -> None:
        if self._state is _State.PROBING:
            self._state = _State.OURS
            self._tell(AddressClaimed(self._address))
        self._announcements += 1
        self._ask(self._address)
        self._deadline = now + ANNOUNCE_INTERVAL if self._announcements < ANNOUNCE_NUM else None

    def on_arp(self, packet: ArpPacket, now: int) -> None:
        """Look for somebody else who uses the address, or is about to."""
        if packet.sender_mac == self._mac or self._state is _State.LOST:
            return
        # RFC 5227 2.1.1: another host that probes for the same address is a conflict too.
        rival_probe = packet.sender_address == _NO_ADDRESS and packet.target_address == self._address
        if self._state is _State.PROBING:
            if packet.sender_address == self._address or rival_probe:
                self._give_up(packet.sender_mac)
        elif packet.sender_address == self._address:
            self._defend(packet.sender_mac, now)

    def _defend(self, rival: bytes, now: int) -> None:
        # RFC 5227 2.4 (b): defend once; who insists within DEFEND_INTERVAL gets the address.
        recent = self._last_conflict is not None and now - self._last_conflict < DEFEND_INTERVAL
        self._last_conflict = now
        if recent:
            self._give_up(rival)
        else:
            self._ask(self._address)
            self._tell(AddressDefended(self._address, rival))

    def _give_up(self, rival: bytes) -> None:
        self._state = _State.LOST
        self._deadline = None
        self._tell(AddressConflict(self._address, rival))

    def _ask(self, sender_address: bytes) -> None:
        """Send a probe (sender 0.0.0.0) or an announcement (sender and target the same)."""
        packet = ArpPacket(arp.REQUEST, self._mac, sender_address, _NO_MAC, self._address)
        self._send(ethernet.build(ethernet.BROADCAST, self._mac, ethernet.ARP, arp.build(packet)))
