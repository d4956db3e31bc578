"""What a compressed capture holds, in a temporary file: a capture has to be mapped."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Final

_GZIP: Final = b"\x1f\x8b"
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"
_PART: Final = 1 << 20


def unpacked(file: IO[bytes]) -> tuple[IO[bytes], str]:
    """The file itself, or a temporary one with what gzip or zstd packed into it; and what is damaged of that,
    in a few words.

    `file` stands at its beginning, and is closed where another takes its place. Raises OSError.
    """
    magic = file.read(len(_ZSTANDARD))
    file.seek(0)
    if magic.startswith(_GZIP):
        return _copy(file, _gunzipped(file))
    if magic == _ZSTANDARD:
        return _copy(file, _unzstd(file))
    return file, ""


class _DamageError(Exception):
    """What follows can't be unpacked."""


def _copy(file: IO[bytes], parts: Iterator[bytes]) -> tuple[IO[bytes], str]:
    plain, damage = TemporaryFile(buffering=0), ""  # noqa: SIM115
    with file:
        try:
            plain.writelines(parts)
        except _DamageError as error:
            damage = f"the compressed file is damaged: {error}"
    plain.seek(0)
    return plain, damage


def _gunzipped(file: IO[bytes]) -> Iterator[bytes]:
    packed = gzip.GzipFile(fileobj=file)
    try:
        while part := packed.read1(_PART):
            yield part
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _DamageError(str(error)) from None


def _unzstd(file: IO[bytes]) -> Iterator[bytes]:
    # Rare, so that nobody else waits for it.
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    packed = zstd.ZstdFile(file)
    try:
        while part := packed.read1(_PART):
            yield part
    except (EOFError, zstd.ZstdError) as error:
        raise _DamageError(str(error)) from None
