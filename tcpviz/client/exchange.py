"""HTTP/1.1 on one stream: requests out, one response at a time in (RFC 9112), its body to a sink.

Knows nothing of URLs to follow, time limits or other connections: that is `fetch`.
"""

from collections.abc import Callable

import h11

from tcpviz.client.decoding import decoders
from tcpviz.client.failure import CutOffError, ExitCode, Failure, FetchError
from tcpviz.client.outlet import READ_SIZE, Discard, Outlet, Sink
from tcpviz.client.request import Request
from tcpviz.client.response import Response, head_octets, read_response
from tcpviz.client.sending import Sending
from tcpviz.client.stream import Stream
from tcpviz.client.url import Url
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State

_HEAD_LIMIT = 256 << 10
_MAGIC = b"HTTP/"
_CONTINUE = 100


class Exchange:
    """One stream and the request that is on it.

    `step(now)` sends what the stream takes and reads what the sink has room for. It has come to its end
    once `complete` or `failure` is set; `begin` starts the next one where `reusable`.
    """

    def __init__(self, stream: Stream, wanted: Callable[[Response], bool]) -> None:
        """A body goes to its sink if the response is `wanted`, asked when its header is there."""
        self._stream = stream
        self._wanted = wanted
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._requests = 0

    def begin(self, url: Url, request: Request, sink: Sink, *, first: Url) -> None:
        """Ask for `url`; `first` is the URL that the user named. A later one only where `reusable`."""
        if self._requests:
            self._http.start_next_cycle()
        self._requests += 1
        self.response: Response | None = None
        self.failure: Failure | None = None
        self._url = url
        self._request = request
        self._body_sink = sink
        # Until the header says whom they are for, no more octets are read than the sink would take.
        self._outlet = Outlet(sink)
        self._received = 0
        self._at_end = False
        self._cut_off: Failure | None = None
        self._unasked = False
        head = request.head(url, first=first)
        self._sending = Sending(self._http, head, request.body, expects=request.expects_continue)

    @property
    def complete(self) -> bool:
        """Whether the response is whole."""
        return self.response is not None and self.response.complete

    @property
    def sent(self) -> bool:
        """Whether the stream has taken the whole request."""
        return self._sending.done

    @property
    def body_sent(self) -> int:
        """Octets of the request's body that have been given to the stream."""
        return self._sending.body_sent

    @property
    def reusable(self) -> bool:
        """Whether another request can go over this connection (RFC 9112 9.3).

        Not where octets follow that nobody asked for: they would be taken for the next response.
        """
        idle = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        return idle and self.sent and not self._unasked and self._stream.state is State.ESTABLISHED

    @property
    def stale(self) -> bool:
        """Whether it failed only because the server had given up the idle connection (RFC 9112 9.3.1)."""
        return self.failure is not None and self._requests > 1 and not self._received

    def next_deadline(self) -> int | None:
        """When `step` must be called even if no packet arrives."""
        over = self.complete or self.failure is not None
        return None if over else self._sending.due

    def step(self, now: int) -> None:
        """Go as far as the stream and the sink allow. OSError from the sink passes through."""
        try:
            self._sending.step(self._stream, now)
            while not self.complete and self.failure is None and self._advance(now):
                pass
        except h11.RemoteProtocolError as error:
            self.failure = self._broken(error)
        except FetchError as error:
            self.failure = error.failure
        if self.complete:
            unused, _ = self._http.trailing_data
            self._unasked = bool(unused or (self._stream.readable and self._heard_more(now)))

    def _heard_more(self, now: int) -> bool:
        """Whether plaintext follows; TLS has messages of its own."""
        try:
            return bool(self._stream.receive(1, now))
        except FetchError:
            return True

    def _advance(self, now: int) -> bool:
        """Take one event of h11's, or feed it; False when nothing more is to be had now."""
        if self._at_end and self.response is not None:
            self.response.complete = self._outlet.finish()
            return False
        event = self._http.next_event()
        if event is h11.NEED_DATA:
            return self._feed(now)
        if isinstance(event, h11.InformationalResponse):
            if event.status_code == _CONTINUE:
                self._sending.go_on()
                self._sending.step(self._stream, now)
        elif isinstance(event, h11.Response):
            self._answered(event)
        elif isinstance(event, h11.Data) and self.response is not None:
            self.response.body_received += len(event.data)
            self._outlet.write(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            # A body that ends with the connection may have been cut short (RFC 9112 9.8).
            self.failure, self._at_end = self._cut_off, True
        return True

    def _answered(self, event: h11.Response) -> None:
        self.response = read_response(self._url, event)
        if self._request.method == "HEAD":
            self._outlet.write(head_octets(event))
        elif not self._wanted(self.response):
            self._outlet = Outlet(Discard())
        elif self._request.compressed:
            self._outlet.decode(decoders(self.response.content_encoding))

    def _feed(self, now: int) -> bool:
        room = self._outlet.room()
        try:
            data = self._stream.receive(min(room, READ_SIZE), now) if room > 0 else b""
        except CutOffError as error:
            self._cut_off = error.failure
            self._http.receive_data(b"")
            return True
        if data:
            return self._hear(data)
        if self._stream.at_eof:
            self._http.receive_data(b"")
            return True
        if self._stream.end is not None and not self._stream.readable:
            self.failure = self._ended(self._stream.end)
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
