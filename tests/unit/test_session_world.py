"""From options to parts: what `auto` means, and what each contradiction is told."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

import pytest

from tcpviz.lab.network import lab_address
from tcpviz.lab.scenarios import SCENARIOS
from tcpviz.link.base import LinkError
from tcpviz.session.links.kind import Proposal, Request
from tcpviz.session.links.table import TABLE, choose
from tcpviz.session.options import LINKS, OptionError, RunOptions, parse_address, with_addresses
from tcpviz.session.world import LAB as LAB_NETWORK
from tcpviz.session.world import check, host_to_reach

LAB = RunOptions("http://lab/")
OURS = IPv4Interface("10.66.0.2/24")


def test_the_lab_is_simulated() -> None:
    assert check(LAB).link == "sim"


def test_a_named_link_stays() -> None:
    assert check(replace(LAB, link="kernel")).link == "kernel"


def test_for_another_host_the_machine_is_asked() -> None:
    assert check(RunOptions("http://10.66.0.1/")).link == "auto"


@pytest.mark.parametrize(
    ("options", "host"),
    [
        (RunOptions("http://web.test/"), "web.test"),
        (RunOptions("http://web.test/", dns=(IPv4Address("10.66.0.1"),)), "10.66.0.1"),
        (RunOptions("http://web.test/", dns=(), dhcp=True), "192.0.2.1"),
        (RunOptions("http://web.test/", interface="va", address=OURS), None),
        (check(LAB), None),
    ],
)
def test_the_system_is_asked_only_for_names_that_nobody_else_is_asked_for(
    options: RunOptions, host: str | None
) -> None:
    assert host_to_reach(options) == host


def test_every_link_that_can_be_named_has_its_entry() -> None:
    assert sorted(TABLE) == sorted(set(LINKS) - {"auto"})


def test_auto_says_what_each_link_lacks_where_none_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(request: Request) -> Proposal:
        raise LinkError("it is broken")

    for name in ("raw", "tap", "passt"):
        monkeypatch.setitem(TABLE, name, replace(TABLE[name], propose=refuse))
    with pytest.raises(
        LinkError, match=r"(?s)http://10.66.0.1/.*raw: it is broken.*tap: it is broken.*doctor"
    ):
        choose(Request(RunOptions("http://10.66.0.1/"), LAB_NETWORK, 1))


def test_auto_takes_the_first_that_proposes_itself_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def propose(request: Request) -> Proposal:
        return Proposal(replace(request.options, interface="eth0"), "eth0 is there")

    for name in ("tap", "raw"):
        monkeypatch.setitem(TABLE, name, replace(TABLE[name], propose=propose))
    request, why = choose(Request(RunOptions("http://10.66.0.1/"), LAB_NETWORK, 1))
    assert (request.options.link, request.options.interface) == ("raw", "eth0")
    assert why == "raw was chosen: eth0 is there"


def test_the_machines_own_address_is_a_matter_of_raw() -> None:
    assert check(RunOptions("http://10.66.0.1/", shared=True)).link == "raw"


def test_a_device_that_is_no_tap_is_raw() -> None:
    assert check(RunOptions("http://10.66.0.1/", interface="lo", address=OURS)).link == "raw"


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (replace(LAB, link="tap", shared=True), "--link raw"),
        (replace(LAB, link="raw", shared=True, address=OURS), "no other"),
        (replace(LAB, link="raw", gateway=OURS.ip), "--gateway is for an address of our own"),
        (replace(LAB, link="raw", interface="a-name-too-long-for-it"), "15 characters"),
        (replace(LAB, link="sim", interface="eth0"), "--link tap and raw"),
        (replace(LAB, impair="los=5%"), "los"),
        (replace(LAB, scenario="nonsense"), "handshake"),
        (replace(LAB, scenario="handshake", link="kernel"), "--link"),
    ],
)
def test_a_contradiction_is_told_with_what_to_change(options: RunOptions, advice: str) -> None:
    with pytest.raises(OptionError, match=advice):
        check(options)


def test_a_scenario_brings_its_url_its_seed_and_what_goes_wrong() -> None:
    options = check(RunOptions("", scenario="loss"))
    assert options.url == SCENARIOS["loss"].url
    assert options.impair == SCENARIOS["loss"].impair
    assert options.link == "sim"


def test_a_scenario_has_a_url_of_its_own_and_the_users_seed_wins() -> None:
    with pytest.raises(OptionError, match="URL"):
        check(replace(LAB, url="http://lab/404", scenario="loss"))
    assert check(RunOptions("", scenario="loss", seed=9)).seed == 9


@pytest.mark.parametrize(
    "address",
    [
        "10.66.0.2",
        "10.66.0.0/24",
        "10.66.0.255/24",
        "127.0.0.1/8",
        "224.0.0.1/4",
        "0.0.0.0/0",
        "x/y",
        "10.66.0.2/32",
        "2001:db8::1",
        "2001:db8::1/128",
        "::1/64",
        "ff02::1/64",
        "fe80::1/64",
        "fe80::1%eth0/64",
    ],
)
def test_an_address_that_no_host_can_have_is_refused(address: str) -> None:
    with pytest.raises(OptionError, match=address):
        parse_address(address)


def test_one_address_and_one_gateway_of_each_family() -> None:
    texts = ["2001:db8::77/64", "10.66.0.2/24"], ["10.66.0.1", "fe80::1"]
    options = with_addresses(LAB, *texts)
    assert (options.address, options.gateway) == (OURS, IPv4Address("10.66.0.1"))
    assert (options.address6, options.gateway6) == (IPv6Interface("2001:db8::77/64"), IPv6Address("fe80::1"))
    assert not options.slaac


def test_an_ipv6_address_can_be_left_to_the_router() -> None:
    options = with_addresses(RunOptions("http://example.org/", interface="lo"), ["slaac"])
    assert options.slaac
    assert check(options).link == "raw"


@pytest.mark.parametrize(
    ("addresses", "gateways", "advice"),
    [
        (["10.66.0.2/24", "10.66.0.3/24"], [], "10.66.0.3/24 is one too many"),
        ([], ["fe80::1", "fe80::2"], "fe80::2 is one too many"),
        ([], ["router"], "'router' is no address"),
    ],
)
def test_what_is_too_much_or_no_address_is_told(
    addresses: list[str], gateways: list[str], advice: str
) -> None:
    with pytest.raises(OptionError, match=advice):
        with_addresses(LAB, addresses, gateways)


def test_the_lab_has_a_name_for_each_family() -> None:
    assert lab_address("lab") == lab_address("192.0.2.1") == IPv4Address("192.0.2.1")
    assert lab_address("lab6") == lab_address("2001:db8:0::1") == IPv6Address("2001:db8::1")
    assert lab_address("192.0.2.3") is None
    assert check(RunOptions("http://[2001:db8::1]/")).link == "sim"


def test_what_is_no_url_is_told_by_the_run_and_not_as_a_wrong_link() -> None:
    assert check(RunOptions("foo://192.0.2.9/", interface="lo")).link == "raw"
    assert check(RunOptions("http://")).link == "sim"


def test_the_lab_leaves_by_no_interface() -> None:
    with pytest.raises(OptionError, match="leave --interface out"):
        check(RunOptions("http://lab/", interface="lo"))
