"""The Info column: one packet in Wireshark's words.

TCP's line is that of tshark 4.0 letter by letter, its arrow apart, which is `ARROW` and can be changed for
another where a terminal draws it badly. What HTTP, ARP and ICMP say is worded as Wireshark words it too.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from struct import Struct

from tcpviz.analysis import Flag, TcpPacket
from tcpviz.analysis.packet import Cut
from tcpviz.view.moment import Observed
from tcpviz.view.safe import SafeText, safe
from tcpviz.wire import arp, icmp, ipv4
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import ACK, URG, Buffer
from tcpviz.wire.tcp import Option, parse_options

ARROW = "→"

_FLAG_NAMES = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")
_RESERVED = 0xE00
_FAST_OPEN = 34
_EXPERIMENTS = (253, 254)
_FAST_OPEN_EXPERIMENT = b"\xf9\x89"  # RFC 7413 appendix A, in the shape of RFC 6994
_LARGEST_SHIFT = 14  # RFC 7323 section 2.3
_MASK = 0xFFFF_FFFF
_PAIR = Struct("!II")
_PORTS = Struct("!HH")

# In the order in which Wireshark puts them before the ports.
_PREFIXES = (
    (Flag.ZERO_WINDOW_PROBE_ACK, "TCP ZeroWindowProbeAck"),
    (Flag.ZERO_WINDOW_PROBE, "TCP ZeroWindowProbe"),
    (Flag.ZERO_WINDOW, "TCP ZeroWindow"),
    (Flag.DUPLICATE_ACK, "TCP Dup ACK {frame}#{number}"),
    (Flag.KEEP_ALIVE_ACK, "TCP Keep-Alive ACK"),
    (Flag.KEEP_ALIVE, "TCP Keep-Alive"),
    (Flag.WINDOW_UPDATE, "TCP Window Update"),
    (Flag.WINDOW_FULL, "TCP Window Full"),
    (Flag.ACK_LOST_SEGMENT, "TCP ACKed unseen segment"),
    (Flag.LOST_SEGMENT, "TCP Previous segment not captured"),
    (Flag.OUT_OF_ORDER, "TCP Out-Of-Order"),
    (Flag.SPURIOUS_RETRANSMISSION, "TCP Spurious Retransmission"),
    (Flag.FAST_RETRANSMISSION, "TCP Fast Retransmission"),
    (Flag.RETRANSMISSION, "TCP Retransmission"),
    (Flag.REUSED_PORTS, "TCP Port numbers reused"),
)
_REPEATED = Flag.SPURIOUS_RETRANSMISSION | Flag.FAST_RETRANSMISSION

_HTTP_START = re.compile(
    rb"(?:(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH) \S+ HTTP/\d\.\d|HTTP/\d\.\d \d{3}[^\r\n]*)"
)
_CONTENT_TYPE = re.compile(rb"\r\ncontent-type:[ \t]*([^;\r\n]+)", re.IGNORECASE)

_UNREACHABLE = (
    "Network unreachable",
    "Host unreachable",
    "Protocol unreachable",
    "Port unreachable",
    "Fragmentation needed",
    "Source route failed",
    "Destination network unknown",
    "Destination host unknown",
    "Source host isolated",
    "Network administratively prohibited",
    "Host administratively prohibited",
    "Network unreachable for TOS",
    "Host unreachable for TOS",
    "Communication administratively filtered",
    "Host precedence violation",
    "Precedence cutoff in effect",
)
_REDIRECTS = (
    "Redirect for network",
    "Redirect for host",
    "Redirect for TOS and network",
    "Redirect for TOS and host",
)
_PROBLEMS = ("Pointer indicates the error", "Required option missing", "Bad length")
_EXCEEDED = ("Time to live exceeded in transit", "Fragment reassembly time exceeded")


def tcp_info(packet: TcpPacket, observed: Observed, urgent: int = 0) -> SafeText:
    """The line of a TCP segment; `urgent` is its urgent pointer."""
    source, destination = packet.ports
    return safe(
        " ".join(
            (
                *prefixes(observed),
                f"{source} {ARROW} {destination}",
                f"[{flag_names(packet.flags)}]",
                f"Seq={observed.seq}",
                *([f"Ack={observed.ack}"] if packet.flags & ACK else ()),
                f"Win={observed.window}",
                *([f"Urg={urgent}"] if packet.flags & URG else ()),
                *_end_words(packet, observed),
            )
        )
    )


def _end_words(packet: TcpPacket, observed: Observed) -> Iterator[str]:
    if packet.cut == Cut.IMPOSSIBLE:
        yield "bogus TCP header length"
        return
    yield f"Len={observed.length}"
    yield from option_words(packet.options, packet.ack - observed.ack)


def prefixes(observed: Observed) -> Iterator[str]:
    """What the analysis puts before the ports, e.g. "[TCP Dup ACK 3#1]"."""
    for text in _prefixes(int(observed.flags)):
        yield text.format(frame=observed.dup_ack_frame, number=observed.dup_ack_num)


def remarks(observed: Observed) -> SafeText:
    """The same where it is known that all is TCP, e.g. "Dup ACK 3#1"; empty where there is nothing to say."""
    return SafeText(", ".join(text.removeprefix("[TCP ").removesuffix("]") for text in prefixes(observed)))


@lru_cache  # few combinations make up all packets
def _prefixes(flags: int) -> tuple[str, ...]:
    return tuple(
        f"[{text}]"
        for flag, text in _PREFIXES
        if flags & flag and not (flag is Flag.RETRANSMISSION and flags & _REPEATED)
    )


@lru_cache
def flag_names(flags: int) -> SafeText:
    """ "SYN, ACK", from FIN to AE; "<None>" for none."""
    names = [name for bit, name in enumerate(_FLAG_NAMES) if flags >> bit & 1]
    names += ["Reserved"] if flags & _RESERVED else []
    return SafeText(", ".join(names) or "<None>")


def option_words(options: Buffer, sack_base: int = 0) -> Iterator[str]:
    """The options in the order of the header, as far as they can be read.

    The edges of SACK blocks are relative to `sack_base`.
    """
    try:
        for kind, value in parse_options(options):
            yield from _option(kind, value, sack_base)
    except ParseError:
        return


def _option(kind: int, value: memoryview, sack_base: int) -> Iterator[str]:
    match kind, len(value):
        case Option.MSS, 2:
            yield f"MSS={int.from_bytes(value, 'big')}"
        case Option.WINDOW_SCALE, 1:
            yield f"WS={1 << min(value[0], _LARGEST_SHIFT)}"
        case Option.SACK_PERMITTED, 0:
            yield "SACK_PERM"
        case Option.SACK, length if length % _PAIR.size == 0:
            for left, right in _PAIR.iter_unpack(value):
                yield f"SLE={(left - sack_base) & _MASK} SRE={(right - sack_base) & _MASK}"
        case Option.TIMESTAMPS, 8:
            yield "TSval={} TSecr={}".format(*_PAIR.unpack(value))
        case code, length if code == _FAST_OPEN:
            yield _fast_open(length)
        case code, length if code in _EXPERIMENTS and value[:2] == _FAST_OPEN_EXPERIMENT:
            yield _fast_open(length - 2)


def _fast_open(cookie: int) -> str:
    return "TFO=C" if cookie else "TFO=R"


def http_info(payload: Buffer) -> SafeText | None:
    """The first line of an HTTP/1 message that begins in `payload`, with its media type; else None."""
    head = bytes(payload[:2048])
    start = _HTTP_START.match(head)
    if start is None:
        return None
    media = _CONTENT_TYPE.search(head)
    line = safe(start.group(), 200)
    return safe(f"{line}  ({safe(media.group(1).strip(), 60)})") if media else line


def arp_info(packet: arp.ArpPacket) -> SafeText:
    """ "Who has 192.0.2.1? Tell 192.0.2.2", and the other things that ARP says."""
    sender, target = address_text(packet.sender_address), address_text(packet.target_address)
    mac = mac_text(packet.sender_mac)
    match packet.operation:
        case arp.REQUEST if packet.sender_address == bytes(4):
            return safe(f"Who has {target}? (ARP Probe)")
        case arp.REQUEST if sender == target:
            return safe(f"ARP Announcement for {sender}")
        case arp.REQUEST:
            return safe(f"Who has {target}? Tell {sender}")
        case arp.REPLY if sender == target:
            return safe(f"Gratuitous ARP for {sender} (Reply)")
        case arp.REPLY:
            return safe(f"{sender} is at {mac}")
        case operation:
            return safe(f"Unknown ARP opcode 0x{operation:04x}")


def icmp_info(message: icmp.IcmpMessage, ttl: int) -> SafeText:
    """An echo with its numbers, an error with its reason."""
    identifier, sequence = message.rest >> 16, message.rest & 0xFFFF
    swapped = sequence >> 8 | (sequence & 0xFF) << 8
    echo = f"id=0x{identifier:04x}, seq={sequence}/{swapped}, ttl={ttl}"
    match message.type:
        case icmp.ECHO_REQUEST:
            return safe(f"Echo (ping) request  {echo}")
        case icmp.ECHO_REPLY:
            return safe(f"Echo (ping) reply    {echo}")
        case icmp.DESTINATION_UNREACHABLE:
            return safe(f"Destination unreachable ({_named(_UNREACHABLE, message.code)})")
        case icmp.TIME_EXCEEDED:
            return safe(f"Time-to-live exceeded ({_named(_EXCEEDED, message.code)})")
        case icmp.REDIRECT:
            return safe(f"Redirect             ({_named(_REDIRECTS, message.code)})")
        case icmp.SOURCE_QUENCH:
            return safe("Source quench (flow control)")
        case icmp.PARAMETER_PROBLEM:
            return safe(f"Parameter problem    ({_named(_PROBLEMS, message.code)})")
        case kind:
            return safe(f"ICMP type {kind}, code {message.code}")


def icmp_reason(kind: int, code: int) -> SafeText:
    """What an ICMP error of this type and code says, in small letters; ICMPv6's equivalents say the same."""
    names = {icmp.DESTINATION_UNREACHABLE: _UNREACHABLE, icmp.TIME_EXCEEDED: _EXCEEDED}.get(kind, ())
    if code < len(names):
        return safe(names[code].lower())
    if kind == icmp.PARAMETER_PROBLEM:
        return SafeText("a field that it can't take")
    return safe(f"type {kind}, code {code}")


