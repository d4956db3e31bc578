"""Servers on the kernel's TCP that do one thing wrong each, by the port that is called."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme
from helpers.netns import Namespace

Manner = Callable[[socket.socket], None]
"""What a server does with a connection, until it returns; then it is closed."""

_AT_ONCE = struct.pack("ii", 1, 0)
"""How long a close may linger: not at all, which makes it a RST."""
OK = b"HTTP/1.1 200 OK\r\n"


def says(answer: bytes) -> Manner:
    """Reads the request and gives this answer."""

    def manner(connection: socket.socket) -> None:
        _read_request(connection)
        connection.sendall(answer)

    return manner


def says_at_once(answer: bytes) -> Manner:
    """Gives this answer without hearing the question."""

    def manner(connection: socket.socket) -> None:
        connection.sendall(answer)
        keeps_silent(connection)

    return manner


def closes(connection: socket.socket) -> None:
    """Reads the request and says nothing."""
    _read_request(connection)


def resets(connection: socket.socket) -> None:
    """Answers a request with a RST."""
    _read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)


def resets_at_once(connection: socket.socket) -> None:
    """Answers whatever comes with a RST."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)


def keeps_silent(connection: socket.socket) -> None:
    """Reads whatever comes until the client has had enough."""
    while connection.recv(65_536):
        pass


def over_tls(certificate: trustme.LeafCert, manner: Manner) -> Manner:
    """Speaks TLS, and ends without a close_notify."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True) as tls:
            manner(tls)
            tls.shutdown(socket.SHUT_WR)
            keeps_silent(tls)

    return secured


def _read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received and (data := connection.recv(65_536)):
        received += data


@contextmanager
def servers(where: Namespace, address: str, manners: dict[int, Manner]) -> Iterator[None]:
    """One for each port, on an address of the namespace."""
    with where.entered():
        listeners = [(socket.create_server((address, port)), manner) for port, manner in manners.items()]
    threads = [threading.Thread(target=_serve, args=each) for each in listeners]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for (listener, _), thread in zip(listeners, threads, strict=True):
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            listener.close()


def _serve(listener: socket.socket, manner: Manner) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                manner(connection)


def authority_file(authority: trustme.CA, folder: Path) -> Path:
    """The certificate of a CA in a file, for --cacert."""
    path = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path
