"""From a URL to its whole response: names, connections, redirects, time limits, the close.

Sans-I/O over a Host: `step(now)` after each round of the loop, `next_deadline()` for the time limits,
`wants` for the one question that only the outside can answer, a name's addresses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address

from tcpviz.client.exchange import READ_SIZE, Exchange, Response, Sink
from tcpviz.client.failure import ExitCode, Failure
from tcpviz.client.url import Url, UrlError
from tcpviz.host.host import Endpoint, Flow, Host, HostError
from tcpviz.tcp.config import SECOND, Config
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State

_REDIRECTS = (301, 302, 303, 307, 308)
_OPENING = (State.SYN_SENT, State.SYN_RECEIVED)


class Stage(Enum):
    """How far a fetch has come."""

    RESOLVING = "resolving"
    CONNECTING = "connecting"
    TRANSFER = "transfer"
    CLOSING = "closing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What the user may choose about a fetch. Times in ns; None: no limit of ours."""

    timeout: int | None = None
    """For everything from the first step to the end of the body."""
    fail: bool = False
    """A status of 400 or more is a failure, and its body goes nowhere."""
    max_redirects: int = 10
    close_patience: int | None = 5 * SECOND
    """How long the peer may take over its half of the close before it gets a RST."""
    half_close: bool = False
    """Send our FIN right behind the request; the response still comes (RFC 9293 3.6)."""


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
        self.wants: str | None = None
        self.failure: Failure | None = None
        self.redirects = 0
        self._host = host
        self._sink = sink
        self._config = config
        self._options = options or FetchOptions()
        self._deadline = _after(now, self._options.timeout)
        self._close_deadline: int | None = None
        self._addresses: Iterator[IPv4Address] = iter(())
        self._known: dict[str, tuple[IPv4Address, ...]] = {}
        """What names were resolved to: nobody is asked twice."""
        self._setback: Failure | None = None
        self._flow: Flow | None = None
        self._exchange: Exchange | None = None
        self._flows: list[Flow] = []
        self._handlers = {
            Stage.RESOLVING: self._resolve,
            Stage.CONNECTING: self._connect,
            Stage.TRANSFER: self._transfer,
            Stage.CLOSING: self._finish,
        }

    @property
    def done(self) -> bool:
        """Whether nothing more will happen."""
        return self.stage is Stage.DONE

    @property
    def response(self) -> Response | None:
        """The latest response, once its header is there."""
        return self._exchange.response if self._exchange else None

    @property
    def flows(self) -> Sequence[Flow]:
        """Every connection that this fetch has opened, the latest last."""
        return self._flows

    def resolved(self, addresses: Sequence[IPv4Address]) -> None:
        """The answer to `wants`; they are tried in this order."""
        self.wants = None
        self._known[self.url.host] = tuple(addresses)

    def unresolved(self, text: str) -> None:
        """`wants` has no address; `text` says why, in the resolver's words."""
        text = f"the name {self.wants} could not be resolved: {text}"
        self.failure = Failure(ExitCode.UNRESOLVED, text, "is it spelled right?")
        self.resolved([])

    def abandon(self, now: int) -> None:
        """Give up at once: a RST on every connection that is still open."""
        for flow in self._flows:
            if not _settled(flow):
                flow.connection.abort(now)
        self.stage = Stage.DONE

    def next_deadline(self) -> int | None:
        """When `step` must be called even if no packet arrives."""
        if self.done:
            return None
        return min(
            (time for time in (self._deadline, self._close_deadline) if time is not None), default=None
        )

    def step(self, now: int) -> None:
        """Go as far as it goes now."""
        if not self.done and self._deadline is not None and now >= self._deadline:
            what = "waiting for the server" if self.stage is Stage.TRANSFER else self.stage.value
            self.failure = Failure(ExitCode.TIMED_OUT, f"the time is up while {what}", _TIMEOUT_ADVICE)
            self.abandon(now)
        while not self.done and self._handlers[self.stage](now):
            pass

    # Each handler returns whether there is more to do at once.

    def _resolve(self, now: int) -> bool:
        if self.url.address is not None:
            self.resolved([self.url.address])
        if self.url.host not in self._known:
            self.wants = self.url.host
            return False
        self._addresses = iter(self._known[self.url.host])
        self.stage = Stage.CONNECTING
        return True

    def _connect(self, now: int) -> bool:
        if self._flow is None:
            return self._host.address_ready and self._open(now)
        connection = self._flow.connection
        if connection.state in _OPENING:
            if not self._host.is_unreachable(self._flow):
                return False
            connection.abort(now)
            return self._try_next(CloseReason.UNREACHABLE, self._flow.remote, now)
        if connection.end is not None and not connection.readable:
            return self._try_next(connection.end, self._flow.remote, now)
        self._exchange = Exchange(connection, self.url, self._sink, self._wanted)
        self.stage = Stage.TRANSFER
        return True

    def _try_next(self, why: CloseReason, remote: Endpoint, now: int) -> bool:
        self._setback = _connect_failure(why, remote)
        self._flow = None
        return self._open(now)

    def _open(self, now: int) -> bool:
        """Connect to the next address; without one left, the last setback is the failure."""
        for address in self._addresses:
            remote = Endpoint(address.packed, self.url.port)
            try:
                self._flow = self._host.connect(remote, self._config, now)
            except HostError as error:
                self._setback = Failure(ExitCode.CONNECT_FAILED, str(error), "check --address and --gateway")
                continue
            self._flows.append(self._flow)
            return False
        nowhere = Failure(ExitCode.UNRESOLVED, f"the name {self.url.host} has no address")
        self.failure = self.failure or self._setback or nowhere
        self._close(now)
        return True

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
            self._shut_down(now)
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
        if self._flow is not None and not self._flow.connection.at_eof and not _settled(self._flow):
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
        self._shut_down(now)
        self._flow = self._exchange = None
        self.stage = Stage.RESOLVING

    def _close(self, now: int) -> None:
        """Our FIN behind everything that was sent; the rest of the handshake is the next stage."""
        self._shut_down(now)
        self._deadline = None
        self._close_deadline = _after(now, self._options.close_patience)
        self.stage = Stage.CLOSING

    def _finish(self, now: int) -> bool:
        for flow in self._flows:
            # What still comes is thrown away, or a closed window would keep the peer's FIN from us.
            while not flow.connection.closed and flow.connection.receive(READ_SIZE, now):
                pass
        overdue = self._close_deadline is not None and now >= self._close_deadline
        if overdue or all(map(_settled, self._flows)):
            self.abandon(now)
        return self.done

    def _shut_down(self, now: int) -> None:
        flow = self._flow
        if flow is not None and flow.connection.state in (State.ESTABLISHED, State.CLOSE_WAIT):
            flow.connection.shutdown(now)

    def _location(self, response: Response) -> str | None:
        return response.location if response.status in _REDIRECTS else None

    def _wanted(self, response: Response) -> bool:
        """Whether the user asked for this body: it is no redirect's, and no error's with `fail`."""
        return self._location(response) is None and not (self._options.fail and response.status >= 400)


_TIMEOUT_ADVICE = "give it longer with --timeout, or look at what was sent again"


def _after(now: int, limit: int | None) -> int | None:
    return None if limit is None else now + limit


def _settled(flow: Flow) -> bool:
    """Whether the closing handshake is over, on our side at least (RFC 9293 3.6)."""
    return flow.connection.closed or flow.connection.state is State.TIME_WAIT


def _connect_failure(why: CloseReason, remote: Endpoint) -> Failure:
    if why is CloseReason.REFUSED:
        text, advice = f"{remote} refused the connection", "nothing listens on that port: is the server up?"
        return Failure(ExitCode.CONNECT_FAILED, text, advice)
    if why is CloseReason.TIMED_OUT:
        return Failure(ExitCode.TIMED_OUT, f"no answer from {remote}", "is there a way to it from this link?")
    if why is CloseReason.RESET:
        return Failure(ExitCode.RECEIVE_FAILED, f"{remote} reset the connection at once")
    return Failure(ExitCode.CONNECT_FAILED, f"{remote} is {why.value}", "check --address and --gateway")
