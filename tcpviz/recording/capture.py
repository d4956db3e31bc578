"""Other people's captures: frames without snapshots, and a guess which end was "we"."""

from collections.abc import Generator, Iterator
from itertools import islice
from typing import TypeAlias

from tcpviz.link.base import Direction, Fate
from tcpviz.recording.linktypes import ETHERNET, Linktypes
from tcpviz.recording.rows import Kind, Rows
from tcpviz.wire.capture import Capture, Captured
from tcpviz.wire.pcapng import File
from tcpviz.wire.segment import ACK, SYN

Filling: TypeAlias = Generator[int, None, str]
"""Adds rows each time it is asked to go on: yields where in the file it has come to, and returns what could
not be read of the file, in a few words."""

BATCH = 1024
"""Rows that are added at a time: some 5 ms, within a frame of the screen."""

_EARLIEST, _LATEST = -(1 << 63), (1 << 63) - 1
_NETWORK_AT = {ETHERNET: 14, 0: 4, 12: 0, 14: 0, 101: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
"""Where the network layer begins, by link header."""
_VLANS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_ARP = b"\x08\x06"
_IP = (b"\x08\x00", b"\x86\xdd")
_TCP = 6
_LOOKED_AT = 4096
"""Frames in which the first SYN is sought."""


def epoch(file: File) -> int:
    """When the first frame was captured, in ns since 1970. ParseError for what is no capture."""
    first = next(iter(Capture(file)), None)
    return first.time if first else 0


def fill(file: File, rows: Rows, linktypes: Linktypes, epoch: int, skip: int = 0) -> Filling:
    """Add a row for each frame behind the first `skip`; time 0 is at `epoch`.

    Nothing is known of them but what was captured. What the client sent goes OUT; between two others, what
    the one sent who spoke TCP first.
    """
    capture = Capture(file)
    ways = _Ways(_client(islice(Capture(file), _LOOKED_AT)))
    for number, frame in islice(enumerate(capture, 1), skip, None):
        linktypes.add(len(rows), frame.linktype)
        time = max(_EARLIEST, min(frame.time - epoch, _LATEST))
        addresses = _addresses(frame)
        direction = ways.get(addresses) or ways.add(frame, addresses)
        places = (frame.offset, len(frame.data), 0, 0)
        rows.append(time, Kind.FRAME, direction, Fate.PASSED, number, frame.length, 0, None, places, None)
        if not number % BATCH:
            yield frame.offset
    return capture.loss


class _Ways(dict[bytes, Direction]):
    """Which way goes what one host sends to another, by their addresses."""

    def __init__(self, client: bytes) -> None:
        self._client = client

    def add(self, frame: Captured, addresses: bytes) -> Direction:
        """Decide at the first frame from one host to another; the way back is the other one."""
        half = len(addresses) // 2
        source, destination = addresses[:half], addresses[half:]
        ours = source == self._client or (destination != self._client and _is_tcp(frame))
        self[addresses] = Direction.OUT if ours and source else Direction.IN
        if self[addresses] is Direction.OUT:
            self[destination + source] = Direction.IN
        return self[addresses]


def _client(frames: Iterator[Captured]) -> bytes:
    """The network address that sent the first SYN, else the first address there is."""
    first = b""
    for frame in frames:
        addresses = _addresses(frame)
        source = addresses[: len(addresses) // 2]
        if source and _opens(frame):
            return source
        first = first or source
    return first


def _addresses(frame: Captured) -> bytes:
    """The network addresses, source and destination, of a frame; empty where there are none."""
    data, at = frame.data, _network_at(frame)
    if at < 0:
        return b""
    if frame.linktype == ETHERNET and (kind := data[at - 2 : at]) not in _IP:
        return data[at + 14 : at + 18] + data[at + 24 : at + 28] if kind == _ARP else b""
    version = data[at : at + 1].hex()[:1]
    if version == "4":
        return data[at + 12 : at + 20]
    return data[at + 8 : at + 40] if version == "6" else b""


def _opens(frame: Captured) -> bool:
    """Whether an IP packet opens a TCP connection, as far as can be told without looking into tunnels."""
    at = _tcp_at(frame)
    return 0 < at < len(frame.data) - 13 and frame.data[at + 13] & (SYN | ACK) == SYN


def _is_tcp(frame: Captured) -> bool:
    return _tcp_at(frame) > 0


def _tcp_at(frame: Captured) -> int:
    """Where TCP begins right behind IP; 0 where it does not."""
    data, at = frame.data, _network_at(frame)
    if at < 0 or len(data) < at + 40:
        return 0
    if data[at] >> 4 == 6:
        return at + 40 if data[at + 6] == _TCP else 0
    return at + (data[at] & 15) * 4 if data[at + 9] == _TCP else 0


def _network_at(frame: Captured) -> int:
    """Where the network layer begins, behind VLAN tags; -1 for unknown link headers."""
    at = _NETWORK_AT.get(frame.linktype, -1)
    if frame.linktype == ETHERNET:
        while frame.data[at - 2 : at] in _VLANS:
            at += 4
    return at
