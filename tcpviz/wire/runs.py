"""Runs: frames of one connection that came together and continue each other, to be taken as one.

Linux merges such frames before its TCP sees them (generic receive offload), and for the same reason: what is
the same in all of them has to be looked at once only. Which connection they are for, whether their checksums
are right and whether it can take them so is not known here.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct

from tcpviz.wire import ethernet, ipv4, ipv6, tcp
from tcpviz.wire.frame import Frame

LIMIT = 1 << 16
"""Octets of data in a run at most: as in the largest packet that a kernel merges."""

_IPV4_WITHOUT_OPTIONS = ethernet.IPV4.to_bytes(2, "big") + b"\x45"
_IPV6 = ethernet.IPV6.to_bytes(2, "big")
_TCP4_AT = ethernet.HEADER_LENGTH + ipv4.HEADER_LENGTH
_TCP6_AT = ethernet.HEADER_LENGTH + ipv6.HEADER_LENGTH
_DATA_OFFSET = 12  # where it stands in the TCP header


def end(frames: Sequence[Frame], start: int) -> int:
    """Behind the last frame of the run that begins with the one at `start`, and may have no other.

    They differ in nothing but sequence number, identification and checksums, each goes on where the one
    before it stopped, and the kernel vouches for all of them or for none.
    """
    time, first, vouched = frames[start]
    following, length = start + 1, len(first)
    if following == len(frames) or len(frames[following].data) != length or length > LIMIT // 2:
        return following
    data_at, data_end = data_range(first)
    size = data_end - data_at
    if size <= 0:
        return following
    unpack = _fields(data_at, first[12] == _IPV6[0]).unpack_from
    head, hop, ends, seq, rest, options = unpack(first)
    stop = min(len(frames), start + LIMIT // size)
    for at in range(following, stop):
        read_at, data, word = frames[at]
        seq = seq + size & 0xFFFF_FFFF
        if (
            len(data) != length
            or unpack(data) != (head, hop, ends, seq, rest, options)
            or word is not vouched
            or read_at != time
        ):
            return at
    return max(following, stop)


def data_range(frame: bytes) -> tuple[int, int]:
    """Where the data of an ordinary TCP segment begins and ends; twice 0 where it has none, or is not one."""
    if frame[12:15] == _IPV4_WITHOUT_OPTIONS:
        tcp_at, end = _TCP4_AT, ethernet.HEADER_LENGTH + int.from_bytes(frame[16:18], "big")
    elif frame[12:14] == _IPV6:
        tcp_at, end = _TCP6_AT, _TCP6_AT + int.from_bytes(frame[18:20], "big")
    else:
        return 0, 0
    if not tcp_at + tcp.HEADER_LENGTH < end <= len(frame):
        return 0, 0
    data_at = tcp_at + (frame[tcp_at + _DATA_OFFSET] >> 2 & ~3)
    return (data_at, end) if tcp_at + tcp.HEADER_LENGTH <= data_at < end else (0, 0)


@lru_cache(maxsize=32)
def _fields(data_at: int, is_ipv6: bool) -> Struct:
    """What is the same in all frames of a run, and fourth the sequence number: both MAC addresses, EtherType
    and IP up to its length; fragment, TTL and protocol, or next header and hop limit; addresses and ports;
    acknowledgment, offset, flags and window; urgent pointer and options."""
    if is_ipv6:
        return Struct(f"!20s2s36sI8s2x{data_at - _TCP6_AT - 18}s")
    return Struct(f"!18s2x4s2x12sI8s2x{data_at - _TCP4_AT - 18}s")
