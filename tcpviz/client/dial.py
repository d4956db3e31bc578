"""The way to one server: its name to addresses, and one of them to a connection.

Knows nothing of what is said over the connection, nor of time limits: that is `fetch`.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from tcpviz.client.failure import ExitCode, Failure, unresolved
from tcpviz.client.race import Race
from tcpviz.client.url import Url
from tcpviz.host.address import Address
from tcpviz.host.host import Endpoint, Flow, Host
from tcpviz.tcp.config import Config

Known = dict[str, tuple[Address, ...]]
"""What names were resolved to."""


class Lookup(Protocol):
    """A question for the addresses of a name that goes over our own host."""

    @property
    def done(self) -> bool:
        """Whether no more addresses will come."""

    @property
    def failure(self) -> str:
        """Why there is none, once it is done."""

    def step(self, now: int) -> Sequence[Address]:
        """Go as far as it goes now; returns the addresses that may be tried from now on."""

    def next_deadline(self) -> int | None:
        """When `step` must be called even if no packet arrives."""

    def abandon(self, now: int) -> None:
        """Nobody wants to know any more."""


LookUp = Callable[[str, Callable[[Flow], None]], Lookup]
"""Begins a lookup of a name; it tells of every connection that it opens for that."""


class Dial:
    """One attempt to reach the server of a URL.

    After each `step`: `wants`, a host name to be answered with `resolved` or `unresolved`, whenever that
    may be; never with `look_up`, which asks by itself. It has come to its end once `flow`, an established
    connection, or `failure` is set.
    """

    def __init__(
        self,
        host: Host,
        url: Url,
        config: Config,
        known: Known,
        *,
        opened: Callable[[Flow], None],
        tell: Callable[[str], None],
        look_up: LookUp | None = None,
    ) -> None:
        """`known` has the names that nobody has to be asked for, and learns more; `opened` hears of every
        connection that is tried, `tell` gets what has to be said, in words."""
        self.wants: str | None = None
        self.flow: Flow | None = None
        self.failure: Failure | None = None
        self.resolving = True
        """Whether no address is known yet."""
        self._host = host
        self._url = url
        self._config = config
        self._known = known
        self._opened = opened
        self._tell = tell
        self._look_up = look_up
        self._lookup: Lookup | None = None
        self._unresolved: Failure | None = None
        self._race = Race(self._open, host.is_unreachable, tell)

    def resolved(self, addresses: Sequence[Address]) -> None:
        """The answer to `wants`."""
        self.wants = None
        self._known[self._url.host] = tuple(addresses)

    def unresolved(self, text: str) -> None:
        """`wants` has no address; `text` says why, in the resolver's words."""
        self._unresolved = unresolved(self._url.host, text)
        self.resolved([])

    def next_deadline(self) -> int | None:
        """When `step` must be called even if no packet arrives."""
        lookup = self._lookup.next_deadline() if self._lookup else None
        moments = (self._race.next_deadline(), lookup)
        return min((moment for moment in moments if moment is not None), default=None)

    def abandon(self, now: int) -> None:
        """Give up what this one alone knows of; the connections are `opened`'s to end."""
        if self._lookup is not None:
            self._lookup.abandon(now)
            self._lookup = None

    def step(self, now: int) -> None:
        """Go as far as it goes now."""
        if self.resolving and self._lookup is None:
            self._resolve()
        if self._host.address_ready:
            self._hear(now)
            if not self.resolving:
                self._run(now)

    def _resolve(self) -> None:
        address = self._url.address
        if address is not None and not address.is_loopback:  # what leads to 127.0.0.1 is the link's affair
            self.resolved([address])
        if self._url.host in self._known:
            self.resolving = False
            self._race.enter(self._known[self._url.host])
        elif self._look_up is not None:
            # Before we have an address nobody can be asked, nor may it be known who is to be.
            if self._host.address_ready:
                self._lookup = self._look_up(self._url.host, self._opened)
        else:
            self.wants = self._url.host

    def _hear(self, now: int) -> None:
        """What our own question has brought by now."""
        if self._lookup is None:
            return
        found = self._lookup.step(now)
        if found:
            self._race.enter(found)
            self._known[self._url.host] = (*self._known.get(self._url.host, ()), *found)
            self._tell(f"{self._url.host} is {', '.join(map(str, found))}")
        if self._lookup.done and self._url.host not in self._known:
            self.unresolved(self._lookup.failure)
        if self._url.host in self._known:
            self.resolving = False
        if self._lookup.done:
            self._lookup = None

    def _run(self, now: int) -> None:
        self._race.step(now)
        if self._race.winner is not None:
            self.flow = self._race.winner
            self.abandon(now)
        elif self._race.exhausted and self._lookup is None:
            nowhere = Failure(ExitCode.UNRESOLVED, f"the name {self._url.host} has no address")
            self.failure = self._race.setback or self._unresolved or nowhere

    def _open(self, address: Address, now: int) -> Flow:
        flow = self._host.connect(Endpoint(address.packed, self._url.port), self._config, now)
        self._opened(flow)
        return flow
