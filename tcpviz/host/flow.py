"""A connection and the two endpoints that it joins."""

from ipaddress import ip_address
from typing import NamedTuple

from tcpviz.host.envelope import Envelope
from tcpviz.host.stack import TCP, Stack
from tcpviz.tcp.connection import Connection
from tcpviz.wire.checksum import pseudo_header


class Endpoint(NamedTuple):
    """One end of a connection; the address is packed: 4 octets for IPv4, 16 for IPv6."""

    address: bytes
    port: int

    def __str__(self) -> str:
        address = ip_address(self.address)
        return f"{address}:{self.port}" if address.version == 4 else f"[{address}]:{self.port}"


class Flow:
    """One connection of a host: the `number`-th, counted from 1."""

    __slots__ = (
        "connection",
        "envelope",
        "local",
        "neighbour",
        "number",
        "pseudo_header",
        "remote",
        "stack",
    )

    def __init__(
        self,
        number: int,
        local: Endpoint,
        remote: Endpoint,
        neighbour: bytes,
        connection: Connection,
        stack: Stack,
    ) -> None:
        self.number = number
        self.local = local
        self.remote = remote
        self.neighbour = neighbour
        """The address of the next hop: the remote one, or the gateway's."""
        self.connection = connection
        self.stack = stack
        """The family of both addresses."""
        self.pseudo_header = pseudo_header(local.address, remote.address, TCP, 0)
        """The part of every TCP checksum that the addresses make up, in either direction."""
        self.envelope: Envelope | None = None
        """What its segments travel in; None until the neighbour's MAC address is known."""

    def __repr__(self) -> str:
        return f"<Flow {self.number} {self.local} > {self.remote} {self.connection.state}>"
