"""Several addresses of one server: which are tried when, and who wins (RFC 8305)."""

from ipaddress import IPv4Address, ip_address

import pytest
from helpers.host import (
    MS,
    OURS,
    PEER,
    PEER_MAC,
    SECOND,
    THIRD,
    THIRD_MAC,
    arp_frame,
    icmp_frame,
    make_host,
    read_packet,
    read_segment,
    segment_frame,
    sent,
)
from helpers.world import MemorySink, World, addresses, lab_world

from tcpviz.client.failure import ExitCode
from tcpviz.client.fetch import Fetch
from tcpviz.client.race import ATTEMPT_DELAY, Race, interleaved
from tcpviz.client.url import parse_url
from tcpviz.host.address import Address
from tcpviz.host.host import Endpoint, Flow
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State
from tcpviz.wire import arp, ethernet, icmp, ipv4
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.segment import ACK, RST, SYN, Segment
from tcpviz.wire.seq import Seq

FIRST, SECOND_ONE, OUTSIDE = IPv4Address(PEER), IPv4Address(THIRD), IPv4Address("198.51.100.7")


class Track:
    """A race on a host whose two neighbours are known, and what was said about it."""

    def __init__(self, *entrants: Address) -> None:
        self.host = make_host()
        for mac, neighbour in ((THIRD_MAC, THIRD), (PEER_MAC, PEER)):
            self.host.on_frame(Frame(0, arp_frame(arp.REQUEST, mac, neighbour, bytes(6), OURS)), 0)
        sent(self.host)
        self.said: list[str] = []
        self.race = Race(self._connect, self.host.is_unreachable, self.said.append)
        self.race.enter(entrants)

    def _connect(self, address: Address, now: int) -> Flow:
        return self.host.connect(Endpoint(address.packed, 80), Config(timestamps=False), now)

    def step(self, now: int) -> list[tuple[IPv4Address, int]]:
        """Whom we send segments to, with their flags."""
        self.race.step(now)
        frames = [frame for frame in sent(self.host, now) if frame[12:14] == ethernet.IPV4.to_bytes(2, "big")]
        return [
            (IPv4Address(read_packet(frame)[1].destination), read_segment(frame)[2].flags) for frame in frames
        ]

    def answer(self, source: bytes, flags: int, now: int) -> None:
        """A segment from there in answer to our SYN."""
        flow = next(flow for flow in self.host.flows.values() if flow.remote.address == source)
        ack = flow.connection.snapshot().snd_nxt
        frame = segment_frame(Segment(Seq(9), ack, flags, 8000), 80, flow.local.port, source=source)
        self.host.on_frame(Frame(now, frame), now)


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ("1.1.1.1 2.2.2.2", "1.1.1.1 2.2.2.2"),
        ("1.1.1.1 2.2.2.2 a::1", "a::1 1.1.1.1 2.2.2.2"),
        ("a::1 a::2 1.1.1.1 a::3", "a::1 1.1.1.1 a::2 a::3"),
    ],
)
def test_the_families_take_turns(given: str, order: str) -> None:
    assert interleaved(list(map(ip_address, given.split()))) == list(map(ip_address, order.split()))


def test_a_quarter_of_a_second_from_one_attempt_to_the_next() -> None:
    race = Track(FIRST, SECOND_ONE)
    assert race.step(0) == [(FIRST, SYN)]
    assert race.race.next_deadline() == ATTEMPT_DELAY == 250 * MS
    assert race.step(249 * MS) == []
    assert race.step(250 * MS) == [(SECOND_ONE, SYN)]
    assert race.race.next_deadline() is None
    assert race.race.winner is None
    assert not race.race.exhausted


