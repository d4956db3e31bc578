"""A run whose address comes from DHCP."""

import random
from ipaddress import IPv4Address

import pytest

from tcpviz.client.fetch import Fetch
from tcpviz.client.url import parse_url
from tcpviz.host.host import Host
from tcpviz.lab.network import OUR_MAC
from tcpviz.lab.server import LabPeer
from tcpviz.link.base import LinkError
from tcpviz.link.sim import SimLink
from tcpviz.recording import Kind, Recording
from tcpviz.session.options import OptionError, RunOptions, parse_servers, with_addresses
from tcpviz.session.output import Discard
from tcpviz.session.run import Run
from tcpviz.session.world import check
from tcpviz.tcp.config import Config

SECOND = 1_000_000_000
REAL = RunOptions("http://example.org/", link="raw", interface="eth0")


def test_a_network_without_a_dhcp_server_is_told_and_ends_the_run() -> None:
    host = Host(mac=OUR_MAC, dhcp=True, mtu=1500, rng=random.Random(1), secret=bytes(16))
    recording = Recording.create(link="test", epoch=0)
    run = Run(
        link=SimLink(LabPeer(), mac=OUR_MAC),
        host=host,
        application=Fetch(host, parse_url("http://192.0.2.1/"), Discard(), Config(), 0),
        recording=recording,
        rng=random.Random(1),
    )
    moments: list[int] = []
    with pytest.raises(LinkError, match=r"no DHCP server answers.*--address A/LEN"):
        drive(run, moments)
    assert moments[-1] < 35 * SECOND
    recording.commit()
    texts = [recording.text(row) for row in range(len(recording)) if recording.row(row).kind is Kind.NOTE]
    assert texts[-1].startswith("no DHCP server answers")
    recording.close()


def drive(run: Run[Fetch], moments: list[int]) -> None:
    """Go from one moment at which something is due to the next."""
    now: int | None = 0
    while now is not None:
        moments.append(now)
        run.round(now)
        now = run.next_deadline()


def test_dhcp_instead_of_an_address() -> None:
    options = check(with_addresses(REAL, ["dhcp"]))
    assert options.dhcp
    assert options.address is None


def test_an_ipv6_address_beside_dhcp() -> None:
    options = check(with_addresses(REAL, ["dhcp", "2001:db8::77/64"]))
    assert options.dhcp
    assert options.address6 is not None


def test_one_ipv4_address_is_enough() -> None:
    with pytest.raises(OptionError, match="not both"):
        with_addresses(REAL, ["dhcp", "192.0.2.77/24"])


def test_dns_servers_are_read() -> None:
    assert parse_servers("192.0.2.53, 192.0.2.54") == (IPv4Address("192.0.2.53"), IPv4Address("192.0.2.54"))
    assert parse_servers("dhcp") == ()
    with pytest.raises(OptionError, match="no addresses of DNS servers"):
        parse_servers("dns.example")


def test_dns_servers_from_dhcp_need_dhcp() -> None:
    with pytest.raises(OptionError, match="--address dhcp"):
        check(with_addresses(RunOptions(REAL.url, "raw", "eth0", dns=()), ["192.0.2.77/24"]))


@pytest.mark.parametrize("link", ["sim", "kernel"])
def test_the_built_in_network_asks_no_dns_server(link: str) -> None:
    with pytest.raises(OptionError, match="--dns"):
        check(RunOptions("http://lab/", link=link, dns=(IPv4Address("192.0.2.53"),)))
