"""A TAP device made for a run: a server behind a router is reached, and nothing is left afterwards."""

import errno
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_address
from pathlib import Path

import pytest
from helpers.driver import Driver
from helpers.netns import Namespace, namespace, serving
from helpers.tools import need

from tcpviz.host.host import Endpoint, Host
from tcpviz.link.base import LinkError, local_mac
from tcpviz.link.device import exists
from tcpviz.link.journal import Journal
from tcpviz.link.privileged import MadeDevice
from tcpviz.link.routing import Address
from tcpviz.link.tap import TapLink
from tcpviz.link.tun import NEW_NAME
from tcpviz.link.wayout import Network, journal
from tcpviz.tcp.config import Config

OUR_MAC = local_mac(random.Random(1))
SERVER, SERVER_6 = ip_address("10.99.0.1"), ip_address("fd99::1")
PORT = 9000
CONTENT = random.Random(2).randbytes(300_000)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Namespace]:
    """A machine with `va` on the network of a router, behind which the server is; it has CONTENT."""
    (tmp_path / "file").write_bytes(CONTENT)
    with namespace() as ours, namespace() as theirs:
        ours.run(f"ip link add va type veth peer name vb netns {theirs.path}")
        for where, device, address, address6 in (
            (ours, "va", "10.66.0.2/24", "fd66::2/64"),
            (theirs, "vb", "10.66.0.1/24", "fd66::1/64"),
        ):
            where.run("ip link set dev lo up")
            where.run(f"ip link set dev {device} up")
            where.run(f"ip address add {address} dev {device}")
            where.run(f"ip -6 address add {address6} dev {device} nodad")
        theirs.run(f"ip address add {SERVER}/32 dev lo")
        theirs.run(f"ip -6 address add {SERVER_6}/128 dev lo nodad")
        ours.run("ip route add default via 10.66.0.1")
        ours.run("ip -6 route add default via fd66::1")
        with serving(theirs, (str(SERVER), PORT), tmp_path), serving(theirs, (str(SERVER_6), PORT), tmp_path):
            yield ours


def settings(where: Namespace) -> dict[str, str]:
    """Whether each device forwards."""
    with where.entered():
        found = Path("/proc/sys/net").glob("ipv[46]/conf/*/*forwarding")
        return {str(path): path.read_text().strip() for path in found if "tcpviz" not in str(path)}


def tables(where: Namespace) -> list[str]:
    with where.entered():
        listed = subprocess.run([need("nft"), "-j", "list", "tables"], check=True, capture_output=True)
    return [item["table"]["name"] for item in json.loads(listed.stdout)["nftables"] if "table" in item]


@contextmanager
def tap_link(
    where: Namespace, name: str = NEW_NAME, network: Network | None = None, destination: Address = SERVER
) -> Iterator[tuple[TapLink, Network]]:
    with where.entered():
        made = MadeDevice(name, network, destination)
        link = TapLink(made.name, mac=OUR_MAC, made=made)
    try:
        yield link, made.network
    finally:
        with where.entered():
            link.close()


