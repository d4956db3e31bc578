"""The passive side for programs: connections that others open."""

import weakref
from typing import Self

from tcpviz.host.errors import DropError, HostError
from tcpviz.host.flow import Endpoint, Flow
from tcpviz.session import socket_errors
from tcpviz.session.links.devices import ELSEWHERE
from tcpviz.session.network import Network
from tcpviz.session.sockets import Address, Socket, address_of
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State

_OPENING = (State.LISTEN, State.SYN_RECEIVED)


class Backlog:
    """Connections that nobody has accepted yet. Belongs to the run's thread."""

    def __init__(self, network: Network, port: int, limit: int) -> None:
        self._network = network
        self._port = port
        self._limit = limit
        self._flows: list[Flow] = []

    def open(self, config: Config) -> None:
        """Begin to listen."""
        self._network.world.host.listen(self._port, config, self._arrived)

    def take(self, now: int) -> Flow | None:
        """The first that is established; an `Attempt`."""
        self._flows = [flow for flow in self._flows if not flow.connection.closed]
        ready = next((flow for flow in self._flows if flow.connection.state not in _OPENING), None)
        if ready is not None:
            self._flows.remove(ready)
        return ready

    def close(self, now: int) -> bool:
        """Listen no more, and reset what waits; an `Attempt`."""
        self._network.world.host.ignore(self._port)
        for flow in self._flows:
            if not flow.connection.closed:
                flow.connection.abort(now)
        self._flows.clear()
        return True

    def ready(self, now: int) -> Endpoint | None:
        """Where others find us, once our address is ours; an `Attempt`."""
        host = self._network.world.host
        if not host.address_ready:
            return None
        anybody = ELSEWHERE[min(host.families)]
        try:
            return Endpoint(host.local_address(anybody.packed), self._port)
        except HostError as error:
            raise socket_errors.of_run(error) from None

    def _arrived(self, flow: Flow) -> None:
        self._flows = [each for each in self._flows if not each.connection.closed]
        if len(self._flows) >= self._limit:
            raise DropError(f"{self._limit} connections wait to be accepted already")
        self._network.opened(flow)
        self._flows.append(flow)


class Listener:
    """A port of ours to which others connect. Several threads may accept at it."""

    def __init__(self, network: Network, backlog: Backlog, here: Endpoint, linger: float) -> None:
        self._network = network
        self._backlog = backlog
        self._here = here
        self._linger = linger
        network.join(backlog)
        self._finalizer = weakref.finalize(self, _forget, network, backlog)

    def accept(self, timeout: float | None = None) -> tuple[Socket, Address]:
        """The next connection, and whose it is; wait at most `timeout` seconds for it.

        Raises TimeoutError; for a timeout of 0 BlockingIOError.
        """
        if not self._finalizer.alive:
            raise socket_errors.closed()
        flow = self._network.call(self._backlog.take, timeout)
        accepted = Socket(self._network, flow, timeout=None, linger=self._linger)
        return accepted, accepted.getpeername()

    def getsockname(self) -> Address:
        """Where others find us."""
        return address_of(self._here)

    def close(self) -> None:
        """Listen no more. Connections that were accepted go on; with the last link and thread end."""
        if self._finalizer.detach() is not None:
            try:
                self._network.call(self._backlog.close)
            except OSError:
                pass  # the run has ended before
            finally:
                self._network.leave(self._backlog)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<tcpviz.Listener {self._here}>"


def _forget(network: Network, backlog: Backlog) -> None:
    network.order(backlog.close)
    network.leave(backlog, wait=False)
