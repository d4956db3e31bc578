"""What the kernel says about its routes and neighbours, and a table that holds it back, in a namespace."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address, ip_interface

import pytest
from helpers.netns import Namespace, namespace, veth_pair
from helpers.tools import need

from tcpviz.link.base import LinkError
from tcpviz.link.holdback import Holdback
from tcpviz.link.routing import addresses_of, gateway_on, neighbour, owner_of, seek_neighbour, way_to

THERE = ip_address("10.66.0.1")
OURS = ip_interface("10.66.0.2/24")


@pytest.fixture
def ours() -> Iterator[Namespace]:
    """Where a router, 10.66.0.1, leads everywhere."""
    with veth_pair(f"{THERE}/24") as (ours, theirs):
        theirs.run("ip -6 address add fd00::1/64 dev vb nodad")
        ours.run("ip link set dev lo up")
        ours.run(f"ip address add {OURS} dev va")
        ours.run("ip -6 address add fd00::2/64 dev va nodad")
        ours.run(f"ip route add default via {THERE}")
        ours.run("ip -6 route add default via fd00::1")
        with ours.entered():
            yield ours


@pytest.mark.parametrize(
    ("destination", "next_hop", "source"),
    [
        ("203.0.113.9", "10.66.0.1", "10.66.0.2"),
        ("10.66.0.7", "10.66.0.7", "10.66.0.2"),
        ("2001:db8::1", "fd00::1", "fd00::2"),
    ],
)
def test_the_way_to_an_address(ours: Namespace, destination: str, next_hop: str, source: str) -> None:
    way = way_to(ip_address(destination))
    assert (way.interface, str(way.next_hop), str(way.source)) == ("va", next_hop, source)


@pytest.mark.parametrize("destination", ["10.66.0.2", "127.0.0.1", "::1", "224.0.0.1", "10.66.0.255"])
def test_an_address_that_no_wire_leads_to(ours: Namespace, destination: str) -> None:
    with pytest.raises(LinkError, match=f"{destination} is"):
        way_to(ip_address(destination))


def test_without_a_route_there_is_no_way(ours: Namespace) -> None:
    ours.run("ip route del default")
    with pytest.raises(LinkError, match=r"no route to 203\.0\.113\.9"):
        way_to(ip_address("203.0.113.9"))
    assert gateway_on("va", ip_address("203.0.113.9")) is None


def test_the_addresses_of_an_interface(ours: Namespace) -> None:
    assert OURS in addresses_of("va")
    assert owner_of(OURS.ip) == "va"
    assert owner_of(THERE) is None


def test_a_neighbour_is_known_once_the_kernel_has_asked(ours: Namespace) -> None:
    way = way_to(THERE)
    assert neighbour(way.index, THERE) is None
    seek_neighbour(way.index, THERE)
    # A veth pair delivers at once: question and answer are over when the call returns.
    assert neighbour(way.index, THERE) is not None


def tables() -> list[str]:
    listed = subprocess.run((need("nft"), "-j", "list", "ruleset"), capture_output=True, check=True)
    return [entry["table"]["name"] for entry in json.loads(listed.stdout)["nftables"] if "table" in entry]


def test_the_table_names_single_connections_and_goes_with_us(ours: Namespace) -> None:
    nft = need("nft")
    ours.run("nft add table inet firewall")
    holdback = Holdback()
    holdback.add((OURS.ip.packed, 5000), (THERE.packed, 80))
    holdback.add((ip_address("fd00::2").packed, 5000), (ip_address("fd00::1").packed, 443))
    rules = subprocess.run((nft, "list", "ruleset"), capture_output=True, check=True, text=True).stdout
    assert "10.66.0.1 . 10.66.0.2 . 80 . 5000" in rules
    assert "fd00::1 . fd00::2 . 443 . 5000" in rules
    assert tables() == ["firewall", holdback.table]
    holdback.close()
    assert tables() == ["firewall"]


def test_the_kernel_removes_the_table_of_who_was_killed(ours: Namespace) -> None:
    code = "from tcpviz.link.holdback import Holdback; h = Holdback(); print(h.table, flush=True); input()"
    child = subprocess.Popen((sys.executable, "-c", code), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline().decode().split() == tables()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdin.close()
    child.stdout.close()
    assert tables() == []


def test_without_the_right_it_is_told_with_the_command() -> None:
    code = (
        "import os\n"
        "from tcpviz.link.base import LinkError\n"
        "from tcpviz.link.holdback import Holdback\n"
        "os.setuid(65534)\n"
        "try: Holdback()\n"
        "except LinkError as error: print(error.privilege, error)"
    )
    with namespace() as there, there.entered():
        done = subprocess.run((sys.executable, "-c", code), capture_output=True, check=False, text=True)
    assert done.stdout.startswith("True holding the kernel's TCP back needs the right CAP_NET_ADMIN")
