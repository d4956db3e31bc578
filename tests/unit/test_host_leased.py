"""A host whose IPv4 address a DHCP server lends, from the first frame to the last, on virtual time."""

import random
from ipaddress import IPv4Address

import pytest
from helpers.host import OUR_MAC, PEER, PEER_MAC, THIRD_MAC, arp_frame, read_arp, segment_frame

from tcpviz.host.dhcp import PAUSE
from tcpviz.host.events import (
    AddressConflict,
    DhcpAddressTaken,
    DhcpBound,
    DhcpExpired,
    FrameDropped,
    HostEvent,
)
from tcpviz.host.host import Endpoint, Host, HostError
from tcpviz.tcp.config import Config
from tcpviz.wire import arp, dhcp, ethernet, ipv4, tcp, udp
from tcpviz.wire.dhcp import DhcpMessage, MessageType, Option
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import ACK, RST, SYN, Segment
from tcpviz.wire.seq import Seq

SECOND = 1_000_000_000
LENT = IPv4Address("192.0.2.77").packed
EVERYBODY = b"\xff" * 4
HOUR = 3600


class Scene:
    """The host, and a server by hand at the peer's address."""

    def __init__(self, *, gateway: IPv4Address | None = None) -> None:
        self.now = 0
        self.sent: list[bytes] = []
        self.events: list[HostEvent] = []
        self.host = Host(
            mac=OUR_MAC, dhcp=True, gateway=gateway, mtu=1500, rng=random.Random(1), secret=bytes(16)
        )

    def until(self, time: int) -> None:
        """Let time pass, and keep what is sent."""
        while (moment := self.host.next_deadline()) is not None and moment <= time:
            self.now = max(self.now, moment)
            self.host.on_deadline(self.now)
            self.collect()
        self.now = time
        self.collect()

    def collect(self) -> None:
        self.sent += [frame for frame, _ in self.host.frames(self.now)]
        self.events += self.host.events()

    def hear(self, frame: bytes) -> None:
        self.host.on_frame(Frame(self.now, frame), self.now)
        self.collect()

    def messages(self) -> list[DhcpMessage]:
        """What went to the server's port so far; it is forgotten."""
        found = []
        for frame in self.sent:
            if ethernet.parse(frame)[0].ethertype == ethernet.IPV4:
                header, data = ipv4.parse(frame[14:])
                if header.protocol == ipv4.UDP and udp.parse(data)[1] == dhcp.SERVER_PORT:
                    found.append(dhcp.parse(udp.parse(data)[2]))
        self.sent.clear()
        return found

    def answer(
        self, kind: MessageType, *, to: bytes = EVERYBODY, spoil: bool = False, mtu: int = 1400
    ) -> None:
        (question,) = self.messages()
        options: dict[int, bytes] = {
            Option.MESSAGE_TYPE: bytes((kind,)),
            Option.SERVER: PEER,
            Option.LEASE_TIME: HOUR.to_bytes(4, "big"),
            Option.SUBNET_MASK: b"\xff\xff\xff\0",
            Option.ROUTERS: PEER,
            Option.DNS_SERVERS: PEER,
            Option.MTU: (1400).to_bytes(2, "big"),
        }
        message = dhcp.build(DhcpMessage(dhcp.REPLY, question.xid, OUR_MAC, options, yours=LENT))
        data = udp.build(PEER, dhcp.SERVER_PORT, to, dhcp.CLIENT_PORT, message)
        mac = ethernet.BROADCAST if to == EVERYBODY else OUR_MAC
        packet = ipv4.build(PEER, to, ipv4.UDP, data[:-1] + b"?" if spoil else data)
        self.hear(ethernet.build(mac, PEER_MAC, ethernet.IPV4, packet))

    def acknowledged(self) -> None:
        self.until(0)
        self.answer(MessageType.OFFER)
        self.answer(MessageType.ACK)

    def bound(self) -> None:
        self.acknowledged()
        self.until(SECOND)
        self.hear(arp_frame(arp.REQUEST, PEER_MAC, PEER, bytes(6), LENT))
        self.sent.clear()


@pytest.mark.parametrize("to", [EVERYBODY, LENT], ids=["broadcast", "unicast"])
def test_the_lent_address_is_checked_and_then_ours(to: bytes) -> None:
    scene = Scene()
    scene.until(0)
    assert not scene.host.address_ready
    scene.answer(MessageType.OFFER, to=to)
    scene.answer(MessageType.ACK, to=to)
    scene.until(SECOND)
    probes = [read_arp(frame)[1] for frame in scene.sent]
    assert [probe.sender_address for probe in probes] == [bytes(4)] * 3 + [LENT]
    assert scene.host.address_ready
    assert scene.host.dns_servers == (IPv4Address(PEER),)
    assert isinstance(scene.events[-1], DhcpBound)


