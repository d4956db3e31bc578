"""The gate between link and host: what passes, what waits, and what the user does to the next frame.

A pure queue: it knows no link, host or thread. The run puts frames in front of it and takes out those
that may take effect.
"""

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from tcpviz.link.base import Direction, Fate
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.wire import dhcp, ethernet, ipv4

if TYPE_CHECKING:
    from tcpviz.host.flow import Flow
    from tcpviz.session.watch import Watch

DELAY = 300_000_000
"""How long the user's "delay" keeps a frame back, in ns: longer than the shortest retransmission timeout."""

CAPACITY = 4096
"""Frames that wait at most: more than a window of them. What comes then is lost, as before any full queue."""

BY_HAND = "by hand"
"""What is recorded of a frame whose fate the user decided."""

_ETHERTYPE = slice(12, 14)
_IPV4, _IPV6 = (ethertype.to_bytes(2, "big") for ethertype in (ethernet.IPV4, ethernet.IPV6))
_PROTOCOL = 23
_CLIENT, _SERVER = (port.to_bytes(2, "big") for port in (dhcp.CLIENT_PORT, dhcp.SERVER_PORT))
_DHCP_PORTS = (_CLIENT + _SERVER, _SERVER + _CLIENT)
_NEXT_HEADER, _ICMPV6_TYPE = 20, 54
_ICMPV6 = 58
_NEIGHBOUR_DISCOVERY = range(133, 138)
"""The types of ICMPv6 that do what ARP does for IPv4 (RFC 4861 section 4)."""


class GateAction(Enum):
    """What the user can do to the frame at the gate."""

    PASS = "pass"
    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    CORRUPT = "corrupt"


@dataclass(slots=True)
class Waiting:
    """A frame in front of the gate. An outgoing one brings the engine's state at the moment it was made."""

    direction: Direction
    data: bytes
    since: int
    vouched: bool = False
    flow: "Flow | None" = None
    snapshot: Snapshot | None = None
    events: Sequence[Event] = ()
    fate: Fate = Fate.PASSED
    """What the network did to it before it came here."""
    text: str = ""
    """What the recording is to say of it."""
    stop: "Watch | None" = None
    """The breakpoint that wants to stop before it."""
    made: int = 0
    """How often something had taken effect by the time it was made; see `Run`."""


@dataclass(slots=True)
class Gate:
    """Shut (`held`), it lets nothing through but what `next` takes out; delayed frames come back alone."""

    held: bool = False
    queue: deque[Waiting] = field(default_factory=deque)
    _delayed: list[tuple[int, int, Waiting]] = field(default_factory=list)
    _order: int = 0

    def stops(self, data: bytes) -> bool:
        """Whether this frame has to wait. ARP, neighbour discovery and DHCP never do: they are the first
        hop's affair, and a host that is kept from them takes addresses that others have, neighbours for gone,
        and the network for one that lends no address."""
        return self.held and (_is_ipv4_packet(data) or _is_ipv6_packet(data))

    @property
    def full(self) -> bool:
        """Whether no further frame can wait."""
        return len(self.queue) >= CAPACITY

    def next(self) -> Waiting | None:
        """The frame at the gate, taken out; None when there is none."""
        return self.queue.popleft() if self.queue else None

    def delay(self, waiting: Waiting, now: int) -> None:
        """Keep this frame back for `DELAY`; it passes then even through a shut gate."""
        self._order += 1
        heapq.heappush(self._delayed, (now + DELAY, self._order, waiting))

    def due(self, now: int) -> Iterator[Waiting]:
        """The delayed frames whose time has come."""
        while self._delayed and self._delayed[0][0] <= now:
            yield heapq.heappop(self._delayed)[2]

    def next_deadline(self) -> int | None:
        """When the first delayed frame returns."""
        return self._delayed[0][0] if self._delayed else None


def _is_ipv4_packet(data: bytes) -> bool:
    """Whether the frame carries IPv4 that goes beyond the first hop."""
    if data[_ETHERTYPE] != _IPV4:
        return False
    if len(data) <= _PROTOCOL or data[_PROTOCOL] != ipv4.UDP:
        return True
    ports = ethernet.HEADER_LENGTH + (data[ethernet.HEADER_LENGTH] & 15) * 4
    return data[ports : ports + 4] not in _DHCP_PORTS


def _is_ipv6_packet(data: bytes) -> bool:
    """Whether the frame carries IPv6 that goes beyond the first hop."""
    if data[_ETHERTYPE] != _IPV6:
        return False
    discovers = (
        len(data) > _ICMPV6_TYPE
        and data[_NEXT_HEADER] == _ICMPV6
        and data[_ICMPV6_TYPE] in _NEIGHBOUR_DISCOVERY
    )
    return not discovers
