"""An IPv6 host: its right to its addresses, its neighbours, ICMPv6, its connections."""

from ipaddress import IPv6Address, IPv6Interface

import pytest
from helpers.host6 import (
    OUR_GROUP,
    OUR_LINK_LOCAL,
    OUR_MAC,
    OURS,
    OUTSIDE,
    PEER,
    PEER_MAC,
    ROUTER,
    SECOND,
    THIRD_MAC,
    answer,
    discovery_log,
    frame,
    icmp_frame,
    make_host,
    pass_time,
    probe,
    question,
    read_discovery,
    read_icmp,
    read_packet,
    read_segment,
    receive,
    segment_frame,
    sent,
    told,
)

from tcpviz.host.events import (
    AddressClaimed,
    AddressConflict,
    AddressDefended,
    AddressTaken,
    EchoAnswered,
    FrameDropped,
    NeighbourResolved,
    NeighbourUnreachable,
)
from tcpviz.host.host import Endpoint, Flow, Host, HostError
from tcpviz.host.identifier import LINK_LOCAL, stable_address
from tcpviz.tcp.config import Config
from tcpviz.tcp.events import CloseReason, MtuReason, PathMtuChanged
from tcpviz.tcp.state import State
from tcpviz.wire import extensions, icmpv6, ipv6, ndp, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ndp import NeighbourAdvertisement, NeighbourSolicitation, Redirect
from tcpviz.wire.segment import ACK, RST, SYN, Segment
from tcpviz.wire.seq import Seq

MS = 1_000_000


def reasons(host: Host) -> list[str]:
    return [event.reason for event in host.events() if isinstance(event, FrameDropped)]


def connecting(host: Host, remote: bytes = PEER, config: Config | None = None) -> Flow:
    return host.connect(Endpoint(remote, 80), config or Config(timestamps=False), 0)


def established(host: Host) -> tuple[Flow, Segment]:
    """A connection to the peer's port 80, and its SYN."""
    flow = connecting(host)
    sent(host)
    receive(host, answer())
    (data,) = sent(host)
    _, _, syn = read_segment(data)
    reply = Segment(Seq(4999), syn.end, SYN | ACK, 8000, mss=1440)
    receive(host, segment_frame(reply, 80, flow.local.port))
    sent(host)
    assert flow.connection.state is State.ESTABLISHED
    flow.connection.events()
    host.events()
    return flow, syn


# The right to an address (RFC 4862 5.4)


