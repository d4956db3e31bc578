"""ICMP for IPv4 (RFC 792): echo, and the errors that quote a packet of ours."""

from struct import Struct
from typing import NamedTuple

from tcpviz.wire import ipv4
from tcpviz.wire.checksum import internet_checksum
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer
from tcpviz.wire.seq import Seq

ECHO_REPLY = 0
DESTINATION_UNREACHABLE = 3
SOURCE_QUENCH = 4
REDIRECT = 5
ECHO_REQUEST = 8
TIME_EXCEEDED = 11
PARAMETER_PROBLEM = 12

ERRORS = frozenset({DESTINATION_UNREACHABLE, SOURCE_QUENCH, TIME_EXCEEDED, PARAMETER_PROBLEM})
"""The types that report an error and quote the packet that met it."""

PROTOCOL_UNREACHABLE = 2
PORT_UNREACHABLE = 3
REASSEMBLY_TIME_EXCEEDED = 1
"""The code of TIME_EXCEEDED that a host sends."""

FRAGMENTATION_NEEDED = 4
"""The code of DESTINATION_UNREACHABLE that tells the next hop's MTU (RFC 1191)."""

HEADER = Struct("!BBHI")
QUOTED_PORTS = Struct("!HHI")
QUOTABLE = (ipv4.TCP, ipv4.UDP)


class IcmpMessage(NamedTuple):
    """One message. `rest` is the header's second word: identifier and sequence of an echo, or the MTU."""

    type: int
    code: int
    rest: int
    payload: Buffer

    @property
    def next_hop_mtu(self) -> int:
        """The MTU in a FRAGMENTATION_NEEDED, 0 from a router that doesn't tell (RFC 1191 section 4)."""
        return self.rest & 0xFFFF


class QuotedSegment(NamedTuple):
    """The TCP segment or UDP datagram that an error is about: as we sent it, so `source` is our side."""

    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    seq: Seq
    """Of a segment; of a datagram what stands there."""
    protocol: int = ipv4.TCP


def parse(data: Buffer) -> IcmpMessage:
    """The message in the payload of an IPv4 packet. The checksum is not looked at: `checksum_ok`."""
    if len(data) < HEADER.size:
        raise ParseError(f"{len(data)} octets are no ICMP message")
    kind, code, _, rest = HEADER.unpack_from(data)
    return IcmpMessage(kind, code, rest, memoryview(data)[HEADER.size :])


def checksum_ok(data: Buffer) -> bool:
    """Whether the checksum of the message in `data` is right."""
    return internet_checksum(data) == 0


def build(message: IcmpMessage) -> bytes:
    """The octets of `message`, checksum filled in."""
    kind, code, rest, payload = message
    checksum = internet_checksum(HEADER.pack(kind, code, 0, rest) + payload)
    return HEADER.pack(kind, code, checksum, rest) + payload


def quoted_segment(message: IcmpMessage) -> QuotedSegment:
    """The segment or datagram that the error `message` quotes: 8 octets of it are enough (RFC 792)."""
    header = ipv4.parse_header(message.payload)
    rest = message.payload[header.header_length :]
    if header.protocol not in QUOTABLE or header.is_fragment or len(rest) < QUOTED_PORTS.size:
        raise ParseError("an ICMP error that quotes no ports")
    source_port, destination_port, seq = QUOTED_PORTS.unpack_from(rest)
    ends = header.source, source_port, header.destination, destination_port
    return QuotedSegment(*ends, seq, header.protocol)
