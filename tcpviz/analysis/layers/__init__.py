"""The way down to TCP through whatever carries it: link headers, VLANs, tunnels, IP.

One small function a layer. The innermost IP addresses count, as in tshark. What is quoted in an ICMP error is
no packet.
"""

import struct
import zlib
from typing import Final, NamedTuple, TypeAlias

from tcpviz.analysis.fragments import Completed, Fragments
from tcpviz.analysis.layers import link, tunnel  # noqa: F401 (each brings its layers)
from tcpviz.analysis.layers.internet import icmp, icmpv6, ip
from tcpviz.analysis.layers.table import LINKS, NAMES, Found, Frame, Layer, Step, next_layer
from tcpviz.analysis.packet import CutOff, TcpPacket, plain_tcp

ETHERNET: Final = 1
_DEEPEST: Final = 32
"""Layers: far more than any real packet has, an end for what was made to have none."""

Place: TypeAlias = "tuple[str, bytes, int, int]"
"""Where a protocol stands: its name in Wireshark, the octets, its header's start, and the end of the packet
as far as that was captured."""


class Passed(NamedTuple):
    """A layer on the way; octets, start and end as in `Place`."""

    layer: Layer
    data: bytes
    at: int
    end: int


def tcp_packet(
    data: bytes | memoryview, linktype: int = ETHERNET, length: int | None = None
) -> TcpPacket | None:
    """As `find_tcp`, but None where there is too little of a header, too."""
    found = find_tcp(data, linktype, length)
    return found if isinstance(found, TcpPacket) else None


def find_tcp(
    data: bytes | memoryview,
    linktype: int = ETHERNET,
    length: int | None = None,
    fragments: Fragments | None = None,
) -> Found:
    """The TCP header in a captured frame; None where there is none.

    `linktype` is the LINKTYPE of pcap files, `length` that of the frame on the wire where only a part was
    captured. `fragments` puts fragmented datagrams together; without it they are no TCP.
    """
    if length is None or length < len(data):  # some writers say less than what they captured
        length = len(data)
    if linktype == ETHERNET and (packet := plain_tcp(data, length)):
        return packet
    if linktype not in LINKS:
        return None
    frame = Frame(bytes(data), length, fragments)
    layer, at = LINKS[linktype], 0
    try:
        for _ in range(_DEEPEST):
            step = layer(frame, at)
            if step is None or isinstance(step, TcpPacket | CutOff):
                return step
            layer, at = step
    except (IndexError, struct.error, zlib.error):  # cut off
        pass
    return None


def trace(
    data: bytes, linktype: int = ETHERNET, length: int | None = None, whole: bytes | None = None
) -> list[Place]:
    """The protocols of a frame that have a name here, outermost first, also those quoted in ICMP errors.

    `whole`: what the datagram carries that a fragment in the frame completed.
    """
    passed = walk(data, linktype, length, whole)
    return [(NAMES[layer], data, at, end) for layer, data, at, end in passed if layer in NAMES]


def walk(
    data: bytes, linktype: int = ETHERNET, length: int | None = None, whole: bytes | None = None
) -> list[Passed]:
    """All layers of a frame, named or not; arguments as for `trace`."""
    passed: list[Passed] = []
    fragments = None if whole is None else Completed(whole)
    frame = Frame(data, max(length or 0, len(data)), fragments)
    step: Step = next_layer(LINKS, linktype, 0)
    try:
        for _ in range(_DEEPEST):
            if not isinstance(step, tuple):
                break
            (layer, at), data = step, frame.data
            step = layer(frame, at)
            passed.append(Passed(layer, data, at, min(frame.end, len(data))))
            if layer in (icmp, icmpv6):
                step = _quoted(frame, at, layer)
    except (IndexError, struct.error, zlib.error):  # cut off
        pass
    return passed


def _quoted(frame: Frame, at: int, layer: Layer) -> Step:
    """The packet that an ICMP error is about (RFC 792, RFC 4443)."""
    errors = (3, 4, 5, 11, 12) if layer is icmp else (1, 2, 3, 4)
    return (ip, at + 8) if frame.data[at] in errors else None
