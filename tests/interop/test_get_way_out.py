"""`tcpviz get` by the links that need no device of the user's: passt, a TAP device made for the run, auto."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.home import SERVER, SERVER6, home
from helpers.netns import Namespace, namespace, serving
from helpers.tools import need

PORT = 9000
_MASQUERADE = """
table ip out {
    chain out {
        type nat hook postrouting priority srcnat;
        ip saddr 10.77.0.0/24 masquerade
    }
}
"""
CONTENT = random.Random(1).randbytes(1_000_000)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Namespace]:
    """The host of a home network; the server beyond the router has CONTENT."""
    (tmp_path / "file").write_bytes(CONTENT)
    with (
        home() as network,
        serving(network.server, (SERVER, PORT), tmp_path),
        serving(network.server, (SERVER6, PORT), tmp_path),
    ):
        network.server.run("ip route add default via 203.0.113.1")
        network.server.run("ip -6 route add default via 2001:db8:66::1")
        yield network.host


def get(where: Namespace, server: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tcpviz", "get", f"http://{server}:{PORT}/file", "--linger", "0"]
    with where.entered():
        return subprocess.run([*command, *options], capture_output=True, check=False)


def assert_exact(done: subprocess.CompletedProcess[bytes]) -> None:
    assert (done.returncode, done.stdout == CONTENT) == (0, True), done.stderr.decode()


@pytest.mark.parametrize("link", ["tap", "passt", "auto"])
@pytest.mark.parametrize("server", [SERVER, f"[{SERVER6}]"])
def test_a_body_is_exact(here: Namespace, link: str, server: str) -> None:
    if link == "passt":
        need("passt")
    done = get(here, server, "--link", link)
    if link == "tap" and b"before Linux 6.17" in done.stderr:
        pytest.skip("this kernel forwards IPv6 for all devices or none")
    assert_exact(done)


def test_a_device_of_the_user_s_with_an_address_needs_none_for_us(here: Namespace) -> None:
    here.run("ip tuntap add dev tap0 mode tap")
    here.run("ip address add 10.77.0.1/24 dev tap0")
    here.run("ip link set dev tap0 up")
    here.run("sysctl -q net.ipv4.ip_forward=1")
    here.feed("nft -f -", _MASQUERADE)
    assert_exact(get(here, SERVER, "--interface", "tap0"))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_server_of_this_machine_is_reached_by_passt_whatever_else_may_be_done(
    here: Namespace, tmp_path: Path, name: str
) -> None:
    need("passt")
    with serving(here, ("127.0.0.1", PORT), tmp_path):
        done = get(here, name)
    assert_exact(done)


def test_where_no_link_leads_there_each_says_why() -> None:
    with namespace() as empty:
        done = get(empty, SERVER)
    assert done.returncode == 7
    told = done.stderr.decode()
    assert f"tap: this machine has no route to {SERVER}" in told
    assert "doctor" in told
