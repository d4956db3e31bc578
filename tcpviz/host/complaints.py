"""The ICMPv6 errors that we send (RFC 4443 section 2.4): about what, to whom, and how many."""

from tcpviz.host.allowance import Allowance
from tcpviz.host.route6 import may_be_host
from tcpviz.wire import extensions, icmpv6, ipv6
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header


class Complaints:
    """Makes errors about packets, as many as are allowed."""

    def __init__(self) -> None:
        self._allowance = Allowance()

    def about(
        self, packet: memoryview, message: IcmpMessage, ours: bytes, now: int, *, to_group: bool = False
    ) -> bytes | None:
        """What tells the source of `packet`, from our address `ours`, the type, code and second word of
        `message`; None where nothing may be told.

        `to_group`: it may be, even though the packet was for a group.
        """
        header = ipv6.parse_header(packet)
        if not self._may_hear(header, packet, to_group) or not self._allowance.take(now):
            return None
        room = ipv6.MIN_MTU - ipv6.HEADER_LENGTH - icmpv6.HEADER_LENGTH
        return icmpv6.build(message._replace(payload=bytes(packet[:room])), ours, header.source)

    def _may_hear(self, header: Ipv6Header, packet: memoryview, to_group: bool) -> bool:
        """RFC 4443 2.4 (e): no error about an error, a group's packet, or one from no host."""
        if ipv6.is_multicast(header.destination) and not to_group:
            return False
        return may_be_host(header.source) and not _is_error(header, packet)


def _is_error(header: Ipv6Header, packet: memoryview) -> bool:
    try:
        upper = extensions.skip(header.next_header, packet[ipv6.HEADER_LENGTH :])
    except ParseError:
        return False
    return upper.protocol == ipv6.ICMPV6 and len(upper.data) > 0 and icmpv6.is_error(upper.data[0])
