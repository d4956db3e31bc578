"""ICMP errors about a segment of ours, as the host hands them to the engine (RFC 9293 section 3.9.2.2)."""

from typing import NamedTuple

from tcpviz.wire.icmp import DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED, SOURCE_QUENCH
from tcpviz.wire.seq import Seq

_PROTOCOL_UNREACHABLE = 2
_PORT_UNREACHABLE = 3


class IcmpError(NamedTuple):
    """One ICMP error message that quotes a segment of this connection, by ICMPv4's numbers.

    Those of other families have equivalents (for ICMPv6: RFC 7915 section 5.2).
    """

    icmp_type: int
    code: int
    seq: Seq
    """The sequence number of the segment that it quotes."""
    mtu: int = 0
    """The next hop's MTU of a "fragmentation needed"; 0 where it does not say (RFC 1191 section 3)."""

    @property
    def hard(self) -> bool:
        """Whether it says that nobody listens there: codes 2 and 3 (RFC 9293 3.9.2.2)."""
        return self.icmp_type == DESTINATION_UNREACHABLE and self.code in (
            _PROTOCOL_UNREACHABLE,
            _PORT_UNREACHABLE,
        )

    @property
    def obsolete(self) -> bool:
        """Whether it is a source quench, to be discarded silently (RFC 9293 3.9.2.2, MUST-55)."""
        return self.icmp_type == SOURCE_QUENCH

    @property
    def too_big(self) -> bool:
        """Whether the path takes smaller packets only (RFC 1191)."""
        return self.icmp_type == DESTINATION_UNREACHABLE and self.code == FRAGMENTATION_NEEDED
