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

    def frame(self, segment: Segment) -> bytes:
        """The whole frame of `segment`, all checksums filled in."""
        data = tcp.build(*self._ports, segment)
        length = ipv4.HEADER_LENGTH + len(data)
        identification = self._identification
        self._identification = (identification + 1) & 0xFFFF
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
