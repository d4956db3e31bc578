"""Who has which address on the link: the cache that ARP (RFC 1122 section 2.3.2) and NDP (RFC 4861) fill.

Knows no connection; whoever wants to send to a neighbour calls `resolve` until it gives a MAC address.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from tcpviz.host.events import NeighbourResolved, NeighbourUnreachable
from tcpviz.wire import ethernet

_SECOND = 1_000_000_000

ASK_INTERVAL = _SECOND
"""RFC 1122 2.3.2.1: no more than one request a second for one address. RFC 4861 section 10: the same."""
ASK_NUM = 3
"""Unanswered requests after which a neighbour is told to be unreachable."""

CAPACITY = 256
"""Neighbours kept at a time: RFC 1122 2.3.2.1 wants the cache flushed of what nobody uses."""

WAITING_NUM = 4
"""Packets that are kept for a neighbour that has not answered yet."""

Change = NeighbourResolved | NeighbourUnreachable


class _Neighbour:
    """One address: known (`mac`), being asked for (`unanswered`), or both while it is confirmed, which may
    have to wait (`delayed`).

    Without a `deadline` it is stale: known once, and confirmed when a connection wants it again.
    """

    __slots__ = ("deadline", "delayed", "mac", "unanswered", "waiting", "wanted")

    def __init__(self) -> None:
        self.mac: bytes | None = None
        self.unanswered = 0
        self.delayed = False
        self.deadline: int | None = None
        self.wanted = False
        self.waiting: deque[bytes] = deque(maxlen=WAITING_NUM)


class Neighbours(ABC):
    """The cache of a host with the Ethernet address `mac`. `send` takes frames, `tell` what happened."""

    ask_interval = ASK_INTERVAL
    ask_num = ASK_NUM
    lifetime = 60 * _SECOND
    """RFC 1122 2.3.2.1 (1): what was learnt longer ago is asked for again when it is next used."""
    delay = 0
    """How long who is stale is spoken to before it is asked for."""
    ethertype: int
    """Of the packets to the neighbours."""

    def __init__(self, mac: bytes, send: Callable[[bytes], None], tell: Callable[[Change], None]) -> None:
        self._mac = mac
        self._send = send
        self._tell = tell
        self._known: dict[bytes, _Neighbour] = {}

    @abstractmethod
    def _ask_for(self, address: bytes, mac: bytes | None, now: int) -> None:
        """Send the question who has `address`; it was at `mac`, if that is known."""

    def resolve(self, address: bytes, now: int) -> bytes | None:
        """The MAC address of a neighbour that a connection is about to send to; None when it is not known
        yet, and has been asked for."""
        neighbour = self._asked_for(address, now)
        neighbour.wanted = True
        return neighbour.mac

    def is_unreachable(self, address: bytes) -> bool:
        """Whether a neighbour was asked for in vain, as NeighbourUnreachable told, and still is."""
        neighbour = self._known.get(address)
        return neighbour is not None and neighbour.mac is None and neighbour.unanswered > self.ask_num

    def send_packet(self, address: bytes, packet: bytes, now: int) -> None:
        """Send an IP packet to a neighbour, at once or when it has answered.

        Of many that wait for the same neighbour the latest are kept (RFC 1122 section 2.3.2.2).
        """
        neighbour = self._asked_for(address, now)
        if neighbour.mac is None:
            neighbour.waiting.append(packet)
        else:
            self._send(ethernet.build(neighbour.mac, self._mac, self.ethertype, packet))

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
        deadlines = (neighbour.deadline for neighbour in self._known.values())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def on_deadline(self, now: int) -> None:
        """Ask again who has not answered, and forget whom nobody has wanted since."""
        for address, neighbour in list(self._known.items()):
            if neighbour.deadline is None or now < neighbour.deadline:
                continue
            if not neighbour.wanted and not neighbour.waiting:
                del self._known[address]
            elif neighbour.unanswered:
                self._ask_again(address, neighbour, now)
            elif neighbour.delayed:
                self._ask(address, neighbour, now)
            else:
                neighbour.deadline = None
                neighbour.wanted = False

    def _ask_again(self, address: bytes, neighbour: _Neighbour, now: int) -> None:
        if neighbour.unanswered == self.ask_num:
            neighbour.mac = None
            neighbour.waiting.clear()
            neighbour.wanted = False
            self._tell(NeighbourUnreachable(address, ASK_NUM))
        self._ask(address, neighbour, now)

    def _asked_for(self, address: bytes, now: int) -> _Neighbour:
        """The entry of an address, with a question on its way where there was none, or soon where it is
        stale."""
        neighbour = self._known.get(address) or self._add(address)
        if neighbour.deadline is None:
            if neighbour.mac is None or not self.delay:
                self._ask(address, neighbour, now)
            else:
                neighbour.delayed = True
                neighbour.deadline = now + self.delay
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
        neighbour.delayed = False
        neighbour.deadline = now + self.ask_interval
        self._ask_for(address, neighbour.mac, now)

    def _learn(self, address: bytes, mac: bytes, now: int, *, confirmed: bool = True) -> None:
        """`address` is at `mac`. Where that is no answer (`confirmed`), it is asked for when used."""
        neighbour = self._known.get(address) or self._add(address)
        if neighbour.mac == mac and not confirmed:
            return
        if neighbour.mac != mac:
            neighbour.mac = mac
            self._tell(NeighbourResolved(address, mac))
        neighbour.unanswered = 0
        neighbour.delayed = False
        neighbour.deadline = now + self.lifetime if confirmed else None
        while neighbour.waiting:
            self._send(ethernet.build(mac, self._mac, self.ethertype, neighbour.waiting.popleft()))
