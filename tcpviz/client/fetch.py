"""From a URL to its whole response: connections, redirects, time limits, the close.

Sans-I/O over a Host: `step(now)` after each round of the loop, `next_deadline()` for the time limits,
`wants` for the one question that only the outside can answer, a name's addresses.
"""

from collections.abc import Sequence
from enum import Enum

from tcpviz.client import goodbye
from tcpviz.client.dial import Dial, Known
from tcpviz.client.exchange import Exchange, Response, Sink
from tcpviz.client.failure import ExitCode, Failure, timed_out
from tcpviz.client.options import FetchOptions
from tcpviz.client.url import Url, UrlError
from tcpviz.host.address import Address
from tcpviz.host.host import Flow, Host
from tcpviz.tcp.config import Config

_REDIRECTS = (301, 302, 303, 307, 308)


class Stage(Enum):
    """How far a fetch has come."""

    RESOLVING = "resolving"
    CONNECTING = "connecting"
    TRANSFER = "transfer"
    CLOSING = "closing"
    DONE = "done"


class Fetch:
    """One GET, redirects and all.

    After each `step`: `stage`, `response` (of the request at hand), `failure`, `done`; and `wants`, a
    host name to be answered with `resolved` or `unresolved`, whenever that may be. `done` comes after
    the closing handshake: every connection is in TIME-WAIT or gone. What the peer does never raises.
    """

    def __init__(
        self, host: Host, url: Url, sink: Sink, config: Config, now: int, options: FetchOptions | None = None
    ) -> None:
        self.url = url
        self.stage = Stage.RESOLVING
        self.failure: Failure | None = None
        self.redirects = 0
        self._host = host
        self._sink = sink
        self._config = config
        self._options = options or FetchOptions()
        self._deadline = _after(now, self._options.timeout)
        self._close_deadline: int | None = None
        self._notes: list[str] = []
        self._known: Known = {}
        self._flows: list[Flow] = []
        self._flow: Flow | None = None
        self._exchange: Exchange | None = None
        self._dial = self._new_dial()
        self._handlers = {
            Stage.RESOLVING: self._reach,
            Stage.CONNECTING: self._reach,
            Stage.TRANSFER: self._transfer,
            Stage.CLOSING: self._finish,
        }

    @property
    def done(self) -> bool:
        """Whether nothing more will happen."""
        return self.stage is Stage.DONE

    @property
    def wants(self) -> str | None:
        """A host name that has to be resolved."""
        return self._dial.wants

    @property
    def response(self) -> Response | None:
        """The latest response, once its header is there."""
        return self._exchange.response if self._exchange else None

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
        deadlines = (self._deadline, self._close_deadline, self._dial.next_deadline())
        return min((time for time in deadlines if time is not None), default=None)

    def step(self, now: int) -> None:
        """Go as far as it goes now."""
        if not self.done and self._deadline is not None and now >= self._deadline:
            what = "waiting for the server" if self.stage is Stage.TRANSFER else self.stage.value
            self.failure = timed_out(what)
            self.abandon(now)
        while not self.done and self._handlers[self.stage](now):
            pass

    # Each handler returns whether there is more to do at once.

    def _reach(self, now: int) -> bool:
        """Get a connection to the server of `url`."""
        dial = self._dial
        dial.step(now)
        if dial.failure is not None:
            self.failure = dial.failure
            self._close(now)
            return True
        if dial.flow is None:
            self.stage = Stage.RESOLVING if dial.resolving else Stage.CONNECTING
            return False
        self._flow = dial.flow
        self._exchange = Exchange(dial.flow.connection, self.url, self._sink, self._wanted)
        self.stage = Stage.TRANSFER
        return True

    def _new_dial(self) -> Dial:
        return Dial(
            self._host,
            self.url,
            self._config,
            self._known,
            opened=self._flows.append,
            tell=self._notes.append,
            look_up=self._options.look_up,
        )

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
        elif exchange.failure is not None:
            self._broke(exchange.failure, now)
        elif exchange.complete and exchange.response is not None:
            self._answered(exchange.response, now)
        else:
            return False
        return True

    def _broke(self, failure: Failure, now: int) -> None:
        """Nobody waits for the rest any more: a RST, unless the peer has already said its last word."""
        self.failure = failure
        if self._flow is not None and not self._flow.connection.at_eof and not goodbye.settled(self._flow):
            self._flow.connection.abort(now)
        self._close(now)

    def _answered(self, response: Response, now: int) -> None:
        location = self._location(response)
        if location is not None:
            self._follow(location, now)
            return
        if self._options.fail and response.status >= 400:
            self.failure = Failure(ExitCode.HTTP_ERROR, f"the server answered {response.status_line}")
        self._close(now)

    def _follow(self, location: str, now: int) -> None:
        self.redirects += 1
        if self.redirects > self._options.max_redirects:
            limit = self._options.max_redirects
            self.failure = Failure(ExitCode.TOO_MANY_REDIRECTS, f"more than {limit} redirects")
            return self._close(now)
        try:
            there = self.url.join(location)
        except UrlError as error:
            text = f"the server redirects to {location!r}: {error}"
            self.failure = Failure(error.exit_code, text, error.advice)
            return self._close(now)
        stay = there.same_origin(self.url)
        self.url = there
        if stay and self._exchange is not None and self._exchange.reusable:
            return self._exchange.next_request(there)
        return self._leave(now)

    def _leave(self, now: int) -> None:
        """Let this connection come to its end and begin anew with `url` on another."""
        goodbye.shut_down(self._flow, now)
        self._flow = self._exchange = None
        self._dial = self._new_dial()
        self.stage = Stage.RESOLVING

    def _close(self, now: int) -> None:
        """Our FIN behind everything that was sent; the rest of the handshake is the next stage."""
        goodbye.shut_down(self._flow, now)
        self._deadline = None
        self._close_deadline = _after(now, self._options.close_patience)
        self.stage = Stage.CLOSING

    def _finish(self, now: int) -> bool:
        overdue = self._close_deadline is not None and now >= self._close_deadline
        if goodbye.drain(self._flows, now) or overdue:
            self.abandon(now)
        return self.done

    def _location(self, response: Response) -> str | None:
        return response.location if response.status in _REDIRECTS else None

    def _wanted(self, response: Response) -> bool:
        """Whether the user asked for this body: it is no redirect's, and no error's with `fail`."""
        return self._location(response) is None and not (self._options.fail and response.status >= 400)


def _after(now: int, limit: int | None) -> int | None:
    return None if limit is None else now + limit
