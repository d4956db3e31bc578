"""What happened to the host, outside of any connection: one frozen value per thing.

Addresses are packed (4 octets IPv4, 6 octets MAC), those of a DHCP lease apart.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address

from tcpviz.host.lease import Lease


@dataclass(frozen=True, slots=True)
class HostEvent:
    """Base of all events of the host."""


@dataclass(frozen=True, slots=True)
class AddressClaimed(HostEvent):
    """Nobody answered the probes: the address is ours now (RFC 5227 section 2.3)."""

    address: bytes


@dataclass(frozen=True, slots=True)
class AddressDefended(HostEvent):
    """`mac` used our address; we announced that it is ours (RFC 5227 section 2.4)."""

    address: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class AddressConflict(HostEvent):
    """`mac` has the address: it was never claimed, or is given up with all its connections."""

    address: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class AddressTaken(HostEvent):
    """`mac` has an address that we had made up: we make up another (RFC 7217 section 6)."""

    address: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class AddressExpired(HostEvent):
    """No router has confirmed the network of our address in time: it is given up (RFC 4862 section 5.5.4)."""

    address: bytes


@dataclass(frozen=True, slots=True)
class RouterFound(HostEvent):
    """A router told that it is a way out of the link (RFC 4861 section 6.3.4)."""

    address: bytes


@dataclass(frozen=True, slots=True)
class NoRouterFound(HostEvent):
    """No router answered `attempts` solicitations."""

    attempts: int


@dataclass(frozen=True, slots=True)
class NeighbourResolved(HostEvent):
    """ARP found out who has `address` on this link, or that somebody else has it now."""

    address: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class NeighbourUnreachable(HostEvent):
    """Nobody answered `attempts` ARP requests for `address`; asking goes on while a flow waits for it."""

    address: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class EchoAnswered(HostEvent):
    """A ping from `address` was answered, `length` octets of data."""

    address: bytes
    length: int


@dataclass(frozen=True, slots=True)
class DatagramReassembled(HostEvent):
    """The last missing fragment of a datagram from `address` is here: `length` octets in all."""

    address: bytes
    length: int


@dataclass(frozen=True, slots=True)
class ReassemblyTimedOut(HostEvent):
    """Not all fragments of a datagram came within a minute: the rest is not waited for."""


@dataclass(frozen=True, slots=True)
class SegmentRefused(HostEvent):
    """A segment for no connection of ours was answered with a RST (RFC 9293 section 3.10.7.1)."""

    address: bytes
    port: int
    local_port: int


@dataclass(frozen=True, slots=True)
class FrameDropped(HostEvent):
    """A frame for us changed nothing; the reason completes "dropped: ..."."""

    reason: str


@dataclass(frozen=True, slots=True)
class DhcpOffered(HostEvent):
    """A DHCP server has an address for us; we ask for it (RFC 2131 section 3.1)."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class DhcpBound(HostEvent):
    """The leased address is ours: the server acknowledged it, and nobody answered the probes."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class DhcpRenewed(HostEvent):
    """A server lets us keep the address for longer (RFC 2131 section 4.4.5)."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class DhcpRefused(HostEvent):
    """The server says no (DHCPNAK), with `text` where it says why: we begin anew."""

    address: IPv4Address
    server: IPv4Address
    text: str


@dataclass(frozen=True, slots=True)
class DhcpAddressTaken(HostEvent):
    """Somebody has the address that the server lent; it was told so (DHCPDECLINE), and is asked again."""

    address: IPv4Address
    server: IPv4Address


@dataclass(frozen=True, slots=True)
class DhcpUnanswered(HostEvent):
    """No server answered `attempts` messages; `offered`: one had made an offer before."""

    attempts: int
    offered: bool


@dataclass(frozen=True, slots=True)
class DhcpExpired(HostEvent):
    """No server gave more time: the address may no longer be used."""

    address: IPv4Address


@dataclass(frozen=True, slots=True)
class DhcpReleased(HostEvent):
    """The address was given back (DHCPRELEASE)."""

    address: IPv4Address
    server: IPv4Address
