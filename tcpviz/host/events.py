"""What happened to the host, outside of any connection: one frozen value per thing.

Addresses are packed: 4 octets IPv4, 6 octets MAC.
"""

from dataclasses import dataclass


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
class SegmentRefused(HostEvent):
    """A segment for no connection of ours was answered with a RST (RFC 9293 section 3.10.7.1)."""

    address: bytes
    port: int
    local_port: int


@dataclass(frozen=True, slots=True)
class FrameDropped(HostEvent):
    """A frame for us changed nothing; the reason completes "dropped: ..."."""

    reason: str
