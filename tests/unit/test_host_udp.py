"""UDP ports, in both families: what reaches them, and what strangers hear."""

from dataclasses import dataclass, field

import pytest
from helpers.pair import HERE, THERE, Pair, address

from tcpviz.host.allowance import BURST
from tcpviz.host.events import DatagramReassembled, HostEvent, ReassemblyTimedOut
from tcpviz.host.fragments import TIMEOUT
from tcpviz.host.host import Endpoint, Host, HostError
from tcpviz.host.udp import UdpPort
from tcpviz.tcp.icmp import IcmpError
from tcpviz.wire import ethernet, icmp, icmpv6, ipv4, ipv6

SECOND = 1_000_000_000
BOTH = pytest.mark.parametrize("version", [4, 6], ids=["IPv4", "IPv6"])


@dataclass
class Ear:
    """An open port and what it heard."""

    host: Host
    number: int | None = None
    remote: Endpoint | None = None
    heard: list[tuple[Endpoint, bytes]] = field(default_factory=list)
    failed: list[tuple[Endpoint, IcmpError]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port: UdpPort = self.host.udp(
            lambda source, payload, now: self.heard.append((source, payload)),
            lambda remote, error, now: self.failed.append((remote, error)),
            remote=self.remote,
            number=self.number,
        )


def fragmented(frame: bytes, size: int) -> list[bytes]:
    """The frame's packet in fragments of `size` octets of payload each."""
    header, packet = ethernet.parse(frame)
    if header.ethertype == ethernet.IPV4:
        parts = _fragments4(packet, size)
    elif header.ethertype == ethernet.IPV6 and ipv6.parse_header(packet).next_header == ipv6.UDP:
        parts = _fragments6(packet, size)
    else:
        return [frame]
    return [ethernet.build(header.destination, header.source, header.ethertype, part) for part in parts]


def _fragments4(packet: memoryview, size: int) -> list[bytes]:
    header, data = ipv4.parse(packet)
    return [
        ipv4.build(
            header.source,
            header.destination,
            header.protocol,
            data[at : at + size],
            identification=7,
            fragment=at // 8 | (ipv4.MORE_FRAGMENTS if at + size < len(data) else 0),
        )
        for at in range(0, len(data), size)
    ]


def _fragments6(packet: memoryview, size: int) -> list[bytes]:
    header, data = ipv6.parse(packet)
    parts = []
    for at in range(0, len(data), size):
        more = at + size < len(data)
        place = bytes((header.next_header, 0)) + (at | more).to_bytes(2, "big") + bytes((0, 0, 0, 7))
        parts.append(ipv6.build(header.source, header.destination, 44, place + data[at : at + size]))
    return parts


@BOTH
def test_there_and_back(version: int) -> None:
    pair = Pair()
    server, client = Ear(pair.there, 53), Ear(pair.here)
    client.port.send(Endpoint(address(version, THERE), 53), b"question", 0)
    pair.settle()
    ours = Endpoint(address(version, HERE), client.port.number)
    assert server.heard == [(ours, b"question")]
    server.port.send(ours, b"answer", 0)
    pair.settle()
    assert client.heard == [(Endpoint(address(version, THERE), 53), b"answer")]
    assert 49152 <= client.port.number < 65536


@BOTH
def test_a_connected_port_hears_of_nobody_else(version: int) -> None:
    pair = Pair()
    server = Ear(pair.there, 53, Endpoint(address(version, HERE), 1000))
    for number in (1000, 1001):
        Ear(pair.here, number).port.send(Endpoint(address(version, THERE), 53), b"hello", 0)
    pair.settle()
    assert [source.port for source, _ in server.heard] == [1000]


@BOTH
def test_a_closed_port_is_told_to_be_unreachable_and_the_sender_learns_it(version: int) -> None:
    pair = Pair()
    client = Ear(pair.here)
    there = Endpoint(address(version, THERE), 53)
    client.port.send(there, b"anybody?", 0)
    pair.settle()
    assert pair.reasons(pair.there) == ["nobody here has that UDP port"]
    ((remote, error),) = client.failed
    assert remote == there
    assert (error.icmp_type, error.code) == (icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE)


@BOTH
def test_complaints_have_a_limit(version: int) -> None:
    pair = Pair()
    client = Ear(pair.here)
    for _ in range(BURST + 5):
        client.port.send(Endpoint(address(version, THERE), 53), b"", 0)
        pair.settle()
    assert len(client.failed) == BURST
    client.port.send(Endpoint(address(version, THERE), 53), b"", SECOND)
    pair.settle(SECOND)
    assert len(client.failed) == BURST + 1


@BOTH
def test_after_its_close_a_port_hears_nothing(version: int) -> None:
    pair = Pair()
    server, client = Ear(pair.there, 53), Ear(pair.here)
    server.port.close()
    server.port.close()
    client.port.send(Endpoint(address(version, THERE), 53), b"late", 0)
    pair.settle()
    assert server.heard == []
    Ear(pair.there, 53)


def test_a_port_is_taken_once() -> None:
    pair = Pair()
    Ear(pair.here, 53)
    with pytest.raises(HostError, match="open already"):
        Ear(pair.here, 53)


@BOTH
def test_more_than_fits_into_a_packet_is_refused(version: int) -> None:
    pair = Pair()
    client, headers = Ear(pair.here), {4: 28, 6: 48}[version]
    there = Endpoint(address(version, THERE), 53)
    client.port.send(there, bytes(1500 - headers), 0)
    with pytest.raises(HostError, match="are the most"):
        client.port.send(there, bytes(1500 - headers + 1), 0)


def test_where_no_way_leads_is_said_at_once() -> None:
    with pytest.raises(HostError, match="outside"):
        Ear(Pair().here).port.send(Endpoint(bytes((198, 51, 100, 7)), 53), b"", 0)


@BOTH
def test_a_wrong_checksum_is_dropped(version: int) -> None:
    pair = Pair()
    server, client = Ear(pair.there, 53), Ear(pair.here)
    pair.change = lambda frame: [frame[:-1] + b"?"] if frame.endswith(b"!") else [frame]
    client.port.send(Endpoint(address(version, THERE), 53), b"hear me!", 0)
    pair.settle()
    assert server.heard == []
    assert pair.reasons(pair.there) == ["the UDP checksum is wrong"]


# Fragments


@BOTH
@pytest.mark.parametrize("backwards", [False, True])
def test_fragments_are_put_together(version: int, backwards: bool) -> None:
    pair = Pair()
    server, client = Ear(pair.there, 53), Ear(pair.here)
    pair.change = lambda frame: fragmented(frame, 480)[:: -1 if backwards else 1]
    payload = bytes(range(256)) * 5
    client.port.send(Endpoint(address(version, THERE), 53), payload, 0)
    pair.settle()
    assert [heard for _, heard in server.heard] == [payload]
    joined = [event for event in pair.events[pair.there] if isinstance(event, DatagramReassembled)]
    assert joined == [DatagramReassembled(address(version, HERE), len(payload) + 8)]


@BOTH
def test_fragments_that_overlap_are_dropped_with_the_reason(version: int) -> None:
    pair = Pair()
    server, client = Ear(pair.there, 53), Ear(pair.here)
    pair.change = lambda frame: [*fragmented(frame, 480)[:1], *fragmented(frame, 240)[1:]]
    client.port.send(Endpoint(address(version, THERE), 53), bytes(1200), 0)
    pair.settle()
    assert server.heard == []
    assert "overlap" in pair.reasons(pair.there)[0]


@BOTH
@pytest.mark.parametrize(("arriving", "told"), [(slice(0, 1), True), (slice(1, 3), False)])
def test_after_a_minute_the_source_hears_that_the_rest_is_missing(
    version: int, arriving: slice, told: bool
) -> None:
    pair = Pair()
    Ear(pair.there, 53)
    client = Ear(pair.here)
    pair.change = lambda frame: fragmented(frame, 480)[arriving] if len(frame) > 500 else [frame]
    client.port.send(Endpoint(address(version, THERE), 53), bytes(1200), 0)
    pair.settle()
    pair.there.on_deadline(TIMEOUT - 1)
    assert ReassemblyTimedOut() not in events(pair)
    pair.there.on_deadline(TIMEOUT)
    pair.settle(TIMEOUT)
    assert ReassemblyTimedOut() in events(pair)
    errors = [frame for frame in pair.sent_by(pair.there) if says_time_exceeded(frame)]
    assert len(errors) == told


def events(pair: Pair) -> list[HostEvent]:
    pair.events[pair.there] += pair.there.events()
    return pair.events[pair.there]


def says_time_exceeded(frame: bytes) -> bool:
    """Whether it is ICMP's word that the fragments did not come in time."""
    header, packet = ethernet.parse(frame)
    if header.ethertype == ethernet.IPV4:
        ip4, data = ipv4.parse(packet)
        return ip4.protocol == ipv4.ICMP and bytes(data[:2]) == bytes((icmp.TIME_EXCEEDED, 1))
    if header.ethertype == ethernet.IPV6:
        ip6, data = ipv6.parse(packet)
        return ip6.next_header == ipv6.ICMPV6 and bytes(data[:2]) == bytes((icmpv6.TIME_EXCEEDED, 1))
    return False


def test_a_fragment_alone_is_the_whole_packet_at_once() -> None:
    """RFC 6946: an atomic fragment has nothing to do with others of the same identification."""
    pair = Pair()
    server, client = Ear(pair.there, 53), Ear(pair.here)
    there = Endpoint(address(6, THERE), 53)
    pair.change = lambda frame: fragmented(frame, 480)[:1]
    client.port.send(there, bytes(600), 0)
    pair.settle()
    pair.change = lambda frame: fragmented(frame, 480)
    client.port.send(there, b"atomic", 0)
    pair.settle()
    assert [heard for _, heard in server.heard] == [b"atomic"]


def test_a_fragment_of_a_wrong_length_is_told_to_its_source() -> None:
    pair = Pair()
    client = Ear(pair.here)
    pair.change = lambda frame: fragmented(frame, 483)[:1] if len(frame) > 500 else [frame]
    client.port.send(Endpoint(address(6, THERE), 53), bytes(600), 0)
    pair.settle()
    (problem,) = [
        icmpv6.parse(ipv6.parse(ethernet.parse(frame)[1])[1])
        for frame in pair.sent_by(pair.there)
        if frame[20] == ipv6.ICMPV6 and frame[54] == icmpv6.PARAMETER_PROBLEM
    ]
    # RFC 8200 4.5: the pointer is at the payload length.
    assert (problem.code, problem.rest) == (0, 4)
