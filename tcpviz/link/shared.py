"""The raw link at the kernel's own addresses: connections of ours beside those of the kernel.

Each gets a port that the kernel keeps for nobody else, is let in by our filter and kept from the kernel's
TCP. ARP, neighbour discovery, routes and pings stay the kernel's affair.
"""

import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

from tcpviz.host.errors import HostError
from tcpviz.host.flow import Endpoint
from tcpviz.link import bpf
from tcpviz.link.base import LinkError
from tcpviz.link.privileged import HeldBack, seek_neighbour
from tcpviz.link.raw import RawLink
from tcpviz.link.routing import neighbour, way_to


class SharedLink(RawLink):
    """A Link on `interface` for connections at the addresses that the kernel has there.

    A `host.shared.Owner` too: the kernel's knowledge and its ports. Raises LinkError with what to do.
    """

    def __init__(self, interface: str) -> None:
        super().__init__(interface)
        self._interface = interface
        self._index = socket.if_nametoindex(interface)
        self._ports: list[socket.socket] = []
        self._heard: list[bpf.Program] = []
        try:
            self._holdback = HeldBack()
        except LinkError:
            super().close()
            raise

    def next_hop(self, destination: bytes) -> bytes:
        """The neighbour that the kernel's routes lead over. Raises HostError."""
        try:
            return way_to(ip_address(destination), self._interface).next_hop.packed
        except LinkError as error:
            raise HostError(str(error)) from None

    def look_up(self, address: bytes) -> bytes | None:
        """The MAC address that the kernel knows; None when it has to ask, which it does then."""
        there = ip_address(address)
        mac = neighbour(self._index, there)
        with suppress(OSError):  # also to have it confirm what it knew long ago
            seek_neighbour(self._index, there)
        return mac

    def take_port(self, local: bytes, remote: Endpoint) -> int:
        """A port that the kernel gives nobody else, for one connection. Raises HostError."""
        port = self._reserve(socket.SOCK_STREAM, str(ip_address(local)))
        try:
            # First of all the kernel must be deaf: we may answer to what it never hears.
            self._holdback.add((local, port), remote)
        except LinkError as error:
            raise HostError(str(error)) from None
        self._hear(bpf.single(bpf.Connection((local, port), remote)))
        return port

    def take_udp_port(self) -> int:
        """A UDP port that the kernel gives nobody else. Raises HostError.

        What comes for it reaches the kernel's socket too, where nobody reads it, and so needs no table.
        """
        port = self._reserve(socket.SOCK_DGRAM, "::" if socket.has_dualstack_ipv6() else "0.0.0.0")
        self._hear(bpf.datagrams(port))
        return port

    def _hear(self, more: Iterable[bpf.Program]) -> None:
        self._heard += more
        try:
            self.admit(self._heard)
        except LinkError as error:
            raise HostError(str(error)) from None

    def _reserve(self, kind: socket.SocketKind, address: str) -> int:
        """A port for a socket that does nothing: it neither listens nor connects."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        reserved = socket.socket(family, kind)
        self._ports.append(reserved)
        try:
            if address == "::":
                reserved.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            reserved.bind((address, 0))
        except OSError as error:
            raise HostError(f"the kernel gives us no port at {address}: {error.strerror}") from None
        port: int = reserved.getsockname()[1]
        return port

    def close(self) -> None:
        """Give ports and connections back to the kernel."""
        super().close()
        self._holdback.close()
        for reserved in self._ports:
            reserved.close()
