"""Capture files to TCP packets: opened, unpacked where they are compressed, mapped and not loaded."""

import gzip
import mmap
import zlib
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Final

from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp
from tcpviz.analysis.packet import CutOff, TcpPacket
from tcpviz.wire.capture import Capture, Captured

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20


class CaptureFile:
    """A pcap or pcapng file, also compressed by gzip. Iterate once, then ask `loss`.

    Raises OSError when it can't be read, ParseError when it is no capture.
    """

    def __init__(self, path: Path) -> None:
        self._cut = ""
        with path.open("rb") as file, _seekable(file) as source:
            packed = source.read(2) == _GZIP
            source.seek(0)
            data = self._unpacked(source) if packed else _map(source)
        self._capture = Capture(data)

    @property
    def loss(self) -> str:
        """What of the file could not be read, in a few words; empty when all was."""
        return "; ".join(filter(None, (self._cut, self._capture.loss)))

    def __iter__(self) -> Iterator[Captured]:
        return iter(self._capture)

    def packets(self) -> Iterator[tuple[int, Captured, TcpPacket | CutOff]]:
        """The frames that carry TCP, each with its number among all frames, counted from 1."""
        fragments = Fragments()
        for number, frame in enumerate(self._capture, 1):
            packet = find_tcp(frame.data, frame.linktype, frame.length, fragments)
            if packet is not None:
                yield number, frame, packet

    def _unpacked(self, file: IO[bytes]) -> bytes | mmap.mmap:
        """What gzip packed, as far as that is whole, in a temporary file."""
        with TemporaryFile() as plain:
            try:
                with gzip.open(file) as packed:
                    while chunk := packed.read1(_CHUNK):
                        plain.write(chunk)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                self._cut = f"the compressed file is damaged: {error}"
            plain.flush()
            return _map(plain)


def _seekable(file: IO[bytes]) -> IO[bytes]:
    """The file itself, or a temporary copy of what a pipe gives."""
    if file.seekable():
        return file
    copy = TemporaryFile()  # noqa: SIM115
    copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _map(file: IO[bytes]) -> bytes | mmap.mmap:
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:  # an empty file can't be mapped
        return b""