def fetch(link: TapLink, network: Network, server: Address) -> bytes:
    """What our host gets from the server, at one of its addresses."""
    host = Host(
        mac=OUR_MAC,
        address=network.address,
        gateway=network.gateway,
        address6=network.address6,
        gateway6=network.gateway6,
        mtu=link.info.mtu,
        rng=random.Random(1),
        secret=bytes(16),
    )
    driver = Driver(host, link)
    flow = host.connect(Endpoint(server.packed, PORT), Config(receive_buffer=1 << 20), driver.now)
    return driver.exchange(flow, b"GET /file HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2]


def test_a_server_behind_a_router_is_reached_and_nothing_is_left(home: Namespace) -> None:
    before = settings(home)
    with tap_link(home) as (link, network):
        assert fetch(link, network, SERVER) == CONTENT
        assert len(tables(home)) == 1
        after = settings(home)
        changed = {path for path in after if before[path] != after[path]}
        # Two devices forward, and not the machine.
        assert {Path(path).parent.name for path in changed} == {"va"}
    assert settings(home) == before
    assert tables(home) == []
    with home.entered():
        assert not exists("tcpviz0")
        assert journal().leftovers() == []


def test_it_is_reached_by_ipv6_where_single_devices_may_forward(home: Namespace) -> None:
    with tap_link(home, destination=SERVER_6) as (link, network):
        if network.address6 is None:
            pytest.skip("this kernel forwards IPv6 for all devices or none (before Linux 6.17)")
        assert fetch(link, network, SERVER_6) == CONTENT


def test_a_machine_that_forwards_already_is_left_alone(home: Namespace) -> None:
    home.run("sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    before = settings(home)
    with tap_link(home) as (link, network):
        assert settings(home) == before
        assert fetch(link, network, SERVER) == fetch(link, network, SERVER_6) == CONTENT
    assert settings(home) == before


def test_a_firewall_that_forwards_nothing_is_told(home: Namespace) -> None:
    with tap_link(home) as (link, _):
        assert "firewall" not in link.info.note
    home.run("nft add table ip firewall")
    home.run("nft add chain ip firewall forward { type filter hook forward priority filter; policy drop; }")
    with tap_link(home) as (link, _):
        assert "the firewall here drops what is forwarded" in link.info.note


def test_the_network_that_is_asked_for_is_taken(home: Namespace) -> None:
    wanted = Network(IPv4Interface("10.77.0.5/24"), IPv4Address("10.77.0.9"))
    with tap_link(home, "tap9", wanted) as (link, network):
        assert (link.info.name, network) == ("tap tap9", wanted)
        assert fetch(link, network, SERVER) == CONTENT


def test_two_runs_at_a_time_have_networks_of_their_own(home: Namespace) -> None:
    before = settings(home)
    with tap_link(home) as (second, its_network):
        with tap_link(home) as (first, network):
            assert network.address.network != its_network.address.network
            assert fetch(first, network, SERVER) == CONTENT
        assert fetch(second, its_network, SERVER) == CONTENT
    assert settings(home) == before


def test_a_network_that_a_route_leads_to_is_not_taken(home: Namespace) -> None:
    home.run("ip route add 10.213.0.0/16 via 10.66.0.3")
    with tap_link(home) as (_, network):
        assert network.address in IPv4Network("172.30.0.0/16")


def test_a_destination_without_a_route_is_told_and_nothing_is_left(home: Namespace) -> None:
    home.run("ip route del default")
    before = settings(home)
    with pytest.raises(LinkError, match=r"no route to 10\.99\.0\.1"), tap_link(home):
        pass
    assert settings(home) == before
    with home.entered():
        assert not exists("tcpviz0")


def test_a_missing_right_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch, home: Namespace) -> None:
    def refuse(self: object, wanted: object) -> None:
        raise PermissionError(errno.EACCES, "no", "/run/tcpviz")

    monkeypatch.setattr(Journal, "change", refuse)
    with (
        pytest.raises(LinkError, match=r"needs root \(/run/tcpviz\); run it as: sudo ") as error,
        tap_link(home),
    ):
        pass
    assert error.value.privilege
    assert tables(home) == []


_RUN = """
import sys
from ipaddress import ip_address
from tcpviz.link.privileged import MadeDevice
made = MadeDevice(destination=ip_address(sys.argv[1]))
print("made", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_run_leaves_is_put_back_by_doctor(home: Namespace) -> None:
    before = settings(home)
    with home.entered():
        run = subprocess.Popen(
            [sys.executable, "-c", _RUN, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert run.stdout is not None
        assert run.stdout.readline() == b"made\n"
        run.kill()
        run.communicate()
        assert not exists("tcpviz0")
        assert tables(home) == []
        assert {setting.path for setting in journal().leftovers()} >= {
            path for path, value in settings(home).items() if before[path] != value
        }
        doctor = [sys.executable, "-m", "tcpviz", "doctor", "--fix"]
        done = subprocess.run(doctor, capture_output=True, text=True, check=True)
        assert "net.ipv4.conf.va.forwarding" in done.stdout
        done = subprocess.run(doctor, capture_output=True, text=True, check=True)
        assert done.stdout == "nothing is left over\n"
    assert settings(home) == before