def test_before_that_there_is_no_way_anywhere() -> None:
    scene = Scene()
    with pytest.raises(HostError, match="no DHCP server"):
        scene.host.connect(Endpoint(PEER, 80), Config(), 0)
    with pytest.raises(HostError, match="no DHCP server"):
        scene.host.udp(lambda *_: None, lambda *_: None).send(Endpoint(PEER, 53), b"", 0)


def test_connections_have_the_lent_address_and_the_network_s_mtu() -> None:
    scene = Scene()
    scene.bound()
    flow = scene.host.connect(Endpoint(PEER, 80), Config(), scene.now)
    scene.collect()
    assert flow.local.address == LENT
    (frame,) = scene.sent
    _, _, syn = tcp.parse(ipv4.parse(frame[14:])[1])
    assert syn.mss == 1360


@pytest.mark.parametrize(
    ("gateway", "hop"), [(None, PEER), (IPv4Address("192.0.2.9"), IPv4Address("192.0.2.9").packed)]
)
def test_the_way_out_is_the_server_s_or_the_user_s(gateway: IPv4Address | None, hop: bytes) -> None:
    scene = Scene(gateway=gateway)
    scene.bound()
    flow = scene.host.connect(Endpoint(bytes((198, 51, 100, 7)), 80), Config(), scene.now)
    assert flow.neighbour == hop


def test_an_address_that_answers_the_probe_is_declined_and_asked_for_anew() -> None:
    scene = Scene()
    scene.acknowledged()
    scene.until(SECOND // 10)
    scene.sent.clear()
    scene.hear(arp_frame(arp.REPLY, THIRD_MAC, LENT, OUR_MAC, bytes(4), to=OUR_MAC))
    assert [message.type for message in scene.messages()] == [MessageType.DECLINE]
    kinds = [type(event) for event in scene.events]
    assert DhcpAddressTaken in kinds
    assert AddressConflict not in kinds
    scene.until(scene.now + PAUSE)
    assert [message.type for message in scene.messages()] == [MessageType.DISCOVER]


def test_a_rival_that_insists_gets_the_address_and_the_server_hears_of_it() -> None:
    scene = Scene()
    scene.bound()
    for _ in range(2):
        scene.hear(arp_frame(arp.REQUEST, THIRD_MAC, LENT, bytes(6), PEER))
    assert AddressConflict(LENT, THIRD_MAC) in scene.events
    assert [message.type for message in scene.messages()] == [MessageType.DECLINE]
    assert not scene.host.address_ready


def test_with_the_end_of_the_lease_the_connections_end() -> None:
    scene = Scene()
    scene.bound()
    flow = scene.host.connect(Endpoint(PEER, 80), Config(), scene.now)
    scene.collect()
    acceptance = Segment(Seq(9), flow.connection.snapshot().snd_nxt, SYN | ACK, 8000)
    scene.hear(segment_frame(acceptance, 80, flow.local.port, destination=LENT))
    scene.until(HOUR * SECOND)
    assert any(tcp.parse(frame[34:])[2].flags & RST for frame in scene.sent if frame[23] == ipv4.TCP)
    assert DhcpExpired(IPv4Address(LENT)) in scene.events
    assert flow.connection.closed
    assert not scene.host.flows
    assert not scene.host.address_ready


def test_a_renewal_keeps_everything_as_it_is() -> None:
    scene = Scene()
    scene.bound()
    scene.until(HOUR // 2 * SECOND)
    scene.answer(MessageType.ACK, to=LENT)
    scene.until(HOUR * SECOND)
    assert scene.host.address_ready


def test_the_address_is_given_back_at_the_end() -> None:
    scene = Scene()
    scene.bound()
    scene.host.release()
    scene.collect()
    (frame,) = scene.sent
    assert ethernet.parse(frame)[0].destination == PEER_MAC
    assert [message.type for message in scene.messages()] == [MessageType.RELEASE]
    assert not scene.host.address_ready


def test_an_answer_with_a_wrong_checksum_is_dropped() -> None:
    scene = Scene()
    scene.until(0)
    scene.answer(MessageType.OFFER, spoil=True)
    assert scene.events == [FrameDropped("a DHCP answer with a wrong checksum")]


def test_what_is_for_the_address_is_heard_when_it_is_ours() -> None:
    scene = Scene()
    scene.bound()
    data = udp.build(PEER, 1000, LENT, 2000, b"anybody?")
    packet = ipv4.build(PEER, LENT, ipv4.UDP, data)
    scene.hear(ethernet.build(OUR_MAC, PEER_MAC, ethernet.IPV4, packet))
    assert FrameDropped("nobody here has that UDP port") in scene.events
    assert len(scene.sent) == 1


def test_a_reset_is_sent_for_a_stranger_s_segment() -> None:
    scene = Scene()
    scene.bound()
    scene.hear(segment_frame(Segment(Seq(1), Seq(2), ACK), 80, 1000, destination=LENT))
    (frame,) = scene.sent
    assert tcp.parse(ipv4.parse(frame[14:])[1])[2].flags & RST
