"""Files to rows: our own runs with everything that was known, other people's captures with their frames."""

import fcntl
from collections.abc import Generator
from contextlib import ExitStack, suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, TypeAlias

from tcpviz.recording import capture, run
from tcpviz.recording.blocks import Head
from tcpviz.recording.capture import Filling
from tcpviz.recording.errors import RecordingError
from tcpviz.recording.journal import Journal
from tcpviz.recording.linktypes import Linktypes
from tcpviz.recording.rows import Rows
from tcpviz.recording.unpacked import unpacked
from tcpviz.wire.errors import ParseError

Reading: TypeAlias = Generator[float, None, str]
"""Reads on in a file each time it is asked to: yields which part of it has been read, and returns what could
not be, in a few words."""


def begin(path: Path) -> tuple[Journal, Rows, Linktypes, Head, Reading]:
    """The file at `path`, and how to read its rows. RecordingError when it can't be read or is no capture."""
    damage = ""
    try:
        if not path.is_dir() and path.exists() and not path.is_file():
            raise RecordingError(f"{path} is no regular file")  # a pipe would keep us waiting
        if path.is_file() and not path.stat().st_size:
            raise RecordingError(f"{path} is empty: no capture was written to it")
        with ExitStack() as on_error:
            file, damage = unpacked(on_error.enter_context(path.open("rb", buffering=0)))
            on_error.enter_context(file)
            data = on_error.enter_context(_mapped(file))
            rows, linktypes = Rows(), Linktypes()
            head, filling = _begin(data, path.name, rows, linktypes)
            if head.ours:
                _lock(file)
            on_error.pop_all()
        return Journal(file), rows, linktypes, head, _read(data, filling, damage)
    except OSError as cause:
        raise RecordingError(f"can't open {path}: {cause.strerror}") from cause
    except ValueError as cause:  # a ParseError; and what is empty once unpacked can't be mapped
        text = f"{path}: {damage}" if damage else f"{path} is no capture file: neither pcapng nor pcap"
        raise RecordingError(text) from cause


def _lock(file: IO[bytes]) -> None:
    """Say that somebody looks at this run: it isn't removed then when others need the room (see Shelf)."""
    with suppress(OSError):  # still being recorded, or a file system without locks
        fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)


def _mapped(file: IO[bytes]) -> mmap:
    return mmap(file.fileno(), 0, access=ACCESS_READ)


def _begin(file: mmap, name: str, rows: Rows, linktypes: Linktypes) -> tuple[Head, Filling]:
    try:
        head = run.head(file)
        return head, run.fill(file, rows, linktypes, head.epoch)
    except ParseError:
        epoch = capture.epoch(file)
        return Head(name, epoch, ours=False), capture.fill(file, rows, linktypes, epoch)


def _read(file: mmap, filling: Filling, damage: str) -> Reading:
    with file:
        try:
            while True:
                yield next(filling) / len(file)
        except StopIteration as end:
            return "; ".join(filter(None, (damage, end.value)))
