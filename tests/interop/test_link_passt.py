"""The passt link to a real server: on this machine, and on a network of ours."""

import os
import random
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest
from helpers.driver import Driver
from helpers.netns import Namespace, namespace, serving, veth_pair
from helpers.tools import need

from tcpviz.host.host import Endpoint, Host
from tcpviz.link import passt
from tcpviz.link.base import LinkError, local_mac
from tcpviz.link.passt import PasstLink
from tcpviz.tcp.config import Config
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State
from tcpviz.wire import ethernet, ipv4, tcp
from tcpviz.wire.checksum import pseudo_header

OUR_MAC = local_mac(random.Random(1))
SERVER = "10.66.0.1"
PORT = 9000


@pytest.fixture(autouse=True)
def _passt() -> None:
    need("passt")


@pytest.fixture
def lan() -> Iterator[tuple[Namespace, Namespace]]:
    """(ours, theirs): we have an address on the server's network, and no default route."""
    with veth_pair(f"{SERVER}/24") as (ours, theirs):
        ours.run("ip address add 10.66.0.2/24 dev va")
        yield ours, theirs


@contextmanager
def passt_link(where: Namespace, mtu: int = 1500, interface: str | None = "va") -> Iterator[PasstLink]:
    with where.entered():
        link = PasstLink(mac=OUR_MAC, mtu=mtu, interface=interface)
    yield link
    link.close()


def make_driver(link: PasstLink) -> Driver:
    host = Host(
        mac=OUR_MAC,
        address=passt.OUR_ADDRESS,
        gateway=passt.GATEWAY,
        address6=passt.OUR_ADDRESS_6,
        gateway6=passt.GATEWAY_6,
        mtu=link.info.mtu,
        rng=random.Random(1),
        secret=bytes(16),
    )
    return Driver(host, link)


def fetch(driver: Driver, address: str = SERVER, config: Config | None = None) -> bytes:
    """The body of /file, over a connection of its own."""
    remote = Endpoint(ip_address(address).packed, PORT)
    flow = driver.host.connect(remote, config or Config(receive_buffer=1 << 20), driver.now)
    # passt passes over data in the very segment that completes the handshake.
    driver.until(lambda: flow.connection.state is State.ESTABLISHED)
    return driver.exchange(flow, b"GET /file HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2]


def test_fifty_fetches_in_a_row(lan: tuple[Namespace, Namespace], tmp_path: Path) -> None:
    ours, theirs = lan
    content = random.Random(2).randbytes(100_000)
    (tmp_path / "file").write_bytes(content)
    with serving(theirs, (SERVER, PORT), tmp_path), passt_link(ours) as link:
        driver = make_driver(link)
        assert [fetch(driver) == content for _ in range(50)] == [True] * 50
        assert max(len(frame.data) for frame in driver.seen) <= 14 + 1500
        # What passt said to our first question, as it started, is not for the host.
        assert len([frame for frame in driver.seen if frame.data[12:14] == b"\x08\x06"]) == 1


@pytest.mark.parametrize("mtu", [576, 1500, 65520])
def test_a_large_body(lan: tuple[Namespace, Namespace], tmp_path: Path, mtu: int) -> None:
    ours, theirs = lan
    content = random.Random(2).randbytes(3_000_000)
    (tmp_path / "file").write_bytes(content)
    config = Config(receive_buffer=1 << 20, mss=mtu - 40)
    with serving(theirs, (SERVER, PORT), tmp_path), passt_link(ours, mtu) as link:
        driver = make_driver(link)
        assert fetch(driver, config=config) == content
        assert max(len(frame.data) for frame in driver.seen) <= 14 + mtu


def test_a_machine_with_ipv6_alone(tmp_path: Path) -> None:
    content = random.Random(2).randbytes(100_000)
    (tmp_path / "file").write_bytes(content)
    with veth_pair() as (ours, theirs):
        ours.run("ip -6 address add fd66::2/64 dev va nodad")
        theirs.run("ip -6 address add fd66::1/64 dev vb nodad")
        ours.run("ip -6 route add default via fd66::1")
        with serving(theirs, ("fd66::1", PORT), tmp_path), passt_link(ours, interface=None) as link:
            assert link.has_ipv6
            driver = make_driver(link)
            assert [fetch(driver, "fd66::1") == content for _ in range(50)] == [True] * 50


def test_the_gateway_is_this_machine(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    with namespace() as alone:
        alone.run("ip link set dev lo up")
        alone.run("ip link add va type veth peer name vb")
        alone.run("ip address add 10.66.0.2/24 dev va")
        alone.run("ip link set dev va up")
        with serving(alone, ("127.0.0.1", PORT), tmp_path), passt_link(alone) as link:
            assert fetch(make_driver(link), str(passt.GATEWAY)) == b"content"


def test_a_port_where_nobody_listens_refuses(lan: tuple[Namespace, Namespace]) -> None:
    with passt_link(lan[0]) as link:
        driver = make_driver(link)
        flow = driver.host.connect(Endpoint(IPv4Address(SERVER).packed, 1), Config(), driver.now)
        driver.until(lambda: flow.connection.end is not None)
        _, packet = ethernet.parse(driver.seen[-1].data)
        header, segment = ipv4.parse(packet)
        assert tcp.checksum_ok(segment, pseudo_header(header.source, header.destination, ipv4.TCP, 0))
        assert flow.connection.end is CloseReason.REFUSED


def test_the_screen_is_told_whose_tcp_this_is(lan: tuple[Namespace, Namespace]) -> None:
    with passt_link(lan[0]) as link:
        assert (link.info.name, link.info.mtu, link.info.mac) == ("passt", 1500, OUR_MAC)
        assert "ends at passt on this machine" in link.info.note
        assert not link.has_ipv6


def test_a_machine_without_a_network_is_told() -> None:
    with (
        namespace() as empty,
        pytest.raises(LinkError, match="no way out; look at: ip route"),
        passt_link(empty, interface=None),
    ):
        pass


def test_passt_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LinkError, match="not installed; install the package passt"):
        PasstLink(mac=OUR_MAC)


def test_passt_that_dies_is_told(lan: tuple[Namespace, Namespace]) -> None:
    with passt_link(lan[0]) as link:
        link._child.kill()
        link._child.wait()
        with pytest.raises(LinkError, match="passt has ended"):
            link.frames(0)
        with pytest.raises(LinkError, match="passt has ended"):
            link.send([bytes(60)], 0)


def test_what_passt_has_no_room_for_is_lost_and_the_stream_stays_in_step(
    lan: tuple[Namespace, Namespace], tmp_path: Path
) -> None:
    ours, theirs = lan
    (tmp_path / "file").write_bytes(b"content")
    with serving(theirs, (SERVER, PORT), tmp_path), passt_link(ours) as link:
        for _ in range(200):
            link.send([bytes(1514)] * 64, 0)
        assert fetch(make_driver(link)) == b"content"


def test_passt_ends_with_us_however_we_end(lan: tuple[Namespace, Namespace]) -> None:
    script = (
        "import os, signal\n"
        "from tcpviz.link.passt import PasstLink\n"
        "link = PasstLink(mac=bytes.fromhex('020000000002'), interface='va')\n"
        "print(link._child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with lan[0].entered():
        done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False)
    assert done.returncode == -9
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(int(done.stdout))
        # Readable when the process has ended; only a test that fails waits so long.
        assert select.select([handle], [], [], 30)[0]
        os.close(handle)
