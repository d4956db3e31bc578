"""ICMPv6 errors in the terms of ICMPv4, which the engine's rules are written in (RFC 7915 section 5.2)."""

from tcpviz.host.errors import DropError
from tcpviz.tcp.icmp import IcmpError
from tcpviz.wire import icmp, icmpv6, ipv6
from tcpviz.wire.icmp import IcmpMessage, QuotedSegment

_HOST_UNREACHABLE = (icmp.DESTINATION_UNREACHABLE, 1)
_PROTOCOL_UNREACHABLE = (icmp.DESTINATION_UNREACHABLE, 2)
_PORT_UNREACHABLE = (icmp.DESTINATION_UNREACHABLE, 3)
_PROHIBITED = (icmp.DESTINATION_UNREACHABLE, 10)
_TOO_BIG = (icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED)

_EQUIVALENTS = {
    (icmpv6.DESTINATION_UNREACHABLE, 1): _PROHIBITED,
    (icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE): _PORT_UNREACHABLE,
    (icmpv6.PARAMETER_PROBLEM, 1): _PROTOCOL_UNREACHABLE,
}


def icmp_error(message: IcmpMessage, quoted: QuotedSegment) -> IcmpError:
    """The error that `message` reports about the segment `quoted`. Raises DropError for an impossible one."""
    mtu = 0
    kind, code = message.type, message.code
    if kind == icmpv6.PACKET_TOO_BIG:
        mtu = message.rest
        if mtu < ipv6.MIN_MTU:
            raise DropError(f"a path takes {ipv6.MIN_MTU} octets at least, not {mtu}")  # RFC 8201 section 4
        there = _TOO_BIG
    elif kind == icmpv6.TIME_EXCEEDED:
        there = (icmp.TIME_EXCEEDED, code)
    elif kind == icmpv6.PARAMETER_PROBLEM and code != 1:
        there = (icmp.PARAMETER_PROBLEM, 0)
    else:
        there = _EQUIVALENTS.get((kind, code), _HOST_UNREACHABLE)
    return IcmpError(*there, quoted.seq, mtu)
