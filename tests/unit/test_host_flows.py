"""Connections of a host: their ports, their frames, their end."""

import random
from itertools import pairwise

import pytest
from helpers.host import (
    GATEWAY,
    NO_MAC,
    OUR_INTERFACE,
    OUR_MAC,
    OURS,
    OUTSIDE,
    PEER,
    PEER_MAC,
    THIRD_MAC,
    Peer,
    arp_frame,
    established,
    make_host,
    read_packet,
    read_segment,
    resolved,
    segment_frame,
    sent,
)
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.host.connections import BACKLOG
from tcpviz.host.envelope import Ipv4Envelope, Ipv6Envelope
from tcpviz.host.flow import Flow
from tcpviz.host.flows import FlowTable
from tcpviz.host.host import Endpoint, Host, HostError
from tcpviz.host.ipv4 import Ipv4Stack
from tcpviz.host.ports import Ports
from tcpviz.host.route import Route
from tcpviz.tcp.config import Config
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.events import CloseReason
from tcpviz.wire import arp, ethernet, ipv4, ipv6, ordinary, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.errors import ParseError
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import ACK, CE, ECT_0, ECT_1, NOT_ECT, RST, SYN, URG, Segment
from tcpviz.wire.seq import Seq

LOCAL, REMOTE = Endpoint(OURS, 50000), Endpoint(PEER, 80)
STACK = Ipv4Stack(OUR_MAC, 1500, OUR_INTERFACE, None, lambda _: None, lambda _: None, probe=False)


def make_flow(number: int = 1, local: Endpoint = LOCAL, remote: Endpoint = REMOTE) -> Flow:
    return Flow(number, local, remote, remote.address, Connection(Config(), random.Random(1)), STACK)


# Opening


def test_an_endpoint_reads_as_people_write_it() -> None:
    assert str(REMOTE) == "192.0.2.1:80"


def test_flows_are_numbered_from_one() -> None:
    host = make_host()
    numbers = [host.connect(REMOTE, Config(), 0).number for _ in range(3)]
    assert numbers == [1, 2, 3] == list(host.flows)


def test_ports_are_ephemeral_and_decided_by_the_seed() -> None:
    ports = [make_host(seed=seed).connect(REMOTE, Config(), 0).local.port for seed in range(20)]
    assert all(49152 <= port <= 65535 for port in ports)
    assert len(set(ports)) > 15
    assert ports == [make_host(seed=seed).connect(REMOTE, Config(), 0).local.port for seed in range(20)]


def test_a_port_in_use_is_not_chosen_again_and_their_end_is_an_error() -> None:
    ports = Ports(b"secret", random.Random(1))
    assert ports.choose(OURS, REMOTE, lambda port: port != 50000) == 50000
    with pytest.raises(HostError, match=r"all 16384 ports for connections to 192.0.2.1:80 are in use"):
        ports.choose(OURS, REMOTE, lambda port: True)


def test_a_host_gives_no_port_twice_for_one_destination() -> None:
    host = make_host()
    assert len({host.connect(REMOTE, Config(), 0).local.port for _ in range(100)}) == 100


def test_ports_follow_each_other_for_one_destination_and_begin_elsewhere_for_the_next() -> None:
    """RFC 6056 algorithm 3: a port is reused late, and those of others do not give it away."""
    ports = Ports(b"secret", random.Random(1))
    free = [ports.choose(OURS, REMOTE, lambda port: False) for _ in range(20)]
    assert [(after - before) % 16384 for before, after in pairwise(free)] == [1] * 19
    others = [Ports(b"secret", random.Random(1)), Ports(b"other", random.Random(1))]
    firsts = {others[0].choose(OURS, Endpoint(PEER, 81), lambda port: False)}
    firsts |= {others[1].choose(OURS, REMOTE, lambda port: False), free[0]}
    assert len(firsts) == 3


@pytest.mark.parametrize(("mtu", "mss"), [(1500, 1460), (576, 536), (9000, 1460)])
def test_the_mss_fits_the_link(mtu: int, mss: int) -> None:
    host = make_host(mtu=mtu)
    resolved(host)
    host.connect(REMOTE, Config(mss=1460), 0)
    (frame,) = sent(host)
    assert read_segment(frame)[2].mss == mss


