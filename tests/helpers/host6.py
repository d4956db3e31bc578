"""A host under test with an IPv6 address, and frames made by hand for it by its neighbours."""

import random
from ipaddress import IPv6Address, IPv6Interface

from tcpviz.host.host import Host
from tcpviz.host.identifier import LINK_LOCAL, stable_address
from tcpviz.wire import ethernet, icmpv6, ipv6, mld, ndp, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header
from tcpviz.wire.ndp import NeighbourAdvertisement, NeighbourSolicitation
from tcpviz.wire.segment import Segment

OUR_MAC = bytes.fromhex("020000000002")
PEER_MAC = bytes.fromhex("020000000001")
THIRD_MAC = bytes.fromhex("020000000003")
OUR_INTERFACE = IPv6Interface("2001:db8::2/64")
OURS = OUR_INTERFACE.ip.packed
PEER = IPv6Address("2001:db8::1").packed
OUTSIDE = IPv6Address("2001:db8:1::1").packed
ROUTER = IPv6Address("fe80::1").packed
OUR_GROUP = ipv6.solicited_node(OURS)
OUR_LINK_LOCAL = stable_address(LINK_LOCAL, OUR_MAC).ip.packed

SECOND = 1_000_000_000


def make_host(
    *,
    probe: bool = False,
    gateway: IPv6Address | None = None,
    mtu: int = 1500,
    address: IPv6Interface | None = OUR_INTERFACE,
    slaac: bool = False,
) -> Host:
    return Host(
        mac=OUR_MAC,
        address6=address,
        gateway6=gateway,
        slaac=slaac,
        mtu=mtu,
        rng=random.Random(1),
        secret=bytes(16),
        probe=probe,
    )


def frame(packet: bytes, *, to: bytes = OUR_MAC, mac: bytes = PEER_MAC) -> bytes:
    """The frame of a packet, to the Ethernet address of its group where it is for one."""
    destination = packet[24:40]
    if ipv6.is_multicast(destination):
        to = ipv6.group_mac(destination)
    return ethernet.build(to, mac, ethernet.IPV6, packet)


def told(message: ndp.Message, *, source: bytes = PEER, to: bytes = OURS, mac: bytes = PEER_MAC) -> bytes:
    """Neighbour discovery by a neighbour."""
    return frame(ndp.build(message, source, to), mac=mac)


def icmp_frame(message: IcmpMessage, *, source: bytes = PEER, to: bytes = OURS) -> bytes:
    return frame(ipv6.build(source, to, ipv6.ICMPV6, icmpv6.build(message, source, to)))


def segment_frame(segment: Segment, port: int, local_port: int, *, source: bytes = PEER) -> bytes:
    addresses = pseudo_header(source, OURS, ipv6.TCP, 0)
    data = tcp.build_with_checksum(port, local_port, segment, addresses)
    return frame(ipv6.build(source, OURS, ipv6.TCP, data))


def receive(host: Host, data: bytes, now: int = 0) -> None:
    host.on_frame(Frame(now, data), now)


def sent(host: Host, now: int = 0) -> list[bytes]:
    return [data for data, _ in host.frames(now)]


def pass_time(host: Host, until: int, start: int = 0) -> list[tuple[int, bytes]]:
    """Everything that `host` sends by itself up to `until`, each with its time."""
    log = [(start, data) for data in sent(host, start)]
    while (now := host.next_deadline()) is not None and now <= until:
        host.on_deadline(now)
        log += ((now, data) for data in sent(host, now))
    return log


def read_packet(data: bytes) -> tuple[bytes, Ipv6Header, memoryview]:
    """Destination MAC, header and payload of a packet that we sent."""
    header, packet = ethernet.parse(data)
    assert (header.source, header.ethertype) == (OUR_MAC, ethernet.IPV6)
    return header.destination, *ipv6.parse(packet)


def read_icmp(data: bytes) -> tuple[Ipv6Header, IcmpMessage]:
    """What we sent by ICMPv6; the checksum is right."""
    _, header, payload = read_packet(data)
    assert header.next_header == ipv6.ICMPV6
    assert icmpv6.checksum_ok(payload, header.source, header.destination)
    return header, icmpv6.parse(payload)


def read_discovery(data: bytes) -> tuple[bytes, bytes, ndp.Message]:
    """Source, destination and message of neighbour discovery that we sent: valid, and to the right MAC."""
    mac, header, _ = read_packet(data)
    if ipv6.is_multicast(header.destination):
        assert mac == ipv6.group_mac(header.destination)
    return header.source, header.destination, ndp.parse(*read_icmp(data))


def is_report(data: bytes) -> bool:
    """Whether we tell of our groups by it."""
    destination, _, _ = read_packet(data)
    return destination == ipv6.group_mac(mld.LISTENERS)


def discovery_log(host: Host, until: int) -> list[tuple[int, tuple[bytes, bytes, ndp.Message]]]:
    """All neighbour discovery that `host` sends by itself up to `until`, each with its time."""
    log = pass_time(host, until)
    return [(now, read_discovery(data)) for now, data in log if not is_report(data)]


def read_segment(data: bytes) -> tuple[int, int, Segment]:
    """Ports and segment that we sent; the checksum is right."""
    _, header, payload = read_packet(data)
    assert tcp.checksum_ok(payload, pseudo_header(header.source, header.destination, ipv6.TCP, 0))
    return tcp.parse(payload)


def question(target: bytes = OURS, *, source: bytes = PEER, mac: bytes = PEER_MAC) -> bytes:
    """A neighbour asks who has `target`."""
    return told(NeighbourSolicitation(target, mac), source=source, to=ipv6.solicited_node(target), mac=mac)


def probe(target: bytes = OURS, *, mac: bytes = THIRD_MAC) -> bytes:
    """A neighbour asks whether anybody has `target`, before it takes it."""
    group = ipv6.solicited_node(target)
    return told(NeighbourSolicitation(target), source=ipv6.UNSPECIFIED, to=group, mac=mac)


def answer(target: bytes = PEER, mac: bytes = PEER_MAC) -> bytes:
    """A neighbour answers our question."""
    return told(NeighbourAdvertisement(target, mac, solicited=True), source=target, mac=mac)
