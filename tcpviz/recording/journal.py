"""An append-only file: parts are gathered and written at once; what is written may be read by any thread."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from tcpviz.recording.whole import written_whole

_COPY_SIZE = 1 << 20
_PARTS_AT_ONCE = 1024
"""IOV_MAX of Linux, and what POSIX systems have beside it."""


class Journal:
    """The bytes of a recording. One thread appends and flushes; the file's position is its own affair."""

    def __init__(self, file: IO[bytes], spare: Callable[[], IO[bytes]] | None = None) -> None:
        """`spare` makes another file, to go on in when this one can't be written any more."""
        self._file = file
        self._spare = spare
        self.moved = ""
        """Why it went on in the spare file; empty: it did not."""
        self._parts: list[bytes] = []
        self._flushed = os.fstat(file.fileno()).st_size
        self.end = self._flushed
        """Where in the file the next part will stand."""

    def append(self, part: bytes) -> int:
        """Take this part for the next flush; where in the file it will stand."""
        at = self.end
        self._parts.append(part)
        self.end = at + len(part)
        return at

    def extend(self, parts: Sequence[bytes], length: int) -> int:
        """Take these parts, of `length` octets in all; where in the file the first will stand."""
        at = self.end
        self._parts += parts
        self.end = at + length
        return at

    def flush(self) -> None:
        """Write what was appended. OSError when that fails: the file then ends where the last flush ended."""
        parts, self._parts = self._parts, []
        try:
            try:
                self._write(parts)
            except OSError as cause:
                self._move(cause)
                self._write(parts)
        except OSError:
            os.ftruncate(self._file.fileno(), self._flushed)
            self.end = self._flushed
            raise
        self._flushed = self.end

    def _write(self, parts: list[bytes]) -> None:
        """As they are, not joined before: they may be large."""
        for at in range(0, len(parts), _PARTS_AT_ONCE):
            batch = parts[at : at + _PARTS_AT_ONCE]
            written = os.writev(self._file.fileno(), batch)
            if written < sum(map(len, batch)):
                rest = memoryview(b"".join(batch))[written:]
                while rest:
                    rest = rest[os.write(self._file.fileno(), rest) :]

    def _move(self, cause: OSError) -> None:
        """Go on in the spare file, under the same descriptor: whoever reads finds there what was here."""
        if self._spare is None:
            raise cause
        os.ftruncate(self._file.fileno(), self._flushed)
        with self._spare() as spare:
            self._copy(spare, self._flushed)
            os.dup2(spare.fileno(), self._file.fileno(), inheritable=False)
        self.moved, self._spare = cause.strerror or str(cause), None

    def read(self, at: int, length: int) -> bytes:
        """The octets that stand there, fewer where the file ends."""
        if at >= self._flushed:
            return b""  # and a damaged file may name places that no file can have
        return os.pread(self._file.fileno(), min(length, self._flushed - at), at)

    def save(self, path: Path) -> None:
        """Copy all that is flushed; a file at `path` stays until the copy is whole. OSError on failure."""
        if path.exists() and os.path.samestat(path.stat(), os.fstat(self._file.fileno())):
            return
        end = self._flushed
        with written_whole(path) as copy, copy.open("wb") as file:
            self._copy(file, end)

    def _copy(self, file: IO[bytes], end: int) -> None:
        for at in range(0, end, _COPY_SIZE):
            part = memoryview(self.read(at, min(_COPY_SIZE, end - at)))
            while part:
                part = part[file.write(part) :]

    def close(self) -> None:
        """Give the file back; a temporary one is gone with that."""
        self._file.close()
