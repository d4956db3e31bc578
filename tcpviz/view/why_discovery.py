"""What neighbours and routers tell each other in IPv6, and what for: NDP and MLD."""

from tcpviz.view.info import address_text, quoted_text
from tcpviz.view.why_events import Sentence, sentence
from tcpviz.wire import extensions, icmpv6, ipv6, mld, ndp
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header


def discovery_sentence(packet: memoryview) -> Sentence | None:
    """What the IPv6 `packet` is for, where it is ICMPv6. Raises ParseError for one that can't be read."""
    header, payload = ipv6.parse(packet)
    upper = extensions.skip(header.next_header, payload)
    if upper.protocol != ipv6.ICMPV6 or upper.fragment is not None:
        return None
    message = icmpv6.parse(upper.data)
    if ndp.is_discovery(message):
        return _ndp(header, message)
    if message.type in icmpv6.ERRORS:
        told = f"Somebody on the way could not deliver a packet, and quotes its beginning.{_quoted(message)}"
        return sentence(told, "RFC 4443 3")
    other = _OTHERS.get(message.type)
    return sentence(*other) if other else None


def _quoted(message: IcmpMessage) -> str:
    try:
        return f" It was {quoted_text(icmpv6.quoted_segment(message))}."
    except ParseError:
        return ""  # extension headers, or neither TCP nor UDP


_LISTENS = (
    "It names the groups that it wants to hear, so that routers, and switches that listen in, pass their "
    "packets on to it; without that no neighbour might find it."
)
_OTHERS = {
    icmpv6.ECHO_REQUEST: ("A ping: whoever has the address sends the same octets back.", "RFC 4443 4.1"),
    icmpv6.ECHO_REPLY: ("The answer to a ping.", "RFC 4443 4.2"),
    mld.QUERY: ("A router asks which groups anybody here wants to hear.", "RFC 3810 5.1"),
    mld.REPORT: (_LISTENS, "RFC 3810 5.2"),
    mld.REPORT_V1: (_LISTENS, "RFC 2710 3"),
}


def _ndp(header: Ipv6Header, message: IcmpMessage) -> Sentence:
    match ndp.parse(header, message):
        case ndp.NeighbourSolicitation(target):
            return _solicitation(header, address_text(target))
        case ndp.NeighbourAdvertisement(target, solicited=True):
            told = "tells its Ethernet address, so that packets can reach it on this link"
            return sentence(f"{address_text(target)} {told}.", "RFC 4861 7.2.4")
        case ndp.NeighbourAdvertisement(target):
            told = "tells all that the address is its own, and where it is"
            return sentence(f"{address_text(target)} {told}.", "RFC 4861 7.2.6")
        case ndp.RouterSolicitation():
            return sentence("Which routers are there? They need not wait for their turn.", "RFC 4861 6.3.7")
        case ndp.RouterAdvertisement(lifetime, prefixes=prefixes):
            role = "is a way out" if lifetime else "is no way out"
            offers = ", and tells which networks are here" if prefixes else ""
            return sentence(f"A router says that it {role}{offers}.", "RFC 4861 6.2.3")
        case ndp.Redirect(target, destination):
            return sentence(
                f"A router says that {address_text(destination)} is better reached by "
                f"{address_text(target)}.",
                "RFC 4861 8.2",
            )


def _solicitation(header: Ipv6Header, target: str) -> Sentence:
    if header.source == ipv6.UNSPECIFIED:
        text = f"Does anybody use {target}? If nobody answers, the address is free."
        return sentence(text, "RFC 4862 5.4.2")
    who = address_text(header.source)
    if ipv6.is_multicast(header.destination):
        return sentence(f"{who} asks for the Ethernet address of {target}.", "RFC 4861 7.2.2")
    return sentence(f"{who} asks whether {target} is still there.", "RFC 4861 7.3.3")
