"""The DHCP client, on virtual time, against a server by hand."""

import random
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from itertools import pairwise

import pytest
from helpers.host import OUR_MAC, PEER_MAC, SECOND, THIRD_MAC
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.host.dhcp import ATTEMPTS, FIRST_WAIT, PAUSE, DhcpClient
from tcpviz.host.dhcp_state import TRANSITIONS, DhcpState, DhcpTrigger
from tcpviz.host.events import (
    DhcpAddressTaken,
    DhcpBound,
    DhcpExpired,
    DhcpOffered,
    DhcpRefused,
    DhcpReleased,
    DhcpRenewed,
    DhcpUnanswered,
    HostEvent,
)
from tcpviz.host.lease import FOR_EVER, Lease, read_lease
from tcpviz.wire import dhcp, ethernet, ipv4, udp
from tcpviz.wire.dhcp import DhcpMessage, MessageType, Option
from tcpviz.wire.errors import ParseError

SERVER = IPv4Address("192.0.2.1")
ADDRESS = IPv4Address("192.0.2.77")
BROADCAST_IP = IPv4Address("255.255.255.255")
NOBODY = IPv4Address("0.0.0.0")
HOUR = 3600

Sent = tuple[bytes, IPv4Address, IPv4Address, DhcpMessage]


def words(*addresses: IPv4Address) -> bytes:
    return b"".join(address.packed for address in addresses)


def network(seconds: int = HOUR, more: dict[int, bytes] | None = None) -> dict[int, bytes]:
    options: dict[int, bytes] = {
        Option.SERVER: SERVER.packed,
        Option.LEASE_TIME: seconds.to_bytes(4, "big"),
        Option.SUBNET_MASK: bytes((255, 255, 255, 0)),
        Option.ROUTERS: words(SERVER),
        Option.DNS_SERVERS: words(SERVER, ADDRESS),
    }
    return options | (more or {})


