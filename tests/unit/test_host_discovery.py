"""Neighbour discovery that nobody may heed (RFC 4861 6.1, 7.1, 8.1), and what routers say of neighbours."""

import pytest
from helpers.host6 import (
    OUR_GROUP,
    OURS,
    PEER,
    PEER_MAC,
    ROUTER,
    SECOND,
    THIRD_MAC,
    answer,
    frame,
    make_host,
    pass_time,
    read_discovery,
    read_packet,
    receive,
    sent,
    told,
)

from tcpviz.host.events import FrameDropped
from tcpviz.host.host import Endpoint
from tcpviz.tcp.config import Config
from tcpviz.wire import icmpv6, ipv6, ndp
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ndp import NeighbourAdvertisement, NeighbourSolicitation, Redirect, RouterAdvertisement

MAC_OPTION = bytes((1, 1)) + THIRD_MAC


def raw(
    kind: int,
    body: bytes,
    *,
    rest: int = 0,
    code: int = 0,
    hop_limit: int = 255,
    source: bytes = PEER,
    to: bytes = OURS,
) -> bytes:
    """A message of neighbour discovery that our codec would not build."""
    data = icmpv6.build(IcmpMessage(kind, code, rest, body), source, to)
    return frame(ipv6.build(source, to, ipv6.ICMPV6, data, hop_limit=hop_limit), mac=THIRD_MAC)


@pytest.mark.parametrize(
    "heard",
    [
        raw(ndp.NEIGHBOUR_SOLICITATION, OURS + MAC_OPTION, hop_limit=254),
        raw(ndp.NEIGHBOUR_SOLICITATION, OURS + MAC_OPTION, code=1),
        raw(ndp.NEIGHBOUR_SOLICITATION, OURS[:15]),
        raw(ndp.NEIGHBOUR_SOLICITATION, OUR_GROUP + MAC_OPTION),
        raw(ndp.NEIGHBOUR_SOLICITATION, OURS + bytes((1, 0)) + THIRD_MAC),
        raw(ndp.NEIGHBOUR_SOLICITATION, OURS + MAC_OPTION, source=ipv6.UNSPECIFIED, to=OUR_GROUP),
        raw(ndp.NEIGHBOUR_SOLICITATION, OURS, source=ipv6.UNSPECIFIED),
        raw(ndp.NEIGHBOUR_ADVERTISEMENT, PEER, rest=1 << 30, to=ipv6.ALL_NODES),
        told(RouterAdvertisement(1800), source=PEER, to=ipv6.ALL_NODES),
        raw(ndp.ROUTER_ADVERTISEMENT, bytes(4), source=ROUTER, to=ipv6.ALL_NODES),
        told(Redirect(ROUTER, PEER), source=PEER),
        told(Redirect(ROUTER, OUR_GROUP), source=ROUTER),
        told(Redirect(PEER, OURS), source=ROUTER),
    ],
    ids=[
        "from beyond the link",
        "a code",
        "cut off",
        "for a group",
        "an option of no length",
        "a probe with a sender",
        "a probe to one host",
        "an answer to everybody",
        "no router's address",
        "a short advertisement",
        "a redirect from no router",
        "a redirect of a group",
        "a redirect to no router",
    ],
)
def test_what_nobody_may_heed_is_dropped_with_its_reason(heard: bytes) -> None:
    host = make_host()
    receive(host, heard)
    assert sent(host) == []
    assert [type(event) for event in host.events()] == [FrameDropped]


def test_a_probe_for_an_address_of_ours_is_answered_to_all_nodes_by_a_neighbour() -> None:
    """RFC 4861 7.2.4: there is nobody's address to answer to."""
    host = make_host()
    receive(host, told(NeighbourSolicitation(OURS), source=ipv6.UNSPECIFIED, to=OUR_GROUP))
    ((_, destination, said),) = [read_discovery(data) for data in sent(host)]
    assert destination == ipv6.ALL_NODES
    assert isinstance(said, NeighbourAdvertisement)
    assert not said.solicited


def test_a_router_says_for_how_long_a_neighbour_counts_as_there() -> None:
    """RFC 4861 6.3.4: three seconds here, and then five of waiting, in place of thirty and five."""
    host = make_host()
    said = RouterAdvertisement(1800, reachable_time=3000, link_address=PEER_MAC)
    receive(host, told(said, source=ROUTER, to=ipv6.ALL_NODES))
    host.connect(Endpoint(PEER, 80), Config(timestamps=False), 0)
    sent(host)
    receive(host, answer())
    asked = [now for now, data in pass_time(host, 30 * SECOND) if _asks_again(data)]
    assert asked[0] == 3 * SECOND + 5 * SECOND


def _asks_again(data: bytes) -> bool:
    mac, header, _ = read_packet(data)
    return (mac, header.next_header) == (PEER_MAC, ipv6.ICMPV6)
