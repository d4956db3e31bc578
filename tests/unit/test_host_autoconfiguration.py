"""What routers advertise, and the addresses made from it: RFC 4861 6.3, RFC 4862 5.5."""

from ipaddress import IPv6Address, IPv6Network

import pytest
from helpers.host6 import (
    OUR_LINK_LOCAL,
    OUR_MAC,
    OUTSIDE,
    PEER_MAC,
    ROUTER,
    SECOND,
    discovery_log,
    icmp_frame,
    make_host,
    pass_time,
    read_icmp,
    read_segment,
    receive,
    sent,
    told,
)

from tcpviz.host.events import AddressExpired, NoRouterFound, RouterFound
from tcpviz.host.host import Endpoint, Host, HostError
from tcpviz.host.identifier import stable_address
from tcpviz.tcp.config import Config
from tcpviz.wire import icmpv6, ipv6
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ndp import NeighbourSolicitation, Prefix, RouterAdvertisement, RouterSolicitation

NETWORK = IPv6Network("2001:db8:5::/64")
OWN = stable_address(NETWORK, OUR_MAC).ip.packed
HOUR = 3600


def prefix(
    network: IPv6Network = NETWORK, *, valid: int = HOUR, on_link: bool = True, autonomous: bool = True
) -> Prefix:
    return Prefix(network.network_address.packed, network.prefixlen, on_link, autonomous, valid, valid)


def advertise(host: Host, *prefixes: Prefix, lifetime: int = 1800, mtu: int = 0, now: int = 0) -> None:
    said = RouterAdvertisement(lifetime, link_address=PEER_MAC, mtu=mtu, prefixes=prefixes)
    receive(host, told(said, source=ROUTER, to=ipv6.ALL_NODES), now)


def asking() -> Host:
    return make_host(address=None, slaac=True, probe=True)


def own_address(host: Host, remote: bytes = OUTSIDE) -> bytes:
    return host.connect(Endpoint(remote, 80), Config(), 0).local.address


def test_routers_are_asked_for_three_times_and_then_given_up() -> None:
    host = asking()
    log = discovery_log(host, 10 * SECOND)
    asked = [(now, said) for now, said in log if isinstance(said[2], RouterSolicitation)]
    from_nobody = (ipv6.UNSPECIFIED, ipv6.ALL_ROUTERS, RouterSolicitation())
    from_us = (OUR_LINK_LOCAL, ipv6.ALL_ROUTERS, RouterSolicitation(OUR_MAC))
    assert asked == [(0, from_nobody), (SECOND, from_us), (2 * SECOND, from_us)]
    assert NoRouterFound(3) in host.events()
    assert host.address_ready
    with pytest.raises(HostError, match="no router"):
        own_address(host)


def test_an_address_is_made_in_the_advertised_network_and_probed() -> None:
    host = asking()
    pass_time(host, 0)
    advertise(host, prefix())
    assert RouterFound(ROUTER) in host.events()
    assert not host.address_ready
    pass_time(host, SECOND)
    assert host.address_ready
    flow = host.connect(Endpoint(OUTSIDE, 80), Config(), SECOND)
    assert (flow.local.address, flow.neighbour) == (OWN, ROUTER)


def test_whoever_answers_is_asked_no_more() -> None:
    host = asking()
    pass_time(host, 0)
    advertise(host, prefix())
    kinds = {type(said) for _, (_, _, said) in discovery_log(host, 10 * SECOND)}
    assert RouterSolicitation not in kinds


@pytest.mark.parametrize(
    "told_prefix",
    [
        prefix(autonomous=False),
        prefix(valid=0),
        prefix(IPv6Network("2001:db8:5::/80")),
        prefix(IPv6Network("fe80::/64")),
        Prefix(NETWORK.network_address.packed, 64, True, True, 100, 200),
        Prefix(NETWORK.network_address.packed, 200, True, True, 100, 100),
    ],
    ids=["not for that", "over already", "too long", "link-local", "preferred too long", "impossible"],
)
def test_other_networks_give_no_address(told_prefix: Prefix) -> None:
    host = asking()
    pass_time(host, 0)
    advertise(host, told_prefix)
    pass_time(host, 10 * SECOND)
    with pytest.raises(HostError):
        own_address(host)


def test_a_router_that_says_goodbye_is_no_way_out_any_more() -> None:
    host = make_host()
    advertise(host)
    assert own_address(host)
    advertise(host, lifetime=0)
    with pytest.raises(HostError, match="no router"):
        own_address(host)


def test_a_router_s_time_runs_out() -> None:
    host = make_host()
    advertise(host, lifetime=10)
    host.on_deadline(10 * SECOND)
    with pytest.raises(HostError, match="no router"):
        own_address(host)


def test_an_advertised_network_is_on_the_link() -> None:
    host = make_host()
    remote = IPv6Address("2001:db8:5::9").packed
    advertise(host, prefix())
    assert host.connect(Endpoint(remote, 80), Config(), 0).neighbour == remote


def test_an_address_is_given_up_when_its_time_is_over() -> None:
    host = asking()
    pass_time(host, 0)
    advertise(host, prefix(valid=100))
    pass_time(host, 100 * SECOND)
    assert AddressExpired(OWN) in host.events()
    assert not host.flows


def test_a_forged_advertisement_leaves_an_address_two_hours() -> None:
    """RFC 4862 5.5.3 (e)."""
    host = asking()
    pass_time(host, 0)
    advertise(host, prefix(valid=10 * HOUR))
    advertise(host, prefix(valid=1))
    pass_time(host, 2 * HOUR * SECOND - 1)
    assert AddressExpired(OWN) not in host.events()
    pass_time(host, 2 * HOUR * SECOND)
    assert AddressExpired(OWN) in host.events()


@pytest.mark.parametrize(("mtu", "mss"), [(1400, 1340), (1279, 1440), (1501, 1440), (0, 1440)])
def test_the_router_s_mtu_counts_where_it_is_possible(mtu: int, mss: int) -> None:
    host = make_host()
    advertise(host, mtu=mtu)
    host.connect(Endpoint(OUTSIDE, 80), Config(), 0)
    (syn,) = sent(host)
    assert read_segment(syn)[2].mss == mss


def test_thousands_of_networks_are_too_many() -> None:
    host = asking()
    pass_time(host, 0)
    for number in range(100):
        advertise(host, prefix(IPv6Network((0x2001_0DB8 << 96 | number << 64, 64))))
    assert len({group for _, (_, group, _) in discovery_log(host, SECOND)}) < 12


def test_before_it_has_an_address_for_the_asker_it_answers_from_its_link_local_one() -> None:
    host = make_host(address=None, slaac=True)
    receive(host, told(NeighbourSolicitation(OUR_LINK_LOCAL, PEER_MAC), source=ROUTER, to=OUR_LINK_LOCAL))
    sent(host)
    ping = IcmpMessage(icmpv6.ECHO_REQUEST, 0, 1, b"all")
    receive(host, icmp_frame(ping, source=OUTSIDE, to=ipv6.ALL_NODES))
    assert sent(host) == []  # there is no way to there, and nothing that raises
    receive(host, icmp_frame(ping, source=ROUTER, to=ipv6.ALL_NODES))
    header, reply = read_icmp(*sent(host))
    assert (header.source, header.destination, reply.payload) == (OUR_LINK_LOCAL, ROUTER, b"all")
