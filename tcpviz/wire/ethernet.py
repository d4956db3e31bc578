"""Ethernet II headers (RFC 894), and the tag that may stand in them for a priority (IEEE 802.1Q).

No VLANs, no LLC: such frames have another EtherType.
"""

from struct import Struct
from typing import NamedTuple

from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

HEADER_LENGTH = 14
BROADCAST = b"\xff" * 6

IPV4 = 0x0800
ARP = 0x0806
IPV6 = 0x86DD
TAG = 0x8100

TAG_LENGTH = 4
_TAG_AT = 12
_VLAN = 0x0FFF

_HEADER = Struct("!6s6sH")
_TAG = Struct("!HH")


class EthernetHeader(NamedTuple):
    """The addresses are 6 octets each."""

    destination: bytes
    source: bytes
    ethertype: int


def parse(frame: Buffer) -> tuple[EthernetHeader, memoryview]:
    """The header, and what follows it: padding still included, the network layer knows where it begins."""
    if len(frame) < HEADER_LENGTH:
        raise ParseError(f"{len(frame)} octets are no Ethernet frame")
    header, payload = EthernetHeader._make(_HEADER.unpack_from(frame)), memoryview(frame)[HEADER_LENGTH:]
    if header.ethertype == TAG and len(payload) >= TAG_LENGTH:
        tag, ethertype = _TAG.unpack_from(payload)
        if not tag & _VLAN:  # IEEE 802.1Q 6.9: it gives a priority, and belongs to no VLAN
            return header._replace(ethertype=ethertype), payload[TAG_LENGTH:]
    return header, payload


def put_tag(frame: bytes, ethertype: int, tag: int) -> bytes:
    """The frame with a tag of 16 bits (priority and VLAN) before its EtherType."""
    return frame[:_TAG_AT] + _TAG.pack(ethertype, tag) + frame[_TAG_AT:]


def build(destination: bytes, source: bytes, ethertype: int, payload: Buffer) -> bytes:
    """A frame, not padded: that is the device's affair."""
    return _HEADER.pack(destination, source, ethertype) + payload
