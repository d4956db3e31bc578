"""Every field of one frame with the octets it stands in: scapy's dissection as plain nodes.

For the one packet that somebody looks at. scapy takes most of a second to load, so it is imported when the
first frame is dissected and not before.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from tcpviz.wire.tcp import Option

ETHERNET = 1

_VALUE_LIMIT = 200
_LINES_LIMIT = 100


class Node(NamedTuple):
    """A protocol, a field, or a part of one: what it is called, its value, and the octets [start, end) of it.

    Both texts may contain whatever the frame contains: they are not safe to print.
    """

    label: str
    value: str
    start: int
    end: int
    children: tuple["Node", ...] = ()


def dissect(frame: bytes, linktype: int = ETHERNET) -> list[Node]:
    """A node for each protocol in the frame, from the link header inwards. Any bytes give nodes, none raises.

    `linktype` is the LINKTYPE number of pcap files.
    """
    outermost = _dissector(linktype)
    if not frame:
        return []
    try:
        layer = outermost(frame)
    except Exception:  # scapy answers bad bytes with every kind of exception
        return [_data(frame, 0, len(frame))]
    return list(_layers(layer, frame))


def scapy_code(frame: bytes, linktype: int = ETHERNET) -> str:
    """A Python expression that makes the frame with scapy: by its fields, or, where those would give other
    octets, by its octets alone. One line of ASCII, whatever is in the frame."""
    outermost = _dissector(linktype)
    try:
        layer = cast(Any, outermost(frame))
        rebuilt = type(layer)(bytes(layer))
        code = layer.command() if bytes(rebuilt) == frame else ""
    except Exception:  # see above
        code = ""
    if code.isascii() and code.isprintable() and code:
        return str(code)
    return f"Raw(bytes.fromhex({frame.hex()!r}))"


def _dissector(linktype: int) -> Callable[[bytes], Any]:
    """scapy's dissector for a link header, the protocols that we want from it loaded, and its log shut."""
    from scapy.error import log_scapy

    log_scapy.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.config import conf
        from scapy.layers import dns, inet6, ppp  # noqa: F401  (each brings its protocols)
        from scapy.layers.inet import TCP, UDP
        from scapy.packet import Raw
    conf.noenum.add(TCP.sport, TCP.dport, UDP.sport, UDP.dport)  # ports as numbers: names differ by machine
    return cast(Callable[[bytes], Any], conf.l2types.num2layer.get(linktype, Raw))


def _layers(layer: Any, frame: bytes) -> Iterator[Node]:
    start = 0
    end = len(frame)
    while layer.name != "NoPayload":
        if layer.name == "Padding":
            yield Node("Padding", _octets(len(layer.load)), end - len(layer.load), end)
        elif layer.name == "Raw":
            yield _data(frame, start, start + len(layer.load))
        else:
            node = _layer(layer, frame, start)
            yield node
            start = node.end
        layer = layer.payload


def _layer(layer: Any, frame: bytes, start: int) -> Node:
    fields: list[Node] = []
    try:
        fields.extend(_fields(layer, frame, start))
        value = _summary(layer)
    except Exception:  # see above; the fields up to here are right
        value = "malformed"
    end = fields[-1].end if fields else len(frame)
    return Node(layer.name, value, start, end, tuple(fields))


