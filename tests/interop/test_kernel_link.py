"""Fetches from the real Linux TCP in a namespace of its own: every octet, and nothing sent twice."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.world import SECOND, MemorySink, World

from tcpviz.client.fetch import Fetch
from tcpviz.client.options import FetchOptions
from tcpviz.client.url import parse_url
from tcpviz.lab.network import KERNEL_PEER, OUR_MAC
from tcpviz.lab.site import pattern
from tcpviz.link.base import LinkError
from tcpviz.link.impair import Impair, parse_plan
from tcpviz.link.kernel import KernelLink
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State

PATIENT = FetchOptions(timeout=60 * SECOND)


def open_link(mtu: int = 1500, congestion: str = "") -> KernelLink:
    """A kernel peer; without the right to make one the test is skipped, but not in CI."""
    try:
        return KernelLink(KERNEL_PEER, mac=OUR_MAC, mtu=mtu, congestion=congestion)
    except LinkError as error:
        if error.privilege and os.environ.get("CI") != "true":
            pytest.skip(str(error))
        raise


@pytest.fixture
def link() -> Iterator[KernelLink]:
    link = open_link()
    yield link
    link.close()


def get(world: World, path: str, options: FetchOptions = PATIENT) -> tuple[Fetch, MemorySink]:
    sink = MemorySink()
    return world.get(f"http://lab{path}", sink, options), sink


def assert_whole(fetch: Fetch, sink: MemorySink, body: bytes) -> None:
    assert fetch.failure is None
    assert sink.body == body


def assert_nothing_lost(link: KernelLink) -> None:
    """No retransmission on the peer's side, but for probes: on a machine that starves us for longer than
    two round trips, the peer asks after its tail (RFC 8985 7.2), and that says nothing about us."""
    assert link.peer_retransmissions() <= link.peer_counter("TCPLossProbes")


@pytest.mark.parametrize("length", [0, 1, 1000, 1_000_000, 20_000_000])
def test_a_clean_link_needs_no_retransmission(link: KernelLink, length: int) -> None:
    fetch, sink = get(World(link), f"/bytes/{length}")
    assert_whole(fetch, sink, pattern(0, length))
    assert_nothing_lost(link)
    assert fetch.flows[0].connection.state is State.TIME_WAIT


@pytest.mark.parametrize("mtu", [576, 9000])
def test_other_packet_sizes(mtu: int) -> None:
    link = open_link(mtu)
    try:
        fetch, sink = get(World(link), "/bytes/2000000")
        assert_whole(fetch, sink, pattern(0, 2_000_000))
        assert_nothing_lost(link)
    finally:
        link.close()


@pytest.mark.parametrize("port", [80, 8080])
def test_both_ports(link: KernelLink, port: int) -> None:
    sink = MemorySink()
    fetch = World(link).get(f"http://lab:{port}/close", sink, PATIENT)
    assert fetch.failure is None
    assert sink.body.startswith(b"The server has closed")


def test_chunks_redirects_and_trickling(link: KernelLink) -> None:
    world = World(link)
    assert get(world, "/chunked?n=1000")[1].body.endswith(b"chunk 1000 of 1000\n")
    fetch, sink = get(world, "/redirect/3")
    assert sink.body.startswith(b"<!doctype html>")
    assert len(fetch.flows) == 1
    assert get(world, "/slow?n=5&ms=20")[1].body.endswith(b"line 5 of 5\n")
    assert_nothing_lost(link)


def test_half_close(link: KernelLink) -> None:
    fetch, sink = get(World(link), "/bytes/300000", FetchOptions(half_close=True))
    assert_whole(fetch, sink, pattern(0, 300_000))


def test_a_long_request(link: KernelLink) -> None:
    fetch, _ = get(World(link), "/" + "x" * 60_000)
    assert fetch.response is not None
    assert fetch.response.status == 404


def test_reset_and_refused(link: KernelLink) -> None:
    world = World(link)
    reset, _ = get(world, "/reset")
    assert reset.failure is not None
    assert reset.failure.exit_code == 56
    refused = world.get("http://lab:81/")
    assert refused.failure is not None
    assert refused.failure.exit_code == 7


def test_a_reader_that_stops_closes_our_window_and_opens_it_again(link: KernelLink) -> None:
    world = World(link)
    sink = MemorySink(space=100_000)
    config = Config(receive_buffer=200_000)
    fetch = Fetch(world.host, parse_url("http://lab/bytes/3000000"), sink, config, world.now, PATIENT)

    def stuck() -> bool:
        return len(sink.body) == 100_000 and fetch.flows[0].connection.snapshot().rcv_wnd == 0

    world.fetch_until(fetch, stuck)
    sink.space = 1 << 30
    world.fetch(fetch)
    assert_whole(fetch, sink, pattern(0, 3_000_000))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("spec", ["loss=5%,dup=1%,reorder=2%", "in.loss=10%", "out.loss=10%", "corrupt=1%"])
def test_an_impaired_path_changes_no_octet(link: KernelLink, spec: str, seed: int) -> None:
    fetch, sink = get(World(Impair(link, parse_plan(spec), seed)), "/bytes/500000")
    assert_whole(fetch, sink, pattern(0, 500_000))


def test_the_congestion_control_of_the_peer() -> None:
    link = open_link(congestion="reno")
    try:
        fetch, sink = get(World(link), "/bytes/100000")
        assert_whole(fetch, sink, pattern(0, 100_000))
    finally:
        link.close()


def test_an_unknown_congestion_control_is_refused() -> None:
    open_link().close()
    with pytest.raises(LinkError, match="no congestion control 'nonesuch'"):
        KernelLink(KERNEL_PEER, mac=OUR_MAC, congestion="nonesuch")


@pytest.mark.parametrize("mtu", [67, 65_522])
def test_an_impossible_mtu_is_refused_with_the_range(mtu: int) -> None:
    for possible in (68, 65_521):
        open_link(possible).close()
    with pytest.raises(LinkError, match=f"no MTU of {mtu} here: use one from 68 to 65521"):
        KernelLink(KERNEL_PEER, mac=OUR_MAC, mtu=mtu)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/nonexistent/peer",), "No such file"),
        ((sys.executable, "-c", "raise SystemExit('out of order')"), "out of order"),
    ],
)
def test_a_peer_that_does_not_start_leaves_its_last_words(command: tuple[str, ...], words: str) -> None:
    with pytest.raises(LinkError, match=words):
        KernelLink(command, mac=OUR_MAC)


def test_a_peer_that_dies_is_an_error(link: KernelLink) -> None:
    (child,) = children(os.getpid())
    os.kill(child, signal.SIGKILL)
    with pytest.raises(LinkError, match="the kernel peer has gone"):
        link.peer_retransmissions()


def test_close_may_be_called_twice_and_leaves_no_child() -> None:
    before = children(os.getpid())
    link = open_link()
    assert len(children(os.getpid()) - before) == 1
    link.close()
    link.close()
    assert children(os.getpid()) == before


def test_files_in_the_users_folder_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "socket.py").write_text("raise SystemExit('this is not the one')")
    monkeypatch.chdir(tmp_path)
    open_link().close()


_OWNER = f"""
import sys, time
from tcpviz.link.kernel import KernelLink
link = KernelLink({KERNEL_PEER!r}, mac=bytes(6))
print("up", flush=True)
time.sleep(1000)
"""


def test_a_killed_owner_leaves_nothing_behind() -> None:
    """kill -9: no process is left, so no namespace (nothing else holds it), so no device in it."""
    open_link().close()
    with subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        (child,) = children(owner.pid)
        namespace = os.readlink(f"/proc/{child}/ns/net")
        assert namespace != os.readlink("/proc/self/ns/net")
        assert namespace not in Path("/proc/self/mountinfo").read_text()
        assert not children(child)
        assert "tcpviz0" not in [name for _, name in socket.if_nameindex()]
        handle = os.pidfd_open(child)
        owner.kill()
    ended = select.poll()
    ended.register(handle, select.POLLIN)
    assert ended.poll(30_000), "the child goes on without its owner"
    os.close(handle)


def children(parent: int) -> set[int]:
    """The children of a process's first thread."""
    return set(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()))
