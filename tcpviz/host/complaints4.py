"""The ICMP errors that we send over IPv4 (RFC 1122 section 3.2.2): about what, and how many."""

from tcpviz.host.allowance import Allowance
from tcpviz.host.route import may_be_host
from tcpviz.wire import icmp, ipv4
from tcpviz.wire.icmp import IcmpMessage

_LARGEST = 576
"""RFC 1812 4.3.2.3: as much of the packet is quoted as fits into one of this size."""


class Complaints4:
    """Makes errors about packets that came to our address, as many as are allowed."""

    def __init__(self) -> None:
        self._allowance = Allowance()

    def about(self, packet: memoryview, kind: int, code: int, now: int) -> bytes | None:
        """The ICMP message for the source of `packet`; None where nothing may be told."""
        header = ipv4.parse_header(packet)
        data = packet[header.header_length :]
        about_icmp = header.protocol == ipv4.ICMP and not (data and data[0] == icmp.ECHO_REQUEST)
        if about_icmp or not may_be_host(header.source) or not self._allowance.take(now):
            return None
        room = _LARGEST - ipv4.HEADER_LENGTH - icmp.HEADER.size
        return icmp.build(IcmpMessage(kind, code, 0, bytes(packet[:room])))
