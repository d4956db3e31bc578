"""Our codecs against scapy's, in both directions."""

from typing import Any

from helpers.wire import OURS, PEERS, frame_out, halves, segments
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import ARP, Ether

from tcpviz.wire import arp, ethernet, icmp, ipv4, tcp
from tcpviz.wire.arp import ArpPacket
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.segment import Segment

SOME = settings(max_examples=100)
addresses = st.binary(min_size=4, max_size=4)
macs = st.binary(min_size=6, max_size=6)


def dotted(address: bytes) -> str:
    return ".".join(map(str, address))


def colons(mac: bytes) -> str:
    return mac.hex(":")


def scapy_options(segment: Segment) -> list[tuple[str, Any]]:
    """The options as scapy writes them, without NOPs."""
    options: list[tuple[str, Any]] = []
    if segment.mss is not None:
        options.append(("MSS", segment.mss))
    if segment.sack_permitted:
        options.append(("SAckOK", b""))
    if segment.timestamps is not None:
        options.append(("Timestamp", segment.timestamps))
    if segment.window_scale is not None:
        options.append(("WScale", segment.window_scale))
    if segment.sack:
        options.append(("SAck", tuple(edge for block in segment.sack for edge in block)))
    return options


@SOME
@given(source=halves, destination=halves, segment=segments())
def test_scapy_reads_what_we_build(source: int, destination: int, segment: Segment) -> None:
    packet = Ether(frame_out(segment, source_port=source, destination_port=destination))
    header = packet[TCP]
    assert (packet[IP].src, packet[IP].dst) == (dotted(OURS), dotted(PEERS))
    assert (header.sport, header.dport, header.seq, header.ack) == (
        source,
        destination,
        segment.seq,
        segment.ack,
    )
    assert (int(header.flags), header.window, header.urgptr) == (
        segment.flags,
        segment.window,
        segment.urgent,
    )
    assert [option for option in header.options if option[0] != "NOP"] == scapy_options(segment)
    assert bytes(header.payload) == segment.payload


@SOME
@given(segment=segments())
def test_scapy_computes_the_same_checksums(segment: Segment) -> None:
    frame = frame_out(segment)
    packet = Ether(frame)
    del packet[IP].chksum, packet[TCP].chksum
    assert bytes(packet) == frame


@SOME
@given(source=addresses, destination=addresses, segment=segments())
def test_we_read_what_scapy_builds(source: bytes, destination: bytes, segment: Segment) -> None:
    header = TCP(
        sport=40000,
        dport=80,
        seq=segment.seq,
        ack=segment.ack,
        flags=segment.flags,
        window=segment.window,
        urgptr=segment.urgent,
        options=scapy_options(segment),
    )
    packet = (
        Ether(type=0x0800) / IP(src=dotted(source), dst=dotted(destination)) / header / bytes(segment.payload)
    )
    link, rest = ethernet.parse(bytes(packet))
    network, data = ipv4.parse(rest)
    assert (link.ethertype, network.protocol) == (ethernet.IPV4, ipv4.TCP)
    assert (network.source, network.destination) == (source, destination)
    assert ipv4.checksum_ok(rest, network)
    assert tcp.checksum_ok(data, pseudo_header(source, destination, ipv4.TCP, 0))
    assert tcp.parse(data) == (40000, 80, segment)


@SOME
@given(operation=halves, macs=st.tuples(macs, macs), addresses=st.tuples(addresses, addresses))
def test_arp_both_ways(operation: int, macs: tuple[bytes, bytes], addresses: tuple[bytes, bytes]) -> None:
    ours = arp.build(ArpPacket(operation, macs[0], addresses[0], macs[1], addresses[1]))
    theirs = ARP(
        op=operation,
        hwsrc=colons(macs[0]),
        psrc=dotted(addresses[0]),
        hwdst=colons(macs[1]),
        pdst=dotted(addresses[1]),
    )
    assert ours == bytes(theirs)
    assert arp.parse(bytes(theirs)) == (operation, macs[0], addresses[0], macs[1], addresses[1])


@SOME
@given(identifier=halves, number=halves, payload=st.binary(max_size=40))
def test_icmp_echo_both_ways(identifier: int, number: int, payload: bytes) -> None:
    message = IcmpMessage(icmp.ECHO_REQUEST, 0, identifier << 16 | number, payload)
    theirs = bytes(ICMP(type=8, id=identifier, seq=number) / payload)
    assert icmp.build(message) == theirs
    assert icmp.checksum_ok(theirs)
    assert icmp.parse(theirs) == message
