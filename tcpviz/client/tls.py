"""TLS over a connection of our own: OpenSSL sees two buffers in memory and never a socket (RFC 8446)."""

import ssl
from collections.abc import Callable
from contextlib import suppress

from tcpviz.client import tls_failure
from tcpviz.client.failure import CutOffError, FetchError
from tcpviz.client.url import Url
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import MAY_SEND, State
from tcpviz.wire.segment import Buffer

RECORD = 16 << 10
"""The largest plaintext of a record (RFC 8446 5.1)."""
_READ_SIZE = 64 << 10
_OVERHEAD = 256
"""More than any record is longer than its plaintext; what is left of it is room for a close_notify."""


def default_context() -> ssl.SSLContext:
    """What a client asks of servers: TLS 1.2 or 1.3, a certificate that it can verify, HTTP/1.1.

    No CA is trusted yet.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class Security:
    """TLS for all connections of a client: one context, made when it is needed, and sessions to resume."""

    def __init__(self, make_context: Callable[[], ssl.SSLContext]) -> None:
        self._make_context = make_context
        self._context: ssl.SSLContext | None = None
        self._latest: dict[str, Tls] = {}

    def over(self, connection: Connection, url: Url) -> "Tls":
        """A client's end for the server of `url`. May raise FetchError."""
        self._context = self._context or self._make_context()
        earlier = self._latest.get(url.authority)
        name = url.host.rstrip(".")  # RFC 6066 3: without a trailing dot
        tls = Tls(connection, self._context, name, earlier.session if earlier else None)
        self._latest[url.authority] = tls
        return tls


class Tls:
    """One end of a TLS connection; once `established` it is a `Stream`.

    What the peer does wrong raises FetchError: exit code 35 during the handshake, 60 for its certificate,
    56 later. A truncation is told from an end: only a close_notify makes `at_eof`, without one there is a
    CutOffError (RFC 8446 6.1).
    """

    def __init__(
        self,
        connection: Connection,
        context: ssl.SSLContext,
        server_name: str | None = None,
        session: ssl.SSLSession | None = None,
    ) -> None:
        """The client's end when the server has a name (or an address), which the certificate has to be
        for; else the server's. `session` is an earlier one to resume."""
        self.established = False
        self._connection = connection
        self._name = server_name or "the client"
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_name is None,
            server_hostname=server_name,
            session=session,
        )
        self._over = False
        self._fault: FetchError | None = None
        """What the peer did wrong behind the octets that were read last."""

    @property
    def session(self) -> ssl.SSLSession | None:
        """What a later connection to the same server may resume."""
        return self._tls.session

    def handshake(self, now: int) -> bool:
        """Go as far as it goes now; whether both sides have agreed. Raises FetchError."""
        try:
            while not self.established:
                try:
                    self._tls.do_handshake()
                    self.established = True
                except ssl.SSLWantReadError:
                    if not self._pull(now):
                        break
        except ssl.SSLError as error:
            raise FetchError(tls_failure.of_handshake(error, self._name)) from None
        finally:
            self._push(now)  # an alert, too, where it failed
        if not self.established and self._connection.end is not None:
            raise FetchError(tls_failure.cut_off(self._connection.end))
        return self.established

    def send(self, data: Buffer, now: int) -> int:
        """Encrypt and queue data; how many octets were taken. Raises FetchError."""
        view = memoryview(data)
        taken = 0
        try:
            while taken < len(view) and (room := min(self.writable, RECORD)):
                taken += self._tls.write(view[taken : taken + room])
                self._push(now)
        except ssl.SSLWantReadError:
            pass  # TLS 1.2: the server negotiates anew, and has the word
        except ssl.SSLError as error:
            raise FetchError(tls_failure.of_transfer(error)) from None
        self._push(now)
        return taken

    def receive(self, limit: int, now: int) -> bytes:
        """At most `limit` octets of plaintext. FetchError only when all before the fault is read."""
        parts: list[bytes] = []
        try:
            while limit > 0 and self._fault is None and (part := self._read(limit, now)):
                parts.append(part)
                limit -= len(part)
        except FetchError as error:
            self._fault = error
        self._push(now)  # what OpenSSL has to say: the answer to a KeyUpdate (RFC 8446 4.6.3)
        if self._fault is not None and not parts:
            raise self._fault
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read(self, limit: int, now: int) -> bytes:
        while not self._over:
            try:
                data = self._tls.read(min(limit, RECORD))
            except ssl.SSLWantReadError:
                if self._pull(now):
                    continue
                break
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLEOFError:
                raise CutOffError(tls_failure.CUT_OFF) from None
            except ssl.SSLError as error:
                raise FetchError(tls_failure.of_transfer(error)) from None
            self._over = not data  # a close_notify came
            return data
        return b""

    def _pull(self, now: int) -> bool:
        """Give OpenSSL what has arrived; whether that was anything."""
        data = self._connection.receive(_READ_SIZE, now)
        if data:
            self._incoming.write(data)
        elif self._connection.at_eof and not self._incoming.eof:
            self._incoming.write_eof()
        else:
            return False
        return True

    def _push(self, now: int) -> None:
        """Send what OpenSSL has ready, as far as there is room."""
        while self._outgoing.pending and (room := self._connection.writable):
            self._connection.send(self._outgoing.read(room), now)

    def close_notify(self, now: int) -> None:
        """Say that nothing more will come, so that our FIN is no truncation (RFC 8446 6.1)."""
        if self.established and self._connection.state in MAY_SEND:
            with suppress(ssl.SSLError):  # the peer's own close_notify need not have come
                self._tls.unwrap()
            self._push(now)

    @property
    def readable(self) -> int:
        """Octets at hand, some of them not decrypted yet."""
        return self._tls.pending() + self._incoming.pending + self._connection.readable

    @property
    def writable(self) -> int:
        """Octets that `send` would take now: no ciphertext is held back."""
        return max(0, self._connection.writable - self._outgoing.pending - _OVERHEAD)

    @property
    def at_eof(self) -> bool:
        """Whether the peer's close_notify has come and all before it has been read."""
        return self._over

    @property
    def state(self) -> State:
        """That of the connection below."""
        return self._connection.state

    @property
    def end(self) -> CloseReason | None:
        """That of the connection below."""
        return self._connection.end
