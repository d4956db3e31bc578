"""Files to rows: our own runs with everything that was known, other people's captures with their frames."""

import tempfile
import zlib
from contextlib import ExitStack, suppress
from io import FileIO
from mmap import ACCESS_READ, mmap
from pathlib import Path

from tcpviz.recording import capture, run
from tcpviz.recording.blocks import Head
from tcpviz.recording.errors import RecordingError
from tcpviz.recording.journal import Journal
from tcpviz.recording.rows import Rows
from tcpviz.wire.errors import ParseError

_GZIP = b"\x1f\x8b"
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
_READ_SIZE = 1 << 16


def read(path: Path) -> tuple[Journal, Rows, Head]:
    """What is in the file at `path`, and the file. RecordingError when it can't be read or is no capture."""
    try:
        if not path.is_dir() and path.exists() and not path.is_file():
            raise RecordingError(f"{path} is no regular file")  # a pipe would keep us waiting
        with ExitStack() as on_error:
            file = on_error.enter_context(_unpacked(FileIO(path)))
            with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
                rows, head = _parse(data, path.name)
            on_error.pop_all()
        return Journal(file), rows, head
    except OSError as cause:
        raise RecordingError(f"can't open {path}: {cause.strerror}") from cause
    except ValueError as cause:  # a ParseError; and an empty file can't be mapped
        raise RecordingError(f"{path} is no capture file: neither pcapng nor pcap") from cause


def _unpacked(file: FileIO) -> FileIO:
    """The file itself, or a temporary one with what is in it when it is a gzip file."""
    if file.read(len(_GZIP)) != _GZIP:
        return file
    file.seek(0)
    plain: FileIO = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
    with file, suppress(zlib.error):  # damaged: what stands before that
        unpacker = zlib.decompressobj(_GZIP_FORMAT)
        while part := unpacker.unused_data or file.read(_READ_SIZE):
            if unpacker.eof:
                unpacker = zlib.decompressobj(_GZIP_FORMAT)
            plain.write(unpacker.decompress(part))
    return plain


def _parse(file: mmap, name: str) -> tuple[Rows, Head]:
    with suppress(ParseError):  # a run that another program has changed is a capture like any other
        return run.rows(file)
    return capture.rows(file, name)
