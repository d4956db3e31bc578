"""Connections at the kernel's own address, through a router that translates it, beside a firewall."""

import random
import socket
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_address

import pytest
from helpers.driver import Driver
from helpers.home import HOST, HOST6, SERVER, SERVER6, Home, home
from helpers.netns import Namespace
from helpers.web import PORT, web

from tcpviz.host.host import Endpoint, Host
from tcpviz.lab.site import pattern
from tcpviz.link.shared import SharedLink
from tcpviz.tcp.config import Config
from tcpviz.wire import ethernet, ipv4, ipv6, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.segment import RST


class Wire:
    """All frames on an interface as they pass."""

    def __init__(self, where: Namespace, device: str) -> None:
        with where.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.bind((device, 3))
        self._socket.setblocking(False)

    def frames(self) -> Iterator[bytes]:
        """What has passed since the last call."""
        while True:
            try:
                yield self._socket.recv(1 << 17)
            except BlockingIOError:
                return

    def close(self) -> None:
        self._socket.close()


def segments(frames: Iterator[bytes]) -> Iterator[tuple[bytes, int, int, bool]]:
    """(source, its port, flags, whether the checksum is right) of each TCP segment."""
    for frame in frames:
        header, payload = ethernet.parse(frame)
        if header.ethertype == ethernet.IPV4:
            ip4, data = ipv4.parse(payload)
            ends, protocol = (ip4.source, ip4.destination), ip4.protocol
        elif header.ethertype == ethernet.IPV6:
            ip6, data = ipv6.parse(payload)
            ends, protocol = (ip6.source, ip6.destination), ip6.next_header
        else:
            continue
        if protocol == ipv4.TCP:
            port, _, segment = tcp.parse(data)
            yield ends[0], port, segment.flags, tcp.checksum_ok(data, pseudo_header(*ends, ipv4.TCP, 0))


@pytest.fixture(scope="module")
def there() -> Iterator[Home]:
    with home() as network, web(network.server):
        yield network


@pytest.fixture
def driver(there: Home) -> Iterator[Driver]:
    with there.host.entered():
        link = SharedLink("va")
        host = Host(
            mac=link.info.mac,
            address=IPv4Interface(f"{HOST}/24"),
            address6=IPv6Interface(f"{HOST6}/64"),
            mtu=link.info.mtu,
            rng=random.Random(1),
            secret=bytes(16),
            owner=link,
        )
        yield Driver(host, link)
        link.close()


def fetch(driver: Driver, server: str, path: str) -> bytes:
    flow = driver.host.connect(Endpoint(ip_address(server).packed, PORT), Config(), driver.now)
    answer = driver.exchange(flow, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    return answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("server", [SERVER, SERVER6])
def test_a_body_comes_whole_and_the_kernel_says_nothing(there: Home, driver: Driver, server: str) -> None:
    wire = Wire(there.router, "vb")
    for _ in range(3):
        assert fetch(driver, server, "/bytes/300000") == pattern(0, 300_000)
    seen = list(segments(wire.frames()))
    wire.close()
    ours = [(flags, right) for source, _, flags, right in seen if source == driver_address(server)]
    assert ours
    assert all(right for _, right in ours)
    assert not any(flags & RST for flags, _ in ours)


def driver_address(server: str) -> bytes:
    """Our address for that server."""
    return ip_address(HOST6 if ":" in server else HOST).packed


def test_a_udp_port_hears_its_answer_and_the_kernel_refuses_nothing(there: Home, driver: Driver) -> None:
    heard: list[tuple[Endpoint, bytes]] = []
    port = driver.host.udp(lambda source, data, now: heard.append((source, data)), lambda *_: None)
    with there.server.entered():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((SERVER, 53))
    wire = Wire(there.router, "vb")
    port.send(Endpoint(ip_address(SERVER).packed, 53), b"question", driver.now)
    asked: list[bool] = []

    def answer() -> None:
        driver.link.send([data for data, _ in driver.host.frames(driver.now)], driver.now)
        if not asked:
            question, client = server.recvfrom(100)
            assert question == b"question"
            server.sendto(b"answer", client)
            asked.append(True)

    driver.until(lambda: bool(heard), answer)
    server.close()
    assert heard == [(Endpoint(ip_address(SERVER).packed, 53), b"answer")]
    protocols = [
        ipv4.parse(ethernet.parse(frame)[1])[0].protocol for frame in wire.frames() if is_ipv4(frame)
    ]
    wire.close()
    assert set(protocols) == {17}  # no ICMP


def is_ipv4(frame: bytes) -> bool:
    return ethernet.parse(frame)[0].ethertype == ethernet.IPV4


def test_nothing_else_comes_in(there: Home, driver: Driver) -> None:
    driver.host.connect(Endpoint(ip_address(SERVER).packed, PORT), Config(), driver.now)
    with there.host.entered(), socket.create_connection((SERVER, PORT)) as kernels:
        kernels.send(b"GET /bytes/100 HTTP/1.0\r\n\r\n")
        assert kernels.recv(100)
    assert driver.link.frames(0) == []
