"""The ARP cache: RFC 826, RFC 1122 2.3.2."""

from ipaddress import IPv4Interface

import pytest
from helpers.host import (
    GATEWAY,
    NO_ADDRESS,
    NO_MAC,
    OUR_MAC,
    OURS,
    OUTSIDE,
    PEER,
    PEER_MAC,
    SECOND,
    THIRD,
    THIRD_MAC,
    arp_frame,
    arp_reply,
    established,
    icmp_frame,
    make_host,
    read_arp,
    read_packet,
    read_segment,
    sent,
)

from tcpviz.host.arp import ArpCache
from tcpviz.host.events import NeighbourResolved, NeighbourUnreachable
from tcpviz.host.host import Endpoint, Flow, Host
from tcpviz.host.neighbours import CAPACITY, WAITING_NUM
from tcpviz.host.route import Route
from tcpviz.tcp.config import Config
from tcpviz.wire import arp, ethernet, icmp
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.ethernet import BROADCAST
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.segment import SYN

BROADCAST_ADDRESS = bytes((192, 0, 2, 255))
QUESTION = (BROADCAST, ArpPacket(arp.REQUEST, OUR_MAC, OURS, NO_MAC, PEER))


def receive(host: Host, frame: bytes, now: int = 0) -> None:
    host.on_frame(Frame(now, frame), now)


def connecting(host: Host, remote: bytes = PEER) -> Flow:
    return host.connect(Endpoint(remote, 80), Config(), 0)


def tick(host: Host, now: int) -> list[bytes]:
    """What is sent when all timers up to `now` have run."""
    host.on_deadline(now)
    return sent(host, now)


def test_who_asks_for_us_is_answered() -> None:
    host = make_host()
    receive(host, arp_frame(arp.REQUEST, PEER_MAC, PEER, NO_MAC, OURS))
    (answer,) = sent(host)
    assert read_arp(answer) == (PEER_MAC, ArpPacket(arp.REPLY, OUR_MAC, OURS, PEER_MAC, PEER))


def test_a_probe_for_our_address_is_answered_and_teaches_nothing() -> None:
    host = make_host()
    receive(host, arp_frame(arp.REQUEST, THIRD_MAC, NO_ADDRESS, NO_MAC, OURS))
    (answer,) = sent(host)
    assert read_arp(answer) == (THIRD_MAC, ArpPacket(arp.REPLY, OUR_MAC, OURS, THIRD_MAC, NO_ADDRESS))
    assert host.events() == []


@pytest.mark.parametrize(
    "frame",
    [
        arp_frame(arp.REQUEST, PEER_MAC, PEER, NO_MAC, THIRD),
        arp_frame(arp.REQUEST, PEER_MAC, PEER, NO_MAC, OURS, to=THIRD_MAC),
        arp_frame(arp.REQUEST, BROADCAST, PEER, NO_MAC, OURS),
        arp_frame(arp.REPLY, PEER_MAC, PEER, OUR_MAC, OURS, to=OUR_MAC),
    ],
    ids=["for another", "to another MAC", "from a group's MAC", "an answer nobody asked for"],
)
def test_other_arp_is_neither_answered_nor_learnt(frame: bytes) -> None:
    host = make_host()
    receive(host, frame)
    assert sent(host) == []
    assert host.events() == []


def test_who_asks_for_us_is_known_from_then_on() -> None:
    host = make_host()
    receive(host, arp_frame(arp.REQUEST, PEER_MAC, PEER, NO_MAC, OURS))
    sent(host)
    connecting(host)
    (frame,) = sent(host)
    assert read_segment(frame)[2].flags == SYN


def test_the_syn_waits_for_the_neighbour_s_answer() -> None:
    host = make_host()
    connecting(host)
    assert [read_arp(frame) for frame in sent(host)] == [QUESTION]
    receive(host, arp_reply())
    (frame,) = sent(host)
    assert read_packet(frame)[0] == PEER_MAC
    assert read_segment(frame)[2].flags == SYN
    assert host.events() == [NeighbourResolved(PEER, PEER_MAC)]


