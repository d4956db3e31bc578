"""Content codings taken off while a body streams (RFC 9110 8.4.1): gzip, deflate, br, zstd.

A few octets may stand for gigabytes, so every decoder is asked for so many octets of output and no more.
"""

import sys
import zlib
from collections.abc import Callable
from typing import Protocol

from tcpviz.client.failure import ExitCode, Failure, FetchError

ACCEPTED = "gzip, deflate, br, zstd"
"""What we can take off: the value of Accept-Encoding."""

_MOST_CODINGS = 5
_GZIP, _RAW = 16 + zlib.MAX_WBITS, -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW_LOG = 23
"""A window of 8 MB, the most that RFC 9659 allows."""


class Decoder(Protocol):
    """Takes one coding off."""

    def decode(self, data: bytes, limit: int) -> bytes:
        """At most `limit` octets of output; b"" when there is no more without more data.

        New data may be given only when there was no more. Raises ValueError for what is not coded so.
        """

    @property
    def ended(self) -> bool:
        """Whether the coded data has come to its end."""


def decoders(content_encoding: str) -> list[Decoder]:
    """What takes off the codings of a Content-Encoding field, in the order in which to use them.

    Raises FetchError for one that we don't know.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name for name in names if name not in ("", "identity")]
    unknown = [name for name in codings if name not in _DECODERS]
    if unknown or len(codings) > _MOST_CODINGS:
        what = unknown[0] if unknown else f"{len(codings)} layers"
        text = f"the body is coded in a way that we can't decode: {what}"
        raise FetchError(Failure(ExitCode.BAD_ENCODING, text, "try it without --compressed"))
    return [_DECODERS[name]() for name in reversed(codings)]


class _Inner(Protocol):
    """What zlib's and zstd's decompressors have in common; zstd keeps what it did not use to itself."""

    def decompress(self, data: bytes, limit: int, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


class _Members:
    """Coded data in members, one behind the other; what follows them and is none counts for nothing."""

    def __init__(self, new: Callable[[], _Inner], error: type[Exception], magic: bytes = b"") -> None:
        """`new` makes the decompressor of a member; each begins with `magic`; without it there is one."""
        self._new = new
        self._error = error
        self._magic = magic
        self._inner = new()
        self._rest = b""

    def decode(self, data: bytes, limit: int) -> bytes:
        self._rest += data
        while not self._inner.eof or self._next_member():
            try:
                output = self._inner.decompress(self._rest, limit)
            except self._error as error:
                raise ValueError(str(error)) from None
            inner = self._inner
            self._rest = inner.unused_data if inner.eof else getattr(inner, "unconsumed_tail", b"")
            if output or not inner.eof:
                return output
        return b""

    def _next_member(self) -> bool:
        if not self._magic or not self._rest.startswith(self._magic):
            self._rest = self._rest if self._magic.startswith(self._rest) else b""
            return False
        self._inner = self._new()
        return True

    @property
    def ended(self) -> bool:
        return self._inner.eof


def _zlib(wbits: int) -> _Members:
    magic = _GZIP_MAGIC if wbits == _GZIP else b""
    return _Members(lambda: zlib.decompressobj(wbits), zlib.error, magic)


def _zstd() -> _Members:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    options = {int(zstd.DecompressionParameter.window_log_max): _ZSTD_WINDOW_LOG}
    return _Members(lambda: zstd.ZstdDecompressor(options=options), zstd.ZstdError, _ZSTD_MAGIC)


class _Deflate:
    """zlib's format, or without its header, as some servers have it (RFC 9110 8.4.1.2)."""

    def __init__(self) -> None:
        self._head = b""
        self._zlib: _Members | None = None

    def decode(self, data: bytes, limit: int) -> bytes:
        if self._zlib is None:
            self._head += data
            if len(self._head) < 2:
                return b""
            wrapped = self._head[0] & 0xF == 8 and int.from_bytes(self._head[:2], "big") % 31 == 0
            self._zlib = _zlib(zlib.MAX_WBITS if wrapped else _RAW)
            data = self._head
        return self._zlib.decode(data, limit)

    @property
    def ended(self) -> bool:
        return self._zlib is not None and self._zlib.ended


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._brotli = brotli.Decompressor()
        self._error = brotli.error
        self._surplus = b""  # it takes the limit for advice

    def decode(self, data: bytes, limit: int) -> bytes:
        try:
            if not self._surplus and not self.ended:
                self._surplus = self._brotli.process(data, output_buffer_limit=limit)
        except self._error as error:
            raise ValueError(str(error)) from None
        output, self._surplus = self._surplus[:limit], self._surplus[limit:]
        return output

    @property
    def ended(self) -> bool:
        return bool(self._brotli.is_finished())


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": lambda: _zlib(_GZIP),
    "x-gzip": lambda: _zlib(_GZIP),
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _zstd,
}
