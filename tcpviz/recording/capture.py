"""Other people's captures: frames without snapshots, and a guess which end was "we"."""

from collections.abc import Iterable
from contextlib import suppress

from tcpviz.link.base import Direction, Fate
from tcpviz.recording.blocks import Head
from tcpviz.recording.errors import RecordingError
from tcpviz.recording.rows import Kind, Rows
from tcpviz.wire import arp, ethernet, ipv4
from tcpviz.wire.capture import Capture, Captured
from tcpviz.wire.errors import ParseError
from tcpviz.wire.pcapng import File
from tcpviz.wire.segment import ACK, SYN

_ETHERNET = 1
_EARLIEST, _LATEST = -(1 << 63), (1 << 63) - 1


def rows(file: File, name: str) -> tuple[Rows, Head]:
    """A row for each Ethernet frame; time 0 is that of the first one. ParseError for what is no capture.

    RecordingError when there are frames, and none of them is Ethernet.
    """
    rows = Rows()
    first = next(iter(Capture(file)), None)
    epoch = first.time if first else 0
    capture = Capture(file)
    append(rows, enumerate(capture, 1), epoch, client(file))
    if first and not len(rows):
        raise RecordingError(f"{name} has frames of link type {first.linktype}: only Ethernet can be shown")
    return rows, Head(name, epoch, capture.loss)


def append(rows: Rows, frames: Iterable[tuple[int, Captured]], epoch: int, client: bytes) -> None:
    """Add numbered frames of which nothing is known but what was captured. What `client` sent goes OUT."""
    for number, frame in frames:
        if frame.linktype == _ETHERNET:
            time = max(_EARLIEST, min(frame.time - epoch, _LATEST))
            direction = Direction.OUT if client and _source(frame.data)[0] == client else Direction.IN
            places = (frame.offset, len(frame.data), 0, 0)
            rows.append(time, Kind.FRAME, direction, Fate.PASSED, number, frame.length, 0, None, places, None)


def client(file: File) -> bytes:
    """The network address that sent the first SYN, else the first address there is."""
    first = b""
    for frame in Capture(file):
        source, opens = _source(frame.data)
        if opens:
            return source
        first = first or source
    return first


def _source(frame: bytes) -> tuple[bytes, bool]:
    """The network address that the frame comes from, empty for none, and whether it opens a connection."""
    with suppress(ParseError, IndexError):
        header, packet = ethernet.parse(frame)
        if header.ethertype == ethernet.ARP:
            return arp.parse(packet).sender_address, False
        if header.ethertype == ethernet.IPV6:
            return bytes(packet[8:24]), packet[6] == ipv4.TCP and _opens(packet[40:])
        if header.ethertype == ethernet.IPV4:
            ip = ipv4.parse_header(packet)
            opens = ip.protocol == ipv4.TCP and not ip.is_fragment and _opens(packet[ip.header_length :])
            return ip.source, opens
    return b"", False


def _opens(segment: memoryview) -> bool:
    return segment[13] & (SYN | ACK) == SYN
