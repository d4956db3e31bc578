"""Ethernet II headers (RFC 894). No VLAN tags, no LLC: such frames have another EtherType."""

from struct import Struct
from typing import NamedTuple

from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

HEADER_LENGTH = 14
BROADCAST = b"\xff" * 6

IPV4 = 0x0800
ARP = 0x0806
IPV6 = 0x86DD

_HEADER = Struct("!6s6sH")


class EthernetHeader(NamedTuple):
    """The addresses are 6 octets each."""

    destination: bytes
    source: bytes
    ethertype: int


def parse(frame: Buffer) -> tuple[EthernetHeader, memoryview]:
    """The header, and what follows it: padding still included, the network layer knows where it begins."""
    if len(frame) < HEADER_LENGTH:
        raise ParseError(f"{len(frame)} octets are no Ethernet frame")
    return EthernetHeader._make(_HEADER.unpack_from(frame)), memoryview(frame)[HEADER_LENGTH:]


def build(destination: bytes, source: bytes, ethertype: int, payload: Buffer) -> bytes:
    """A frame, not padded: that is the device's affair."""
    return _HEADER.pack(destination, source, ethertype) + payload
