"""One family of addresses on a link: what IPv4 and IPv6 have to offer to a host and its connections."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from tcpviz.host.address import Address
from tcpviz.host.envelope import Ipv4Envelope, Ipv6Envelope
from tcpviz.host.events import HostEvent
from tcpviz.host.neighbours import Neighbours
from tcpviz.tcp.config import Network
from tcpviz.tcp.icmp import IcmpError
from tcpviz.wire.ethernet import EthernetHeader
from tcpviz.wire.icmp import QuotedSegment

TCP = 6
UDP = 17
"""The numbers that both families have for them (IANA's protocol numbers)."""


class Datagram(NamedTuple):
    """What a packet carries for a transport protocol; addresses are packed."""

    source: bytes
    destination: bytes
    protocol: int
    data: memoryview
    vouched: bool
    """As `Frame.vouched`: nobody has to look at the checksum."""
    packet: memoryview
    """The whole packet, as an error about it quotes it."""
    named_at: int
    """Where in the packet `protocol` stands."""
    ecn: int
    """The ECN bits of its header (RFC 3168 section 5)."""


class Report(NamedTuple):
    """An ICMP error, and the segment of ours that it is about."""

    quoted: QuotedSegment
    error: IcmpError


Arrival = Datagram | Report


class Stack(ABC):
    """Addresses, neighbours and control messages of one family.

    `send` takes frames, `tell` what happened. Whatever arrives raises ParseError or DropError when it is
    for us and changes nothing.
    """

    version: ClassVar[int]
    """4 or 6."""
    ethertypes: ClassVar[tuple[int, ...]]
    """Of the frames that `on_frame` wants."""
    envelope: type[Ipv4Envelope] | type[Ipv6Envelope]
    network: ClassVar[Network]
    neighbours: Neighbours

    def __init__(
        self, mac: bytes, mtu: int, send: Callable[[bytes], None], tell: Callable[[HostEvent], None]
    ) -> None:
        self.mtu = mtu
        """The largest packet that leaves, in octets."""
        self._mac = mac
        self._send = send
        self._tell = tell

    @property
    def dns_servers(self) -> tuple[Address, ...]:
        """The DNS servers that the network has told us of."""
        return ()

    def release(self) -> None:
        """Give back what was lent, as the last thing of all."""
        return

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether it is settled which address is ours, and there is one."""

    @abstractmethod
    def holds(self, address: bytes) -> bool:
        """Whether `address` is ours to use now."""

    @abstractmethod
    def local_address(self, remote: bytes) -> bytes:
        """Which of our addresses a connection to `remote` should have."""

    @abstractmethod
    def next_hop(self, destination: bytes) -> bytes:
        """The neighbour to give a packet for `destination` to.

        Raises HostError, with what to do, where there is none.
        """

    @abstractmethod
    def may_be_remote(self, source: bytes) -> bool:
        """Whether a packet can come from there."""

    @abstractmethod
    def on_frame(
        self, header: EthernetHeader, payload: memoryview, vouched: bool, now: int
    ) -> Arrival | None:
        """Take in a frame of one of our EtherTypes; returns what it brings for a connection."""

    @abstractmethod
    def send_packet(self, source: bytes, destination: bytes, protocol: int, data: bytes, now: int) -> None:
        """Send a packet that belongs to no connection. Raises DropError where there is no way for it."""

    @abstractmethod
    def refuse_protocol(self, datagram: Datagram, now: int) -> None:
        """Nobody here takes this protocol: tell the source, where that is usual, and raise DropError."""

    @abstractmethod
    def refuse_port(self, datagram: Datagram, now: int) -> None:
        """Nobody here has the UDP port of this datagram: tell the source, and raise DropError."""

    @abstractmethod
    def on_deadline(self, now: int) -> None:
        """Let every timer run whose time has come."""

    @abstractmethod
    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
