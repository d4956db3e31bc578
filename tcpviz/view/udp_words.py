"""What travels in UDP datagrams, in Wireshark's words: DNS and DHCP by name, of others the ports."""

from collections.abc import Callable, Iterator

from tcpviz.view.info import mac_text, udp_info
from tcpviz.view.safe import SafeText, safe
from tcpviz.wire import dhcp, udp
from tcpviz.wire.dhcp import MessageType
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

DNS_PORT = 53

_RESPONSE = 0x8000
_CODES = {
    1: " Format error",
    2: " Server failure",
    3: " No such name",
    4: " Not implemented",
    5: " Refused",
    9: " Not authoritative",
}
_DHCP_NAMES = {
    MessageType.DISCOVER: "Discover",
    MessageType.OFFER: "Offer",
    MessageType.REQUEST: "Request",
    MessageType.DECLINE: "Decline",
    MessageType.ACK: "ACK",
    MessageType.NAK: "NAK",
    MessageType.RELEASE: "Release",
    MessageType.INFORM: "Inform",
}
_TELLING = ("A", "AAAA", "CNAME", "NS", "PTR", "MX", "SRV")
"""Records whose value is in the line."""


def udp_words(datagram: Buffer) -> tuple[SafeText, SafeText]:
    """The protocol's name, and the line. ParseError when there is no UDP header."""
    plain = udp_info(datagram)
    try:
        source, destination, payload = udp.parse(datagram)
    except ParseError:
        return SafeText("UDP"), plain
    for ports, name, words in _PROTOCOLS:
        if source in ports or destination in ports:
            return SafeText(name), safe(words(bytes(payload)) or "[Malformed Packet]")
    return SafeText("UDP"), plain


def _dns(payload: bytes) -> str:
    """The question, and of an answer what it says; empty for what can't be read."""
    import dns.exception
    import dns.message
    import dns.rdatatype

    try:
        message = dns.message.from_wire(payload, one_rr_per_rrset=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return ""
    words = f"Standard query 0x{message.id:04x}"
    if message.flags & _RESPONSE:
        words = f"Standard query response 0x{message.id:04x}{_CODES.get(message.rcode(), '')}"
    for question in message.question:
        words += f" {dns.rdatatype.to_text(question.rdtype)} {_name(question.name.to_text())}"
    records = (*message.answer, *message.authority)
    said = [word for each in records for word in _record(dns.rdatatype.to_text(each.rdtype), str(each[0]))]
    return " ".join((words, *said, *(["OPT"] if message.edns >= 0 else [])))


def _record(kind: str, value: str) -> Iterator[str]:
    yield kind
    if kind in _TELLING:
        yield _name(value)
    elif kind == "SOA":
        yield _name(value.split(" ")[0])


def _name(text: str) -> str:
    """A name without its last dot."""
    return text.removesuffix(".") or "<Root>"


def _dhcp(payload: bytes) -> str:
    """The kind of message and its transaction; empty for what can't be read."""
    try:
        message = dhcp.parse(payload)
    except ParseError:
        return ""
    for kind, name in _DHCP_NAMES.items():
        if message.type == kind:
            return f"DHCP {name:8} - Transaction ID 0x{message.xid:x}"
    what = "Request from" if message.operation == dhcp.REQUEST else "Reply to"
    return f"Boot {what} {mac_text(message.mac)}"


_PROTOCOLS: tuple[tuple[tuple[int, ...], str, Callable[[bytes], str]], ...] = (
    ((DNS_PORT,), "DNS", _dns),
    ((dhcp.SERVER_PORT, dhcp.CLIENT_PORT), "DHCP", _dhcp),
)