def test_what_is_not_on_the_link_goes_to_the_gateway() -> None:
    host = make_host(gateway=GATEWAY)
    connecting(host, OUTSIDE)
    (question,) = sent(host)
    assert read_arp(question)[1].target_address == GATEWAY.packed
    receive(host, arp_reply(GATEWAY.packed, THIRD_MAC))
    (frame,) = sent(host)
    mac, header, _ = read_packet(frame)
    assert (mac, header.destination) == (THIRD_MAC, OUTSIDE)


def test_it_is_asked_once_a_second_and_told_after_three() -> None:
    host = make_host()
    flow = connecting(host)
    questions = [len(sent(host))]
    for second in (1, 2):
        questions.append(len(tick(host, second * SECOND)))
    assert questions == [1, 1, 1]
    assert host.events() == []
    assert not host.is_unreachable(flow)
    assert [read_arp(frame) for frame in tick(host, 3 * SECOND)] == [QUESTION]
    assert host.events() == [NeighbourUnreachable(PEER, 3)]
    assert host.is_unreachable(flow)


def test_asking_goes_on_while_a_connection_waits() -> None:
    host = make_host()
    flow = connecting(host)
    sent(host)
    for second in range(1, 10):
        assert len(tick(host, second * SECOND)) == 1
    receive(host, arp_reply(), 10 * SECOND)
    assert not host.is_unreachable(flow)
    assert [read_segment(frame)[2].flags for frame in sent(host, 10 * SECOND)] == [SYN]


