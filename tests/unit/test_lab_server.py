"""The lab's server as an HTTP client sees it that says exactly what it wants to say."""

import pytest
from helpers.world import MILLISECOND, World

from tcpviz.host.host import Endpoint, Flow
from tcpviz.lab.network import OUR_MAC, PEER_ADDRESS
from tcpviz.lab.server import LabPeer
from tcpviz.lab.site import pattern
from tcpviz.link.sim import SimLink
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State


class Telnet:
    """A connection to the lab's server, by hand."""

    def __init__(self, *, port: int = 80, config: Config | None = None) -> None:
        self.peer = LabPeer()
        self.world = World(SimLink(self.peer, mac=OUR_MAC, delay_ns=MILLISECOND))
        self.received = b""
        self.flow: Flow = self.world.host.connect(
            Endpoint(PEER_ADDRESS.ip.packed, port), config or Config(), 0
        )
        self.world.run(lambda now: None, lambda: self.flow.connection.state is State.ESTABLISHED)

    def say(self, text: bytes) -> None:
        connection, rest = self.flow.connection, text

        def write(now: int) -> None:
            nonlocal rest
            rest = rest[connection.send(rest, now) if connection.writable else 0 :]

        self.world.run(write, lambda: not rest)

    def hear(self, until: bytes) -> bytes:
        """All that came, up to `until` and no further."""
        self.world.run(self._read, lambda: until in self.received)
        end = self.received.index(until) + len(until)
        heard, self.received = self.received[:end], self.received[end:]
        return heard

    def hear_all(self) -> bytes:
        """Everything until the server closes."""
        self.world.run(self._read, lambda: self.flow.connection.at_eof)
        return self.received

    def _read(self, now: int) -> None:
        self.received += self.flow.connection.receive(1 << 20, now)


def test_keep_alive_and_pipelining() -> None:
    line = Telnet()
    line.say(b"GET /bytes/5 HTTP/1.1\r\nHost: lab\r\n\r\n" * 3)
    for _ in range(3):
        assert line.hear(b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
        line.hear(pattern(0, 5))
    assert line.flow.connection.state is State.ESTABLISHED


def test_head_has_no_body() -> None:
    line = Telnet()
    line.say(b"HEAD /bytes/1000 HTTP/1.1\r\nHost: lab\r\n\r\nGET /bytes/0 HTTP/1.1\r\nHost: lab\r\n\r\n")
    assert b"Content-Length: 1000\r\n" in line.hear(b"\r\n\r\n")
    assert line.hear(b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_http_1_0_ends_with_the_connection() -> None:
    line = Telnet()
    line.say(b"GET /chunked?n=2 HTTP/1.0\r\n\r\n")
    answer = line.hear_all()
    assert answer.endswith(b"\r\n\r\nchunk 1 of 2\nchunk 2 of 2\n")
    assert b"chunked\r\n" not in answer


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"nonsense\r\n\r\n", b"400 Bad Request"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 3\r\n\r\nabc", b"405 Method Not Allowed"),
        (b"GET /" + b"x" * 200_000, b"431 Request Header Fields Too Large"),
    ],
)
def test_what_it_does_not_understand_it_refuses_and_closes(request_text: bytes, status: bytes) -> None:
    line = Telnet()
    line.say(request_text)
    assert line.hear_all().startswith(b"HTTP/1.1 " + status + b"\r\n")


def test_a_client_that_goes_away() -> None:
    line = Telnet()
    line.say(b"GET /bytes/10000000 HTTP/1.1\r\nHost: lab\r\n\r\n")
    line.hear(b"\r\n\r\n")
    line.flow.connection.abort(line.world.now)
    port = line.flow.local.port
    line.world.run(lambda now: None, lambda: line.peer.peer_state(port) is State.CLOSED)
    assert not line.peer.host.flows


def test_a_client_that_closes_without_a_word() -> None:
    line = Telnet()
    line.flow.connection.shutdown(line.world.now)
    assert line.hear_all() == b""


def test_slow_takes_its_time() -> None:
    line = Telnet()
    began = line.world.now
    line.say(b"GET /slow?n=5&ms=100 HTTP/1.1\r\nHost: lab\r\n\r\n")
    line.hear(b"line 5 of 5\n")
    assert 400 * MILLISECOND <= line.world.now - began < 500 * MILLISECOND


def test_many_connections_at_once() -> None:
    line = Telnet()
    host = line.world.host
    remote = Endpoint(PEER_ADDRESS.ip.packed, 8080)
    flows = [host.connect(remote, Config(), line.world.now) for _ in range(20)]
    bodies = {flow.number: b"" for flow in flows}
    asked: set[int] = set()

    def step(now: int) -> None:
        for flow in flows:
            if flow.number not in asked and flow.connection.state is State.ESTABLISHED:
                asked.add(flow.number)
                flow.connection.send(b"GET /bytes/50000 HTTP/1.1\r\nHost: lab\r\n\r\n", now)
            bodies[flow.number] += flow.connection.receive(1 << 20, now)

    line.world.run(step, lambda: all(len(body) > 50_000 for body in bodies.values()))
    assert all(body.endswith(pattern(0, 50_000)) for body in bodies.values())


def test_the_peers_state_is_known() -> None:
    line = Telnet()
    line.world.run(lambda now: None, lambda: line.peer.peer_state(line.flow.local.port) is State.ESTABLISHED)
    assert line.peer.peer_state(1) is None