def test_the_first_that_is_established_wins_and_a_late_answer_gets_a_reset() -> None:
    race = Track(FIRST, SECOND_ONE)
    race.step(0)
    race.step(250 * MS)
    slow = race.host.flows[1]
    late = segment_frame(
        Segment(Seq(9), slow.connection.snapshot().snd_nxt, SYN | ACK, 8000), 80, slow.local.port
    )
    race.answer(THIRD, SYN | ACK, 260 * MS)
    assert race.step(260 * MS) == [(SECOND_ONE, ACK)]
    assert race.race.winner is race.host.flows[2]
    assert slow.connection.closed
    assert "faster" in race.said[0]
    race.host.on_frame(Frame(270 * MS, late), 270 * MS)
    assert race.step(270 * MS) == [(FIRST, RST)]


def test_two_at_once_and_the_later_one_is_reset() -> None:
    race = Track(FIRST, SECOND_ONE)
    race.step(0)
    race.step(250 * MS)
    for source in (THIRD, PEER):
        race.answer(source, SYN | ACK, 260 * MS)
    assert (SECOND_ONE, RST) in race.step(260 * MS)
    assert race.race.winner is race.host.flows[1]
    assert race.race.winner.connection.state is State.ESTABLISHED


def test_after_a_refusal_the_next_is_tried_at_once() -> None:
    race = Track(FIRST, SECOND_ONE)
    race.step(0)
    race.answer(PEER, RST | ACK, 10 * MS)
    assert race.step(10 * MS) == [(SECOND_ONE, SYN)]
    race.answer(THIRD, RST | ACK, 20 * MS)
    race.step(20 * MS)
    assert race.race.exhausted
    assert race.race.setback is not None
    assert "refused" in race.race.setback.text
    assert str(SECOND_ONE) in race.race.setback.text


def test_after_a_router_s_word_that_one_is_unreachable_the_next_is_tried_at_once() -> None:
    """RFC 5461 section 4.1: an application need not wait as long as its TCP."""
    race = Track(FIRST, SECOND_ONE)
    race.race.step(0)
    syn = next(frame for frame in sent(race.host) if read_packet(frame)[1].protocol == ipv4.TCP)
    message = IcmpMessage(icmp.DESTINATION_UNREACHABLE, 1, 0, syn[ethernet.HEADER_LENGTH :])
    race.host.on_frame(Frame(MS, icmp_frame(message, source=THIRD)), MS)
    assert race.step(MS) == [(SECOND_ONE, SYN)]
    assert race.race.setback is not None
    assert (race.race.setback.exit_code, "unreachable" in race.race.setback.text) == (7, True)


def test_an_address_that_no_way_leads_to_is_left_out_with_the_reason() -> None:
    race = Track(OUTSIDE, FIRST)
    assert race.step(0) == [(FIRST, SYN)]
    assert "198.51.100.7 is left out" in race.said[0]
    race.answer(PEER, RST | ACK, 10 * MS)
    race.step(10 * MS)
    assert race.race.setback is not None
    assert "refused" in race.race.setback.text


def test_where_no_way_leads_anywhere_the_reason_is_the_failure() -> None:
    race = Track(OUTSIDE)
    race.step(0)
    assert race.race.exhausted
    assert race.race.setback is not None
    assert race.race.setback.exit_code == ExitCode.CONNECT_FAILED
    assert race.said == []


def test_addresses_that_come_later_join_in_their_family_s_turn() -> None:
    race = Track(FIRST)
    race.step(0)
    race.race.enter([SECOND_ONE])
    assert race.race.next_deadline() == 250 * MS
    assert race.step(250 * MS) == [(SECOND_ONE, SYN)]


def test_a_fetch_does_not_wait_for_an_address_where_nobody_is() -> None:
    world = lab_world()
    fetch = begin(world, "192.0.2.9", "192.0.2.1")
    world.fetch(fetch)
    assert fetch.failure is None
    assert world.now < 2 * SECOND
    assert [flow.remote.port for flow in fetch.flows] == [80, 80]
    assert any("faster" in text for text in fetch.notes())


def begin(world: World, *texts: str) -> Fetch:
    """A fetch of a page on a server with these addresses."""
    fetch = Fetch(world.host, parse_url("http://several/"), MemorySink(), Config(), 0)
    fetch.step(0)
    fetch.resolved(addresses(*texts))
    return fetch
