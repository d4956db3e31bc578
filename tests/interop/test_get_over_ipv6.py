"""`tcpviz get` over IPv6: from the lab, and from the real Linux TCP on a veth pair and a TAP device."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.netns import Namespace, namespace, veth_pair
from helpers.tools import need
from helpers.world import MemorySink, World

from tcpviz.lab.kernel_peer import Handler, Server
from tcpviz.lab.network import KERNEL_PEER, OUR_MAC
from tcpviz.lab.site import pattern
from tcpviz.link.base import LinkError
from tcpviz.link.kernel import KernelLink

SERVER = "2001:db8:66::1"
OURS = "2001:db8:66::2/64"
PORT = 9000
OCTETS = 5_000_000


@contextmanager
def web(where: Namespace) -> Iterator[None]:
    """The lab's pages on the kernel's TCP of a namespace."""
    with where.entered():
        server = Server(("::", PORT), Handler)
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
    with veth_pair() as (ours, theirs), web(theirs):
        theirs.run(f"ip address add {SERVER}/64 dev vb nodad")
        yield ours


@pytest.fixture
def tap() -> Iterator[Namespace]:
    with namespace() as there:
        there.run("ip tuntap add dev tap0 mode tap")
        there.run(f"ip address add {SERVER}/64 dev tap0 nodad")
        there.run("ip link set dev tap0 up")
        with web(there):
            yield there


def get(where: Namespace, path: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    url = f"http://[{SERVER}]:{PORT}{path}"
    command = (sys.executable, "-m", "tcpviz", "get", url, "--linger", "0", *options)
    with where.entered():
        return subprocess.run(command, capture_output=True, check=False)


def assert_exact(where: Namespace, body: Path, *options: str) -> None:
    done = get(where, f"/bytes/{OCTETS}", "--address", OURS, "-o", str(body), *options)
    assert done.returncode == 0, done.stderr.decode()
    assert body.read_bytes() == pattern(0, OCTETS)


def test_raw_on_one_end_of_a_veth_pair(veth: Namespace, tmp_path: Path) -> None:
    assert_exact(veth, tmp_path / "body", "--link", "raw", "--interface", "va")


def test_a_tap_device(tap: Namespace, tmp_path: Path) -> None:
    assert_exact(tap, tmp_path / "body", "--link", "tap", "--interface", "tap0")


def test_both_families_on_one_device(veth: Namespace, tmp_path: Path) -> None:
    assert_exact(veth, tmp_path / "body", "--interface", "va", "--address", "10.66.0.2/24")


def test_a_bad_network_changes_no_octet(veth: Namespace, tmp_path: Path) -> None:
    assert_exact(veth, tmp_path / "body", "--interface", "va", "--impair", "loss=2%,dup=1%,reorder=3%")


def test_an_address_that_answers_is_not_taken(veth: Namespace) -> None:
    done = get(veth, "/", "--interface", "va", "--address", f"{SERVER}/64")
    assert done.returncode == 7
    assert b"in use" in done.stderr


def test_without_an_address_of_that_family_it_says_what_to_add(veth: Namespace) -> None:
    done = get(veth, "/", "--interface", "va", "--address", "10.66.0.2/24")
    assert done.returncode == 7
    assert b"no IPv6 address" in done.stderr
    assert b"--address" in done.stderr


def test_a_port_where_nobody_listens(veth: Namespace) -> None:
    url = f"http://[{SERVER}]:1/"
    command = (sys.executable, "-m", "tcpviz", "get", url, "--interface", "va", "--address", OURS)
    with veth.entered():
        done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 7
    assert f"[{SERVER}]:1 refused".encode() in done.stderr


def test_the_machines_own_address_is_not_taken(veth: Namespace) -> None:
    veth.run("ip address add 2001:db8:66::9/64 dev va nodad")
    done = get(veth, "/", "--interface", "va", "--address", "2001:db8:66::9/64")
    assert done.returncode == 7
    assert b"own address" in done.stderr


@pytest.mark.parametrize("host", ["lab6", "[2001:db8::1]"])
def test_the_simulated_lab(host: str) -> None:
    command = (sys.executable, "-m", "tcpviz", "get", f"http://{host}/bytes/100000")
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, pattern(0, 100_000)), done.stderr.decode()


@pytest.fixture
def kernel() -> Iterator[KernelLink]:
    try:
        link = KernelLink(KERNEL_PEER, mac=OUR_MAC)
    except LinkError as error:
        if error.privilege and os.environ.get("CI") != "true":
            pytest.skip(str(error))
        raise
    yield link
    link.close()


def test_the_real_linux_tcp_of_the_lab(kernel: KernelLink) -> None:
    world, sink = World(kernel), MemorySink()
    fetch = world.get(f"http://lab6/bytes/{OCTETS}", sink)
    assert fetch.failure is None
    assert sink.body == pattern(0, OCTETS)
    assert kernel.peer_retransmissions() <= kernel.peer_counter("TCPLossProbes")


def test_the_lab_s_kernel_says_nothing_that_nobody_asked_for(kernel: KernelLink) -> None:
    """No probes, no reports of groups: what is seen is the fetch."""
    world = World(kernel)
    world.get("http://lab/bytes/100", MemorySink())
    assert {data[12:14] for _, data in world.seen} == {b"\x08\x06", b"\x08\x00"}


def test_tshark_finds_no_fault_in_what_we_send(veth: Namespace, tmp_path: Path) -> None:
    tshark = need("tshark")
    record = tmp_path / "run.pcapng"
    get(veth, "/bytes/10000", "--interface", "va", "--address", OURS, "--record", str(record))
    faults = "_ws.malformed || icmpv6.checksum.status == 0 || tcp.checksum.status == 0"
    checked = ("-o", "tcp.check_checksum:TRUE")
    read = subprocess.run(
        (tshark, "-r", str(record), *checked, "-Y", f"!(ipv6.src == {SERVER}) && ({faults})"),
        capture_output=True,
        check=True,
    )
    assert read.stdout == b""