def test_the_initial_sequence_number_depends_on_secret_and_ports() -> None:
    numbers = set()
    for seed in range(5):
        host = make_host(seed=seed)
        resolved(host)
        host.connect(REMOTE, Config(), 0)
        numbers.add(read_segment(sent(host)[0])[2].seq)
    assert len(numbers) == 5


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (OURS, "is our own address"),
        (OUTSIDE, "outside 192.0.2.0/24: name the way out with --gateway"),
        (bytes.fromhex("c00002ff"), "is not the address of a host"),
        (bytes.fromhex("c0000200"), "is not the address of a host"),
        (bytes.fromhex("e0000001"), "is not the address of a host"),
        (bytes.fromhex("ffffffff"), "is not the address of a host"),
        (bytes.fromhex("7f000001"), "is not the address of a host"),
        (bytes(4), "is not the address of a host"),
    ],
)
def test_where_there_is_no_way_it_is_said(address: bytes, told: str) -> None:
    host = make_host()
    with pytest.raises(HostError, match=told):
        host.connect(Endpoint(address, 80), Config(), 0)
    assert not host.flows


def test_the_next_hop_is_the_gateway_for_all_that_is_not_on_the_link() -> None:
    route = Route(OUR_INTERFACE, GATEWAY)
    assert route.next_hop(OUTSIDE) == GATEWAY.packed
    assert route.next_hop(PEER) == PEER


# What leaves


def test_the_state_between_two_frames_is_that_of_the_frame_given_last() -> None:
    host = make_host()
    peer = established(host)
    peer.flow.connection.send(bytes(3000), 0)
    reached = [
        flow.connection.snapshot().snd_nxt == read_segment(frame)[2].end
        for frame, flow in host.frames(0)
        if flow is not None
    ]
    assert reached
    assert all(reached)


def test_packets_may_not_be_fragmented_and_have_identifications_in_a_row() -> None:
    host = make_host()
    peer = established(host)
    peer.flow.connection.send(bytes(4000), 0)
    headers = [read_packet(frame)[1] for frame in sent(host)]
    assert len(headers) > 1
    assert {(header.fragment, header.ttl) for header in headers} == {(ipv4.DONT_FRAGMENT, 64)}
    steps = {(after.identification - before.identification) & 0xFFFF for before, after in pairwise(headers)}
    assert steps == {1}


@given(
    st.binary(max_size=100),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**16 - 1),
    st.none() | st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.sampled_from((NOT_ECT, ECT_1, ECT_0, CE)),
)
def test_an_envelope_builds_what_the_codecs_build(
    payload: bytes, seq: int, ack: int, identification: int, stamps: tuple[int, int] | None, ecn: int
) -> None:
    segment = Segment(Seq(seq), Seq(ack), ACK, 1234, payload, timestamps=stamps, ecn=ecn)
    envelope = Ipv4Envelope(OUR_MAC, PEER_MAC, LOCAL, REMOTE, identification)
    data = tcp.build_with_checksum(LOCAL.port, REMOTE.port, segment, make_flow().pseudo_header)
    for number in (identification, (identification + 1) & 0xFFFF):
        packet = ipv4.build(OURS, PEER, ipv4.TCP, data, identification=number, tos=ecn)
        assert envelope.frame(segment) == ethernet.build(PEER_MAC, OUR_MAC, ethernet.IPV4, packet)


OURS6, PEER6 = bytes.fromhex("fd" + 28 * "0" + "02"), bytes.fromhex("fd" + 28 * "0" + "01")


@given(
    st.binary(max_size=100),
    st.integers(0, 2**20 - 1),
    st.none() | st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.sampled_from((NOT_ECT, ECT_1, ECT_0, CE)),
)
def test_an_ipv6_envelope_builds_what_the_codecs_build(
    payload: bytes, label: int, stamps: tuple[int, int] | None, ecn: int
) -> None:
    segment = Segment(Seq(1), Seq(2), ACK, 1234, payload, timestamps=stamps, ecn=ecn)
    envelope = Ipv6Envelope(OUR_MAC, PEER_MAC, Endpoint(OURS6, 50000), Endpoint(PEER6, 80), label)
    data = tcp.build_with_checksum(50000, 80, segment, pseudo_header(OURS6, PEER6, ipv6.TCP, 0))
    packet = ipv6.build(OURS6, PEER6, ipv6.TCP, data, traffic_class=ecn, flow_label=label)
    frame = ethernet.build(PEER_MAC, OUR_MAC, ethernet.IPV6, packet)
    assert envelope.frame(segment) == frame
    found = ordinary.parse(frame)
    assert found is None or found[3] == segment


