"""The headers around every segment of one connection, of Ethernet and of IPv4 or IPv6.

All but a few fields of them are the same in every packet, so they are computed once: it is what an ACK
costs that decides how fast a server may send.
"""

from abc import ABC, abstractmethod
from struct import Struct

from tcpviz.wire import ethernet, ipv4, ipv6, tcp
from tcpviz.wire.checksum import internet_checksum, pseudo_header
from tcpviz.wire.segment import Segment

_TTL = 64  # the default that IANA's IP parameters recommend (RFC 1122 3.2.1.7)

_TCP_CHECKSUM = 16  # where it stands in the TCP header

# A segment without data whose only option is the timestamps: an ACK.
_ACK_TCP_LENGTH = 32
_ACK_OFFSET = _ACK_TCP_LENGTH << 2
_NOP_NOP_TIMESTAMPS = 0x0101080A  # RFC 7323 appendix A

_HEADERS4 = Struct("!16sHH4sH8s")
_ACK4 = Struct("!16sHH4sH8sHHIIBBHHHIII")
_ACK4_LENGTH = ipv4.HEADER_LENGTH + _ACK_TCP_LENGTH
_HEADERS6 = Struct("!18sH34s")
_ACK6 = Struct("!18sH34sHHIIBBHHHIII")


class Envelope(ABC):
    """What a segment from `local` to `remote` (address, port) travels in, to the neighbour `next_hop`."""

    LABEL_BITS: int
    """Of the number that the packets of one connection have in common, or begin with."""

    def __init__(self, next_hop: bytes, local: tuple[bytes, int], remote: tuple[bytes, int]) -> None:
        self.next_hop = next_hop
        self._ports = local[1], remote[1]
        self._pseudo_header = pseudo_header(local[0], remote[0], ipv4.TCP, 0) % 0xFFFF
        self._ack_sum = (
            self._pseudo_header
            + _ACK_TCP_LENGTH
            + sum(self._ports)
            + (_ACK_OFFSET << 8)
            + _NOP_NOP_TIMESTAMPS
        )

    def frame(self, segment: Segment) -> bytes:
        """The whole frame of `segment`, all checksums filled in."""
        if segment.timestamps and not (
            segment.payload
            or segment.ecn
            or segment.sack
            or segment.mss is not None
            or segment.window_scale is not None
            or segment.sack_permitted
        ):
            return self._acknowledgment(segment, segment.timestamps)
        data = tcp.build(*self._ports, segment)
        return b"".join(
            (
                self._headers(len(data), segment.ecn),
                data[:_TCP_CHECKSUM],
                internet_checksum(data, self._pseudo_header + len(data)).to_bytes(2, "big"),
                data[_TCP_CHECKSUM + 2 :],
            )
        )

    @abstractmethod
    def _headers(self, length: int, ecn: int) -> bytes:
        """What comes before a TCP segment of `length` octets with these ECN bits."""

    @abstractmethod
    def _acknowledgment(self, segment: Segment, stamps: tuple[int, int]) -> bytes:
        """The frame of a segment without data, in one go. A field of 32 bits counts in the checksum as its
        two words do, since 2^16 is 1 modulo 65535."""


class Ipv4Envelope(Envelope):
    """`identification` is that of the first packet; each further one has the next."""

    LABEL_BITS = 16

    def __init__(
        self,
        mac: bytes,
        next_hop: bytes,
        local: tuple[bytes, int],
        remote: tuple[bytes, int],
        identification: int,
    ) -> None:
        super().__init__(next_hop, local, remote)
        self._identification = identification
        header = ipv4.build(local[0], remote[0], ipv4.TCP, b"", ttl=_TTL)
        blank = header[:2] + bytes(2) + header[4:10] + bytes(2) + header[12:]
        first, head = header[:1], ethernet.build(next_hop, mac, ethernet.IPV4, b"")
        self._heads = tuple(head + first + bytes((ecn,)) for ecn in range(4))
        """What stands before the length, for each value of the ECN bits."""
        self._fragment_ttl_protocol = header[6:10]
        self._addresses = header[12:]
        self._header_sum = int.from_bytes(blank, "big") % 0xFFFF

    def _headers(self, length: int, ecn: int) -> bytes:
        length += ipv4.HEADER_LENGTH
        identification = self._identification
        self._identification = (identification + 1) & 0xFFFF
        return _HEADERS4.pack(
            self._heads[ecn],
            length,
            identification,
            self._fragment_ttl_protocol,
            -(self._header_sum + length + identification + ecn) % 0xFFFF,
            self._addresses,
        )

    def _acknowledgment(self, segment: Segment, stamps: tuple[int, int]) -> bytes:
        identification = self._identification
        self._identification = (identification + 1) & 0xFFFF
        seq, ack, flags, window, urgent = (
            segment.seq,
            segment.ack,
            segment.flags,
            segment.window,
            segment.urgent,
        )
        stamp, echo = stamps
        return _ACK4.pack(
            self._heads[0],
            _ACK4_LENGTH,
            identification,
            self._fragment_ttl_protocol,
            -(self._header_sum + _ACK4_LENGTH + identification) % 0xFFFF,
            self._addresses,
            *self._ports,
            seq,
            ack,
            _ACK_OFFSET,
            flags,
            window,
            -(self._ack_sum + seq + ack + flags + window + urgent + stamp + echo) % 0xFFFF,
            urgent,
            _NOP_NOP_TIMESTAMPS,
            stamp,
            echo,
        )


class Ipv6Envelope(Envelope):
    """`flow_label` is the same in all packets, as routers want to see it (RFC 6437 section 3)."""

    LABEL_BITS = 20

    def __init__(
        self,
        mac: bytes,
        next_hop: bytes,
        local: tuple[bytes, int],
        remote: tuple[bytes, int],
        flow_label: int,
    ) -> None:
        super().__init__(next_hop, local, remote)
        header = ipv6.build(local[0], remote[0], ipv6.TCP, b"", hop_limit=_TTL, flow_label=flow_label)
        first, head = int.from_bytes(header[:4], "big"), ethernet.build(next_hop, mac, ethernet.IPV6, b"")
        self._heads = tuple(head + (first | ecn << 20).to_bytes(4, "big") for ecn in range(4))
        """What stands before the length, for each value of the ECN bits."""
        self._rest = header[6:]

    def _headers(self, length: int, ecn: int) -> bytes:
        return _HEADERS6.pack(self._heads[ecn], length, self._rest)

    def _acknowledgment(self, segment: Segment, stamps: tuple[int, int]) -> bytes:
        seq, ack, flags, window, urgent = (
            segment.seq,
            segment.ack,
            segment.flags,
            segment.window,
            segment.urgent,
        )
        stamp, echo = stamps
        return _ACK6.pack(
            self._heads[0],
            _ACK_TCP_LENGTH,
            self._rest,
            *self._ports,
            seq,
            ack,
            _ACK_OFFSET,
            flags,
            window,
            -(self._ack_sum + seq + ack + flags + window + urgent + stamp + echo) % 0xFFFF,
            urgent,
            _NOP_NOP_TIMESTAMPS,
            stamp,
            echo,
        )
