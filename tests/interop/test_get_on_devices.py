"""`tcpviz get` from the real Linux TCP, on a veth pair, a TAP device that is there, and a bridged one."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.netns import Namespace, namespace, veth_pair
from helpers.tools import need

from tcpviz.lab.kernel_peer import Handler, Server
from tcpviz.lab.site import pattern

SERVER = "10.66.0.1"
OURS = "10.66.0.2/24"
PORT = 9000


@contextmanager
def web(where: Namespace) -> Iterator[None]:
    """The lab's pages on the kernel's TCP of a namespace."""
    with where.entered():
        server = Server((SERVER, PORT), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def veth() -> Iterator[Namespace]:
    with veth_pair(f"{SERVER}/24") as (ours, theirs), web(theirs):
        yield ours


@pytest.fixture
def tap() -> Iterator[Namespace]:
    with namespace() as there:
        there.run("ip tuntap add dev tap0 mode tap")
        there.run(f"ip address add {SERVER}/24 dev tap0")
        there.run("ip link set dev tap0 up")
        with web(there):
            yield there


@pytest.fixture
def bridged() -> Iterator[Namespace]:
    with veth_pair(f"{SERVER}/24") as (ours, theirs), web(theirs):
        ours.run("ip tuntap add dev tap0 mode tap")
        ours.run("ip link add br0 type bridge")
        for device in ("va", "tap0"):
            ours.run(f"ip link set dev {device} master br0")
        for device in ("tap0", "br0"):
            ours.run(f"ip link set dev {device} up")
        yield ours


def get(where: Namespace, path: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    url = f"http://{SERVER}:{PORT}{path}"
    own = () if "--address" in options else ("--address", OURS)
    command = (sys.executable, "-m", "tcpviz", "get", url, *own, "--linger", "0", *options)
    with where.entered():
        return subprocess.run(command, capture_output=True, check=False)


def assert_exact(where: Namespace, octets: int, body: Path, *options: str) -> None:
    done = get(where, f"/bytes/{octets}", "-o", str(body), *options)
    assert done.returncode == 0, done.stderr.decode()
    assert body.read_bytes() == pattern(0, octets)


def test_raw_on_one_end_of_a_veth_pair(veth: Namespace, tmp_path: Path) -> None:
    assert_exact(veth, 20_000_000, tmp_path / "body", "--link", "raw", "--interface", "va")


def test_a_device_is_told_from_a_tap_by_itself(veth: Namespace, tap: Namespace, tmp_path: Path) -> None:
    assert_exact(veth, 1000, tmp_path / "body", "--interface", "va")
    assert_exact(tap, 1000, tmp_path / "body", "--interface", "tap0")


def test_a_tap_device_that_is_up(tap: Namespace, tmp_path: Path) -> None:
    assert_exact(tap, 20_000_000, tmp_path / "body", "--link", "tap", "--interface", "tap0")


def test_a_tap_device_that_is_bridged_with_a_veth_pair(bridged: Namespace, tmp_path: Path) -> None:
    assert_exact(bridged, 5_000_000, tmp_path / "body", "--link", "tap", "--interface", "tap0")


@pytest.mark.parametrize("seed", range(5))
def test_a_bad_network_changes_no_octet(veth: Namespace, tmp_path: Path, seed: int) -> None:
    bad = ("--impair", "loss=5%,dup=1%,reorder=3%", "--seed", str(seed))
    assert_exact(veth, 1_000_000, tmp_path / "body", "--link", "raw", "--interface", "va", *bad)


def test_an_address_that_answers_is_not_taken(veth: Namespace) -> None:
    done = get(veth, "/", "--link", "raw", "--interface", "va", "--address", f"{SERVER}/24")
    assert done.returncode == 7
    assert b"in use" in done.stderr


def test_a_port_where_nobody_listens(veth: Namespace) -> None:
    with veth.entered():
        done = subprocess.run(
            (
                sys.executable,
                "-m",
                "tcpviz",
                "get",
                f"http://{SERVER}:1/",
                "--interface",
                "va",
                "--address",
                OURS,
            ),
            capture_output=True,
            check=False,
        )
    assert done.returncode == 7
    assert b"refused" in done.stderr


def test_a_reset_in_the_middle_of_the_body(veth: Namespace) -> None:
    done = get(veth, "/reset", "--interface", "va")
    assert done.returncode == 56
    assert b"reset" in done.stderr


def test_the_record_is_what_tshark_sees(veth: Namespace, tmp_path: Path) -> None:
    tshark = need("tshark")
    record = tmp_path / "run.pcapng"
    done = get(veth, "/bytes/100000", "--interface", "va", "--record", str(record), "-v")
    ours = [line.split()[0] for line in done.stderr.decode().splitlines()]
    read = subprocess.run(
        (tshark, "-r", str(record), "-T", "fields", "-e", "frame.number"), capture_output=True, check=True
    )
    assert read.stdout.decode().split() == ours


def test_the_machines_own_address_is_not_taken(veth: Namespace) -> None:
    veth.run("ip address add 10.66.0.9/24 dev va")
    done = get(veth, "/", "--interface", "va", "--address", "10.66.0.9/24")
    assert done.returncode == 7
    assert b"own address" in done.stderr