# Being recognized


def table_with_flow() -> tuple[FlowTable, Flow, bytes]:
    """A table that expects one flow, and an ordinary frame of it."""
    table, flow = FlowTable(), make_flow()
    segment = Segment(Seq(1), Seq(2), ACK, 9, b"payload", timestamps=(5, 6))
    frame = Ipv4Envelope(PEER_MAC, OUR_MAC, REMOTE, LOCAL, 7).frame(segment)
    table.add(flow)
    table.expect(flow, frame)
    return table, flow, frame


@pytest.mark.parametrize(
    "segment",
    [
        Segment(Seq(3), Seq(4), ACK, 8, b"stamped", timestamps=(1, 2)),
        Segment(Seq(3), Seq(4), ACK, 8, timestamps=(1, 2)),
        Segment(Seq(3), Seq(4), ACK, 8, b"marked", timestamps=(1, 2), ecn=CE),
        Segment(Seq(3), Seq(4), ACK, 8, b"marked, without timestamps", ecn=CE),
        Segment(Seq(3), Seq(4), ACK, 8, b"that has no timestamps"),
        Segment(Seq(3), Seq(4), ACK, 8, sack=((Seq(5), Seq(6)),), timestamps=(1, 2)),
        Segment(Seq(3), Seq(4), ACK | URG, 8, b"urgent", urgent=3, timestamps=(1, 2)),
    ],
)
def test_an_ordinary_frame_is_recognized(segment: Segment) -> None:
    table, flow, _ = table_with_flow()
    data = Ipv4Envelope(PEER_MAC, OUR_MAC, REMOTE, LOCAL, 9).frame(segment)
    assert table.recognize(data, vouched=False) == (flow, segment)


@pytest.mark.parametrize("position", [15, 22, 60, 70])
def test_a_wrong_checksum_needs_a_closer_look(position: int) -> None:
    table, flow, frame = table_with_flow()
    damaged = bytearray(frame)
    damaged[position] ^= 1
    assert table.recognize(bytes(damaged), vouched=False) is None
    found = table.recognize(bytes(damaged), vouched=True)
    assert found is not None
    assert found[0] is flow


def test_a_flow_that_is_removed_is_not_recognized_any_more() -> None:
    table, flow, frame = table_with_flow()
    table.remove(flow)
    table.remove(flow)
    assert table.recognize(frame, vouched=True) is None
    assert table.find(LOCAL, REMOTE) is None


def closer_look(table: FlowTable, data: bytes) -> tuple[Flow, Segment] | None:
    """What the codecs and the 4-tuple say about the same frame."""
    try:
        header, packet = ethernet.parse(data)
        ip_header, payload = ipv4.parse(packet)
        source_port, local_port, segment = tcp.parse(payload, ip_header.ecn)
    except ParseError:
        return None
    if header.destination != OUR_MAC or header.ethertype != ethernet.IPV4 or ip_header.destination != OURS:
        return None
    if ip_header.is_fragment or ip_header.protocol != ipv4.TCP:
        return None
    flow = table.find(Endpoint(OURS, local_port), Endpoint(ip_header.source, source_port))
    return None if flow is None else (flow, segment)


@given(
    st.lists(st.tuples(st.integers(0, 66), st.integers(0, 255)), max_size=3), st.integers(0, 9), st.binary()
)
def test_what_is_recognized_is_what_the_closer_look_finds(
    changes: list[tuple[int, int]], cut: int, padding: bytes
) -> None:
    table, _, frame = table_with_flow()
    changed = bytearray(frame)
    for position, octet in changes:
        changed[position] = octet
    data = bytes(changed[: len(changed) - cut]) + padding
    found = table.recognize(data, vouched=True)
    assert found is None or found == closer_look(table, data)


