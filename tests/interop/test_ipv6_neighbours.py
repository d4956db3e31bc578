"""Neighbour discovery with the Linux kernel: it finds us, pings us, and learns whose address is whose."""

import random
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Interface

import pytest
from helpers.driver import Driver
from helpers.netns import Namespace, veth_pair
from helpers.tools import need

from tcpviz.host.events import AddressClaimed, AddressConflict, EchoAnswered
from tcpviz.host.host import Endpoint, Host
from tcpviz.link.base import local_mac
from tcpviz.link.raw import RawLink
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State
from tcpviz.wire import ipv6, ndp
from tcpviz.wire.ndp import Prefix, RouterAdvertisement

OUR_MAC = local_mac(random.Random(1))
OURS = IPv6Interface("2001:db8:66::2/64")
THEIRS = IPv6Address("2001:db8:66::1")
ADVERTISED = IPv6Interface("2001:db8:77::1/64")
PORT = 9000


@dataclass
class Pair:
    """Where we are, with `va`, and where a kernel is, with `vb`."""

    ours: Namespace
    theirs: Namespace

    def driver(self, address: IPv6Interface | None = OURS, *, slaac: bool = False) -> Driver:
        """Our host on `va`, probing its addresses."""
        with self.ours.entered():
            link = RawLink("va", ipv6=True, mac=OUR_MAC)
        host = Host(
            mac=OUR_MAC,
            address6=address,
            slaac=slaac,
            mtu=link.info.mtu,
            rng=random.Random(1),
            secret=bytes(16),
            probe=True,
        )
        return Driver(host, link)

    def neighbours(self) -> str:
        """What the kernel knows of its neighbours."""
        with self.theirs.entered():
            done = subprocess.run([need("ip"), "-6", "neigh"], capture_output=True, check=True, text=True)
        return done.stdout


@pytest.fixture
def pair() -> Iterator[Pair]:
    with veth_pair() as (ours, theirs):
        theirs.run(f"ip address add {THEIRS}/64 dev vb nodad")
        yield Pair(ours, theirs)


def test_the_kernel_finds_us_and_its_ping_is_answered(pair: Pair) -> None:
    driver = pair.driver()
    driver.until(lambda: driver.host.address_ready)
    assert AddressClaimed(OURS.ip.packed) in driver.host.events()
    with pair.theirs.entered():
        ping = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    answered: list[object] = []
    with ping:
        ping.sendto(struct.pack("!BBHHH", 128, 0, 0, 7, 1) + b"ping", (str(OURS.ip), 0))
        driver.until(
            lambda: EchoAnswered(THEIRS.packed, 4) in answered,
            lambda: answered.extend(driver.host.events()),
        )
    assert f"{OURS.ip} dev vb lladdr {OUR_MAC.hex(':')}" in pair.neighbours()
    driver.link.close()


def test_an_address_of_the_kernel_is_never_claimed(pair: Pair) -> None:
    driver = pair.driver(IPv6Interface(f"{THEIRS}/64"))
    seen: list[object] = []
    driver.until(lambda: bool(seen), lambda: seen.extend(driver.host.events()))
    assert isinstance(seen[0], AddressConflict)
    assert not driver.host.address_ready
    driver.link.close()


def test_the_kernel_learns_that_our_address_is_taken(pair: Pair) -> None:
    driver = pair.driver()
    driver.until(lambda: driver.host.address_ready)
    pair.theirs.run(f"ip address add {OURS} dev vb")

    def refused() -> bool:
        with pair.theirs.entered():
            shown = subprocess.run(
                [need("ip"), "-6", "address", "show", "dev", "vb"], capture_output=True, check=True
            )
        return b"dadfailed" in shown.stdout

    driver.until(refused)
    assert driver.host.address_ready
    driver.link.close()


def test_an_address_comes_from_what_a_router_advertises(pair: Pair) -> None:
    pair.theirs.run(f"ip address add {ADVERTISED} dev vb nodad")
    with pair.theirs.entered():
        router = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        server = socket.create_server((str(ADVERTISED.ip), PORT), family=socket.AF_INET6)
        index = socket.if_nametoindex("vb")
    group = ipv6.ALL_ROUTERS + struct.pack("@I", index)
    router.setblocking(False)
    router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    network = ADVERTISED.network
    prefix = Prefix(network.network_address.packed, 64, True, True, 3600, 1800)
    packet = ndp.build(RouterAdvertisement(1800, prefixes=(prefix,)), bytes(16), ipv6.ALL_NODES)
    driver = pair.driver(None, slaac=True)
    with router, server:
        with suppress(BlockingIOError):  # what has come before our question
            while router.recv(2000):
                pass

        def advertise() -> None:
            with suppress(BlockingIOError):
                if router.recv(2000)[0] == ndp.ROUTER_SOLICITATION:
                    router.sendto(packet[ipv6.HEADER_LENGTH :], ("ff02::1", 0, 0, index))

        driver.until(lambda: driver.host.address_ready, advertise)
        flow = driver.host.connect(Endpoint(ADVERTISED.ip.packed, PORT), Config(), driver.now)
        driver.until(lambda: flow.connection.state is State.ESTABLISHED)
        (connection, remote) = server.accept()
        connection.close()
    assert IPv6Address(remote[0]) in network
    driver.link.close()


def test_get_with_slaac_and_no_router_says_so(pair: Pair) -> None:
    url = f"http://[{THEIRS}]/"
    command = (sys.executable, "-m", "tcpviz", "get", url, "--interface", "va", "--address", "slaac")
    with pair.ours.entered():
        done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 7
    assert b"no router here advertises an IPv6 network" in done.stderr
