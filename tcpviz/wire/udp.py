"""UDP headers (RFC 768), over IPv4 and IPv6 alike."""

from struct import Struct

from tcpviz.wire import ipv4
from tcpviz.wire.checksum import internet_checksum, pseudo_header
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

HEADER_LENGTH = 8

_HEADER = Struct("!HHHH")
_CHECKSUM = slice(6, 8)
_NONE = bytes(2)
_IPV4_LENGTH = 4


def parse(data: Buffer) -> tuple[int, int, memoryview]:
    """Source port, destination port and payload of the datagram in an IP packet's payload.

    The checksum is not looked at: `checksum_ok`.
    """
    if len(data) < HEADER_LENGTH:
        raise ParseError(f"{len(data)} octets are no UDP header")
    source_port, destination_port, length, _ = _HEADER.unpack_from(data)
    if not HEADER_LENGTH <= length <= len(data):
        raise ParseError(f"a UDP datagram of {length} octets in {len(data)}")
    return source_port, destination_port, memoryview(data)[HEADER_LENGTH:length]


def checksum_ok(data: Buffer, source: bytes, destination: bytes) -> bool:
    """Whether the checksum of the datagram that `parse` took is right.

    None at all is right in IPv4 (RFC 768) and wrong in IPv6 (RFC 8200 section 8.1).
    """
    if data[_CHECKSUM] == _NONE:
        return len(source) == _IPV4_LENGTH
    length = int.from_bytes(data[4:6], "big")
    return internet_checksum(data[:length], pseudo_header(source, destination, ipv4.UDP, length)) == 0


def build(
    source: bytes, source_port: int, destination: bytes, destination_port: int, payload: Buffer
) -> bytes:
    """A datagram with its checksum. ValueError where it would be larger than 65535 octets."""
    length = HEADER_LENGTH + len(payload)
    if length > 0xFFFF:
        raise ValueError(f"a UDP datagram can't have {length} octets")
    addresses = pseudo_header(source, destination, ipv4.UDP, length)
    data = _HEADER.pack(source_port, destination_port, length, 0) + payload
    # RFC 768: a sum of zero is sent as its other form, for zero says that there is none.
    checksum = internet_checksum(data, addresses) or 0xFFFF
    return _HEADER.pack(source_port, destination_port, length, checksum) + payload
