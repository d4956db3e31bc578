"""The way of a body into its sink: content codings are taken off, and what has no room waits here."""

from collections.abc import Sequence
from typing import Protocol

from tcpviz.client.decoding import Decoder
from tcpviz.client.failure import ExitCode, Failure, FetchError

READ_SIZE = 64 << 10
"""Octets taken at a time, at most: larger pieces cost more to allocate than they save."""


class Sink(Protocol):
    """Where a body goes."""

    def room(self) -> int:
        """Octets that it takes now. While it is 0 nothing is read, and TCP's window closes.

        This and `write` may raise OSError: the fetch ends with it.
        """

    def write(self, data: bytes) -> None:
        """Take these; never more than `room()` said."""


class Discard:
    """Takes everything, keeps nothing: for bodies that nobody asked for."""

    def room(self) -> int:
        return READ_SIZE

    def write(self, data: bytes) -> None:
        pass


class Outlet:
    """What stands between a response and its sink.

    Plain octets go through at once. Those that are coded, or more than the sink takes, wait; `room` and
    `finish` move them on.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._decoders: Sequence[Decoder] = ()
        self._waiting = b""
        self._drained = True
        self._fed = False

    def decode(self, decoders: Sequence[Decoder]) -> None:
        """From now on these take off what the body is coded in."""
        self._decoders = decoders

    def room(self) -> int:
        """Octets that `write` takes now. May raise OSError, FetchError."""
        self._move()
        return self._sink.room() if self._drained else 0

    def write(self, data: bytes) -> None:
        """Take these. May raise OSError, FetchError."""
        if not data:
            return
        self._fed = True
        if self._drained and not self._decoders and len(data) <= self._sink.room():
            self._sink.write(data)
            return
        self._waiting += data
        self._drained = False
        self._move()

    def finish(self) -> bool:
        """Whether all has gone into the sink. FetchError where coded data is not whole."""
        self._move()
        if self._drained and self._fed and not all(decoder.ended for decoder in self._decoders):
            raise FetchError(_broken("it ends too early"))
        return self._drained

    def _move(self) -> None:
        while not self._drained and (room := self._sink.room()) > 0:
            data = self._pull(len(self._decoders), min(room, READ_SIZE))
            self._drained = not data
            if data:
                self._sink.write(data)

    def _pull(self, level: int, limit: int) -> bytes:
        """At most `limit` octets that `level` decoders have worked on."""
        if level == 0:
            data, self._waiting = self._waiting[:limit], self._waiting[limit:]
            return data
        decoder = self._decoders[level - 1]
        data = b""
        while not (output := self._decoded(decoder, data, limit)):
            data = self._pull(level - 1, READ_SIZE)
            if not data:
                return b""
        return output

    def _decoded(self, decoder: Decoder, data: bytes, limit: int) -> bytes:
        try:
            return decoder.decode(data, limit)
        except ValueError as error:
            raise FetchError(_broken(str(error))) from None


def _broken(why: str) -> Failure:
    text = f"the body is not coded as its header says: {why}"
    return Failure(ExitCode.BAD_ENCODING, text, "try it without --compressed")
