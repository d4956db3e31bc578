"""The frame that nearly all are, by one struct: TCP with timestamps, in IPv4 without options, in Ethernet.

What is said of such a frame is what `ethernet`, `ipv4` and `tcp` would say one after the other, sooner. Of
any other frame nothing is said.
"""

from contextlib import suppress
from struct import Struct

from tcpviz.wire import ethernet, ipv4, tcp
from tcpviz.wire.checksum import internet_checksum
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Segment

TCP_AT = ethernet.HEADER_LENGTH + ipv4.HEADER_LENGTH

# Both MAC addresses, EtherType, IP version and header length; what makes the packet ordinary; both IP
# addresses and both ports; TCP's own fields, and what is nearly always the only option.
_FRAME = Struct("!15s1xH2xH1xB2x12sIIBBH2xHIII")
_STAMPED_OFFSET = (_FRAME.size - TCP_AT) << 2
_NOP_NOP_TIMESTAMPS = 0x0101080A  # RFC 7323 appendix A
_PIECE = 0xFFFF & ~ipv4.DONT_FRAGMENT


def ends(frame: bytes) -> tuple[bytes, bytes]:
    """What all ordinary frames of one flow have in common: that of the link, and addresses with ports."""
    fields = _FRAME.unpack_from(frame.ljust(_FRAME.size))
    return fields[0], fields[4]


def parse(frame: bytes) -> tuple[bytes, bytes, int, Segment] | None:
    """What `ends` says, where the packet ends in the frame, and its segment. Checksums are not looked at."""
    if len(frame) < _FRAME.size:
        return None
    (head, total, fragment, protocol, ends, seq, ack, offset, flags, window, urgent, kind, value, echo) = (
        _FRAME.unpack_from(frame)
    )
    end = ethernet.HEADER_LENGTH + total
    if (
        offset == _STAMPED_OFFSET
        and kind == _NOP_NOP_TIMESTAMPS
        and protocol == ipv4.TCP
        and not fragment & _PIECE
        and _FRAME.size <= end <= len(frame)
    ):
        payload = memoryview(frame)[_FRAME.size : end]
        return head, ends, end, Segment(seq, ack, flags, window, payload, urgent, (value, echo))
    if protocol == ipv4.TCP and not fragment & _PIECE and TCP_AT <= end <= len(frame):
        with suppress(ParseError):
            return head, ends, end, tcp.parse(memoryview(frame)[TCP_AT:end])[2]
    return None


def checksums_ok(frame: bytes, end: int, addresses: int) -> bool:
    """Whether both checksums of an ordinary frame are right; `addresses` as for `tcp.checksum_ok`."""
    data = frame[TCP_AT:end]
    return (
        internet_checksum(frame[ethernet.HEADER_LENGTH : TCP_AT]) == 0
        and internet_checksum(data, addresses + len(data)) == 0
    )