def test_more_calls_do_not_mean_more_questions() -> None:
    host = make_host()
    connecting(host)
    assert sum(len(sent(host, now)) for now in range(0, SECOND, SECOND // 10)) == 1


def test_of_packets_without_a_connection_the_latest_wait() -> None:
    host = make_host()
    for number in range(WAITING_NUM + 1):
        receive(host, icmp_frame(IcmpMessage(icmp.ECHO_REQUEST, 0, number, b"")))
    assert [read_arp(frame) for frame in sent(host)] == [QUESTION]
    receive(host, arp_reply())
    waited = [icmp.parse(read_packet(frame)[2]).rest for frame in sent(host)]
    assert waited == list(range(1, WAITING_NUM + 1))


def test_nobody_asks_on_for_a_packet_without_a_connection() -> None:
    host = make_host()
    receive(host, icmp_frame(IcmpMessage(icmp.ECHO_REQUEST, 0, 1, b"")))
    seconds = [second for second in range(10) if tick(host, second * SECOND)]
    assert seconds == [0, 1, 2, 3]
    assert host.next_deadline() is None


def test_a_neighbour_that_has_moved_gets_the_next_segment_at_its_new_place() -> None:
    host = make_host()
    peer = established(host)
    receive(host, arp_frame(arp.REQUEST, THIRD_MAC, PEER, NO_MAC, PEER))
    assert host.events() == [NeighbourResolved(PEER, THIRD_MAC)]
    peer.flow.connection.send(b"data", 0)
    (frame,) = sent(host)
    assert read_packet(frame)[0] == THIRD_MAC


def test_a_neighbour_is_confirmed_when_it_is_used_after_a_minute_without_a_pause() -> None:
    host = make_host()
    peer = established(host)
    assert tick(host, 60 * SECOND) == []
    peer.flow.connection.send(b"data", 60 * SECOND)
    data, question = tick(host, 60 * SECOND)
    assert read_segment(data)[2].payload == b"data"
    assert read_arp(question) == QUESTION
    receive(host, arp_reply(), 60 * SECOND)
    assert host.events() == []


def test_a_neighbour_that_no_longer_answers_is_lost() -> None:
    host = make_host()
    peer = established(host)
    tick(host, 60 * SECOND)
    peer.flow.connection.send(b"data", 60 * SECOND)
    for second in range(60, 64):
        tick(host, second * SECOND)
    assert host.events() == [NeighbourUnreachable(PEER, 3)]


def test_a_neighbour_that_nobody_has_used_is_forgotten_after_a_minute() -> None:
    host = make_host()
    receive(host, arp_frame(arp.REQUEST, PEER_MAC, PEER, NO_MAC, OURS))
    sent(host)
    assert host.next_deadline() == 60 * SECOND
    assert tick(host, 60 * SECOND) == []
    assert host.next_deadline() is None
    connecting(host)
    assert [read_arp(frame) for frame in sent(host, 61 * SECOND)] == [QUESTION]


@pytest.mark.parametrize("sender", [OUTSIDE, BROADCAST_ADDRESS], ids=["outside", "everybody"])
def test_who_can_be_no_neighbour_is_answered_and_not_learnt(sender: bytes) -> None:
    host = make_host()
    receive(host, arp_frame(arp.REQUEST, THIRD_MAC, sender, NO_MAC, OURS))
    (answer,) = sent(host)
    assert read_arp(answer)[1].operation == arp.REPLY
    assert host.events() == []
    assert host.next_deadline() is None


# The cache does not grow for ever


class Cache(ArpCache):
    """Ours on a network with room for a crowd, and what it has sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        route = Route(IPv4Interface("192.0.2.2/16"), None)
        super().__init__(OUR_MAC, OURS, route.is_on_link, self.frames.append, lambda _: None)

    def meet(self, address: bytes, now: int) -> None:
        """`address` asks for us."""
        self.on_arp(ArpPacket(arp.REQUEST, THIRD_MAC, address, NO_MAC, OURS), now)

    def meet_crowd(self, size: int, now: int) -> None:
        for number in range(size):
            self.meet(bytes((192, 0, 3 + number // 250, 1 + number % 250)), now)

    def questions(self) -> list[bytes]:
        """Whom it has asked for."""
        headers = [ethernet.parse(frame) for frame in self.frames]
        packets = [arp.parse(data) for header, data in headers if header.ethertype == ethernet.ARP]
        return [packet.target_address for packet in packets if packet.operation == arp.REQUEST]


def test_a_crowd_does_not_push_out_whom_a_connection_wants() -> None:
    cache = Cache()
    cache.resolve(PEER, 0)
    cache.resolve(THIRD, 0)
    cache.meet(THIRD, 0)
    cache.meet_crowd(10_000, 0)
    assert cache.resolve(THIRD, 0) == THIRD_MAC
    assert cache.resolve(PEER, 0) is None
    assert cache.questions() == [PEER, THIRD]


def test_a_crowd_is_not_remembered() -> None:
    cache = Cache()
    cache.meet(PEER, 0)
    cache.meet_crowd(CAPACITY - 1, 0)
    cache.send_packet(PEER, b"", 0)
    assert cache.questions() == []
    cache.meet(THIRD, 0)
    cache.send_packet(PEER, b"", 0)
    assert cache.questions() == [PEER]


def test_the_stale_are_forgotten_first() -> None:
    cache = Cache()
    cache.meet(THIRD, 0)
    cache.resolve(THIRD, 0)
    cache.meet(PEER, SECOND)
    cache.on_deadline(60 * SECOND)
    cache.meet_crowd(CAPACITY - 1, 60 * SECOND)
    cache.send_packet(PEER, b"", 60 * SECOND)
    assert cache.questions() == []
    assert cache.resolve(THIRD, 60 * SECOND) is None


def test_packets_for_a_crowd_that_answers_nothing_do_not_pile_up() -> None:
    cache = Cache()
    for number in range(1000):
        cache.send_packet(bytes((192, 0, 3 + number // 250, 1 + number % 250)), b"", 0)
    assert len(cache.questions()) == 1000
    cache.on_deadline(SECOND)
    assert len(cache.questions()) == 1000 + CAPACITY