def test_both_addresses_are_probed_three_times_within_600_ms_and_told_to_all() -> None:
    log = discovery_log(make_host(probe=True), SECOND)
    for address in (OURS, OUR_LINK_LOCAL):
        ours = [(now // MS, said) for now, said in log if getattr(said[2], "target", b"") == address]
        asked = (ipv6.UNSPECIFIED, ipv6.solicited_node(address), NeighbourSolicitation(address))
        announced = (address, ipv6.ALL_NODES, NeighbourAdvertisement(address, OUR_MAC))
        assert ours == [(0, asked), (200, asked), (400, asked), (600, announced)]


def test_it_is_ready_when_nobody_has_answered() -> None:
    host = make_host(probe=True)
    pass_time(host, 599 * MS)
    assert not host.address_ready
    pass_time(host, 600 * MS)
    assert host.address_ready
    assert AddressClaimed(OURS) in host.events()


def test_without_probe_it_is_ready_at_once_and_nothing_is_sent() -> None:
    host = make_host()
    assert host.address_ready
    assert pass_time(host, 60 * SECOND) == []


@pytest.mark.parametrize(
    "rival",
    [
        told(NeighbourAdvertisement(OURS, THIRD_MAC), source=OURS, to=ipv6.ALL_NODES, mac=THIRD_MAC),
        probe(),
    ],
    ids=["has it", "wants it too"],
)
def test_an_address_that_somebody_has_is_never_claimed(rival: bytes) -> None:
    host = make_host(probe=True)
    pass_time(host, 300 * MS)
    receive(host, rival, 300 * MS)
    assert AddressConflict(OURS, THIRD_MAC) in host.events()
    pass_time(host, 60 * SECOND)
    assert not host.address_ready


def test_nobody_is_answered_for_an_address_that_is_not_ours_yet() -> None:
    host = make_host(probe=True)
    host.on_deadline(0)
    sent(host)
    receive(host, question())
    assert sent(host) == []
    pass_time(host, SECOND)
    receive(host, question(), SECOND)
    assert len(sent(host, SECOND)) == 1


def test_our_own_probe_that_comes_back_is_no_conflict() -> None:
    host = make_host(probe=True)
    for _, data in pass_time(host, 0):
        receive(host, data)
    assert host.events() == []


def test_a_made_up_address_that_is_taken_is_made_up_anew() -> None:
    host = make_host(probe=True)
    pass_time(host, 0)
    receive(host, probe(OUR_LINK_LOCAL))
    assert host.events() == [AddressTaken(OUR_LINK_LOCAL, THIRD_MAC)]
    pass_time(host, SECOND)
    another = stable_address(LINK_LOCAL, OUR_MAC, attempt=1).ip.packed
    assert {AddressClaimed(OURS), AddressClaimed(another)} <= set(host.events())


def test_who_probes_for_our_address_is_answered_to_all() -> None:
    host = make_host()
    receive(host, probe())
    (data,) = sent(host)
    assert read_discovery(data) == (OURS, ipv6.ALL_NODES, NeighbourAdvertisement(OURS, OUR_MAC))


def test_who_insists_on_our_address_gets_it_and_our_connections_are_reset() -> None:
    host = make_host()
    flow, _ = established(host)
    rival = told(NeighbourAdvertisement(OURS, THIRD_MAC), source=OURS, to=ipv6.ALL_NODES, mac=THIRD_MAC)
    receive(host, rival)
    assert host.events() == [AddressDefended(OURS, THIRD_MAC)]
    sent(host)
    receive(host, rival, SECOND)
    assert host.events() == [AddressConflict(OURS, THIRD_MAC)]
    (reset,) = sent(host, SECOND)
    assert read_segment(reset)[2].flags & RST
    assert flow.connection.closed
    assert not host.flows


# Neighbours (RFC 4861 7.2)


def test_who_asks_for_us_is_answered_and_known() -> None:
    host = make_host()
    receive(host, question())
    (data,) = sent(host)
    assert read_packet(data)[0] == PEER_MAC
    assert read_discovery(data) == (OURS, PEER, NeighbourAdvertisement(OURS, OUR_MAC, solicited=True))
    connecting(host)
    (syn,) = sent(host)
    assert read_segment(syn)[2].flags == SYN


def test_the_syn_waits_for_the_neighbour_s_answer() -> None:
    host = make_host()
    connecting(host)
    (data,) = sent(host)
    group = ipv6.solicited_node(PEER)
    assert read_discovery(data) == (OURS, group, NeighbourSolicitation(PEER, OUR_MAC))
    receive(host, answer())
    (syn,) = sent(host)
    assert read_segment(syn)[2].flags == SYN
    assert host.events() == [NeighbourResolved(PEER, PEER_MAC)]


def test_a_question_in_fragments_is_not_heard() -> None:
    """RFC 6980 section 5."""
    host = make_host()
    data = ndp.build(NeighbourSolicitation(OURS, PEER_MAC), PEER, OURS)[ipv6.HEADER_LENGTH :]
    for place, piece in ((1, data[:16]), (16, data[16:])):
        header = bytes((ipv6.ICMPV6, 0)) + place.to_bytes(2, "big") + bytes(4)
        receive(host, frame(ipv6.build(PEER, OURS, extensions.FRAGMENT, header + piece, hop_limit=255)))
    assert sent(host) == []
    assert reasons(host) == ["neighbour discovery in fragments"]


def test_an_answer_that_nobody_asked_for_teaches_nothing() -> None:
    host = make_host()
    receive(host, answer())
    assert host.events() == []


def test_without_the_override_flag_another_mac_is_not_believed() -> None:
    host = make_host()
    established(host)
    said = NeighbourAdvertisement(PEER, THIRD_MAC, solicited=True, override=False)
    receive(host, told(said, mac=THIRD_MAC))
    assert host.events() == []


def test_three_unanswered_questions_make_it_unreachable() -> None:
    host = make_host()
    flow = connecting(host)
    log = pass_time(host, 3 * SECOND)
    assert [now for now, _ in log] == [0, SECOND, 2 * SECOND, 3 * SECOND]
    assert host.events() == [NeighbourUnreachable(PEER, 3)]
    assert host.is_unreachable(flow)


def test_who_is_stale_is_asked_after_five_seconds_at_its_own_address() -> None:
    host = make_host()
    receive(host, question())
    sent(host)
    connecting(host)
    sent(host)
    asked = [(now, data) for now, data in pass_time(host, 5 * SECOND) if data[20] == ipv6.ICMPV6]
    ((now, data),) = asked
    assert (now, read_packet(data)[0]) == (5 * SECOND, PEER_MAC)
    assert read_discovery(data) == (OURS, PEER, NeighbourSolicitation(PEER, OUR_MAC))


def test_what_is_not_on_the_link_goes_to_the_gateway_and_says_so_where_there_is_none() -> None:
    host = make_host(gateway=IPv6Address("fe80::1"))
    connecting(host, OUTSIDE)
    (data,) = sent(host)
    source, _, asked = read_discovery(data)
    assert (source, asked) == (OUR_LINK_LOCAL, NeighbourSolicitation(ROUTER, OUR_MAC))
    with pytest.raises(HostError, match=r"no router is known.*--gateway"):
        connecting(make_host(), OUTSIDE)


@pytest.mark.parametrize("remote", ["::", "::1", "ff02::1", "2001:db8::2"])
def test_what_is_no_other_host_can_t_be_reached(remote: str) -> None:
    with pytest.raises(HostError, match=remote):
        connecting(make_host(), IPv6Address(remote).packed)


def test_without_an_address_of_the_family_it_is_told_what_to_add() -> None:
    with pytest.raises(HostError, match=r"no IPv4 address.*--address"):
        connecting(make_host(), bytes((192, 0, 2, 1)))


def test_ipv6_needs_packets_of_1280_octets() -> None:
    with pytest.raises(HostError, match="1280"):
        connecting(make_host(mtu=1279))


def test_a_redirect_of_our_router_is_followed_and_nobody_else_s() -> None:
    host = make_host(gateway=IPv6Address("fe80::1"))
    other = IPv6Address("fe80::7").packed
    receive(host, told(Redirect(other, OUTSIDE, THIRD_MAC), source=IPv6Address("fe80::5").packed))
    assert connecting(host, OUTSIDE).neighbour == ROUTER
    receive(host, told(Redirect(other, OUTSIDE, THIRD_MAC), source=ROUTER))
    assert connecting(host, OUTSIDE).neighbour == other


# ICMPv6


def test_a_ping_is_answered_with_its_data() -> None:
    host = make_host()
    receive(host, question())
    sent(host)
    host.events()
    receive(host, icmp_frame(IcmpMessage(icmpv6.ECHO_REQUEST, 0, 7, b"data")))
    (data,) = sent(host)
    header, reply = read_icmp(data)
    assert (header.source, header.destination) == (OURS, PEER)
    assert reply == IcmpMessage(icmpv6.ECHO_REPLY, 0, 7, b"data")
    assert host.events() == [EchoAnswered(PEER, 4)]


def quote(flow: Flow, segment: Segment) -> bytes:
    data = tcp.build(flow.local.port, flow.remote.port, segment)
    return ipv6.build(flow.local.address, flow.remote.address, ipv6.TCP, data)


def test_packet_too_big_makes_the_segments_smaller() -> None:
    host = make_host()
    flow, syn = established(host)
    flow.connection.send(bytes(5000), 0)
    assert {len(data) for data in sent(host)} >= {14 + 1500}
    quoted = quote(flow, Segment(syn.end))
    receive(host, icmp_frame(IcmpMessage(icmpv6.PACKET_TOO_BIG, 0, 1400, quoted), source=ROUTER))
    changes = [event for event in flow.connection.events() if isinstance(event, PathMtuChanged)]
    assert changes == [PathMtuChanged(1500, 1400, MtuReason.ROUTER)]
    assert max(len(data) for data in sent(host)) == 14 + 1400


def test_a_path_that_takes_less_than_1280_octets_is_not_believed() -> None:
    """RFC 8201 section 4."""
    host = make_host()
    flow, syn = established(host)
    flow.connection.send(bytes(5000), 0)
    sent(host)
    quoted = quote(flow, Segment(syn.end))
    receive(host, icmp_frame(IcmpMessage(icmpv6.PACKET_TOO_BIG, 0, 1279, quoted), source=ROUTER))
    assert reasons(host) == ["a path takes 1280 octets at least, not 1279"]


@pytest.mark.parametrize(
    ("kind", "code", "ends"),
    [(1, 0, False), (1, 3, False), (3, 0, False), (4, 0, False), (1, 4, True), (4, 1, True)],
)
def test_hard_errors_end_an_attempt_and_soft_ones_do_not(kind: int, code: int, ends: bool) -> None:
    host = make_host()
    flow = connecting(host)
    sent(host)
    receive(host, answer())
    (data,) = sent(host)
    quoted = quote(flow, read_segment(data)[2])
    receive(host, icmp_frame(IcmpMessage(kind, code, 0, quoted), source=ROUTER))
    assert (flow.connection.end is CloseReason.UNREACHABLE) is ends


# Extension headers (RFC 8200 section 4)

PADDING = bytes((1, 4, 0, 0, 0, 0))


def behind(first: int, *headers: bytes) -> bytes:
    """A SYN to us behind extension headers, each without its first octet, that name what follows."""
    addresses = pseudo_header(PEER, OURS, ipv6.TCP, 0)
    segment = tcp.build_with_checksum(4000, 81, Segment(Seq(1), flags=SYN), addresses)
    return frame(ipv6.build(PEER, OURS, first, b"".join(headers) + segment))


@pytest.mark.parametrize(
    ("first", "headers"),
    [
        (extensions.HOP_BY_HOP, [bytes((6, 0)) + PADDING]),
        (extensions.DESTINATION_OPTIONS, [bytes((60, 0)) + PADDING, bytes((6, 0)) + PADDING]),
        (extensions.ROUTING, [bytes((6, 0, 0, 0)) + bytes(4)]),
        (extensions.FRAGMENT, [bytes((6, 0, 0, 0)) + bytes(4)]),
        (extensions.DESTINATION_OPTIONS, [bytes((6, 0, 0x1E, 4)) + bytes(4)]),
    ],
    ids=["hop by hop", "destination twice", "route at its end", "atomic fragment", "option to skip"],
)
def test_extension_headers_are_skipped(first: int, headers: list[bytes]) -> None:
    host = make_host()
    receive(host, question())
    sent(host)
    receive(host, behind(first, *headers))
    (reset,) = sent(host)
    assert read_segment(reset)[2].flags & RST


@pytest.mark.parametrize(
    ("first", "header", "code", "pointer"),
    [
        (extensions.ROUTING, bytes((6, 2, 0, 1)) + bytes(20), 0, 42),
        (extensions.DESTINATION_OPTIONS, bytes((6, 0, 0x9E, 4)) + bytes(4), 2, 42),
        (extensions.DESTINATION_OPTIONS, bytes((6, 0, 0xDE, 4)) + bytes(4), 2, 42),
        (extensions.DESTINATION_OPTIONS, bytes((0, 0)) + PADDING, 1, 40),
        (extensions.ESP, bytes(8), 1, 6),
        (99, bytes(8), 1, 6),
    ],
    ids=["RH0", "unknown option 10", "unknown option 11", "hop by hop inside", "ESP", "no protocol"],
)
def test_what_we_can_t_take_is_told_to_the_source(first: int, header: bytes, code: int, pointer: int) -> None:
    host = make_host()
    receive(host, question())
    sent(host)
    data = behind(first, header)
    receive(host, data)
    (error,) = sent(host)
    _, message = read_icmp(error)
    assert message == IcmpMessage(icmpv6.PARAMETER_PROBLEM, code, pointer, data[14:])
    assert len(reasons(host)) == 1


@pytest.mark.parametrize(
    "packet",
    [
        ipv6.build(PEER, OURS, extensions.DESTINATION_OPTIONS, bytes((6, 0, 0x5E, 4)) + bytes(4)),
        ipv6.build(PEER, OURS, extensions.NO_NEXT_HEADER, b""),
        ipv6.build(PEER, ipv6.ALL_NODES, extensions.DESTINATION_OPTIONS, bytes((6, 0, 0xDE, 4, 0, 0, 0, 0))),
        ipv6.build(bytes(16), OURS, 99, b""),
    ],
    ids=["unknown option 01", "nothing in it", "to a group", "from nobody"],
)
def test_no_error_is_sent_about_these(packet: bytes) -> None:
    host = make_host()
    receive(host, question())
    sent(host)
    receive(host, frame(packet))
    assert sent(host) == []


def test_errors_are_few() -> None:
    """RFC 4443 2.4 (f)."""
    host = make_host()
    receive(host, question())
    sent(host)
    for _ in range(100):
        receive(host, behind(99))
    assert len(sent(host)) == 10


# Connections


def test_segments_leave_room_for_the_larger_header() -> None:
    host = make_host()
    connecting(host)
    sent(host)
    receive(host, answer())
    (data,) = sent(host)
    assert read_segment(data)[2].mss == 1440


def test_a_peer_that_tells_no_mss_gets_1220_octets() -> None:
    """RFC 9293 3.7.1."""
    host = make_host()
    flow = connecting(host)
    sent(host)
    receive(host, answer())
    (data,) = sent(host)
    reply = Segment(Seq(4999), read_segment(data)[2].end, SYN | ACK, 8000)
    receive(host, segment_frame(reply, 80, flow.local.port))
    assert flow.connection.snapshot().mss == 1220


def test_an_endpoint_reads_as_people_write_it() -> None:
    assert str(Endpoint(PEER, 80)) == "[2001:db8::1]:80"


def test_a_link_local_peer_is_spoken_to_from_our_link_local_address() -> None:
    host = make_host(address=IPv6Interface("2001:db8::2/64"))
    flow = connecting(host, IPv6Address("fe80::9").packed)
    assert flow.local.address == OUR_LINK_LOCAL


def test_frames_for_other_groups_are_nothing_to_us() -> None:
    host = make_host()
    receive(host, question(IPv6Address("2001:db8::77").packed))
    assert (sent(host), host.events()) == ([], [])
    assert ipv6.group_mac(OUR_GROUP) == bytes.fromhex("3333ff000002")
