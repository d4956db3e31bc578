"""The packet list: one row as cells of plain text, with Wireshark's columns or those for one connection."""

from functools import lru_cache
from typing import NamedTuple

from tcpviz.analysis import Flag, TcpPacket, tcp_packet
from tcpviz.analysis.layers import ETHERNET, trace
from tcpviz.link.base import Direction, Fate
from tcpviz.view import info, units
from tcpviz.view.info6 import ipv6_words
from tcpviz.view.moment import Observed
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.tls_info import tls_info
from tcpviz.view.udp_words import udp_words
from tcpviz.wire import arp, ethernet, icmp, ipv4, ipv6
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import ACK, FIN, RST, SYN

_IP_PROTOCOLS = {ipv4.ICMP: "ICMP 1", ipv4.TCP: "TCP 6", ipv4.UDP: "UDP 17"}
_REPEATED = Flag.RETRANSMISSION | Flag.OUT_OF_ORDER


class Column(NamedTuple):
    """A column of the list: a field of `Line`. The one of width 0 takes the rest."""

    field: str
    title: SafeText
    width: int
    right: bool = False
    address: bool = False
    """What is too long loses its middle, not its end."""


def _columns(*columns: tuple[str, str, int, bool]) -> tuple[Column, ...]:
    return tuple(
        Column(field, SafeText(title), width, right, address=field in ("source", "destination"))
        for field, title, width, right in columns
    )


FULL = _columns(
    ("number", "No.", 7, True),
    ("time", "Time", 12, True),
    ("source", "Source", 20, False),
    ("destination", "Destination", 20, False),
    ("protocol", "Protocol", 8, False),
    ("length", "Length", 6, True),
    ("sign", " ", 1, False),
    ("info", "Info", 0, False),
)
"""Wireshark's."""

COMPACT = _columns(
    ("number", "No.", 7, True),
    ("time", "Time", 12, True),
    ("arrow", " ", 3, False),
    ("flags", "Flags", 8, False),
    ("seq", "Seq", 10, True),
    ("ack", "Ack", 10, True),
    ("window", "Win", 8, True),
    ("payload", "Len", 6, True),
    ("sign", " ", 1, False),
    ("note", "Info", 0, False),
)
"""For one connection, whose addresses and protocol are known."""

_STREAM = _columns(("stream", "Stream", 6, True))
MIXED = (*COMPACT[:2], *_STREAM, *COMPACT[2:])
"""The same for packets of several connections, which nothing else would tell apart."""

COLUMNS = {column.field: column for column in (*FULL, *MIXED)}
"""All of them, by their names."""


class Line(NamedTuple):
    """One row of the list. What TCP alone has is empty in the row of another protocol."""

    number: SafeText
    """Wireshark's; "-" for a packet that no capture has."""
    time: SafeText
    source: SafeText
    destination: SafeText
    protocol: SafeText
    length: SafeText
    info: SafeText
    arrow: SafeText
    """-> for what we sent, <- for what came, with an x where it was lost."""
    flags: SafeText
    seq: SafeText
    ack: SafeText
    window: SafeText
    payload: SafeText
    stream: SafeText
    """As `tcp.stream` counts it."""
    note: SafeText
    """What `info` says beyond the columns of the compact list."""
    sign: SafeText
    """One character for what the colour says: R D O ? ! 0 F u k x ~ or blank."""
    role: Role


class Summary(NamedTuple):
    """What a frame says of itself, whatever its protocol."""

    source: SafeText
    destination: SafeText
    protocol: SafeText
    info: SafeText
    note: SafeText
    role: Role


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

_SIGNS = {
    Role.RETRANSMISSION: "R",
    Role.DUPLICATE_ACK: "D",
    Role.OUT_OF_ORDER: "O",
    Role.UNSEEN: "?",
    Role.ZERO_WINDOW: "0",
    Role.WINDOW_FULL: "F",
    Role.WINDOW_UPDATE: "u",
    Role.KEEP_ALIVE: "k",
    Role.RESET: "!",
    Role.ICMP_ERROR: "!",
    Role.LOST: "x",
    Role.IMPAIRED: "~",
    Role.PENDING: ">",
}

_ARROWS = {
    (Direction.OUT, False): "-->",
    (Direction.OUT, True): "--x",
    (Direction.IN, False): "<--",
    (Direction.IN, True): "x--",
}

