"""HTTP/1.1 on one connection: requests out, one response at a time in (RFC 9112), its body to a sink.

Knows nothing of URLs to follow, time limits or other connections: that is `fetch`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import h11

from tcpviz import __version__
from tcpviz.client.failure import ExitCode, Failure
from tcpviz.client.url import Url
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State

READ_SIZE = 64 << 10
"""Octets taken from the connection at a time, at most: larger pieces cost more to allocate than they save."""
_HEAD_LIMIT = 256 << 10
_MAGIC = b"HTTP/"
_CAN_SEND = (State.ESTABLISHED, State.CLOSE_WAIT)


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


@dataclass(slots=True)
class Response:
    """A response as far as it has come. Names of headers are in lower case; values are the peer's."""

    url: Url
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body_received: int = 0
    complete: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def location(self) -> str | None:
        """Where else the resource is: UTF-8, as servers and browsers have it, and other octets as lone
        surrogates (PEP 383)."""
        location = self.header("location")
        return None if location is None else location.encode("latin-1").decode("utf-8", "surrogateescape")

    @property
    def length(self) -> int | None:
        """The octets of the body that the server promised, where it did."""
        promised = self.header("content-length")
        return int(promised) if promised and promised.isdigit() else None

    @property
    def status_line(self) -> str:
        """Status and reason, e.g. "200 OK"."""
        return f"{self.status} {self.reason}".rstrip()


class Exchange:
    """One connection and the request that is on it.

    `step(now)` sends what the connection takes and reads what the sink has room for. It has come to
    its end once `complete` or `failure` is set; `next_request` begins the next one where `reusable`.
    """

    def __init__(
        self, connection: Connection, url: Url, sink: Sink, wanted: Callable[[Response], bool]
    ) -> None:
        """GET `url`; the body goes to `sink` if the response is `wanted`, asked when its header is there."""
        self._connection = connection
        self._body_sink = sink
        self._wanted = wanted
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._reused = False
        self._begin(url)

    def next_request(self, url: Url) -> None:
        """GET `url` on the same connection; the exchange must be `reusable`."""
        self._http.start_next_cycle()
        self._reused = True
        self._begin(url)

    def _begin(self, url: Url) -> None:
        self.response: Response | None = None
        self.failure: Failure | None = None
        self._url = url
        # Until the header says whom they are for, no more octets are read than the sink would take.
        self._sink: Sink = self._body_sink
        self._received = 0
        request = h11.Request(method="GET", target=url.target, headers=_headers(url))
        head, end = self._http.send(request), self._http.send(h11.EndOfMessage())
        self._unsent = memoryview((head or b"") + (end or b""))

    @property
    def complete(self) -> bool:
        """Whether the response is whole."""
        return self.response is not None and self.response.complete

    @property
    def sent(self) -> bool:
        """Whether the connection has taken the whole request."""
        return not self._unsent

    @property
    def reusable(self) -> bool:
        """Whether another request can go over this connection (RFC 9112 9.3).

        Not where octets follow that nobody asked for: they would be taken for the next response.
        """
        idle = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        unasked, _ = self._http.trailing_data
        if unasked or self._connection.readable:
            return False
        return idle and self.sent and self._connection.state is State.ESTABLISHED

    @property
    def stale(self) -> bool:
        """Whether it failed only because the server had given up the idle connection (RFC 9112 9.3.1)."""
        return self.failure is not None and self._reused and not self._received

    def step(self, now: int) -> None:
        """Go as far as the connection and the sink allow."""
        self._send(now)
        try:
            while not self.complete and self.failure is None and self._advance(now):
                pass
        except h11.RemoteProtocolError as error:
            self.failure = self._broken(error)

    def _send(self, now: int) -> None:
        if self._unsent and self._connection.state in _CAN_SEND:
            self._unsent = self._unsent[self._connection.send(self._unsent, now) :]

    def _advance(self, now: int) -> bool:
        """Take one event of h11's, or feed it; False when nothing more is to be had now."""
        event = self._http.next_event()
        if event is h11.NEED_DATA:
            return self._feed(now)
        if isinstance(event, h11.Response):
            self.response = _response(self._url, event)
            if not self._wanted(self.response):
                self._sink = Discard()
        elif self.response is not None:
            self._take(event, self.response)
        return True

    def _take(self, event: object, response: Response) -> None:
        if isinstance(event, h11.Data):
            response.body_received += len(event.data)
            self._sink.write(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            response.complete = True

    def _feed(self, now: int) -> bool:
        room = self._sink.room()
        data = self._connection.receive(min(room, READ_SIZE), now) if room > 0 else b""
        if data:
            return self._hear(data)
        if self._connection.at_eof:
            self._http.receive_data(b"")
            return True
        if self._connection.end is not None and not self._connection.readable:
            self.failure = self._ended(self._connection.end)
        return False

    def _hear(self, data: bytes) -> bool:
        first = self._received == 0
        self._received += len(data)
        if first and data[: len(_MAGIC)] != _MAGIC[: len(data)]:
            # A server that says another protocol's hello and waits for our answer would keep us waiting, too.
            self.failure = _NO_HTTP
            return False
        self._http.receive_data(data)
        return True

    def _ended(self, why: CloseReason) -> Failure:
        if why is CloseReason.TIMED_OUT:
            return Failure(ExitCode.TIMED_OUT, "the server stopped answering", _PATH_ADVICE)
        return Failure(ExitCode.RECEIVE_FAILED, f"the connection was {why.value}{self._progress()}")

    def _broken(self, error: h11.RemoteProtocolError) -> Failure:
        _, told_of_the_end = self._http.trailing_data
        if not told_of_the_end:
            return Failure(ExitCode.RECEIVE_FAILED, f"the server's HTTP is broken: {error}")
        if not self._received:
            return Failure(ExitCode.EMPTY_REPLY, "the server closed the connection without an answer")
        return Failure(ExitCode.PARTIAL, f"the server closed the connection early{self._progress()}")

    def _progress(self) -> str:
        """How far the response had come."""
        if self.response is None:
            return (
                f" after {self._received:,} octets of its header" if self._received else " before any answer"
            )
        got, length = self.response.body_received, self.response.length
        return f" after {got:,} octets" if length is None else f" after {got:,} of {length:,} octets"


_PATH_ADVICE = "look at the last packets: what was sent again and never acknowledged?"
_NO_HTTP = Failure(ExitCode.RECEIVE_FAILED, "the answer is no HTTP", "is that a web server's port?")


def _headers(url: Url) -> list[tuple[str, str]]:
    headers = [("Host", url.authority), ("User-Agent", f"tcpviz/{__version__}"), ("Accept", "*/*")]
    authorization = url.authorization
    return headers if authorization is None else [*headers, ("Authorization", authorization)]


def _response(url: Url, event: h11.Response) -> Response:
    headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers)
    return Response(url, event.status_code, event.reason.decode("latin-1"), headers)
