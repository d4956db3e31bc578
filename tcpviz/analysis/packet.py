"""The TCP header as the analysis wants it, read from a captured frame in one go."""

from enum import Enum, IntEnum
from struct import Struct
from typing import Final

from tcpviz.wire.segment import ACK, SYN

_ETHERNET_IPV4_TCP: Final = Struct("!12xHBxH2xHxB2x12sIIHH4x")
_PORTS: Final = Struct("!HH")

_IPV4: Final = 0x0800
_PLAIN_IPV4: Final = 0x45
_TCP: Final = 6
_ALL_HEADERS: Final = 14 + 20 + 20


class Cut(IntEnum):
    """What a TCP header lacks."""

    NOTHING = 0
    """Nothing was cut off."""
    OPTIONS = 1
    """Options are missing. tshark counts such a segment but shows nothing of what it found."""
    HEADER = 2
    """Checksum and urgent pointer are missing. tshark doesn't analyse such a segment."""
    IMPOSSIBLE = 3
    """Nothing was cut off, but the header says that it has fewer than 20 octets. tshark counts such a
    segment, takes nothing from its flags, and shows where it begins alone."""


class CutOff(Enum):
    """A TCP packet of which nothing is known, as its header was cut off or is none."""

    CUT_OFF = 0


CUT_OFF: Final = CutOff.CUT_OFF


class TcpPacket:
    """The header of one TCP segment in a capture.

    - `key`: source address, destination address, source port, destination port, as they stand in the headers
      (12 octets with IPv4, 36 with IPv6).
    - `seq`, `ack`, `window`: the fields; `flags`: all twelve bits, those of `tcpviz.wire.segment` lowest.
    - `length`: octets of payload by the IP header.
    - `options`: the octets of the options that were captured.
    """

    __slots__ = ("ack", "cut", "flags", "key", "length", "options", "seq", "window")

    def __init__(
        self,
        key: bytes,
        seq: int,
        ack: int,
        flags: int,
        window: int,
        length: int,
        options: bytes = b"",
        cut: Cut = Cut.NOTHING,
    ) -> None:
        self.key = key
        self.seq = seq
        self.ack = ack
        self.flags = flags
        self.window = window
        self.length = length
        self.options = options
        self.cut = cut

    @property
    def source(self) -> bytes:
        """The packed source address."""
        return self.key[: (len(self.key) - 4) // 2]

    @property
    def destination(self) -> bytes:
        """The packed destination address."""
        return self.key[(len(self.key) - 4) // 2 : -4]

    @property
    def ports(self) -> tuple[int, int]:
        """Source port and destination port."""
        source, destination = _PORTS.unpack(self.key[-4:])
        return source, destination

    @property
    def reverse_key(self) -> bytes:
        """The key of the packets that go the other way."""
        key = self.key
        return self.destination + self.source + key[-2:] + key[-4:-2]


def is_client(packet: TcpPacket) -> bool:
    """Whether the sender of a stream's first packet is the client: he who opens, or has the higher port."""
    if packet.flags & SYN:
        return not packet.flags & ACK
    source, destination = packet.ports
    return source > destination


def plain_tcp(data: bytes | memoryview, length: int) -> TcpPacket | None:
    """The segment in an Ethernet frame that holds an IPv4 packet without options, unfragmented.

    `length` is that of the frame on the wire. None for anything else, which `layers` can read; this is the
    short way for nearly all packets there are.
    """
    if len(data) < _ALL_HEADERS:
        return None
    ethertype, version, total, fragment, protocol, key, seq, ack, flags, window = (
        _ETHERNET_IPV4_TCP.unpack_from(data)
    )
    if (
        ethertype != _IPV4
        or version != _PLAIN_IPV4
        or protocol != _TCP
        or fragment & 0x3FFF
        or not 40 <= total <= length - 14
    ):
        return None
    end = 34 + (flags >> 12) * 4
    payload = total + 14 - end
    if end == _ALL_HEADERS:
        return TcpPacket(key, seq, ack, flags & 0xFFF, window, payload)
    if payload < 0 or not _ALL_HEADERS < end <= len(data):
        return None
    return TcpPacket(key, seq, ack, flags & 0xFFF, window, payload, bytes(data[_ALL_HEADERS:end]))
