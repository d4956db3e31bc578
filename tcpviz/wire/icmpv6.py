"""ICMPv6 (RFC 4443): echo, and the errors that quote a packet. Neighbour discovery has its own: `ndp`."""

from tcpviz.wire import ipv6
from tcpviz.wire.checksum import internet_checksum, pseudo_header
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import HEADER, QUOTABLE, QUOTED_PORTS, IcmpMessage, QuotedSegment
from tcpviz.wire.segment import Buffer

HEADER_LENGTH = HEADER.size

DESTINATION_UNREACHABLE = 1
PACKET_TOO_BIG = 2
TIME_EXCEEDED = 3
PARAMETER_PROBLEM = 4
ECHO_REQUEST = 128
ECHO_REPLY = 129

PORT_UNREACHABLE = 4
"""The code of DESTINATION_UNREACHABLE that a host sends for a port where nobody listens."""
REASSEMBLY_TIME_EXCEEDED = 1
"""The code of TIME_EXCEEDED that a host sends."""

ERRORS = frozenset({DESTINATION_UNREACHABLE, PACKET_TOO_BIG, TIME_EXCEEDED, PARAMETER_PROBLEM})
"""The types that report an error and quote the packet that met it."""

_FIRST_INFORMATIONAL = 128


def parse(data: Buffer) -> IcmpMessage:
    """The message in the payload of a packet. The checksum is not looked at: `checksum_ok`."""
    if len(data) < HEADER.size:
        raise ParseError(f"{len(data)} octets are no ICMPv6 message")
    kind, code, _, rest = HEADER.unpack_from(data)
    return IcmpMessage(kind, code, rest, memoryview(data)[HEADER.size :])


def checksum_ok(data: Buffer, source: bytes, destination: bytes) -> bool:
    """Whether the checksum of the message in `data` is right (RFC 4443 section 2.3)."""
    return internet_checksum(data, pseudo_header(source, destination, ipv6.ICMPV6, len(data))) == 0


def build(message: IcmpMessage, source: bytes, destination: bytes) -> bytes:
    """The octets of `message`, with the checksum for a packet between these addresses."""
    kind, code, rest, payload = message
    data = HEADER.pack(kind, code, 0, rest) + payload
    checksum = internet_checksum(data, pseudo_header(source, destination, ipv6.ICMPV6, len(data)))
    return b"".join((data[:2], checksum.to_bytes(2, "big"), data[4:]))


def is_error(kind: int) -> bool:
    """Whether messages of this type are about errors, the unknown ones included (RFC 4443 section 2.1)."""
    return kind < _FIRST_INFORMATIONAL


def quoted_segment(message: IcmpMessage) -> QuotedSegment:
    """The segment or datagram that the error `message` quotes: as we send them, without extension headers."""
    header = ipv6.parse_header(message.payload)
    data = message.payload[ipv6.HEADER_LENGTH :]
    if header.next_header not in QUOTABLE or len(data) < QUOTED_PORTS.size:
        raise ParseError("an ICMPv6 error that quotes no ports")
    source_port, destination_port, seq = QUOTED_PORTS.unpack_from(data)
    ends = header.source, source_port, header.destination, destination_port
    return QuotedSegment(*ends, seq, header.next_header)
