"""Connections to the addresses of one server, begun a little one after the other, until one is established
(RFC 8305, "happy eyeballs").

Knows addresses and connections, not where either comes from.
"""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from itertools import chain, zip_longest

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.host.address import Address
from tcpviz.host.errors import HostError
from tcpviz.host.flow import Endpoint, Flow
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State

ATTEMPT_DELAY = 250_000_000
"""ns from one attempt to the next, while none is established (RFC 8305 section 5)."""

_OPENING = (State.SYN_SENT, State.SYN_RECEIVED)


class Race:
    """After each `step`: `winner`, the connection that was established first, all others being closed.

    `connect` opens a connection (HostError where there is no way), `is_unreachable` says whether one can
    send nothing, `tell` gets what has to be said, in words.
    """

    def __init__(
        self,
        connect: Callable[[Address, int], Flow],
        is_unreachable: Callable[[Flow], bool],
        tell: Callable[[str], None],
    ) -> None:
        self.winner: Flow | None = None
        self._connect = connect
        self._is_unreachable = is_unreachable
        self._tell = tell
        self._waiting: list[Address] = []
        self._running: list[Flow] = []
        self._next_at: int | None = None
        self._setback: Failure | None = None
        self._no_way: Failure | None = None

    @property
    def exhausted(self) -> bool:
        """Whether every address so far was tried, in vain."""
        return self.winner is None and not self._waiting and not self._running

    @property
    def setback(self) -> Failure | None:
        """Why the latest attempt came to nothing; where none could be made, why not."""
        return self._setback or self._no_way

    def enter(self, addresses: Sequence[Address]) -> None:
        """These are to be tried too, in their order, but the families by turns (RFC 8305 section 4)."""
        self._waiting = interleaved([*self._waiting, *addresses])

    def step(self, now: int) -> None:
        """Go as far as it goes now."""
        running = len(self._running)
        self._running = [flow for flow in self._running if not self._failed(flow, now)]
        if len(self._running) < running:
            self._next_at = now  # nobody waits beside an attempt that has failed
        self._finish(now)
        while self.winner is None and self._waiting and self._is_time(now):
            self._start(self._waiting.pop(0), now)
            self._finish(now)

    def next_deadline(self) -> int | None:
        """When the next attempt is due."""
        return self._next_at if self.winner is None and self._waiting else None

    def _is_time(self, now: int) -> bool:
        return not self._running or self._next_at is None or now >= self._next_at

    def _start(self, address: Address, now: int) -> None:
        try:
            self._running.append(self._connect(address, now))
        except HostError as error:
            self._no_way = Failure(ExitCode.CONNECT_FAILED, str(error), "check --address and --gateway")
            if self._waiting or self._running:
                self._tell(f"{address} is left out: {error}")
        else:
            self._next_at = now + ATTEMPT_DELAY

    def _finish(self, now: int) -> None:
        """The first that is established wins; the others get a RST, or have sent nothing that needs one."""
        self.winner = next((flow for flow in self._running if flow.connection.state not in _OPENING), None)
        if self.winner is None:
            return
        for flow in self._running:
            if flow is not self.winner:
                flow.connection.abort(now)
                self._tell(f"{self.winner.remote} was faster than {flow.remote}, whose connection is dropped")
        self._running.clear()

    def _failed(self, flow: Flow, now: int) -> bool:
        """Whether this attempt has come to nothing; why is the latest setback then."""
        connection = flow.connection
        why = connection.end
        if connection.state in _OPENING and self._is_unreachable(flow):
            connection.abort(now)
            self._setback = _no_neighbour(flow)
            return True
        if connection.state in _OPENING and connection.unreachable:
            # TCP would wait, as it must; whoever opens connections had better not (RFC 5461 section 4.1).
            connection.abort(now)
            self._setback = _failure(CloseReason.UNREACHABLE, flow.remote)
            return True
        if why is None or connection.readable:
            return False
        self._setback = _failure(why, flow.remote)
        return True


def interleaved(addresses: Sequence[Address]) -> list[Address]:
    """IPv6 and IPv4 by turns, IPv6 first; within a family the order stays."""
    families = ([each for each in addresses if each.version == version] for version in (6, 4))
    return [each for each in chain.from_iterable(zip_longest(*families)) if each is not None]


def _no_neighbour(flow: Flow) -> Failure:
    """Nobody on the link has the address that the packets have to go to first."""
    if flow.neighbour == flow.remote.address:
        text = f"{flow.remote} is unreachable: no machine on this link answers for its address"
        return Failure(ExitCode.CONNECT_FAILED, text, "is it switched on, and on the network of --address?")
    gateway = ip_address(flow.neighbour)
    text = f"{flow.remote} is unreachable: the gateway {gateway} does not answer"
    advice = "check --gateway, and that it is on the network of --address"
    return Failure(ExitCode.CONNECT_FAILED, text, advice)


def _failure(why: CloseReason, remote: Endpoint) -> Failure:
    if why is CloseReason.REFUSED:
        text, advice = f"{remote} refused the connection", "nothing listens on that port: is the server up?"
        return Failure(ExitCode.CONNECT_FAILED, text, advice)
    if why is CloseReason.TIMED_OUT:
        return Failure(ExitCode.TIMED_OUT, f"no answer from {remote}", "is there a way to it from this link?")
    if why is CloseReason.RESET:
        return Failure(ExitCode.RECEIVE_FAILED, f"{remote} reset the connection at once")
    text = f"{remote} is {why.value}: a router on the way says so (ICMP)"
    return Failure(ExitCode.CONNECT_FAILED, text, "check the URL, and whether other machines reach it")
