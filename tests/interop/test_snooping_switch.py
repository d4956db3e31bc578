"""A switch that snoops (a Linux bridge that listens to MLD) lets neighbour discovery through to us."""

import random
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address, IPv6Interface

import pytest
from helpers.driver import Driver
from helpers.netns import Namespace, namespace
from helpers.tools import need

from tcpviz.host.host import Host
from tcpviz.link.base import local_mac
from tcpviz.link.raw import RawLink
from tcpviz.wire import ethernet, ipv6, mld, ndp
from tcpviz.wire.errors import ParseError

OUR_MAC = local_mac(random.Random(1))
OURS = IPv6Interface("2001:db8:66::2/64")
THEIRS = IPv6Address("2001:db8:66::1")
_SOLICITATION = (ethernet.IPV6, ipv6.ICMPV6, ndp.NEIGHBOUR_SOLICITATION)
NOBODY = IPv6Address("2001:db8:66::99")


class Switch:
    """`va` for us and `vb` for a kernel, each on a port of a bridge in a namespace between them."""

    def __init__(self, ours: Namespace, middle: Namespace, theirs: Namespace) -> None:
        self.ours, self.middle, self.theirs = ours, middle, theirs
        snooping = "mcast_snooping 1 mcast_query_response_interval 50 "
        snooping += "mcast_startup_query_interval 100 mcast_startup_query_count 30"
        middle.run(f"ip link add name br type bridge stp_state 0 {snooping}")
        # Once it asks itself, the bridge floods for an answer's time; hence after that is set.
        middle.run("ip link set dev br type bridge mcast_querier 1")
        for name, side in (("va", ours), ("vb", theirs)):
            middle.run(f"ip link add name p{name} type veth peer name {name} netns {side.path}")
            middle.run(f"ip link set dev p{name} master br up")
            side.run(f"ip link set dev {name} up")
        theirs.run(f"ip address add {THEIRS}/64 dev vb nodad")
        middle.run("ip link set dev br up")

    def groups(self) -> str:
        """Which port wants which group, as the bridge knows it."""
        with self.middle.entered():
            shown = subprocess.run(
                [need("bridge"), "mdb", "show", "dev", "br"], capture_output=True, check=True
            )
        return shown.stdout.decode()

    def ask_for(self, address: IPv6Address) -> None:
        """Let the kernel look for `address`, which it wants to send something."""
        with self.theirs.entered(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"hello", (str(address), 9))


@pytest.fixture
def switch() -> Iterator[Switch]:
    with namespace() as ours, namespace() as middle, namespace() as theirs:
        yield Switch(ours, middle, theirs)


def driver(switch: Switch) -> Driver:
    with switch.ours.entered():
        link = RawLink("va", ipv6=True, mac=OUR_MAC)
    rng, mtu = random.Random(1), link.info.mtu
    return Driver(Host(mac=OUR_MAC, address6=OURS, mtu=mtu, rng=rng, secret=bytes(16), probe=True), link)


def asked_for(run: Driver) -> set[bytes]:
    """The addresses for which a question has come in."""
    found = set()
    for frame in run.seen:
        with suppress(ParseError):
            header, packet = ethernet.parse(frame.data)
            if (header.ethertype, packet[6], packet[40]) == _SOLICITATION:
                found.add(bytes(packet[48:64]))
    return found


def queried(run: Driver) -> bool:
    return any(len(frame.data) > 62 and frame.data[62] == mld.QUERY for frame in run.seen)


def test_questions_for_us_pass_a_switch_that_snoops(switch: Switch) -> None:
    run = driver(switch)
    run.until(lambda: run.host.address_ready and queried(run))
    run.until(lambda: str(IPv6Address(ipv6.solicited_node(OURS.ip.packed))) in switch.groups())
    switch.ask_for(NOBODY)
    switch.ask_for(OURS.ip)
    run.until(lambda: OURS.ip.packed in asked_for(run))
    assert NOBODY.packed not in asked_for(run)  # the switch does hold back what nobody here wants
    run.link.close()


def test_the_switch_s_questions_are_answered(switch: Switch) -> None:
    """Or it would forget us some minutes later."""
    run = driver(switch)
    run.until(lambda: run.host.address_ready and queried(run))
    group = str(IPv6Address(ipv6.solicited_node(OURS.ip.packed)))
    switch.middle.run(f"bridge mdb del dev br port pva grp {group} temp")
    assert group not in switch.groups()
    run.until(lambda: group in switch.groups())
    run.link.close()
