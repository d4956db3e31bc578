"""The kernel's routes, as it tells them in a namespace of our own."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest
from helpers.netns import Namespace, namespace

from tcpviz.link.routes import Route, has_way_out_of_ipv6, routes, way_out


@pytest.fixture
def there() -> Iterator[Namespace]:
    with namespace() as made:
        made.run("ip link add va type veth peer name vb")
        for device in ("va", "vb"):
            made.run(f"ip link set dev {device} up")
        made.run("ip address add 10.66.1.1/24 dev va")
        made.run("ip address add 10.66.2.1/24 dev vb")
        yield made


def test_without_a_network_there_is_no_way_out() -> None:
    with namespace() as empty, empty.entered():
        assert routes() == []
        assert way_out() is None
        assert not has_way_out_of_ipv6()


def test_the_most_specific_and_then_the_cheapest_route_wins(there: Namespace) -> None:
    there.run("ip route add default via 10.66.1.254 metric 200")
    there.run("ip route add default via 10.66.2.254 metric 100")
    there.run("ip route add 10.77.0.0/16 via 10.66.1.253")
    there.run("ip route add unreachable 10.88.0.0/16")
    with there.entered():
        assert way_out() == Route(IPv4Network("0.0.0.0/0"), "vb", IPv4Address("10.66.2.254"), 100)
        to_other = way_out(IPv4Address("10.77.1.1"))
        to_neighbour = way_out(IPv4Address("10.66.1.7"))
        assert to_other is not None
        assert (to_other.interface, to_other.gateway) == ("va", IPv4Address("10.66.1.253"))
        assert to_neighbour == Route(IPv4Network("10.66.1.0/24"), "va", None, 0)
        assert IPv4Network("10.88.0.0/16") not in [route.network for route in routes()]


def test_a_default_route_of_ipv6_is_seen(there: Namespace) -> None:
    there.run("ip -6 address add fd66::1/64 dev va nodad")
    with there.entered():
        assert not has_way_out_of_ipv6()
    there.run("ip -6 route add default via fd66::2")
    with there.entered():
        assert has_way_out_of_ipv6()
