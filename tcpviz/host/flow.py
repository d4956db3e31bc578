"""A connection and the two endpoints that it joins."""

from ipaddress import IPv4Address
from typing import NamedTuple

from tcpviz.host.envelope import Envelope
from tcpviz.tcp.connection import Connection
from tcpviz.wire import ipv4
from tcpviz.wire.checksum import pseudo_header


class Endpoint(NamedTuple):
    """One end of a connection; the address is packed (4 octets)."""

    address: bytes
    port: int

    def __str__(self) -> str:
        return f"{IPv4Address(self.address)}:{self.port}"


class Flow:
    """One connection of a host: the `number`-th, counted from 1."""

    __slots__ = ("connection", "envelope", "local", "neighbour", "number", "pseudo_header", "remote")

    def __init__(
        self, number: int, local: Endpoint, remote: Endpoint, neighbour: bytes, connection: Connection
    ) -> None:
        self.number = number
        self.local = local
        self.remote = remote
        self.neighbour = neighbour
        """The address of the next hop: the remote one, or the gateway's."""
        self.connection = connection
        self.pseudo_header = pseudo_header(local.address, remote.address, ipv4.TCP, 0)
        """The part of every TCP checksum that the addresses make up, in either direction."""
        self.envelope: Envelope | None = None
        """What its segments travel in; None until the neighbour's MAC address is known."""

    def __repr__(self) -> str:
        return f"<Flow {self.number} {self.local} > {self.remote} {self.connection.state}>"
