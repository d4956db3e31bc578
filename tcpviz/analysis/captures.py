"""Capture files to TCP packets: opened, unpacked where they are compressed, mapped and not loaded."""

import mmap
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO

from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp
from tcpviz.analysis.packet import CutOff, TcpPacket
from tcpviz.recording.unpacked import unpacked
from tcpviz.wire.capture import Capture, Captured
from tcpviz.wire.errors import ParseError


class CaptureFile:
    """A pcap or pcapng file, also packed by gzip or zstd. Iterate once, then ask `loss`.

    Raises OSError when it can't be read, ParseError when it is no capture.
    """

    def __init__(self, path: Path) -> None:
        with ExitStack() as stack:
            file = stack.enter_context(_seekable(stack.enter_context(path.open("rb"))))
            plain, self._damage = unpacked(file)
            stack.enter_context(plain)
            self._capture = _capture(plain, self._damage)

    @property
    def loss(self) -> str:
        """What of the file could not be read, in a few words; empty when all was."""
        return "; ".join(filter(None, (self._damage, self._capture.loss)))

    def __iter__(self) -> Iterator[Captured]:
        return iter(self._capture)

    def packets(self) -> Iterator[tuple[int, Captured, TcpPacket | CutOff]]:
        """The frames that carry TCP, each with its number among all frames, counted from 1."""
        fragments = Fragments()
        for number, frame in enumerate(self._capture, 1):
            packet = find_tcp(frame.data, frame.linktype, frame.length, fragments)
            if packet is not None:
                yield number, frame, packet


def _seekable(file: IO[bytes]) -> IO[bytes]:
    """The file itself, or a temporary copy of what a pipe gives."""
    if file.seekable():
        return file
    copy = TemporaryFile()  # noqa: SIM115 (the caller closes it)
    copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _capture(plain: IO[bytes], damage: str) -> Capture:
    try:
        return Capture(_map(plain))
    except ParseError:
        if damage:  # it may have been one
            raise ParseError(damage) from None
        raise


def _map(file: IO[bytes]) -> bytes | mmap.mmap:
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:  # an empty file can't be mapped
        return b""