# The end


def test_a_flow_that_is_reset_is_removed() -> None:
    host = make_host()
    peer = established(host)
    host.on_frame(Frame(0, peer.frame(Segment(peer.snd_nxt, flags=RST))), 0)
    sent(host)
    assert not host.flows


def test_an_aborted_flow_says_so_and_is_removed() -> None:
    host = make_host()
    peer = established(host)
    peer.flow.connection.abort(0)
    (frame,) = sent(host)
    assert read_segment(frame)[2].flags & RST
    assert not host.flows


def test_a_flow_that_nobody_could_be_told_of_is_removed_too() -> None:
    host = make_host()
    flow = host.connect(REMOTE, Config(), 0)
    sent(host)
    flow.connection.abort(0)
    assert sent(host) == []
    assert not host.flows


def test_a_segment_for_a_flow_that_is_over_is_refused() -> None:
    host = make_host()
    peer = established(host)
    late = peer.data(b"late")
    peer.flow.connection.abort(0)
    sent(host)
    assert host.on_frame(Frame(0, late, vouched=True), 0) is None
    (frame,) = sent(host)
    assert read_segment(frame)[2].flags & RST


# Timers


def test_a_timer_of_a_flow_is_the_host_s_deadline() -> None:
    host = make_host()
    resolved(host)
    flow = host.connect(REMOTE, Config(), 0)
    sent(host)
    deadline = flow.connection.next_deadline()
    assert deadline is not None
    assert host.next_deadline() == deadline
    assert host.on_deadline(deadline - 1) == []
    assert host.on_deadline(deadline) == [flow]
    (frame,) = sent(host, deadline)
    assert read_segment(frame)[2].flags == SYN


def test_the_same_seed_gives_the_same_frames() -> None:
    def frames() -> list[bytes]:
        host = make_host()
        peer: Peer = established(host)
        peer.flow.connection.send(bytes(5000), 0)
        return sent(host)

    assert frames() == frames()


# Listening


def asking(port: int, segment: Segment) -> Frame:
    """A segment of the peer's `port` to our port 80."""
    return Frame(0, segment_frame(segment, port, 80))


def listening() -> tuple[Host, list[Flow]]:
    """A host with a listener, and whom that accepts."""
    host, accepted = make_host(), list[Flow]()
    resolved(host)
    host.listen(80, Config(), accepted.append)
    return host, accepted


@pytest.mark.parametrize(
    "again",
    [Segment(Seq(5001), flags=RST), Segment(Seq(5001), flags=SYN)],
    ids=["reset", "another SYN in the window"],
)
def test_a_connection_that_is_taken_back_before_it_is_open_leaves_nothing(again: Segment) -> None:
    host, accepted = listening()
    host.on_frame(asking(1000, Segment(Seq(5000), flags=SYN, window=8000)), 0)
    sent(host)
    assert host.on_frame(asking(1000, again), 0) is accepted[0]
    assert sent(host) == []
    assert accepted[0].connection.closed
    assert not host.flows


def test_of_half_open_connections_there_is_a_limit_and_room_when_one_is_over() -> None:
    host, accepted = listening()
    for port in range(1000, 1000 + BACKLOG + 1):
        host.on_frame(asking(port, Segment(Seq(5000), flags=SYN, window=8000)), 0)
    assert len(accepted) == len(sent(host)) == len(host.flows) == BACKLOG
    host.on_frame(asking(1000, Segment(Seq(5001), flags=RST)), 0)
    sent(host)
    host.on_frame(asking(1000 + BACKLOG, Segment(Seq(5000), flags=SYN, window=8000)), 0)
    assert len(sent(host)) == 1
    assert accepted[-1].remote.port == 1000 + BACKLOG


def test_an_address_is_lost_while_a_connection_has_just_been_reset() -> None:
    host = make_host()
    peer = established(host)
    host.on_frame(Frame(0, peer.frame(Segment(peer.snd_nxt, flags=RST))), 0)
    for _ in range(2):
        host.on_frame(Frame(0, arp_frame(arp.REQUEST, THIRD_MAC, OURS, NO_MAC, OURS)), 0)
    assert peer.flow.connection.end is CloseReason.RESET
    assert not host.flows
