"""A host under test, and frames made by hand for it by the one neighbour that it has."""

import random
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface

from tcpviz.host.host import Endpoint, Flow, Host
from tcpviz.tcp.config import Config
from tcpviz.wire import arp, ethernet, icmp, ipv4, tcp
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.ethernet import BROADCAST
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv4 import Ipv4Header
from tcpviz.wire.segment import ACK, SYN, Segment
from tcpviz.wire.seq import Seq, add

OUR_MAC = bytes.fromhex("020000000002")
PEER_MAC = bytes.fromhex("020000000001")
THIRD_MAC = bytes.fromhex("020000000003")
OUR_INTERFACE = IPv4Interface("192.0.2.2/24")
OURS = OUR_INTERFACE.ip.packed
PEER = IPv4Address("192.0.2.1").packed
THIRD = IPv4Address("192.0.2.3").packed
GATEWAY = IPv4Address("192.0.2.254")
OUTSIDE = IPv4Address("198.51.100.7").packed
NO_MAC = bytes(6)
NO_ADDRESS = bytes(4)

MS = 1_000_000
SECOND = 1_000_000_000


def make_host(
    *, probe: bool = False, gateway: IPv4Address | None = None, mtu: int = 1500, seed: int = 1
) -> Host:
    return Host(
        mac=OUR_MAC,
        address=OUR_INTERFACE,
        gateway=gateway,
        mtu=mtu,
        rng=random.Random(seed),
        secret=bytes(16),
        probe=probe,
    )


def arp_frame(
    operation: int,
    sender_mac: bytes,
    sender: bytes,
    target_mac: bytes,
    target: bytes,
    *,
    to: bytes = BROADCAST,
) -> bytes:
    packet = arp.build(ArpPacket(operation, sender_mac, sender, target_mac, target))
    return ethernet.build(to, sender_mac, ethernet.ARP, packet)


def arp_reply(sender: bytes = PEER, sender_mac: bytes = PEER_MAC) -> bytes:
    """The answer to our question who has `sender`."""
    return arp_frame(arp.REPLY, sender_mac, sender, OUR_MAC, OURS, to=OUR_MAC)


def packet_frame(packet: bytes, *, to: bytes = OUR_MAC) -> bytes:
    return ethernet.build(to, PEER_MAC, ethernet.IPV4, packet)


def segment_frame(
    segment: Segment, port: int, local_port: int, *, source: bytes = PEER, destination: bytes = OURS
) -> bytes:
    """`segment` from the peer's `port` to our `local_port`."""
    addresses = pseudo_header(source, destination, ipv4.TCP, 0)
    data = tcp.build_with_checksum(port, local_port, segment, addresses)
    return packet_frame(ipv4.build(source, destination, ipv4.TCP, data))


def icmp_frame(message: IcmpMessage, *, source: bytes = PEER) -> bytes:
    return packet_frame(ipv4.build(source, OURS, ipv4.ICMP, icmp.build(message)))


def read_arp(frame: bytes) -> tuple[bytes, ArpPacket]:
    """Destination MAC and packet of an ARP frame that we sent."""
    header, payload = ethernet.parse(frame)
    assert (header.source, header.ethertype) == (OUR_MAC, ethernet.ARP)
    return header.destination, arp.parse(payload)


def read_packet(frame: bytes) -> tuple[bytes, Ipv4Header, bytes]:
    """Destination MAC, IP header and payload of an IP packet that we sent; the checksum is right."""
    header, packet = ethernet.parse(frame)
    assert (header.source, header.ethertype) == (OUR_MAC, ethernet.IPV4)
    ip_header, payload = ipv4.parse(packet)
    assert ipv4.checksum_ok(packet, ip_header)
    return header.destination, ip_header, bytes(payload)


def read_segment(frame: bytes) -> tuple[int, int, Segment]:
    """Source port, destination port and segment that we sent; all checksums are right."""
    _, header, payload = read_packet(frame)
    assert header.protocol == ipv4.TCP
    assert tcp.checksum_ok(payload, pseudo_header(header.source, header.destination, ipv4.TCP, 0))
    return tcp.parse(payload)


def sent(host: Host, now: int = 0) -> list[bytes]:
    return [frame for frame, _ in host.frames(now)]


@dataclass
class Peer:
    """The other end of one connection of `host`, by hand."""

    host: Host
    flow: Flow
    snd_nxt: Seq = field(default=Seq(5000))
    rcv_nxt: Seq = field(default=Seq(0))

    def frame(self, segment: Segment) -> bytes:
        return segment_frame(segment, self.flow.remote.port, self.flow.local.port)

    def data(self, payload: bytes) -> bytes:
        """The frame of the next octets in order."""
        segment = Segment(self.snd_nxt, self.rcv_nxt, ACK, 8000, payload)
        self.snd_nxt = add(self.snd_nxt, len(payload))
        return self.frame(segment)


def resolved(host: Host, now: int = 0) -> None:
    """Have `host` know the peer's MAC address, without a question of its own."""
    question = arp_frame(arp.REQUEST, PEER_MAC, PEER, NO_MAC, OURS)
    host.on_frame(Frame(now, question), now)
    sent(host, now)
    host.events()


def established(host: Host, config: Config | None = None) -> Peer:
    """A connection of `host` to the peer's port 80, its handshake done at time 0."""
    resolved(host)
    flow = host.connect(Endpoint(PEER, 80), config or Config(timestamps=False), 0)
    (syn_frame,) = sent(host)
    _, _, syn = read_segment(syn_frame)
    peer = Peer(host, flow, rcv_nxt=syn.end)
    answer = Segment(Seq(4999), syn.end, SYN | ACK, 8000, mss=1460)
    assert host.on_frame(Frame(0, peer.frame(answer)), 0) is flow
    sent(host)
    return peer
