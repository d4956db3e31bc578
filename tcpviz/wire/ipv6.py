"""IPv6 headers (RFC 8200 section 3). What stands between them and the transport: `extensions`."""

from struct import Struct
from typing import NamedTuple

from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import CE, NOT_ECT, Buffer

HEADER_LENGTH = 40
MIN_MTU = 1280
"""What every link takes (RFC 8200 section 5)."""

TCP = 6
UDP = 17
ICMPV6 = 58

UNSPECIFIED = bytes(16)
ALL_NODES = bytes.fromhex("ff020000000000000000000000000001")
ALL_ROUTERS = bytes.fromhex("ff020000000000000000000000000002")

_HEADER = Struct("!IHBB16s16s")
_VERSION = 6 << 28
_ECN_AT = 20
_SOLICITED_NODE = bytes.fromhex("ff0200000000000000000001ff")


class Ipv6Header(NamedTuple):
    """The fields as they stand in the header; addresses are 16 octets, lengths in octets."""

    version_class_label: int
    """The first word: version, traffic class (DSCP and ECN), flow label."""
    payload_length: int
    """Extension headers and all; 0 where the kernel merged more than the field can tell (GRO, TSO)."""
    next_header: int
    """What the next header is: an extension header or a protocol."""
    hop_limit: int
    source: bytes
    destination: bytes

    @property
    def ecn(self) -> int:
        """NOT_ECT, ECT_1, ECT_0 or CE (RFC 3168 section 5)."""
        return self.version_class_label >> _ECN_AT & CE


def parse(packet: Buffer) -> tuple[Ipv6Header, memoryview]:
    """The header, and what follows it without the link's padding."""
    header = parse_header(packet)
    end = HEADER_LENGTH + header.payload_length if header.payload_length else len(packet)
    if end > len(packet):
        raise ParseError(f"an IPv6 packet of {end} octets in {len(packet)}")
    return header, memoryview(packet)[HEADER_LENGTH:end]


def parse_header(packet: Buffer) -> Ipv6Header:
    """The header alone: the packet may be cut off after it (quoted in ICMPv6, captured in part)."""
    if len(packet) < HEADER_LENGTH:
        raise ParseError(f"{len(packet)} octets are no IPv6 header")
    header = Ipv6Header._make(_HEADER.unpack_from(packet))
    if header.version_class_label >> 28 != 6:
        raise ParseError(f"IP version {header.version_class_label >> 28} where 6 is expected")
    return header


def mark(packet: bytes) -> bytes:
    """`packet` as a congested router passes it on: with CE, if it says that it can be marked (RFC 3168 5)."""
    header = parse_header(packet)
    if header.ecn in (NOT_ECT, CE):
        return packet
    return (header.version_class_label | CE << _ECN_AT).to_bytes(4, "big") + packet[4:]


def build(
    source: bytes,
    destination: bytes,
    next_header: int,
    payload: Buffer,
    *,
    hop_limit: int = 64,
    traffic_class: int = 0,
    flow_label: int = 0,
) -> bytes:
    """A packet; `payload` begins with what `next_header` says. ValueError when it is larger than 65535."""
    if len(payload) > 0xFFFF:
        raise ValueError(f"an IPv6 packet can't have {len(payload)} octets of payload")
    first = _VERSION | traffic_class << 20 | flow_label
    return _HEADER.pack(first, len(payload), next_header, hop_limit, source, destination) + payload


def is_multicast(address: bytes) -> bool:
    """Whether `address` is that of a group (RFC 4291 section 2.7)."""
    return address[0] == 0xFF


def is_link_local(address: bytes) -> bool:
    """Whether `address` is one host's and means something on its link alone (RFC 4291 section 2.5.6)."""
    return address[0] == 0xFE and address[1] & 0xC0 == 0x80


def solicited_node(address: bytes) -> bytes:
    """The group in which the host with `address` is asked for (RFC 4291 section 2.7.1)."""
    return _SOLICITED_NODE + address[13:]


def group_mac(group: bytes) -> bytes:
    """The Ethernet address of a group (RFC 2464 section 7)."""
    return b"\x33\x33" + group[12:]
