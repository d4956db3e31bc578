"""One question to a DNS server over a TCP connection of our own (RFC 7766): for answers that are too long."""

from collections.abc import Callable

from tcpviz.client import goodbye
from tcpviz.host.host import Endpoint, Flow, Host
from tcpviz.tcp.config import Config

_LENGTH = 2
_READ_SIZE = 1 << 16


class DnsStream:
    """Asks `question` of `server`; HostError where there is no way. `opened` hears of the connection."""

    def __init__(
        self, host: Host, server: Endpoint, question: bytes, now: int, opened: Callable[[Flow], None]
    ) -> None:
        self.server = server
        self._flow = host.connect(server, Config(), now)
        self._unsent = len(question).to_bytes(_LENGTH, "big") + question
        self._received = b""
        opened(self._flow)

    @property
    def failed(self) -> bool:
        """Whether the answer can't come any more."""
        connection = self._flow.connection
        return connection.end is not None or (connection.at_eof and not connection.readable)

    def step(self, now: int) -> bytes | None:
        """Send and receive what can be now; the answer, once all of it is there."""
        connection = self._flow.connection
        if self.failed:
            return None
        if self._unsent:
            self._unsent = self._unsent[connection.send(self._unsent, now) :]
        self._received += connection.receive(_READ_SIZE, now)
        end = _LENGTH + int.from_bytes(self._received[:_LENGTH], "big")
        if _LENGTH < end <= len(self._received):
            return self._received[_LENGTH:end]
        return None

    def close(self, now: int) -> None:
        """Our FIN, or an end at once where nothing was established."""
        goodbye.shut_down(self._flow, now)
        if self._unsent:
            goodbye.abort([self._flow], now)
