"""What the packets of IPv6's neighbours and routers are for, in the words of the pane Why."""

import pytest
from helpers.host6 import OUR_MAC, OURS, PEER, PEER_MAC, ROUTER, icmp_frame, probe, question, told

from tcpviz.view.why_discovery import discovery_sentence
from tcpviz.wire import ethernet, icmpv6, ipv6, mld, ndp
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.mld import Record
from tcpviz.wire.ndp import NeighbourAdvertisement, NeighbourSolicitation, Redirect, RouterAdvertisement

PREFIX = ndp.Prefix(OURS[:8] + bytes(8), 64, True, True, 100, 100)
GROUP = ipv6.solicited_node(OURS)


def report_frame(packet: bytes) -> bytes:
    return ethernet.build(ipv6.group_mac(mld.LISTENERS), OUR_MAC, ethernet.IPV6, packet)


@pytest.mark.parametrize(
    ("frame", "begins", "rfc"),
    [
        (probe(), "Does anybody use 2001:db8::2?", "RFC 4862 5.4.2"),
        (question(), "2001:db8::1 asks for the Ethernet address of 2001:db8::2.", "RFC 4861 7.2.2"),
        (told(NeighbourSolicitation(OURS)), "2001:db8::1 asks whether 2001:db8::2 is", "RFC 4861 7.3.3"),
        (
            told(NeighbourAdvertisement(PEER, PEER_MAC, solicited=True)),
            "2001:db8::1 tells its Ethernet address",
            "RFC 4861 7.2.4",
        ),
        (
            told(NeighbourAdvertisement(PEER, PEER_MAC), to=ipv6.ALL_NODES),
            "2001:db8::1 tells all",
            "RFC 4861 7.2.6",
        ),
        (told(ndp.RouterSolicitation(), to=ipv6.ALL_ROUTERS), "Which routers are there?", "RFC 4861 6.3.7"),
        (
            told(RouterAdvertisement(0, prefixes=(PREFIX,)), source=ROUTER, to=ipv6.ALL_NODES),
            "A router says that it is no way out, and tells which networks are here.",
            "RFC 4861 6.2.3",
        ),
        (
            told(Redirect(ROUTER, PEER), source=ROUTER),
            "A router says that 2001:db8::1 is better reached by fe80::1.",
            "RFC 4861 8.2",
        ),
        (icmp_frame(IcmpMessage(icmpv6.ECHO_REQUEST, 0, 0, b"ping")), "A ping:", "RFC 4443 4.1"),
        (icmp_frame(IcmpMessage(icmpv6.PACKET_TOO_BIG, 0, 1280, b"")), "Somebody on the way", "RFC 4443 3"),
        (report_frame(mld.report([(Record.JOINED, GROUP)], OURS)), "It names the groups", "RFC 3810 5.2"),
        (report_frame(mld.report_v1(GROUP, OURS)), "It names the groups", "RFC 2710 3"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("RFC") else "",
)
def test_what_it_is_for(frame: bytes, begins: str, rfc: str) -> None:
    _, packet = ethernet.parse(frame)
    said = discovery_sentence(packet)
    assert said
    assert said.text.startswith(begins)
    assert said.rfc == rfc


def test_an_error_names_the_connection_of_the_packet_that_it_quotes() -> None:
    quoted = ipv6.build(OURS, PEER, ipv6.TCP, bytes((0xC0, 0, 0, 80, 0, 0, 0, 1)))
    said = discovery_sentence(ethernet.parse(icmp_frame(IcmpMessage(1, 4, 0, quoted)))[1])
    assert said
    assert said.text.endswith("It was TCP from [2001:db8::2]:49152 to [2001:db8::1]:80.")


def test_nothing_is_said_of_others() -> None:
    assert discovery_sentence(memoryview(ipv6.build(PEER, OURS, 132, bytes(8)))) is None
    assert discovery_sentence(ethernet.parse(icmp_frame(IcmpMessage(200, 0, 0, b"")))[1]) is None
