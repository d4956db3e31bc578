"""The library's sockets with the real Linux TCP at the other end: as a client, over TLS, and as a server."""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import trustme
from helpers.netns import Namespace, veth_pair
from helpers.web import PORT, web

import tcpviz
from tcpviz.lab.site import pattern
from tcpviz.recording import Recording

SERVER, SERVER6 = "10.66.0.1", "fd66::1"
OURS, OURS6 = "10.66.0.2/24", "fd66::2/64"
TLS_PORT = 8443
OCTETS = 2_000_000
Result = TypeVar("Result")
RAW = tcpviz.LinkOptions(link="raw", interface="va", address=(OURS, OURS6))


@pytest.fixture
def ends() -> Iterator[tuple[Namespace, Namespace]]:
    """(ours, theirs), a veth pair between them; we are in ours, and the web server is in theirs."""
    with veth_pair(f"{SERVER}/24") as (ours, theirs):
        theirs.run(f"ip address add {SERVER6}/64 dev vb nodad")
        with web(theirs), ours.entered():
            yield ours, theirs


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize("server", [SERVER, SERVER6])
def test_http_client_and_a_server_on_linux(server: str, tmp_path: Path) -> None:
    client = http.client.HTTPConnection(server)
    client.sock = tcpviz.connect(server, PORT, timeout=30, record=tmp_path / "run.pcapng", **RAW)
    client.request("GET", f"/bytes/{OCTETS}")
    assert client.getresponse().read() == pattern(0, OCTETS)
    client.request("POST", "/echo", body=pattern(7, OCTETS))
    assert client.getresponse().read() == pattern(7, OCTETS)
    client.close()
    recording = Recording.open(tmp_path / "run.pcapng")
    assert len(recording) > 2 * OCTETS // (64 << 10)
    recording.close()


@pytest.mark.usefixtures("ends")
def test_errors_are_those_of_sockets(tmp_path: Path) -> None:
    with pytest.raises(ConnectionRefusedError, match="refused"):
        tcpviz.connect(SERVER, 1, **RAW)
    with pytest.raises(OSError, match="in use"):
        tcpviz.connect(SERVER, PORT, link="raw", interface="va", address=f"{SERVER}/24")
    with pytest.raises(OSError, match="no interface 'nosuch'"):
        tcpviz.connect(SERVER, PORT, link="raw", interface="nosuch", address=OURS)
    with tcpviz.connect(SERVER, PORT, **RAW) as connection:
        connection.sendall(b"GET /reset HTTP/1.1\r\nHost: server\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.makefile("rb").read()


@contextmanager
def tls_echo(where: Namespace, authority: trustme.CA) -> Iterator[None]:
    """A TLS server of the standard library that sends everything back, to one client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("server.test").configure_cert(context)
    with where.entered():
        listening = socket.create_server((SERVER, TLS_PORT))

    def serve() -> None:
        accepted, _ = listening.accept()
        with context.wrap_socket(accepted, server_side=True) as secured:
            while data := secured.recv(65536):
                secured.sendall(data)
            secured.unwrap()

    server = threading.Thread(target=serve)
    server.start()
    yield
    server.join()
    listening.close()


class Bios:
    """TLS by two memory BIOs over a connection: the loop of docs/api.md."""

    def __init__(self, connection: tcpviz.Socket, context: ssl.SSLContext) -> None:
        self._connection = connection
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="server.test")

    def complete(self, operation: Callable[..., Result], *arguments: object) -> Result:
        while True:
            try:
                result = operation(*arguments)
                self._connection.sendall(self._outgoing.read())
                return result
            except ssl.SSLWantReadError:
                self._connection.sendall(self._outgoing.read())
                if data := self._connection.recv(65536):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()


def test_tls_by_memory_bios(ends: tuple[Namespace, Namespace]) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    with tls_echo(ends[1], authority), tcpviz.connect(SERVER, TLS_PORT, **RAW) as connection:
        bios = Bios(connection, context)
        bios.complete(bios.tls.do_handshake)
        sent, received = pattern(0, 200_000), b""
        for at in range(0, len(sent), 10_000):
            bios.complete(bios.tls.write, sent[at : at + 10_000])
            while len(received) < at + 10_000:
                received += bios.complete(bios.tls.read, 65536)
        assert received == sent
        bios.complete(bios.tls.unwrap)


def test_starttls_does_the_same(ends: tuple[Namespace, Namespace]) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    with tls_echo(ends[1], authority), tcpviz.connect(SERVER, TLS_PORT, **RAW) as connection:
        connection.starttls(context, "server.test")
        connection.sendall(b"hello")
        assert connection.recv(100) == b"hello"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""


@pytest.mark.parametrize("address", [OURS, OURS6])
def test_clients_on_linux_connect_to_us(ends: tuple[Namespace, Namespace], address: str) -> None:
    here = address.partition("/")[0]

    def client(number: int) -> bytes:
        with ends[1].entered(), socket.create_connection((here, 7000)) as connection:
            connection.sendall(pattern(number, OCTETS))
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def serve(connection: tcpviz.Socket) -> int:
        with connection, connection.makefile("rb") as lines:
            data = lines.read()
            connection.sendall(data[::-1])
            return len(data)

    with tcpviz.listen(7000, link="raw", interface="va", address=address) as listener:
        assert listener.getsockname()[:2] == (here, 7000)
        with ThreadPoolExecutor() as pool:
            answers = [pool.submit(client, number) for number in range(3)]
            served = [pool.submit(serve, listener.accept(30)[0]) for _ in answers]
            assert [each.result() for each in served] == [OCTETS] * 3
            for number, answer in enumerate(answers):
                assert answer.result() == pattern(number, OCTETS)[::-1]


def test_a_full_backlog_makes_clients_wait_and_a_closed_port_refuses_them(
    ends: tuple[Namespace, Namespace],
) -> None:
    listener = tcpviz.listen(7000, backlog=1, link="raw", interface="va", address=OURS)
    with pytest.raises(BlockingIOError):
        listener.accept(0)
    with ends[1].entered():
        first = socket.create_connection(("10.66.0.2", 7000))
        with pytest.raises(TimeoutError):
            socket.create_connection(("10.66.0.2", 7000), timeout=0.2)
    accepted, peer = listener.accept(30)
    assert peer == first.getsockname()
    listener.close()
    with ends[1].entered(), pytest.raises(ConnectionRefusedError):
        socket.create_connection(("10.66.0.2", 7000))
    first.sendall(b"still there")
    assert accepted.recv(100) == b"still there"
    first.close()
    accepted.close()