@dataclass
class Scene:
    """A client, and what came out of it."""

    frames: list[bytes] = field(default_factory=list)
    events: list[HostEvent] = field(default_factory=list)
    configured: list[Lease | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = DhcpClient(
            OUR_MAC, random.Random(1), self.frames.append, self.events.append, self.configured.append
        )

    def sent(self) -> list[Sent]:
        """Each message with MAC address, source and destination; all checksums are right."""
        messages = []
        for frame in self.frames:
            header, packet = ethernet.parse(frame)
            ip, data = ipv4.parse(packet)
            assert header.source == OUR_MAC
            assert ipv4.checksum_ok(packet, ip)
            assert udp.checksum_ok(data, ip.source, ip.destination)
            source_port, destination_port, payload = udp.parse(data)
            assert (source_port, destination_port) == (68, 67)
            ends = IPv4Address(ip.source), IPv4Address(ip.destination)
            messages.append((header.destination, *ends, dhcp.parse(payload)))
        self.frames.clear()
        return messages

    def wake(self) -> int:
        """Let the next deadline come; returns when that was."""
        now = self.client.next_deadline()
        assert now is not None
        self.client.on_deadline(now)
        return now

    def answer(
        self,
        kind: MessageType,
        question: DhcpMessage,
        now: int,
        options: dict[int, bytes] | None = None,
        *,
        yours: IPv4Address = ADDRESS,
        xid: int | None = None,
        mac: bytes = OUR_MAC,
    ) -> None:
        message = DhcpMessage(
            dhcp.REPLY,
            question.xid if xid is None else xid,
            mac,
            {Option.MESSAGE_TYPE: bytes((kind,)), **(network() if options is None else options)},
            yours=yours.packed,
        )
        self.client.on_message(dhcp.build(message), PEER_MAC, now)

    def requesting(self) -> DhcpMessage:
        """To the REQUEST at time 0."""
        self.client.on_deadline(0)
        ((_, _, _, discover),) = self.sent()
        self.answer(MessageType.OFFER, discover, 0)
        ((_, _, _, request),) = self.sent()
        return request

    def bound(self, seconds: int = HOUR) -> None:
        """To a lease that began at time 0."""
        self.answer(MessageType.ACK, self.requesting(), 0, network(seconds))
        self.client.checked(True, 0)
        self.events.clear()
        self.configured.clear()


def test_discover_offer_request_ack_and_the_check() -> None:
    scene = Scene()
    assert scene.client.next_deadline() == 0
    scene.client.on_deadline(0)
    ((mac, source, destination, discover),) = scene.sent()
    assert (mac, source, destination) == (ethernet.BROADCAST, NOBODY, BROADCAST_IP)
    assert (discover.type, discover.mac, discover.flags) == (MessageType.DISCOVER, OUR_MAC, dhcp.BROADCAST)
    scene.answer(MessageType.OFFER, discover, 3)
    ((mac, source, destination, request),) = scene.sent()
    assert (mac, source, destination) == (ethernet.BROADCAST, NOBODY, BROADCAST_IP)
    assert (request.type, request.xid, request.secs) == (MessageType.REQUEST, discover.xid, discover.secs)
    assert request.options[Option.REQUESTED_ADDRESS] == ADDRESS.packed
    assert request.options[Option.SERVER] == SERVER.packed
    scene.answer(MessageType.ACK, request, 5)
    (lease,) = scene.configured
    assert lease is not None
    assert (lease.address, lease.gateway) == (IPv4Interface(f"{ADDRESS}/24"), SERVER)
    assert lease.dns == (SERVER, ADDRESS)
    assert not scene.client.holds
    scene.client.checked(True, 600)
    assert scene.client.holds
    assert [type(event) for event in scene.events] == [DhcpOffered, DhcpBound]
    # RFC 2131 4.4.5: the time runs since the REQUEST was sent.
    assert scene.client.next_deadline() == 3 + HOUR // 2 * SECOND


def test_silence_is_asked_again_with_twice_the_patience() -> None:
    scene = Scene()
    times = [scene.wake() for _ in range(ATTEMPTS)]
    messages = [message for _, _, _, message in scene.sent()]
    assert [message.type for message in messages] == [MessageType.DISCOVER] * ATTEMPTS
    assert len({message.xid for message in messages}) == 1
    assert [message.secs for message in messages] == [time // SECOND for time in times]
    for attempt, (earlier, later) in enumerate(pairwise(times)):
        assert abs(later - earlier - (FIRST_WAIT << attempt)) <= SECOND
    assert scene.events == []
    now = scene.wake()
    assert scene.events == [DhcpUnanswered(ATTEMPTS, offered=False)]
    assert scene.sent() == []
    assert scene.wake() == now + PAUSE
    ((_, _, _, again),) = scene.sent()
    assert again.type == MessageType.DISCOVER
    assert again.xid != messages[0].xid


def test_a_server_that_falls_silent_after_its_offer() -> None:
    scene = Scene()
    scene.requesting()
    for _ in range(ATTEMPTS):
        scene.wake()
    assert scene.events[-1] == DhcpUnanswered(ATTEMPTS, offered=True)
    assert scene.client.state is DhcpState.INIT


def test_an_address_that_somebody_has_is_declined_and_another_asked_for() -> None:
    scene = Scene()
    scene.answer(MessageType.ACK, scene.requesting(), 0)
    scene.client.checked(False, 5)
    ((mac, source, _, decline),) = scene.sent()
    assert (mac, source, decline.type) == (ethernet.BROADCAST, NOBODY, MessageType.DECLINE)
    assert decline.options[Option.REQUESTED_ADDRESS] == ADDRESS.packed
    assert decline.options[Option.SERVER] == SERVER.packed
    assert scene.events[-1] == DhcpAddressTaken(ADDRESS, SERVER)
    assert scene.configured[-1] is None
    assert scene.wake() == 5 + PAUSE
    assert scene.client.state is DhcpState.SELECTING


def test_a_no_begins_it_anew() -> None:
    scene = Scene()
    request = scene.requesting()
    scene.answer(MessageType.NAK, request, 0, {Option.MESSAGE: b"wrong network"})
    assert scene.events[-1] == DhcpRefused(ADDRESS, SERVER, "wrong network")
    assert scene.client.state is DhcpState.INIT


def test_half_time_asks_the_server_for_more() -> None:
    scene = Scene()
    scene.bound()
    now = scene.wake()
    assert now == HOUR // 2 * SECOND
    ((mac, source, destination, request),) = scene.sent()
    assert (mac, source, destination) == (PEER_MAC, ADDRESS, SERVER)
    assert (request.type, request.client, request.flags) == (MessageType.REQUEST, ADDRESS.packed, 0)
    # RFC 2131 table 5: neither the address nor the server is an option here.
    assert not {Option.REQUESTED_ADDRESS, Option.SERVER} & request.options.keys()
    scene.answer(MessageType.ACK, request, now + SECOND)
    assert scene.client.state is DhcpState.BOUND
    assert [type(event) for event in scene.events] == [DhcpRenewed]
    assert scene.client.next_deadline() == now + HOUR // 2 * SECOND
    assert scene.configured == []


def test_without_an_answer_everybody_is_asked_and_then_the_address_is_gone() -> None:
    scene = Scene()
    scene.bound()
    seen = []
    while not scene.events:
        now = scene.wake()
        seen += [(now // SECOND, destination) for _, _, destination, _ in scene.sent()]
    assert seen[0] == (1800, SERVER)
    assert (3150, BROADCAST_IP) in seen
    assert all((destination == SERVER) == (at < 3150) for at, destination in seen)
    for asked in (SERVER, BROADCAST_IP):
        times = [at for at, destination in seen if destination == asked]
        assert all(later - earlier >= 60 for earlier, later in pairwise(times))
    assert scene.events == [DhcpExpired(ADDRESS)]
    assert now == HOUR * SECOND
    assert scene.configured == [None]


def test_while_rebinding_any_server_may_answer() -> None:
    scene = Scene()
    scene.bound()
    while scene.client.state.name != "REBINDING":
        scene.wake()
    request = scene.sent()[-1][-1]
    other = network(more={Option.SERVER: ADDRESS.packed})
    scene.answer(MessageType.ACK, request, 3200 * SECOND, other)
    assert scene.client.state is DhcpState.BOUND


def test_the_end_gives_the_address_back() -> None:
    scene = Scene()
    scene.bound()
    scene.client.release()
    ((mac, source, destination, message),) = scene.sent()
    assert (mac, source, destination) == (PEER_MAC, ADDRESS, SERVER)
    assert (message.type, message.client) == (MessageType.RELEASE, ADDRESS.packed)
    assert message.options[Option.SERVER] == SERVER.packed
    assert scene.events == [DhcpReleased(ADDRESS, SERVER)]
    assert scene.client.next_deadline() is None
    scene.client.release()
    assert scene.sent() == []


def test_nothing_is_given_back_that_was_not_lent() -> None:
    scene = Scene()
    scene.requesting()
    scene.client.release()
    assert scene.sent() == []


def test_a_lease_for_ever_has_no_timers() -> None:
    scene = Scene()
    scene.bound(FOR_EVER)
    assert scene.client.next_deadline() is None


@pytest.mark.parametrize(
    ("xid", "mac"), [(1, OUR_MAC), (None, THIRD_MAC)], ids=["another question", "another client"]
)
def test_an_answer_to_somebody_else_is_none_to_us(xid: int | None, mac: bytes) -> None:
    scene = Scene()
    scene.client.on_deadline(0)
    ((_, _, _, discover),) = scene.sent()
    scene.answer(MessageType.OFFER, discover, 0, xid=xid, mac=mac)
    assert scene.client.state is DhcpState.SELECTING


@pytest.mark.parametrize(
    ("options", "yours"),
    [(network(), SERVER), (network(more={Option.SERVER: ADDRESS.packed}), ADDRESS)],
    ids=["another address", "another server"],
)
def test_an_acknowledgment_of_something_else_is_refused(
    options: dict[int, bytes], yours: IPv4Address
) -> None:
    scene = Scene()
    request = scene.requesting()
    with pytest.raises(ParseError):
        scene.answer(MessageType.ACK, request, 0, options, yours=yours)
    assert scene.client.state is DhcpState.REQUESTING


@pytest.mark.parametrize("missing", [Option.SERVER, Option.LEASE_TIME, Option.SUBNET_MASK])
def test_a_lease_without_what_is_needed_is_none(missing: Option) -> None:
    options = network()
    del options[missing]
    with pytest.raises(ParseError):
        read_lease(DhcpMessage(dhcp.REPLY, 1, OUR_MAC, options, yours=ADDRESS.packed), 0)


@pytest.mark.parametrize(
    ("more", "times"),
    [
        ({}, (1800, 3150)),
        ({Option.RENEWAL_TIME: b"\0\0\0\x3c", Option.REBINDING_TIME: b"\0\0\0\x5a"}, (60, 90)),
        ({Option.RENEWAL_TIME: (3599).to_bytes(4, "big")}, (1800, 3150)),
    ],
    ids=["none given", "given", "in a wrong order"],
)
def test_the_times_of_a_lease(more: dict[int, bytes], times: tuple[int, int]) -> None:
    message = DhcpMessage(dhcp.REPLY, 1, OUR_MAC, network(more=more), yours=ADDRESS.packed)
    lease = read_lease(message, 7)
    assert (lease.renew_at, lease.rebind_at) == (7 + times[0] * SECOND, 7 + times[1] * SECOND)


def test_every_state_can_be_reached_and_every_edge_names_its_rfc() -> None:
    reached = {DhcpState.INIT} | {edge.new for edge in TRANSITIONS.values()}
    assert reached == set(DhcpState)
    assert {trigger for _, trigger in TRANSITIONS} == set(DhcpTrigger)
    assert all(edge.rfc.startswith("RFC ") for edge in TRANSITIONS.values())


@given(st.lists(st.one_of(st.binary(max_size=400), st.sampled_from(list(MessageType))), max_size=12))
def test_whatever_servers_say_it_goes_on(said: list[bytes | MessageType]) -> None:
    scene = Scene()
    for now, word in enumerate(said):
        scene.client.on_deadline(now * SECOND)
        if isinstance(word, bytes):
            data = word
        else:
            options = {Option.MESSAGE_TYPE: bytes((word,)), **network()}
            sent = scene.sent()
            xid = sent[-1][-1].xid if sent else 0
            data = dhcp.build(DhcpMessage(dhcp.REPLY, xid, OUR_MAC, options, yours=ADDRESS.packed))
        try:
            scene.client.on_message(data, PEER_MAC, now * SECOND)
        except ParseError:
            continue
    assert scene.client.next_deadline() is not None or scene.client.state is DhcpState.CHECKING