_FATES = {
    (Fate.LOST, Direction.OUT): "lost on the way to the peer",
    (Fate.LOST, Direction.IN): "lost on the way to us",
    (Fate.DUPLICATED, Direction.OUT): "duplicated on the way",
    (Fate.DUPLICATED, Direction.IN): "a copy made on the way",
    (Fate.DELAYED, Direction.OUT): "delayed on the way",
    (Fate.DELAYED, Direction.IN): "delayed on the way",
    (Fate.CORRUPTED, Direction.OUT): "corrupted on the way",
    (Fate.CORRUPTED, Direction.IN): "corrupted on the way",
    (Fate.MARKED, Direction.OUT): "marked on the way: congestion",
    (Fate.MARKED, Direction.IN): "marked on the way: congestion",
}

_BY_HAND = {
    Fate.LOST: "you dropped it",
    Fate.DUPLICATED: "the copy that you made",
    Fate.DELAYED: "you delayed it",
    Fate.CORRUPTED: "you corrupted it",
}

_EMPTY = SafeText("")


def line(
    number: int,
    time: int,
    direction: Direction,
    fate: Fate,
    data: bytes,
    observed: Observed | None,
    linktype: int = ETHERNET,
    *,
    by_hand: bool = False,
) -> Line:
    """The row of a frame. `time` counts from the start of the run; `number` 0: no capture has it.

    `by_hand`: its fate was the user's doing.
    """
    return _line(
        SafeText(str(number) if number else "-"),
        units.seconds(time),
        _ARROWS[direction, fate is Fate.LOST],
        fate_text(fate, direction, by_hand=by_hand),
        _fate_role(fate),
        data,
        linktype,
        observed,
    )


def pending_line(time: int, direction: Direction, data: bytes, observed: Observed | None) -> Line:
    """The row of the frame that waits at the gate and has had no effect yet."""
    return _line(
        SafeText(">"),
        units.seconds(time),
        _ARROWS[direction, False],
        SafeText("at the gate"),
        Role.PENDING,
        data,
        ETHERNET,
        observed,
    )


def fate_text(fate: Fate, direction: Direction, *, by_hand: bool = False) -> SafeText:
    """What happened to a frame on its way, in words; empty where nothing did."""
    if by_hand:
        return SafeText(_BY_HAND.get(fate, ""))
    return SafeText(_FATES.get((fate, direction), ""))


def _fate_role(fate: Fate) -> Role | None:
    if fate is Fate.LOST:
        return Role.LOST
    return None if fate is Fate.PASSED else Role.IMPAIRED


def _line(
    number: SafeText,
    time: SafeText,
    arrow: str,
    remark: SafeText,
    remark_role: Role | None,
    data: bytes,
    linktype: int,
    observed: Observed | None,
) -> Line:
    packet = tcp_packet(data, linktype)
    summary = summarize(data, linktype, packet, observed)
    role = remark_role or summary.role
    tcp = _tcp_cells(packet, observed) if packet and observed else (_EMPTY,) * 6
    remark = SafeText(f"[{remark}] ") if remark else _EMPTY
    return Line(
        number,
        time,
        summary.source,
        summary.destination,
        summary.protocol,
        SafeText(str(len(data))),
        SafeText(remark + summary.info),
        SafeText(arrow),
        *tcp,
        SafeText((remark + summary.note).strip()),
        SafeText(_SIGNS.get(role, " ")),
        role,
    )


_TcpCells = tuple[SafeText, SafeText, SafeText, SafeText, SafeText, SafeText]


def _tcp_cells(packet: TcpPacket, observed: Observed) -> _TcpCells:
    return (
        short_flags(packet.flags),
        SafeText(str(observed.seq)),
        SafeText(str(observed.ack) if packet.flags & ACK else ""),
        SafeText(str(observed.window)),
        SafeText(str(observed.length)),
        SafeText(str(observed.stream)),
    )


@lru_cache
def short_flags(flags: int) -> SafeText:
    """ "SYN ACK" in few cells: the control bits in full, the others as one letter each."""
    words = [name for bit, name in ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST")) if flags & bit]
    letters = "".join(letter for bit, letter in enumerate("   PAUEC") if flags >> bit & 1).strip()
    return SafeText(" ".join((*words, letters)).strip() or "none")


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
    payload = at + 20 + len(packet.options)
    return data[payload : payload + packet.length], int.from_bytes(data[at + 18 : at + 20], "big")