def _fields(layer: Any, frame: bytes, start: int) -> Iterator[Node]:
    """The fields of one protocol: each is read once more, to see how far it goes."""
    rest: Any = frame[start:]
    place = start * 8
    for field in layer.fields_desc:
        if not rest:
            return
        rest, value = field.getfield(layer, rest)
        octets, bits = rest if isinstance(rest, tuple) else (rest, 0)
        end = (len(frame) - len(octets)) * 8 + bits
        if end > place:
            yield _field(layer, field, value, frame, place // 8, -(-end // 8))
            place = end


def _field(layer: Any, field: Any, value: Any, frame: bytes, start: int, end: int) -> Node:
    which = (layer.name.removesuffix(" in ICMP"), field.name)
    label = _LABELS.get(which, field.name)
    if which == ("TCP", "options"):
        return Node(label, _octets(end - start), start, end, tuple(_tcp_options(frame, start, end)))
    if which == ("TCP", "flags"):
        return Node(label, ", ".join(_TCP_FLAGS[letter] for letter in str(value)), start, end)
    return Node(label, _clip(str(field.i2repr(layer, value))), start, end)


def _summary(layer: Any) -> str:
    """What scapy says of the protocol in one line, without its name."""
    summary = layer.mysummary()
    text = str(summary[0] if isinstance(summary, tuple) else summary)
    return _clip(text.removeprefix(layer.name).strip())


def _tcp_options(frame: bytes, start: int, end: int) -> Iterator[Node]:
    """The options one by one; scapy doesn't tell where each stands."""
    while start < end:
        kind = frame[start]
        length = frame[start + 1] if start + 1 < end else 0
        if kind in (Option.END, Option.NO_OPERATION):
            length = 1
        elif length < 2 or start + length > end:
            yield Node(f"Option {kind}", f"malformed: length {length}", start, end)
            return
        yield _tcp_option(kind, frame[start + 2 : start + length], start, start + length)
        start += length


def _tcp_option(kind: int, value: bytes, start: int, end: int) -> Node:
    words = [int.from_bytes(value[at : at + 4], "big") for at in range(0, len(value), 4)]
    match kind, len(value):
        case Option.END, _:
            return Node("End of options", "", start, end)
        case Option.NO_OPERATION, _:
            return Node("No-operation", "", start, end)
        case Option.MSS, 2:
            return Node("Maximum segment size", _octets(words[0]), start, end)
        case Option.WINDOW_SCALE, 1:
            return Node("Window scale", f"{words[0]} (multiply by {1 << min(words[0], 14)})", start, end)
        case Option.SACK_PERMITTED, 0:
            return Node("SACK permitted", "", start, end)
        case Option.SACK, size if size % 8 == 0:
            blocks = zip(words[::2], words[1::2], strict=True)
            return Node("SACK", " ".join(f"{left}-{right}" for left, right in blocks), start, end)
        case Option.TIMESTAMPS, 8:
            return Node("Timestamps", f"TSval {words[0]}, TSecr {words[1]}", start, end)
        case _:
            return Node(f"Option {kind}", value.hex(" "), start, end)


def _data(frame: bytes, start: int, end: int) -> Node:
    """The payload, with its lines where it begins an HTTP message."""
    payload = frame[start:end]
    if not payload.startswith(_HTTP_STARTS):
        return Node("Data", _octets(end - start), start, end)
    lines = list(_lines(payload, start))
    return Node("HTTP", lines[0].value, start, end, tuple(lines))


def _lines(payload: bytes, start: int) -> Iterator[Node]:
    """The head of an HTTP message, up to its empty line, then what is left."""
    at = 0
    for _ in range(_LINES_LIMIT):
        end = payload.find(b"\n", at) + 1 or len(payload)
        line = payload[at:end].rstrip(b"\r\n").decode("latin-1")
        yield Node("", _clip(line), start + at, start + end)
        at = end
        if not line or at == len(payload):
            break
    if at < len(payload):
        yield Node("Data", _octets(len(payload) - at), start + at, start + len(payload))


def _octets(count: int) -> str:
    return f"{count} octets" if count != 1 else "1 octet"


def _clip(text: str) -> str:
    return text if len(text) <= _VALUE_LIMIT else text[: _VALUE_LIMIT - 1] + "…"


_HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
_HTTP_STARTS = (b"HTTP/", *(f"{method} ".encode() for method in _HTTP_METHODS))

_TCP_FLAGS = {
    "F": "FIN",
    "S": "SYN",
    "R": "RST",
    "P": "PSH",
    "A": "ACK",
    "U": "URG",
    "E": "ECE",
    "C": "CWR",
    "N": "AE",
}

_LABELS = {
    ("Ethernet", "dst"): "Destination",
    ("Ethernet", "src"): "Source",
    ("Ethernet", "type"): "Type",
    ("ARP", "hwtype"): "Hardware type",
    ("ARP", "ptype"): "Protocol type",
    ("ARP", "hwlen"): "Hardware size",
    ("ARP", "plen"): "Protocol size",
    ("ARP", "op"): "Operation",
    ("ARP", "hwsrc"): "Sender MAC address",
    ("ARP", "psrc"): "Sender IP address",
    ("ARP", "hwdst"): "Target MAC address",
    ("ARP", "pdst"): "Target IP address",
    ("IP", "version"): "Version",
    ("IP", "ihl"): "Header length (words)",
    ("IP", "tos"): "DSCP and ECN",
    ("IP", "len"): "Total length",
    ("IP", "id"): "Identification",
    ("IP", "flags"): "Flags",
    ("IP", "frag"): "Fragment offset",
    ("IP", "ttl"): "Time to live",
    ("IP", "proto"): "Protocol",
    ("IP", "chksum"): "Header checksum",
    ("IP", "src"): "Source address",
    ("IP", "dst"): "Destination address",
    ("IP", "options"): "Options",
    ("TCP", "sport"): "Source port",
    ("TCP", "dport"): "Destination port",
    ("TCP", "seq"): "Sequence number",
    ("TCP", "ack"): "Acknowledgment number",
    ("TCP", "dataofs"): "Data offset (words)",
    ("TCP", "reserved"): "Reserved",
    ("TCP", "flags"): "Flags",
    ("TCP", "window"): "Window",
    ("TCP", "chksum"): "Checksum",
    ("TCP", "urgptr"): "Urgent pointer",
    ("TCP", "options"): "Options",
    ("UDP", "sport"): "Source port",
    ("UDP", "dport"): "Destination port",
    ("UDP", "len"): "Length",
    ("UDP", "chksum"): "Checksum",
    ("ICMP", "type"): "Type",
    ("ICMP", "code"): "Code",
    ("ICMP", "chksum"): "Checksum",
    ("ICMP", "id"): "Identifier",
    ("ICMP", "seq"): "Sequence number",
    ("ICMP", "nexthopmtu"): "Next-hop MTU",
}
