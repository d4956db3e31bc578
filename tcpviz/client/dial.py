"""The way to one server: its name to addresses, and one of them to a connection.

Knows nothing of what is said over the connection, nor of time limits: that is `fetch`.
"""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address

from tcpviz.client.failure import ExitCode, Failure, unresolved
from tcpviz.client.url import Url
from tcpviz.host.host import Endpoint, Flow, Host, HostError
from tcpviz.tcp.config import Config
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State

Known = dict[str, tuple[IPv4Address, ...]]
"""What names were resolved to."""

_OPENING = (State.SYN_SENT, State.SYN_RECEIVED)


class Dial:
    """One attempt to reach the server of a URL.

    After each `step`: `wants`, a host name to be answered with `resolved` or `unresolved`, whenever that
    may be. It has come to its end once `flow`, an established connection, or `failure` is set.
    """

    def __init__(
        self, host: Host, url: Url, config: Config, known: Known, opened: Callable[[Flow], None]
    ) -> None:
        """`known` has the names that nobody has to be asked for, and learns more; `opened` hears of every
        connection that is tried."""
        self.wants: str | None = None
        self.flow: Flow | None = None
        self.failure: Failure | None = None
        self._host = host
        self._url = url
        self._config = config
        self._known = known
        self._opened = opened
        self._addresses: Iterator[IPv4Address] | None = None
        self._attempt: Flow | None = None
        self._setback: Failure | None = None

    @property
    def resolving(self) -> bool:
        """Whether the addresses are not known yet."""
        return self._addresses is None

    def resolved(self, addresses: Sequence[IPv4Address]) -> None:
        """The answer to `wants`; they are tried in this order."""
        self.wants = None
        self._known[self._url.host] = tuple(addresses)

    def unresolved(self, text: str) -> None:
        """`wants` has no address; `text` says why, in the resolver's words."""
        self._setback = unresolved(self._url.host, text)
        self.resolved([])

    def step(self, now: int) -> None:
        """Go as far as it goes now."""
        if self._addresses is None:
            self._resolve()
        if self._addresses is not None and self._host.address_ready:
            self._connect(self._addresses, now)

    def _resolve(self) -> None:
        if self._url.address is not None:
            self.resolved([self._url.address])
        if self._url.host in self._known:
            self._addresses = iter(self._known[self._url.host])
        else:
            self.wants = self._url.host

    def _connect(self, addresses: Iterator[IPv4Address], now: int) -> None:
        while self._attempt is None or self._failed(self._attempt, now):
            address = next(addresses, None)
            if address is None:
                nowhere = Failure(ExitCode.UNRESOLVED, f"the name {self._url.host} has no address")
                self.failure = self._setback or nowhere
                return
            self._open(Endpoint(address.packed, self._url.port), now)
        if self._attempt.connection.state not in _OPENING:
            self.flow = self._attempt

    def _open(self, remote: Endpoint, now: int) -> None:
        try:
            self._attempt = self._host.connect(remote, self._config, now)
        except HostError as error:
            self._attempt = None
            self._setback = Failure(ExitCode.CONNECT_FAILED, str(error), "check --address and --gateway")
        else:
            self._opened(self._attempt)

    def _failed(self, attempt: Flow, now: int) -> bool:
        """Whether this attempt has come to nothing; why is the latest setback then."""
        connection = attempt.connection
        why = connection.end
        if connection.state in _OPENING and self._host.is_unreachable(attempt):
            connection.abort(now)
            why = CloseReason.UNREACHABLE
        if why is None or connection.readable:
            return False
        self._setback = _failure(why, attempt.remote)
        return True


def _failure(why: CloseReason, remote: Endpoint) -> Failure:
    if why is CloseReason.REFUSED:
        text, advice = f"{remote} refused the connection", "nothing listens on that port: is the server up?"
        return Failure(ExitCode.CONNECT_FAILED, text, advice)
    if why is CloseReason.TIMED_OUT:
        return Failure(ExitCode.TIMED_OUT, f"no answer from {remote}", "is there a way to it from this link?")
    if why is CloseReason.RESET:
        return Failure(ExitCode.RECEIVE_FAILED, f"{remote} reset the connection at once")
    return Failure(ExitCode.CONNECT_FAILED, f"{remote} is {why.value}", "check --address and --gateway")
