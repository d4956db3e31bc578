"""One connection as programs know it from the module `socket`, over our own TCP."""

import io
import socket
import warnings
import weakref
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal, Self, overload

from tcpviz.client.tls import Tls
from tcpviz.host.flow import Endpoint, Flow
from tcpviz.link.plan import parse_plan
from tcpviz.recording import Recording
from tcpviz.session import socket_errors
from tcpviz.session.calls import Attempt, T
from tcpviz.session.network import Network
from tcpviz.session.octets import Octets
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.wire.segment import Buffer

if TYPE_CHECKING:
    from ssl import SSLContext

    from _typeshed import ReadableBuffer, WriteableBuffer

_FILE_BUFFER = 64 << 10
_HOWS = (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR)

Address = tuple[str, int] | tuple[str, int, int, int]
"""As the module `socket` has them: host and port, for IPv6 with flow information and scope."""


class Socket:
    """A connection of our own TCP; its methods do and raise what those of `socket.socket` do.

    Beyond that it lets one look inside: `snapshot`, `events`, `recording`, and `impair` the network.
    Several threads may use it. Times are the run's: on the simulated network they pass only while a
    method waits.
    """

    def __init__(self, network: Network, flow: Flow, *, timeout: float | None, linger: float) -> None:
        self._network = network
        self._flow = flow
        self._timeout = timeout
        self._linger = linger
        self._octets = Octets(flow)
        self._files = 0
        self._closed = False
        network.join(self._octets)
        self._finalizer = weakref.finalize(self, _forget, network, self._octets)

    # Octets

    def send(self, data: Buffer, flags: int = 0) -> int:
        """Hand over as much of `data` as there is room for now, at least one octet; how many it was."""
        view = _view(data, flags)
        return self._call(lambda now: self._octets.send(view, now)) if view else 0

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        """Hand over all of `data`. After an error nobody knows how much of it was."""
        rest = _view(data, flags)

        def attempt(now: int) -> bool | None:
            nonlocal rest
            while rest and (taken := self._octets.send(rest, now)):
                rest = rest[taken:]
            return None if rest else True

        self._call(attempt)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """At most `bufsize` octets, as soon as there are any; b"" after the peer's last."""
        _no_flags(flags)
        if bufsize < 0:
            raise ValueError("a negative number of octets can't be received")
        return self._call(lambda now: self._octets.receive(bufsize, now)) if bufsize else b""

    def recv_into(self, buffer: bytearray | memoryview, nbytes: int = 0, flags: int = 0) -> int:
        """As `recv`, into `buffer`; how many octets it were."""
        view = memoryview(buffer).cast("B")
        if nbytes > len(view):
            raise ValueError(f"{nbytes} octets are more than the buffer takes")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def shutdown(self, how: int) -> None:
        """SHUT_WR: a FIN behind all that was handed over, while receiving goes on; SHUT_RD: read no more."""
        if how not in _HOWS:
            raise ValueError(f"shutdown takes SHUT_RD, SHUT_WR or SHUT_RDWR, and not {how}")
        self._call(lambda now: self._octets.shut(how, now))

    def starttls(
        self, context: "SSLContext", server_hostname: str | None = None, *, server_side: bool = False
    ) -> Self:
        """From now on speak TLS: the client's end, for a server whose certificate is for `server_hostname`,
        or the server's. Gives this very connection. Raises ssl.SSLError."""
        if server_side == (server_hostname is not None):
            raise ValueError("TLS needs the server's name, or server_side=True for the server's own end")
        tls = Tls(self._flow.connection, context, server_hostname)
        self._call(lambda now: self._octets.secure(tls, now))
        return self

    # Waiting

    def settimeout(self, value: float | None) -> None:
        """Seconds that each call may wait; None: any time. 0: none, and BlockingIOError instead."""
        if value is not None and value < 0:
            raise ValueError("a timeout can't be negative")
        self._timeout = value

    def gettimeout(self) -> float | None:
        """What `settimeout` was told."""
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        """True is settimeout(None), False is settimeout(0)."""
        self.settimeout(None if flag else 0.0)

    # Files

    @overload
    def makefile(self, mode: Literal["rb", "br"], buffering: int = -1) -> io.BufferedReader: ...
    @overload
    def makefile(self, mode: Literal["wb", "bw"], buffering: int = -1) -> io.BufferedWriter: ...
    @overload
    def makefile(
        self,
        mode: Literal["r", "w"] = "r",
        buffering: int = -1,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.TextIOWrapper: ...
    def makefile(
        self,
        mode: str = "r",
        buffering: int = -1,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.IOBase:
        """A file that reads or writes; the connection stays open until its files are closed, too."""
        if sorted(mode) not in (["r"], ["w"], ["b", "r"], ["b", "w"]):
            raise ValueError(f"mode {mode!r} is none of 'r', 'w', 'rb', 'wb'")
        if buffering == 0 or ("b" not in mode and buffering == 1):
            raise ValueError("only buffered files can be made of a connection")
        size = buffering if buffering > 1 else _FILE_BUFFER
        raw = _File(self, "w" if "w" in mode else "r")
        if "w" in mode:
            writer = io.BufferedWriter(raw, size)
            return writer if "b" in mode else io.TextIOWrapper(writer, encoding, errors, newline)
        reader = io.BufferedReader(raw, size)
        return reader if "b" in mode else io.TextIOWrapper(reader, encoding, errors, newline)

    # The end

    def close(self) -> None:
        """A FIN behind all that was handed over, and wait for the peer's, though a few seconds only.

        With the last connection link and thread end. What was received and never read is answered with a
        reset. No effect the second time.
        """
        if not self._closed:
            self._closed = True
            if not self._files:
                self._end()

    def _end(self) -> None:
        if self._finalizer.detach() is None:
            return
        try:
            self._network.call(self._octets.close)
            if self._linger:
                self._network.call(self._octets.gone, self._linger)
        except OSError:
            pass  # the run has ended before, or TIME-WAIT lasts longer than we want to see
        finally:
            self._network.leave(self._octets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """There is none. Raises io.UnsupportedOperation, an OSError."""
        raise io.UnsupportedOperation(
            "a connection of tcpviz has no file descriptor, for it is no socket of the kernel: use settimeout"
            " or threads instead of select, and SSLContext.wrap_bio instead of wrap_socket"
        )

    # Looks

    @property
    def family(self) -> socket.AddressFamily:
        """AF_INET or AF_INET6."""
        return socket.AF_INET if len(self._flow.local.address) == 4 else socket.AF_INET6

    @property
    def type(self) -> socket.SocketKind:
        """SOCK_STREAM."""
        return socket.SOCK_STREAM

    def getpeername(self) -> Address:
        """The other end."""
        return address_of(self._flow.remote)

    def getsockname(self) -> Address:
        """Our end."""
        return address_of(self._flow.local)

    def snapshot(self) -> Snapshot:
        """The engine's variables as they are now: state, sequence numbers, windows, timers ..."""
        connection = self._flow.connection
        if self._network.over:
            return connection.snapshot()
        return self._network.call(lambda now: connection.snapshot())

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened inside the connection so far, in order; nothing where it is not recorded."""
        recording, number = self.recording, self._flow.number
        rows = (i for i in range(len(recording)) if recording.row(i).flow == number)
        return tuple(event for i in rows for event in recording.events(i))

    @property
    def recording(self) -> Recording:
        """All that happened on the network so far. It can be read as long as there is the connection."""
        return self._network.recording

    def impair(self, spec: str) -> None:
        """Let this go wrong on the way from now on, as in "loss=5%,delay=20ms"; "" for nothing.

        Raises ValueError with what can be said.
        """
        self._network.impair(parse_plan(spec))

    def __repr__(self) -> str:
        return f"<tcpviz.Socket {self._flow.local} > {self._flow.remote}>"

    def _call(self, attempt: Attempt[T]) -> T:
        if not self._finalizer.alive:
            raise socket_errors.closed()
        return self._network.call(attempt, self._timeout)

    def _opened_file(self) -> None:
        self._files += 1

    def _closed_file(self) -> None:
        self._files -= 1
        if self._closed and not self._files:
            self._end()


class _File(io.RawIOBase):
    """What the files of a connection read from and write to."""

    def __init__(self, connection: Socket, mode: Literal["r", "w"]) -> None:
        self._connection = connection
        self._mode = mode
        connection._opened_file()

    def readable(self) -> bool:
        return self._mode == "r"

    def writable(self) -> bool:
        return self._mode == "w"

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._connection.recv_into(memoryview(buffer))

    def write(self, data: "ReadableBuffer") -> int:
        return self._connection.send(memoryview(data))

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._connection._closed_file()


def address_of(endpoint: Endpoint) -> Address:
    """An endpoint as the module `socket` writes it."""
    host = str(ip_address(endpoint.address))
    return (host, endpoint.port) if len(endpoint.address) == 4 else (host, endpoint.port, 0, 0)


def _view(data: Buffer, flags: int) -> memoryview:
    _no_flags(flags)
    return memoryview(data).cast("B")


def _no_flags(flags: int) -> None:
    if flags:
        raise ValueError("tcpviz knows no flags for sending and receiving")


def _forget(network: Network, octets: Octets) -> None:
    """A connection that nobody closed is gone from the program, or the program ends."""
    warnings.warn(f"{octets} was never closed", ResourceWarning, stacklevel=2)
    network.order(octets.abort)
    network.leave(octets, wait=False)
