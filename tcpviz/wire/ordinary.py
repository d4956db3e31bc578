"""The frame that nearly all are, by one struct: TCP with timestamps, in IP without options, in Ethernet.

What is said of such a frame is what `ethernet`, `ipv4` or `ipv6` and `tcp` would say one after the other,
sooner. Of any other frame nothing is said.
"""

from contextlib import suppress
from struct import Struct

from tcpviz.wire import ethernet, ipv4, ipv6, tcp
from tcpviz.wire.checksum import internet_checksum
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import CE, Segment

_TCP4_AT = ethernet.HEADER_LENGTH + ipv4.HEADER_LENGTH
_TCP6_AT = ethernet.HEADER_LENGTH + ipv6.HEADER_LENGTH

# Both MAC addresses, EtherType, IP version and header length; the class of service, with ECN; what makes
# the packet ordinary; both IP addresses and both ports; TCP's own fields, and what is nearly always the only
# option.
_FRAME4 = Struct("!15sBH2xH1xB2x12sIIBBH2xHIII")
_FRAME6 = Struct("!14sIHB1x36sIIBBH2xHIII")
_STAMPED_OFFSET = (_FRAME4.size - _TCP4_AT) << 2
_NOP_NOP_TIMESTAMPS = 0x0101080A  # RFC 7323 appendix A
_PIECE = 0xFFFF & ~ipv4.DONT_FRAGMENT
_IPV6 = ethernet.IPV6 >> 8  # the first octet of the EtherType: no other that matters here has it

Found = tuple[bytes, bytes, int, Segment]


def ends(frame: bytes) -> tuple[bytes, bytes]:
    """What all ordinary frames of one flow have in common: that of the link, and addresses with ports."""
    if _is_ipv6(frame):
        fields = _FRAME6.unpack_from(frame.ljust(_FRAME6.size))
        return fields[0], fields[4]
    fields = _FRAME4.unpack_from(frame.ljust(_FRAME4.size))
    return fields[0], fields[5]


def parse(frame: bytes) -> Found | None:
    """What `ends` says, where the packet ends in the frame, and its segment. Checksums are not looked at."""
    if len(frame) < _FRAME4.size:
        return None
    if frame[12] == _IPV6:
        return _parse6(frame)
    head, tos, total, fragment, protocol, ends, seq, ack, offset, flags, window, urgent, kind, value, echo = (
        _FRAME4.unpack_from(frame)
    )
    end = ethernet.HEADER_LENGTH + total
    if (
        offset == _STAMPED_OFFSET
        and kind == _NOP_NOP_TIMESTAMPS
        and protocol == ipv4.TCP
        and not fragment & _PIECE
        and _FRAME4.size <= end <= len(frame)
    ):
        payload = memoryview(frame)[_FRAME4.size : end]
        return head, ends, end, Segment(seq, ack, flags, window, payload, urgent, (value, echo), (), tos & CE)
    if protocol == ipv4.TCP and not fragment & _PIECE and _TCP4_AT <= end <= len(frame):
        with suppress(ParseError):
            return head, ends, end, tcp.parse(memoryview(frame)[_TCP4_AT:end], tos & CE)[2]
    return None


def _parse6(frame: bytes) -> Found | None:
    if len(frame) < _FRAME6.size:
        return None
    (head, first, length, protocol, ends, seq, ack, offset, flags, window, urgent, kind, value, echo) = (
        _FRAME6.unpack_from(frame)
    )
    end = _TCP6_AT + length
    ecn = first >> 20 & CE
    if (
        offset == _STAMPED_OFFSET
        and kind == _NOP_NOP_TIMESTAMPS
        and protocol == ipv6.TCP
        and first >> 28 == 6
        and _FRAME6.size <= end <= len(frame)
    ):
        payload = memoryview(frame)[_FRAME6.size : end]
        return head, ends, end, Segment(seq, ack, flags, window, payload, urgent, (value, echo), (), ecn)
    if protocol == ipv6.TCP and first >> 28 == 6 and _TCP6_AT <= end <= len(frame):
        with suppress(ParseError):
            return head, ends, end, tcp.parse(memoryview(frame)[_TCP6_AT:end], ecn)[2]
    return None


def checksums_ok(frame: bytes, end: int, addresses: int) -> bool:
    """Whether all checksums of an ordinary frame are right; `addresses` as for `tcp.checksum_ok`."""
    if _is_ipv6(frame):
        data = frame[_TCP6_AT:end]
        return internet_checksum(data, addresses + len(data)) == 0
    data = frame[_TCP4_AT:end]
    return (
        internet_checksum(frame[ethernet.HEADER_LENGTH : _TCP4_AT]) == 0
        and internet_checksum(data, addresses + len(data)) == 0
    )


def _is_ipv6(frame: bytes) -> bool:
    return frame[12] == _IPV6
