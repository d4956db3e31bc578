"""What HTTP is spoken over."""

from typing import Protocol

from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State
from tcpviz.wire.segment import Buffer


class Stream(Protocol):
    """Octets to a server and back: a TCP connection as it is, or TLS over one."""

    def send(self, data: Buffer, now: int) -> int:
        """Queue data; how many octets were taken. May raise FetchError."""

    def receive(self, limit: int, now: int) -> bytes:
        """At most `limit` octets; b"" when none are there (see `at_eof`). May raise FetchError."""

    @property
    def readable(self) -> int:
        """Octets that have arrived and nobody has read; 0 when there are none."""

    @property
    def writable(self) -> int:
        """Octets that `send` would take now."""

    @property
    def at_eof(self) -> bool:
        """Whether the server has said its last word and all of it has been read."""

    @property
    def state(self) -> State:
        """Where the TCP connection is."""

    @property
    def end(self) -> CloseReason | None:
        """How the TCP connection came to its end; None as long as it has not."""
