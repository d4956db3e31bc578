"""TCP headers and options (RFC 9293 section 3.1, RFC 7323, RFC 2018): bytes to `Segment` and back."""

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct

from tcpviz.wire.checksum import internet_checksum
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import NOT_ECT, Buffer, Segment

HEADER_LENGTH = 20
OPTIONS_LIMIT = 40
"""Octets of options that a header can have: its length is a 4-bit number of words, 5 of them fixed."""


class Option(IntEnum):
    """The option kinds that we read and write."""

    END = 0
    NO_OPERATION = 1
    MSS = 2
    WINDOW_SCALE = 3
    SACK_PERMITTED = 4
    SACK = 5
    TIMESTAMPS = 8


_HEADER = Struct("!HHIIBBHHH")
_CHECKSUM = 16
_PAIR = Struct("!II")

# Nearly every segment has these options and no others: NOP, NOP, timestamps (RFC 7323 appendix A).
_NOP_NOP_TIMESTAMPS = 0x0101080A
_STAMPED_HEADER = Struct("!HHIIBBHHHIII")
_STAMPED_LENGTH = _STAMPED_HEADER.size
_STAMPED_OFFSET = _STAMPED_LENGTH << 2


def parse(data: Buffer, ecn: int = NOT_ECT) -> tuple[int, int, Segment]:
    """Source port, destination port and the segment in the payload of an IP packet whose header says `ecn`.

    The segment's payload is a view of `data`. The checksum is not looked at: `checksum_ok`.
    """
    view = memoryview(data)
    if len(view) >= _STAMPED_LENGTH and view[12] == _STAMPED_OFFSET:
        source, destination, seq, ack, _, flags, window, _, urgent, kind, value, echo = (
            _STAMPED_HEADER.unpack_from(view)
        )
        if kind == _NOP_NOP_TIMESTAMPS:
            payload = view[_STAMPED_LENGTH:]
            segment = Segment(seq, ack, flags, window, payload, urgent, (value, echo), (), ecn)
            return source, destination, segment
    return _parse_any(view, ecn)


def _parse_any(view: memoryview, ecn: int) -> tuple[int, int, Segment]:
    if len(view) < HEADER_LENGTH:
        raise ParseError(f"{len(view)} octets are no TCP header")
    source, destination, seq, ack, offset, flags, window, _, urgent = _HEADER.unpack_from(view)
    length = (offset >> 4) * 4
    if not HEADER_LENGTH <= length <= len(view):
        raise ParseError(f"a TCP header of {length} octets in {len(view)}")
    segment = Segment(seq, ack, flags, window, view[length:], urgent=urgent, ecn=ecn)
    try:
        for kind, value in parse_options(view[HEADER_LENGTH:length]):
            _apply(segment, kind, value)
    except ParseError:
        pass  # RFC 9293 section 3.1, MUST-7: what stood before the malformed option counts, as does the data
    return source, destination, segment


def parse_options(block: Buffer) -> Iterator[tuple[int, memoryview]]:
    """Kind and value of every option in the block, up to the end of the list; NOPs are left out.

    An option that leaves the block or is shorter than its own first two octets is a ParseError.
    """
    view = memoryview(block)
    at = 0
    while at < len(view) and view[at] != Option.END:
        if view[at] == Option.NO_OPERATION:
            at += 1
            continue
        length = view[at + 1] if at + 1 < len(view) else 0
        if length < 2 or at + length > len(view):
            raise ParseError(f"TCP option {view[at]} with the length {length}")
        yield view[at], view[at + 2 : at + length]
        at += length


def _apply(segment: Segment, kind: int, value: memoryview) -> None:
    match kind, len(value):
        case Option.MSS, 2:
            segment.mss = int.from_bytes(value, "big")
        case Option.WINDOW_SCALE, 1:
            segment.window_scale = value[0]
        case Option.SACK_PERMITTED, 0:
            segment.sack_permitted = True
        case Option.SACK, size if size and size % _PAIR.size == 0:
            segment.sack = tuple(_PAIR.iter_unpack(value))
        case Option.TIMESTAMPS, 8:
            stamp, echo = _PAIR.unpack(value)
            segment.timestamps = (stamp, echo)
        # RFC 9293 section 3.1, MUST-6: an option that we don't know, or not with this length, is skipped.


def checksum_ok(data: Buffer, addresses: int) -> bool:
    """Whether the checksum in an IP payload is right.

    `addresses` is `pseudo_header(source, destination, ipv4.TCP, 0)`.
    """
    return internet_checksum(data, addresses + len(data)) == 0


def build(source_port: int, destination_port: int, segment: Segment) -> bytes:
    """Header, options and payload, with 0 for the checksum.

    ValueError when the options need more than OPTIONS_LIMIT octets.
    """
    if segment.timestamps and not (
        segment.sack or segment.sack_permitted or segment.mss is not None or segment.window_scale is not None
    ):
        header = _STAMPED_HEADER.pack(
            source_port,
            destination_port,
            segment.seq,
            segment.ack,
            _STAMPED_OFFSET,
            segment.flags,
            segment.window,
            0,
            segment.urgent,
            _NOP_NOP_TIMESTAMPS,
            *segment.timestamps,
        )
        return header + segment.payload if segment.payload else header
    return _build_any(source_port, destination_port, segment)


def _build_any(source_port: int, destination_port: int, segment: Segment) -> bytes:
    options = _build_options(segment)
    if len(options) > OPTIONS_LIMIT:
        raise ValueError(f"{len(options)} octets of TCP options, {OPTIONS_LIMIT} fit")
    header = _HEADER.pack(
        source_port,
        destination_port,
        segment.seq,
        segment.ack,
        (HEADER_LENGTH + len(options)) << 2,
        segment.flags,
        segment.window,
        0,
        segment.urgent,
    )
    return b"".join((header, options, segment.payload))


def _build_options(segment: Segment) -> bytes:
    """Every option on a word of its own, with NOPs before it."""
    block = bytearray()
    if segment.mss is not None:
        block += bytes((Option.MSS, 4)) + segment.mss.to_bytes(2, "big")
    if segment.sack_permitted:
        block += bytes((Option.NO_OPERATION, Option.NO_OPERATION, Option.SACK_PERMITTED, 2))
    if segment.timestamps is not None:
        block += _NOP_NOP_TIMESTAMPS.to_bytes(4, "big") + _PAIR.pack(*segment.timestamps)
    if segment.window_scale is not None:
        block += bytes((Option.NO_OPERATION, Option.WINDOW_SCALE, 3, segment.window_scale))
    if segment.sack:
        size = 2 + _PAIR.size * len(segment.sack)
        block += bytes((Option.NO_OPERATION, Option.NO_OPERATION, Option.SACK, size))
        block += b"".join(_PAIR.pack(*edges) for edges in segment.sack)
    return bytes(block)


def build_with_checksum(source_port: int, destination_port: int, segment: Segment, addresses: int) -> bytes:
    """As `build`, with the checksum filled in; `addresses` as for `checksum_ok`."""
    data = build(source_port, destination_port, segment)
    checksum = internet_checksum(data, addresses + len(data))
    return b"".join((data[:_CHECKSUM], checksum.to_bytes(2, "big"), data[_CHECKSUM + 2 :]))
