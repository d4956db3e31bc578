"""IPv4 headers (RFC 791). Knows fragments when it sees them; `host.fragments` puts them together."""

from struct import Struct
from typing import NamedTuple

from tcpviz.wire.checksum import internet_checksum
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import CE, NOT_ECT, Buffer

HEADER_LENGTH = 20

ICMP = 1
TCP = 6
UDP = 17

DONT_FRAGMENT = 0x4000
MORE_FRAGMENTS = 0x2000
_OFFSET = 0x1FFF

_HEADER = Struct("!BBHHHBBH4s4s")
_CHECKSUM, _SOURCE = 10, 12
_PLAIN = 0x45  # version 4, five words: no options


class Ipv4Header(NamedTuple):
    """The fields as they stand in the header; addresses are 4 octets, lengths in octets."""

    version_and_length: int
    tos: int
    """DSCP and ECN, the octet once called type of service."""
    total_length: int
    """Header and payload; 0 where the kernel merged more than the field can tell (GRO, TSO)."""
    identification: int
    fragment: int
    """The flags DONT_FRAGMENT and MORE_FRAGMENTS, and the fragment offset in units of 8 octets."""
    ttl: int
    protocol: int
    checksum: int
    source: bytes
    destination: bytes

    @property
    def header_length(self) -> int:
        """Octets up to the payload."""
        return (self.version_and_length & 15) * 4

    @property
    def ecn(self) -> int:
        """NOT_ECT, ECT_1, ECT_0 or CE (RFC 3168 section 5)."""
        return self.tos & CE

    @property
    def is_fragment(self) -> bool:
        """Whether it is one piece of a larger packet."""
        return self.fragment & (MORE_FRAGMENTS | _OFFSET) != 0

    @property
    def fragment_offset(self) -> int:
        """Where the payload belongs in that packet's, in octets."""
        return (self.fragment & _OFFSET) * 8

    @property
    def more_fragments(self) -> bool:
        """Whether there is more behind it."""
        return self.fragment & MORE_FRAGMENTS != 0


def parse(packet: Buffer) -> tuple[Ipv4Header, memoryview]:
    """The header, and the payload without the link's padding. For the checksum see `checksum_ok`."""
    header = parse_header(packet)
    end = header.total_length or len(packet)
    if end > len(packet):
        raise ParseError(f"an IPv4 packet of {end} octets in {len(packet)}")
    return header, memoryview(packet)[header.header_length : end]


def parse_header(packet: Buffer) -> Ipv4Header:
    """The header alone: the packet may be cut off after it (quoted in ICMP, captured in part)."""
    if len(packet) < HEADER_LENGTH:
        raise ParseError(f"{len(packet)} octets are no IPv4 header")
    header = Ipv4Header._make(_HEADER.unpack_from(packet))
    total = header.total_length or len(packet)
    if header.version_and_length == _PLAIN and total >= HEADER_LENGTH:
        return header
    if header.version_and_length >> 4 != 4:
        raise ParseError(f"IP version {header.version_and_length >> 4} where 4 is expected")
    length = header.header_length
    if not HEADER_LENGTH <= length <= min(total, len(packet)):
        raise ParseError(f"an IPv4 header of {length} octets in a packet of {total}")
    return header


def checksum_ok(packet: Buffer, header: Ipv4Header) -> bool:
    """Whether the checksum of `header`, parsed from `packet`, is right (RFC 1122 section 3.2.1.2)."""
    return internet_checksum(packet[: header.header_length]) == 0


def mark(packet: bytes) -> bytes:
    """`packet` as a congested router passes it on: with CE, if it says that it can be marked (RFC 3168 5)."""
    header = parse_header(packet)
    if header.ecn in (NOT_ECT, CE):
        return packet
    blank = packet[:1] + bytes((header.tos | CE,)) + packet[2:_CHECKSUM] + bytes(2)
    checksum = internet_checksum(blank + packet[_SOURCE : header.header_length])
    return blank[:_CHECKSUM] + checksum.to_bytes(2, "big") + packet[_SOURCE:]


def build(
    source: bytes,
    destination: bytes,
    protocol: int,
    payload: Buffer,
    *,
    identification: int = 0,
    fragment: int = DONT_FRAGMENT,
    ttl: int = 64,
    tos: int = 0,
) -> bytes:
    """A packet without options, its checksum filled in. ValueError when it is larger than 65535 octets."""
    total = HEADER_LENGTH + len(payload)
    if total > 0xFFFF:
        raise ValueError(f"an IPv4 packet can't have {total} octets")
    fields = (_PLAIN, tos, total, identification, fragment, ttl, protocol)
    checksum = internet_checksum(_HEADER.pack(*fields, 0, source, destination))
    return _HEADER.pack(*fields, checksum, source, destination) + payload
