"""ARP for IPv4 over Ethernet (RFC 826)."""

from struct import Struct
from typing import NamedTuple

from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

REQUEST = 1
REPLY = 2

_PACKET = Struct("!HHBBH6s4s6s4s")
_ETHERNET_IPV4 = (1, 0x0800, 6, 4)


class ArpPacket(NamedTuple):
    """MAC addresses are 6 octets, IPv4 addresses 4. A probe has the sender's address 0.0.0.0 (RFC 5227)."""

    operation: int
    sender_mac: bytes
    sender_address: bytes
    target_mac: bytes
    target_address: bytes


def parse(data: Buffer) -> ArpPacket:
    """The packet in the payload of an Ethernet frame; what follows it is padding."""
    if len(data) < _PACKET.size:
        raise ParseError(f"{len(data)} octets are no ARP packet")
    fields = _PACKET.unpack_from(data)
    if fields[:4] != _ETHERNET_IPV4:
        raise ParseError("ARP for something else than IPv4 over Ethernet")
    return ArpPacket._make(fields[4:])


def build(packet: ArpPacket) -> bytes:
    """The 28 octets of `packet`."""
    return _PACKET.pack(*_ETHERNET_IPV4, *packet)
