"""Ethernet frames on a stream socket: each after its length in four octets, as passt and QEMU do it."""

from collections.abc import Iterable
from struct import Struct

_LENGTH = Struct("!I")
_LARGEST = 1 << 17
"""More than any frame has. A stream that announces one is out of step."""


class FramingError(ValueError):
    """What came is no stream of frames."""


def framed(frames: Iterable[bytes]) -> bytes:
    """The octets that carry these frames."""
    pieces: list[bytes] = []
    for data in frames:
        pieces += (_LENGTH.pack(len(data)), data)
    return b"".join(pieces)


class FrameReader:
    """Cuts a stream into its frames, however it comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes. Raises FramingError."""
        stream = self._rest + data if self._rest else data
        frames: list[bytes] = []
        at, end = 0, len(stream)
        while end - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(stream, at)
            if length > _LARGEST:
                raise FramingError(f"a frame of {length} octets was announced")
            begin = at + _LENGTH.size
            if end - begin < length:
                break
            at = begin + length
            frames.append(stream[begin:at])
        self._rest = stream[at:]
        return frames
