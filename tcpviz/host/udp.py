"""UDP ports of ours (RFC 768, RFC 1122 section 4.1): who has which, and whom a datagram is for.

Knows no packets: it gets and gives payloads and endpoints.
"""

import random
from collections.abc import Callable

from tcpviz.host.errors import HostError
from tcpviz.host.flow import Endpoint
from tcpviz.host.ports import EPHEMERAL
from tcpviz.tcp.icmp import IcmpError

Received = Callable[[Endpoint, bytes, int], None]
"""Takes whom a datagram is from, its payload, and the time."""
Failed = Callable[[Endpoint, IcmpError, int], None]
"""Takes to whom a datagram could not be brought, what ICMP says about it, and the time."""
Transmit = Callable[[int, Endpoint, bytes, int], None]
"""Sends from a port of ours to an endpoint; HostError where there is no way."""


class UdpPort:
    """The port `number`, ours until `close`. With a `remote` it hears of nobody else ("connected")."""

    def __init__(
        self,
        number: int,
        remote: Endpoint | None,
        received: Received,
        failed: Failed,
        transmit: Transmit,
        close: Callable[["UdpPort"], None],
    ) -> None:
        self.number = number
        self.remote = remote
        self.received = received
        self.failed = failed
        self._transmit = transmit
        self._close = close

    def send(self, remote: Endpoint, payload: bytes, now: int) -> None:
        """One datagram to `remote`. HostError where there is no way, or it is larger than a packet may be."""
        self._transmit(self.number, remote, payload, now)

    def close(self) -> None:
        """What comes from now on is nobody's. May be called twice."""
        self._close(self)


class UdpPorts:
    """All open ports."""

    def __init__(self, rng: random.Random, transmit: Transmit) -> None:
        self._rng = rng
        self._transmit = transmit
        self._ports: dict[int, UdpPort] = {}

    def open(
        self, received: Received, failed: Failed, *, remote: Endpoint | None = None, number: int | None = None
    ) -> UdpPort:
        """A port; without `number` one at random (RFC 6056). HostError when it is taken."""
        if number is None:
            number = self._free_port()
        elif number in self._ports:
            raise HostError(f"the UDP port {number} is open already")
        port = UdpPort(number, remote, received, failed, self._transmit, self._forget)
        self._ports[number] = port
        return port

    def find(self, number: int, remote: Endpoint) -> UdpPort | None:
        """The port that is to hear of `remote`."""
        port = self._ports.get(number)
        return port if port is not None and port.remote in (None, remote) else None

    def _free_port(self) -> int:
        first = self._rng.randrange(len(EPHEMERAL))
        for offset in range(len(EPHEMERAL)):
            number = EPHEMERAL[(first + offset) % len(EPHEMERAL)]
            if number not in self._ports:
                return number
        raise HostError(f"all {len(EPHEMERAL)} UDP ports are open")

    def _forget(self, port: UdpPort) -> None:
        if self._ports.get(port.number) is port:
            del self._ports[port.number]
