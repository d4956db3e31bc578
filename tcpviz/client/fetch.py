"""From URLs to their whole responses: connections, TLS, redirects, time limits, the close.

Sans-I/O over a Host: `step(now)` after each round of the loop, `next_deadline()` for the time limits,
`wants` for the one question that only the outside can answer, a name's addresses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from tcpviz.client import goodbye
from tcpviz.client.dial import Dial, Known
from tcpviz.client.exchange import Exchange
from tcpviz.client.failure import ExitCode, Failure, FetchError, timed_out
from tcpviz.client.options import FetchOptions
from tcpviz.client.outlet import Sink
from tcpviz.client.response import Response
from tcpviz.client.stream import Stream
from tcpviz.client.tls import Security, Tls
from tcpviz.client.url import Url, UrlError
from tcpviz.host.address import Address
from tcpviz.host.host import Flow, Host
from tcpviz.tcp.config import Config

_REDIRECTS = (301, 302, 303, 307, 308)
_EXPECTATION_FAILED = 417


class Stage(Enum):
    """How far a fetch has come."""

    RESOLVING = "resolving"
    CONNECTING = "connecting"
    SECURING = "agreeing on keys (TLS)"
    TRANSFER = "transfer"
    CLOSING = "closing"
    DONE = "done"


class Errand(NamedTuple):
    """One URL to fetch, and where its body goes."""

    url: Url
    sink: Sink


class Fetch:
    """One URL after the other, redirects and all, over one connection where the server keeps it open.

    After each `step`: `stage`, `response` (of the request at hand), `outcomes`, `done`; and `wants`, a
    host name to be answered with `resolved` or `unresolved`, whenever that may be. `done` comes after
    the closing handshake: every connection is in TIME-WAIT or gone. What the peer does never raises.
    """

    def __init__(
        self,
        host: Host,
        url: Url,
        sink: Sink,
        config: Config,
        now: int,
        options: FetchOptions | None = None,
        more: Iterable[Errand] = (),
    ) -> None:
        """Fetch `url` into `sink`, then `more`."""
        self.stage = Stage.RESOLVING
        self.outcomes: list[Failure | None] = []
        """What became of each URL that is done: None where all went well."""
        self._host = host
        self._config = config
        self._options = options or FetchOptions()
        self._errands = iter(more)
        self._close_deadline: int | None = None
        self._notes: list[str] = []
        self._known: Known = {}
        self._flows: list[Flow] = []
        self._flow: Flow | None = None
        self._tls: Tls | None = None
        self._security = Security(self._options.tls_context)
        self._exchange: Exchange | None = None
        self._handlers = {
            Stage.RESOLVING: self._reach,
            Stage.CONNECTING: self._reach,
            Stage.SECURING: self._secure,
            Stage.TRANSFER: self._transfer,
            Stage.CLOSING: self._finish,
        }
        self._take_up(Errand(url, sink), now)
        self._call(now)

    @property
    def done(self) -> bool:
        """Whether nothing more will happen."""
        return self.stage is Stage.DONE

    @property
    def failure(self) -> Failure | None:
        """The latest in `outcomes`."""
        return next(filter(None, reversed(self.outcomes)), None)

    @property
    def wants(self) -> str | None:
        """A host name that has to be resolved."""
        return self._dial.wants

    @property
    def response(self) -> Response | None:
        """The latest response, once its header is there."""
        return self._exchange.response if self._exchange else None

    @property
    def body_sent(self) -> int:
        """Octets of the request's body that are on their way."""
        return self._exchange.body_sent if self._exchange else 0

    @property
    def flows(self) -> Sequence[Flow]:
        """Every connection that this fetch has opened, the latest last."""
        return self._flows

    def resolved(self, addresses: Sequence[Address]) -> None:
        """The answer to `wants`."""
        self._dial.resolved(addresses)

    def unresolved(self, text: str) -> None:
        """`wants` has no address; `text` says why, in the resolver's words."""
        self._dial.unresolved(text)

    def abandon(self, now: int) -> None:
        """Give up at once: a RST on every connection that is still open."""
        self._dial.abandon(now)
        goodbye.abort(self._flows, now)
        self.stage = Stage.DONE

    def notes(self) -> list[str]:
        """What has to be said about the way to the server since the last call, in words."""
        notes = self._notes.copy()
        self._notes.clear()
        return notes

    def next_deadline(self) -> int | None:
        """When `step` must be called even if no packet arrives."""
        if self.done:
            return None
        ours = (self._deadline, self._connect_deadline, self._close_deadline)
        theirs = (self._dial.next_deadline(), self._exchange.next_deadline() if self._exchange else None)
        deadlines = (*ours, *theirs)
        return min((time for time in deadlines if time is not None), default=None)

    def step(self, now: int) -> None:
        """Go as far as it goes now."""
        if not self.done:
            self._watch_the_time(now)
        while not self.done and self._handlers[self.stage](now):
            pass

    def _take_up(self, errand: Errand, now: int) -> None:
        """Begin with another URL."""
        self.url = self._first = errand.url
        self.redirects = 0
        self.sink = errand.sink
        """Where the body at hand goes."""
        self._request = self._options.request
        self._deadline = _after(now, self._options.timeout)

    def _call(self, now: int) -> None:
        """Try to reach the server of `url`."""
        self._flow = self._tls = self._exchange = None
        self._dial = Dial(
            self._host,
            self.url,
            self._config,
            self._known,
            opened=self._flows.append,
            tell=self._notes.append,
            look_up=self._options.look_up,
        )
        self._connect_deadline = _after(now, self._options.connect_timeout)
        self.stage = Stage.RESOLVING

    def _watch_the_time(self, now: int) -> None:
        if self._connect_deadline is not None and now >= self._connect_deadline:
            text = f"no connection in time: still {self.stage.value}"
            failure = Failure(ExitCode.TIMED_OUT, text, _CONNECT_ADVICE)
        elif self._deadline is not None and now >= self._deadline:
            failure = timed_out(self._doing())
        else:
            return
        self._dial.abandon(now)
        goodbye.abort(self._flows, now)
        self._come_to_nothing(failure, now)

    def _doing(self) -> str:
        """What the time was spent on."""
        exchange = self._exchange
        if self.stage is not Stage.TRANSFER or exchange is None:
            return self.stage.value
        if not exchange.sent:
            return f"sending the request: {exchange.body_sent:,} octets of its body are on their way"
        if exchange.response is None:
            return "waiting for the server"
        return f"receiving the body: {exchange.response.body_received:,} octets have come"

    # Each handler returns whether there is more to do at once.

    def _reach(self, now: int) -> bool:
        """Get a connection to the server of `url`."""
        dial = self._dial
        dial.step(now)
        if dial.failure is not None:
            return self._come_to_nothing(dial.failure, now)
        if dial.flow is None:
            self.stage = Stage.RESOLVING if dial.resolving else Stage.CONNECTING
            return False
        self._flow = dial.flow
        if self.url.scheme == "https":
            return self._begin_tls(dial.flow, now)
        return self._converse(dial.flow.connection)

    def _begin_tls(self, flow: Flow, now: int) -> bool:
        try:
            self._tls = self._security.over(flow.connection, self.url)
        except FetchError as error:
            return self._come_to_nothing(error.failure, now)
        self.stage = Stage.SECURING
        return True

    def _secure(self, now: int) -> bool:
        """TLS's handshake. Where it fails, the alert that says so leaves before our FIN."""
        assert self._tls is not None
        try:
            return self._tls.handshake(now) and self._converse(self._tls)
        except FetchError as error:
            return self._come_to_nothing(error.failure, now)

    def _converse(self, stream: Stream) -> bool:
        self._connect_deadline = None
        self._exchange = Exchange(stream, self._wanted)
        self._ask(self._exchange)
        self.stage = Stage.TRANSFER
        return True

    def _ask(self, exchange: Exchange) -> None:
        exchange.begin(self.url, self._request, self.sink, first=self._first)

    def _transfer(self, now: int) -> bool:
        exchange = self._exchange
        assert exchange is not None
        try:
            exchange.step(now)
        except OSError as error:
            exchange.failure = Failure(
                ExitCode.WRITE_FAILED, f"the body could not be written: {error.strerror}"
            )
        if self._options.half_close and exchange.sent:
            goodbye.shut_down(self._flow, now)
        if exchange.stale:
            self._leave(now)
            self._call(now)
        elif exchange.failure is not None:
            self._broke(exchange.failure, now)
        elif exchange.complete and exchange.response is not None:
            self._answered(exchange.response, now)
        else:
            return False
        return True

    def _broke(self, failure: Failure, now: int) -> None:
        """Nobody waits for the rest any more: a RST, unless the peer has already said its last word."""
        if self._flow is not None and not self._flow.connection.at_eof and not goodbye.settled(self._flow):
            self._flow.connection.abort(now)
        self._come_to_nothing(failure, now)

    def _answered(self, response: Response, now: int) -> None:
        location = self._location(response)
        if location is not None:
            self._follow(location, response.status, now)
        elif response.status == _EXPECTATION_FAILED and self._request.expects_continue:
            self._request = replace(self._request, fields=(*self._request.fields, ("Expect", None)))
            self._next_request(self.url, now)
        elif self._options.fail and response.status >= 400:
            failure = Failure(ExitCode.HTTP_ERROR, f"the server answered {response.status_line}")
            self._come_to_nothing(failure, now)
        else:
            self._next_errand(None, now)

    def _follow(self, location: str, status: int, now: int) -> None:
        self.redirects += 1
        if self.redirects > self._options.max_redirects:
            text = f"more than {self._options.max_redirects} redirects"
            self._come_to_nothing(Failure(ExitCode.TOO_MANY_REDIRECTS, text, _REDIRECTS_ADVICE), now)
            return
        try:
            there = self.url.join(location)
        except UrlError as error:
            text = f"the server redirects to {location!r}: {error}"
            self._come_to_nothing(Failure(error.exit_code, text, error.advice), now)
            return
        self._request = self._request.redirected(status)
        self._next_request(there, now)

    def _next_request(self, there: Url, now: int) -> None:
        """Ask for `there`, over this connection where it leads there and is still good."""
        stay = there.same_origin(self.url)
        self.url = there
        if stay and self._exchange is not None and self._exchange.reusable:
            return self._ask(self._exchange)
        self._leave(now)
        return self._call(now)

    def _come_to_nothing(self, failure: Failure, now: int) -> bool:
        self._next_errand(failure, now)
        return True

    def _next_errand(self, outcome: Failure | None, now: int) -> None:
        """Go on with the next URL, or say goodbye."""
        self.outcomes.append(outcome)
        errand = next(self._errands, None)
        if errand is None:
            return self._close(now)
        here = self.url
        self._take_up(errand, now)
        self.url = here
        return self._next_request(errand.url, now)

    def _leave(self, now: int) -> None:
        """Our FIN behind everything that was sent, and before it TLS's own goodbye."""
        if self._tls is not None:
            self._tls.close_notify(now)
        goodbye.shut_down(self._flow, now)

    def _close(self, now: int) -> None:
        """The rest of the closing handshake is the next stage."""
        self._leave(now)
        self._deadline = self._connect_deadline = None
        self._close_deadline = _after(now, self._options.close_patience)
        self.stage = Stage.CLOSING

    def _finish(self, now: int) -> bool:
        overdue = self._close_deadline is not None and now >= self._close_deadline
        if goodbye.drain(self._flows, now) or overdue:
            self.abandon(now)
        return self.done

    def _location(self, response: Response) -> str | None:
        follow = self._options.follow and response.status in _REDIRECTS
        return response.location if follow else None

    def _wanted(self, response: Response) -> bool:
        """Whether the user asked for this body: it is no redirect's, and no error's with `fail`."""
        return self._location(response) is None and not (self._options.fail and response.status >= 400)


_CONNECT_ADVICE = "give it longer with --connect-timeout, or look at what was sent again"
_REDIRECTS_ADVICE = "allow more with --max-redirs, or see where they lead with --no-location -I"


def _after(now: int, limit: int | None) -> int | None:
    return None if limit is None else now + limit
