"""What an IPv6 packet that carries no TCP says, in Wireshark's words: ICMPv6, neighbour discovery, UDP."""

from typing import NamedTuple

from tcpviz.view.info import address_text
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.udp_words import udp_words
from tcpviz.wire import extensions, icmpv6, ipv6, ndp
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header

_UNREACHABLE = (
    "no route to destination",
    "Administratively prohibited",
    "Beyond scope of source address",
    "Address unreachable",
    "Port unreachable",
    "Source address failed ingress/egress policy",
    "Reject route to destination",
    "Error in Source Routing Header",
)
_EXCEEDED = ("hop limit exceeded in transit", "fragment reassembly time exceeded")
_PROBLEMS = (
    "erroneous header field encountered",
    "unrecognized Next Header type encountered",
    "unrecognized IPv6 option encountered",
    "IPv6 First Fragment has incomplete IPv6 Header Chain",
)
_ERRORS = {
    icmpv6.DESTINATION_UNREACHABLE: ("Destination Unreachable", _UNREACHABLE),
    icmpv6.TIME_EXCEEDED: ("Time Exceeded", _EXCEEDED),
    icmpv6.PARAMETER_PROBLEM: ("Parameter Problem", _PROBLEMS),
}
_NAMES = {
    icmpv6.PACKET_TOO_BIG: "Packet Too Big",
    130: "Multicast Listener Query",
    131: "Multicast Listener Report",
    132: "Multicast Listener Done",
    143: "Multicast Listener Report Message v2",
}


class Words(NamedTuple):
    """A protocol, what it says, and how that is coloured."""

    protocol: str
    text: SafeText
    role: Role


def ipv6_words(header: Ipv6Header, payload: memoryview) -> Words:
    """The words for a packet. Raises ParseError for one that can't be read."""
    if header.next_header == extensions.NO_NEXT_HEADER:
        return Words("IPv6", SafeText("IPv6 no next header"), Role.TEXT)
    try:
        upper = extensions.skip(header.next_header, payload)
    except ParseError as error:
        return Words("IPv6", safe(f"IPv6 ({error})"), Role.TEXT)
    if upper.fragment is not None:
        offset, more, identification = upper.fragment
        told = f"off={offset} more={'y' if more else 'n'} ident=0x{identification:08x} nxt={upper.protocol}"
        return Words("IPv6", safe(f"IPv6 fragment ({told})"), Role.TEXT)
    if upper.protocol == ipv6.ICMPV6:
        message = icmpv6.parse(upper.data)
        role = Role.ICMP_ERROR if message.type in icmpv6.ERRORS else Role.ICMP
        return Words("ICMPv6", icmpv6_info(header, message), role)
    if upper.protocol == ipv6.UDP:
        return Words(*udp_words(upper.data), Role.UDP)
    return Words("IPv6", safe(f"IP protocol {upper.protocol}, {len(upper.data)} octets"), Role.TEXT)


def icmpv6_info(header: Ipv6Header, message: IcmpMessage) -> SafeText:
    """An echo with its numbers, an error with its reason, what neighbours tell each other."""
    kind, code = message.type, message.code
    if kind in (icmpv6.ECHO_REQUEST, icmpv6.ECHO_REPLY):
        what = "request" if kind == icmpv6.ECHO_REQUEST else "reply"
        numbers = f"id=0x{message.rest >> 16:04x}, seq={message.rest & 0xFFFF}"
        return safe(f"Echo (ping) {what} {numbers}, hop limit={header.hop_limit}")
    if kind in _ERRORS:
        name, reasons = _ERRORS[kind]
        return safe(f"{name} ({reasons[code] if code < len(reasons) else f'Unknown ({code})'})")
    if ndp.is_discovery(message):
        return safe(_discovery(header, message))
    return safe(_NAMES.get(kind, f"Unknown ({kind})"))


def _discovery(header: Ipv6Header, message: IcmpMessage) -> str:
    match ndp.parse(header, message):
        case ndp.NeighbourSolicitation(target, mac):
            return f"Neighbor Solicitation for {address_text(target)}{_place(' from', mac)}"
        case ndp.NeighbourAdvertisement(target, mac, router, solicited, override):
            flags = [name for name, on in (("rtr", router), ("sol", solicited), ("ovr", override)) if on]
            told = ", ".join(flags) or "none"
            return f"Neighbor Advertisement {address_text(target)} ({told}){_place(' is at', mac)}"
        case ndp.RouterSolicitation(mac):
            return f"Router Solicitation{_place(' from', mac)}"
        case ndp.RouterAdvertisement(link_address=mac):
            return f"Router Advertisement{_place(' from', mac)}"
        case ndp.Redirect(link_address=mac):
            return f"Redirect{_place(' is at', mac)}"


def _place(word: str, mac: bytes | None) -> str:
    return f"{word} {mac.hex(':')}" if mac else ""
