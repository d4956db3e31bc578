"""The end of connections: our FIN, the peer's, and a RST for whoever takes too long over it."""

from collections.abc import Sequence

from tcpviz.client.outlet import READ_SIZE
from tcpviz.host.flow import Flow
from tcpviz.tcp.state import State


def shut_down(flow: Flow | None, now: int) -> None:
    """Our FIN behind everything that was sent, where it has not been sent yet."""
    if flow is not None and flow.connection.state in (State.ESTABLISHED, State.CLOSE_WAIT):
        flow.connection.shutdown(now)


def drain(flows: Sequence[Flow], now: int) -> bool:
    """Throw away what still comes, or a closed window would keep the peer's FIN from us; whether all of
    them are settled."""
    for flow in flows:
        while not flow.connection.closed and flow.connection.receive(READ_SIZE, now):
            pass
    return all(map(settled, flows))


def abort(flows: Sequence[Flow], now: int) -> None:
    """A RST on every connection that is still open."""
    for flow in flows:
        if not settled(flow):
            flow.connection.abort(now)


def settled(flow: Flow) -> bool:
    """Whether the closing handshake is over, on our side at least (RFC 9293 3.6)."""
    return flow.connection.closed or flow.connection.state is State.TIME_WAIT
