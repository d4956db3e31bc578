"""The real Linux TCP over bad paths, with each of its congestion controls: every octet arrives."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soak_real
from helpers.netns import namespace
from helpers.tools import need
from helpers.world import SECOND, MemorySink, World

from benchmarks.network import OURS, PORT, SERVER, SINK_PORT, Network, path
from tcpviz.client.options import FetchOptions
from tcpviz.lab.network import KERNEL_PEER, OUR_MAC
from tcpviz.lab.site import pattern
from tcpviz.link.impair import Impair, parse_plan
from tcpviz.link.kernel import KernelLink

PLANS = (
    "",
    "loss=1%",
    "loss=5%",
    "loss=10%",
    "reorder=10%",
    "dup=10%",
    "corrupt=3%",
    "delay=100ms",
)
SIZE = 150_000
PATIENT = FetchOptions(timeout=60 * SECOND)


@contextmanager
def rights() -> Iterator[None]:
    """Skips where no namespace may be made."""
    need("ip")
    with namespace():
        yield


@pytest.fixture(scope="module", params=["reno", "cubic", "bbr"])
def link(request: pytest.FixtureRequest) -> Iterator[KernelLink]:
    available = Path("/proc/sys/net/ipv4/tcp_available_congestion_control").read_text().split()
    if request.param not in available:
        pytest.skip(f"this kernel has no {request.param}, but {available}")
    with rights():
        link = KernelLink(KERNEL_PEER, mac=OUR_MAC, congestion=request.param)
    yield link
    link.close()


@pytest.mark.parametrize("plan", PLANS)
def test_a_download(link: KernelLink, plan: str) -> None:
    sink = MemorySink()
    world = World(Impair(link, parse_plan(plan), seed=1))
    fetch = world.get(f"http://lab/bytes/{SIZE}", sink, PATIENT)
    assert fetch.failure is None
    assert sink.body == pattern(0, SIZE)


@contextmanager
def impaired(plan: str) -> Iterator[Network]:
    """Linux at the end of an impaired path of two TAP devices."""
    need("sysctl")
    with rights(), path(plan) as net:
        yield net


def run(net: Network, *command: str) -> bytes:
    done = net.run(sys.executable, "-m", *command, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("plan", ["loss=5%,delay=5ms", "reorder=10%,dup=10%", "corrupt=3%", "delay=100ms"])
def test_an_upload(plan: str) -> None:
    with impaired(plan) as net:
        for control in ("reno", "cubic"):
            run(net, "benchmarks.our_upload", "va", OURS, SERVER, str(SINK_PORT), str(SIZE), control)


BAD = "loss=5%,reorder=5%,corrupt=1%,delay=5ms"


def test_get_over_raw() -> None:
    """The path turns over bits beyond our reach: it is our checksum that has to see it."""
    with impaired(BAD) as net:
        assert get(net, "--link", "raw", "--interface", "va") == pattern(0, SIZE)


def test_get_over_tap() -> None:
    with impaired(BAD) as net:
        for command in (
            "tuntap add dev tap0 mode tap",
            "link add br0 type bridge",
            "link set dev va master br0",
            "link set dev tap0 master br0",
            "link set dev tap0 up",
            "link set dev br0 up",
        ):
            net.run("ip", *command.split())
        assert get(net, "--link", "tap", "--interface", "tap0") == pattern(0, SIZE)


def get(net: Network, *link: str) -> bytes:
    url = f"http://{SERVER}:{PORT}/bytes/{SIZE}"
    return run(net, "tcpviz", "get", url, *link, "--address", OURS, "--linger", "0")


def test_a_few_fetches_of_the_soak() -> None:
    with rights(), soak_real.peers() as links:
        failures = [soak_real.failure_of(link, seed) for seed, link in enumerate(links)]
    assert not any(failures)
