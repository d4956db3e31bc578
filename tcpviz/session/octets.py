"""What the calls of a socket do to its connection, in the run's own thread."""

import socket

from tcpviz.client import goodbye
from tcpviz.client.failure import FetchError
from tcpviz.client.outlet import READ_SIZE
from tcpviz.client.stream import Stream
from tcpviz.client.tls import Tls
from tcpviz.host.flow import Flow
from tcpviz.session import socket_errors
from tcpviz.wire.segment import Buffer

_READS = (socket.SHUT_RD, socket.SHUT_RDWR)
_WRITES = (socket.SHUT_WR, socket.SHUT_RDWR)


class Octets:
    """The two streams of a connection, TLS's where it is secured. Each method is an `Attempt`: None where it
    has to wait, OSError where it never will succeed."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._stream: Stream = flow.connection
        self._tls: Tls | None = None
        self._may_read = self._may_write = True
        self._closing = False

    def __str__(self) -> str:
        return f"the connection from {self._flow.local} to {self._flow.remote}"

    def send(self, data: Buffer, now: int) -> int | None:
        """Queue data; how many octets were taken."""
        if not self._may_write:
            raise socket_errors.broken("nothing can be sent after shutdown")
        if end := socket_errors.of_end(self._flow):
            raise end
        if not self._stream.writable:
            return None
        try:
            return self._stream.send(data, now) or None
        except FetchError as error:
            raise socket_errors.of_tls(error.failure) from None

    def receive(self, limit: int, now: int) -> bytes | None:
        """What is there; b"" at the end of the stream."""
        if not self._may_read:
            return b""
        try:
            data = self._stream.receive(limit, now)
        except FetchError as error:
            raise socket_errors.of_tls(error.failure) from None
        if data or self._stream.at_eof:
            return data
        if end := socket_errors.of_end(self._flow):
            raise end
        return None

    def shut(self, how: int, now: int) -> bool:
        """No more reading, no more writing, or neither."""
        if end := socket_errors.of_end(self._flow):
            raise end
        if how in _READS:
            self._may_read = False
        if how in _WRITES and self._may_write:
            self._may_write = False
            self._say_goodbye(now)
            self._flow.connection.shutdown(now)
        return True

    def secure(self, tls: Tls, now: int) -> bool | None:
        """TLS's handshake; from its end on the streams are those of `tls`."""
        try:
            if not tls.handshake(now):
                return None
        except FetchError as error:
            raise socket_errors.of_tls(error.failure) from None
        self._stream = self._tls = tls
        return True

    def close(self, now: int) -> bool | None:
        """Our FIN, and the rest of the closing handshake."""
        connection = self._flow.connection
        if not self._closing and not connection.closed:
            self._closing = True
            if self._tls is not None:
                self._say_goodbye(now)
                # Whoever closes TLS need not wait for the peer's close_notify (RFC 8446 6.1).
                while connection.receive(READ_SIZE, now):
                    pass
            connection.close(now)
        return goodbye.settled(self._flow) or None

    def gone(self, now: int) -> bool | None:
        """The end of TIME-WAIT."""
        return self._flow.connection.closed or None

    def abort(self, now: int) -> bool:
        """A RST, where the connection is not over."""
        goodbye.abort([self._flow], now)
        return True

    def _say_goodbye(self, now: int) -> None:
        if self._tls is not None:
            self._tls.close_notify(now)
