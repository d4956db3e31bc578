"""The TCP header as the analysis wants it, read from a captured frame in one go."""

from struct import Struct
from typing import Final

from tcpviz.wire.seq import Seq

_ETHERNET_IPV4_TCP: Final = Struct("!12xHBxH2xHxB2x12sIIBBH4x")
_PORTS: Final = Struct("!HH")

_IPV4: Final = 0x0800
_PLAIN_IPV4: Final = 0x45
_TCP: Final = 6
_ALL_HEADERS: Final = 14 + 20 + 20


class TcpPacket:
    """The header of one TCP segment in a capture.

    - `key`: source address, destination address, source port, destination port, as they stand in the headers
      (12 octets with IPv4, 36 with IPv6).
    - `seq`, `ack`, `flags`, `window`: the fields. `length`: octets of payload by the IP header.
    - `options`: the octets of the options that were captured.
    - `analysed`: False for the segments that an observer counts but does not judge: a first fragment whose
      others are missing, a header longer than its segment.
    """

    __slots__ = ("ack", "analysed", "flags", "key", "length", "options", "seq", "window")

    def __init__(
        self,
        key: bytes,
        seq: int,
        ack: int,
        flags: int,
        window: int,
        length: int,
        options: bytes = b"",
        analysed: bool = True,
    ) -> None:
        self.key = key
        self.seq = Seq(seq)
        self.ack = Seq(ack)
        self.flags = flags
        self.window = window
        self.length = length
        self.options = options
        self.analysed = analysed

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


def plain_tcp(data: bytes | memoryview, length: int) -> TcpPacket | None:
    """The segment in an Ethernet frame that holds an IPv4 packet without options, unfragmented.

    `length` is that of the frame on the wire. None for anything else, which `layers` can read; this is the
    short way for nearly all packets there are.
    """
    if len(data) < _ALL_HEADERS:
        return None
    ethertype, version, total, fragment, protocol, key, seq, ack, offset, flags, window = (
        _ETHERNET_IPV4_TCP.unpack_from(data)
    )
    if (
        ethertype != _IPV4
        or version != _PLAIN_IPV4
        or protocol != _TCP
        or fragment & 0x3FFF
        or not 40 <= total <= length - 14
        or offset < 0x50
    ):
        return None
    header = 20 if offset < 0x60 else (offset >> 4) * 4
    payload = total - 20 - header
    if payload < 0:
        return None
    if header == 20:
        return TcpPacket(key, seq, ack, flags, window, payload)
    return TcpPacket(key, seq, ack, flags, window, payload, bytes(data[54 : 34 + header]))
