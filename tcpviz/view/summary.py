"""What a frame says of itself: from whom to whom, by which protocol, and Wireshark's Info."""

from functools import lru_cache
from typing import NamedTuple

from tcpviz.analysis import Flag, TcpPacket
from tcpviz.analysis.layers import ETHERNET, trace
from tcpviz.view import info
from tcpviz.view.info6 import ipv6_words
from tcpviz.view.moment import Observed
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.tls_info import tls_info
from tcpviz.view.udp_words import udp_words
from tcpviz.wire import arp, ethernet, icmp, ipv4, ipv6
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import FIN, RST, SYN

_EMPTY = SafeText("")
_IP_PROTOCOLS = {ipv4.ICMP: "ICMP 1", ipv4.TCP: "TCP 6", ipv4.UDP: "UDP 17"}
_REPEATED = Flag.RETRANSMISSION | Flag.OUT_OF_ORDER

# Wireshark colours by the first rule that fits; these are its "Bad TCP", told apart. First the worst.
_BAD_TCP = (
    (Flag.ZERO_WINDOW | Flag.ZERO_WINDOW_PROBE | Flag.ZERO_WINDOW_PROBE_ACK, Role.ZERO_WINDOW),
    (Flag.RETRANSMISSION, Role.RETRANSMISSION),
    (Flag.OUT_OF_ORDER, Role.OUT_OF_ORDER),
    (Flag.LOST_SEGMENT | Flag.ACK_LOST_SEGMENT, Role.UNSEEN),
    (Flag.DUPLICATE_ACK, Role.DUPLICATE_ACK),
    (Flag.WINDOW_FULL, Role.WINDOW_FULL),
    (Flag.WINDOW_UPDATE, Role.WINDOW_UPDATE),
    (Flag.KEEP_ALIVE | Flag.KEEP_ALIVE_ACK, Role.KEEP_ALIVE),
)


class Summary(NamedTuple):
    """What a frame says of itself, whatever its protocol."""

    source: SafeText
    destination: SafeText
    protocol: SafeText
    info: SafeText
    note: SafeText
    role: Role


def summarize(data: bytes, linktype: int, packet: TcpPacket | None, observed: Observed | None) -> Summary:
    """What the frame says: TCP by `packet` and `observed`, other protocols by their own octets."""
    try:
        if packet and observed:
            return _tcp_summary(data, packet, observed)
        return _other_summary(data) if linktype == ETHERNET else _bare_summary(data, linktype)
    except ParseError as error:
        return _plain_summary(data if linktype == ETHERNET else b"", "Malformed", str(error))


def _tcp_summary(data: bytes, packet: TcpPacket, observed: Observed) -> Summary:
    payload, urgent = tcp_payload(data, packet)
    protocol, words = "TCP", None
    if payload and not observed.flags & _REPEATED:
        protocol, words = _application(payload)
    if words:
        text = note = safe(" ".join((*info.prefixes(observed), words)))
    else:
        text = info.tcp_info(packet, observed, urgent)
        options = info.option_words(packet.options, packet.ack - observed.ack)
        note = safe(" ".join((*info.prefixes(observed), *options)))
    return Summary(
        info.address_text(packet.source),
        info.address_text(packet.destination),
        SafeText(protocol),
        text,
        note,
        _tcp_role(packet.flags, observed, protocol == "HTTP"),
    )


def _application(payload: bytes) -> tuple[str, SafeText | None]:
    """The protocol that TCP carries here, and what it says; TCP and None where we know none."""
    if words := info.http_info(payload):
        return "HTTP", words
    if words := tls_info(payload):
        return "TLS", words
    return "TCP", None


def _tcp_role(flags: int, observed: Observed, http: bool) -> Role:
    if flags & RST:
        return Role.RESET
    if bad := _bad_role(int(observed.flags)):
        return bad
    if flags & SYN:
        return Role.SYN
    if flags & FIN:
        return Role.FIN
    if http:
        return Role.HTTP
    return Role.DATA if observed.length else Role.ACK


@lru_cache  # few combinations make up all packets
def _bad_role(flags: int) -> Role | None:
    return next((role for bad, role in _BAD_TCP if flags & bad), None)


def _other_summary(data: bytes) -> Summary:
    header, rest = ethernet.parse(data)
    if header.ethertype == ethernet.ARP:
        text = info.arp_info(arp.parse(rest))
        source, destination = info.mac_text(header.source), info.mac_text(header.destination)
        return Summary(source, destination, SafeText("ARP"), text, text, Role.ARP)
    if header.ethertype == ethernet.IPV4:
        return _ipv4_summary(*ipv4.parse(rest))
    if header.ethertype == ethernet.IPV6:
        return _ipv6_summary(*ipv6.parse(rest))
    return _plain_summary(data, f"0x{header.ethertype:04x}", f"Ethertype 0x{header.ethertype:04x}")


def _bare_summary(data: bytes, linktype: int) -> Summary:
    """What comes without Ethernet: the outermost IP packet, where there is one."""
    for name, whole, start, _ in trace(data, linktype):
        if name == "ip":
            return _ipv4_summary(*ipv4.parse(whole[start:]))
        if name == "ipv6":
            return _ipv6_summary(*ipv6.parse(whole[start:]))
    return _plain_summary(b"", f"link {linktype}", f"Link type {linktype}, {len(data)} octets")


def _ipv4_summary(header: ipv4.Ipv4Header, payload: memoryview) -> Summary:
    role = Role.TEXT
    if header.is_fragment:
        name = "IPv4"
        offset = (header.fragment & 0x1FFF) * 8
        protocol = _IP_PROTOCOLS.get(header.protocol, header.protocol)
        text = safe(
            f"Fragmented IP protocol (proto={protocol}, off={offset}, ID={header.identification:04x})"
        )
    elif header.protocol == ipv4.ICMP:
        message = icmp.parse(payload)
        name, text = "ICMP", info.icmp_info(message, header.ttl)
        role = Role.ICMP_ERROR if message.type in icmp.ERRORS else Role.ICMP
    elif header.protocol == ipv4.UDP:
        (name, text), role = udp_words(payload), Role.UDP
    else:
        name, text = "IPv4", safe(f"IP protocol {header.protocol}, {len(payload)} octets")
    source, destination = info.address_text(header.source), info.address_text(header.destination)
    return Summary(source, destination, SafeText(name), text, text, role)


def _ipv6_summary(header: ipv6.Ipv6Header, payload: memoryview) -> Summary:
    name, text, role = ipv6_words(header, payload)
    source, destination = info.address_text(header.source), info.address_text(header.destination)
    return Summary(source, destination, SafeText(name), text, text, role)


def _plain_summary(data: bytes, protocol: str, text: str) -> Summary:
    source = info.mac_text(data[6:12]) if len(data) >= ethernet.HEADER_LENGTH else _EMPTY
    destination = info.mac_text(data[:6]) if len(data) >= ethernet.HEADER_LENGTH else _EMPTY
    return Summary(source, destination, safe(protocol), safe(text), safe(text), Role.TEXT)


def tcp_payload(data: bytes, packet: TcpPacket) -> tuple[bytes, int]:
    """The captured octets of the segment's payload, and its urgent pointer."""
    # The header stands where its first twelve octets do, whatever carries it.
    start = packet.key[-4:] + packet.seq.to_bytes(4, "big") + packet.ack.to_bytes(4, "big")
    at = data.find(start)
    if at < 0:  # it is in several frames
        return b"", 0
    payload = at + 20 + len(packet.options)
    return data[payload : payload + packet.length], int.from_bytes(data[at + 18 : at + 20], "big")
