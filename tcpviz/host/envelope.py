"""The Ethernet and IPv4 headers around every segment of one connection.

All but three fields of them are the same in every packet, so they are computed once: it is what an ACK
costs that decides how fast a server may send.
"""

from struct import Struct

from tcpviz.wire import ethernet, ipv4, tcp
from tcpviz.wire.checksum import internet_checksum, pseudo_header
from tcpviz.wire.segment import Segment

_TTL = 64  # the default that IANA's IP parameters recommend (RFC 1122 3.2.1.7)

_HEADERS = Struct("!16sHH4sH8s")
_TCP_CHECKSUM = 16  # where it stands in the TCP header

# The whole frame of a segment without data whose only option is the timestamps: an ACK.
_ACK = Struct("!16sHH4sH8sHHIIBBHHHIII")
_ACK_TCP_LENGTH = 32
_ACK_LENGTH = ipv4.HEADER_LENGTH + _ACK_TCP_LENGTH
_ACK_OFFSET = _ACK_TCP_LENGTH << 2
_NOP_NOP_TIMESTAMPS = 0x0101080A  # RFC 7323 appendix A


class Envelope:
    """What a segment from `local` to `remote` (address, port) travels in, to the neighbour `next_hop`.

    `identification` is that of the first packet; each further one has the next.
    """

    def __init__(
        self,
        mac: bytes,
        next_hop: bytes,
        local: tuple[bytes, int],
        remote: tuple[bytes, int],
        identification: int,
    ) -> None:
        self.next_hop = next_hop
        self._ports = local[1], remote[1]
        self._identification = identification
        header = ipv4.build(local[0], remote[0], ipv4.TCP, b"", ttl=_TTL)
        blank = header[:2] + bytes(2) + header[4:10] + bytes(2) + header[12:]
        self._head = ethernet.build(next_hop, mac, ethernet.IPV4, header[:2])
        self._fragment_ttl_protocol = header[6:10]
        self._addresses = header[12:]
        self._header_sum = int.from_bytes(blank, "big") % 0xFFFF
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
        identification = self._identification
        self._identification = (identification + 1) & 0xFFFF
        if segment.timestamps and not (
            segment.payload
            or segment.sack
            or segment.mss is not None
            or segment.window_scale is not None
            or segment.sack_permitted
        ):
            return self._acknowledgment(segment, segment.timestamps, identification)
        data = tcp.build(*self._ports, segment)
        length = ipv4.HEADER_LENGTH + len(data)
        return b"".join(
            (
                _HEADERS.pack(
                    self._head,
                    length,
                    identification,
                    self._fragment_ttl_protocol,
                    -(self._header_sum + length + identification) % 0xFFFF,
                    self._addresses,
                ),
                data[:_TCP_CHECKSUM],
                internet_checksum(data, self._pseudo_header + len(data)).to_bytes(2, "big"),
                data[_TCP_CHECKSUM + 2 :],
            )
        )

    def _acknowledgment(self, segment: Segment, stamps: tuple[int, int], identification: int) -> bytes:
        """The frame of a segment without data, in one go. A field of 32 bits counts in the checksum as its
        two words do, since 2^16 is 1 modulo 65535."""
        seq, ack, flags, window, urgent = (
            segment.seq,
            segment.ack,
            segment.flags,
            segment.window,
            segment.urgent,
        )
        stamp, echo = stamps
        return _ACK.pack(
            self._head,
            _ACK_LENGTH,
            identification,
            self._fragment_ttl_protocol,
            -(self._header_sum + _ACK_LENGTH + identification) % 0xFFFF,
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