def udp_info(datagram: Buffer) -> SafeText:
    """Ports and length of a UDP datagram. ParseError when there is no header."""
    if len(datagram) < 8:
        raise ParseError(f"{len(datagram)} octets are no UDP header")
    source, destination = _PORTS.unpack_from(datagram)
    return safe(f"{source} {ARROW} {destination} Len={len(datagram) - 8}")


@lru_cache(1024)
def address_text(packed: bytes) -> SafeText:
    """An IPv4 or IPv6 address as usually written."""
    return SafeText(str(ip_address(packed)))


def endpoint_texts(packet: TcpPacket) -> tuple[SafeText, SafeText]:
    """Where a segment comes from and where it goes, address and port."""
    source, destination = packet.ports
    return _endpoint(packet.source, source), _endpoint(packet.destination, destination)


def quoted_text(quoted: icmp.QuotedSegment) -> SafeText:
    """Which connection a packet is of that an ICMP error quotes."""
    source = _endpoint(quoted.source, quoted.source_port)
    destination = _endpoint(quoted.destination, quoted.destination_port)
    return safe(f"{'UDP' if quoted.protocol == ipv4.UDP else 'TCP'} from {source} to {destination}")


def _endpoint(address: bytes, port: int) -> SafeText:
    text = address_text(address)
    return SafeText(f"[{text}]:{port}" if ":" in text else f"{text}:{port}")


def mac_text(packed: bytes) -> SafeText:
    """An Ethernet address, or what it is called for all."""
    return SafeText("Broadcast" if packed == b"\xff" * 6 else packed.hex(":"))


def _named(names: tuple[str, ...], code: int) -> str:
    return names[code] if code < len(names) else f"Unknown code: {code}"
