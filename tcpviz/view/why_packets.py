"""What a packet means where the engine has nothing to add: read off the segment and the snapshots."""

from tcpviz.analysis.layers import find_tcp
from tcpviz.analysis.packet import CUT_OFF
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind
from tcpviz.tcp.events import Timer
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.view.info import address_text, icmp_reason, quoted_text
from tcpviz.view.moment import Moment
from tcpviz.view.udp_words import udp_words
from tcpviz.view.units import duration, number, octets
from tcpviz.view.why_discovery import discovery_sentence
from tcpviz.view.why_events import Sentence, relative, sentence
from tcpviz.wire import arp, ethernet, icmp, ipv4, seq
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import ACK, FIN, RST, SYN
from tcpviz.wire.seq import Seq

_LOSS = "RFC 9293 3.8"
_NO_TCP = sentence("This is no TCP: the details show what is in it.")
_CUT_OFF = sentence("This is TCP, but the capture cut its header off.", "RFC 9293 3.1")
_SLOW_START = "RFC 5681 3.1"


def fate_sentence(moment: Moment) -> Sentence | None:
    """What the network did to the packet; None where it did nothing."""
    outgoing = moment.row.direction is Direction.OUT
    if moment.by_hand:
        return _by_hand(moment, outgoing)
    match moment.row.fate:
        case Fate.LOST if outgoing:
            return sentence(f"The network lost this packet: the peer never sees it.{_remedy(moment)}", _LOSS)
        case Fate.LOST:
            return sentence(
                "The network lost this packet on its way to us: our TCP does not know that it existed.",
                _LOSS,
            )
        case Fate.CORRUPTED:
            end = "the peer" if outgoing else "our TCP"
            return sentence(
                f"It was damaged on the way: the checksum is wrong, and {end} drops it like a lost one.",
                "RFC 9293 3.1",
            )
        case Fate.DUPLICATED:
            return sentence("The network made two of it; the second one brings nothing new.")
        case Fate.MARKED:
            return sentence(
                "A router that gets full has set the ECN bits to CE: it tells of congestion without a loss.",
                "RFC 3168 5",
            )
        case Fate.DELAYED:
            return sentence("The network held it up, so packets sent later may overtake it.")
        case _:
            return None


def _by_hand(moment: Moment, outgoing: bool) -> Sentence | None:
    """The same where it was the user's doing."""
    match moment.row.fate:
        case Fate.LOST if outgoing:
            return sentence(f"You dropped it: the peer never sees it.{_remedy(moment)}", _LOSS)
        case Fate.LOST:
            return sentence("You dropped it: our TCP does not know that it existed.", _LOSS)
        case Fate.CORRUPTED:
            end = "the peer" if outgoing else "our TCP"
            return sentence(
                f"You turned one bit over: the checksum is wrong, and {end} drops it like a lost one.",
                "RFC 9293 3.1",
            )
        case Fate.DUPLICATED:
            return sentence("You made two of it; the second one brings nothing new.")
        case Fate.DELAYED:
            return sentence("You held it up, so packets sent later may have overtaken it.")
        case _:
            return None


def _remedy(moment: Moment) -> str:
    """How the loss of a segment of ours will be noticed."""
    packet, after = moment.packet, moment.snapshot
    if packet is None or after is None or packet.flags & RST:
        return ""
    if packet.length or packet.flags & (SYN | FIN):
        return f" Without an ACK we send it again, after {duration(after.rto)} at the latest."
    return " The next ACK makes up for it: each one covers all that has arrived."


def packet_sentence(moment: Moment) -> Sentence | None:
    """What this row is about, from itself; None where there is nothing to say."""
    if moment.row.kind is not Kind.FRAME:
        return sentence(moment.text) if moment.text else None
    if moment.strangers:
        return None
    if moment.packet is None:
        if find_tcp(moment.data, length=moment.row.length) is CUT_OFF:
            return _CUT_OFF
        return _other_protocol(moment.data) or _NO_TCP
    if moment.row.direction is Direction.OUT:
        return _sent(moment)
    return _received(moment)


def _sent(moment: Moment) -> Sentence | None:
    packet, after = moment.packet, moment.snapshot
    assert packet
    if packet.flags & RST:
        return sentence("We tell the peer that this connection is gone.", "RFC 9293 3.5.2")
    if packet.flags & SYN:
        return _syn_sent(packet.flags, packet.seq)
    if after is None:
        return None
    if packet.flags & FIN:
        at = relative(seq.add(Seq(packet.seq), packet.length), after.iss)
        return sentence(f"We have nothing more to send: our FIN takes the number {at}.", "RFC 9293 3.6")
    if packet.length:
        return _data_sent(packet.length, relative(Seq(packet.seq), after.iss), after)
    acked = relative(Seq(packet.ack), after.irs)
    return sentence(
        f"We have everything up to {acked} and take {octets(after.rcv_wnd)} more.", "RFC 9293 3.8.6.3"
    )


def _syn_sent(flags: int, first: int) -> Sentence:
    what = "We agree to a connection" if flags & ACK else "We ask for a connection"
    return sentence(
        f"{what}: our sequence numbers begin at {first}, shown as 0 from here on.", "RFC 9293 3.5"
    )


def _data_sent(length: int, start: int, after: Snapshot) -> Sentence:
    flight = seq.diff(after.snd_nxt, after.snd_una)
    return sentence(
        f"{octets(length)} from {start}: {number(flight)} are in flight now, "
        f"of {number(min(after.cwnd, after.snd_wnd))} that may be (cwnd {number(after.cwnd)}, "
        f"peer's window {number(after.snd_wnd)}).",
        _SLOW_START,
    )


def _received(moment: Moment) -> Sentence | None:
    packet, before, after = moment.packet, moment.before, moment.snapshot
    assert packet
    if packet.flags & SYN and not packet.flags & ACK:
        return sentence(f"The peer asks for a connection; its numbers begin at {packet.seq}.", "RFC 9293 3.5")
    if not moment.row.number or before is None or after is None:
        return None
    if before.rcv_nxt != after.rcv_nxt and packet.length:
        return _data_received(moment, before, after)
    if before.snd_una != after.snd_una:
        return _acknowledged(before, after)
    if before.snd_wnd != after.snd_wnd:
        return sentence(
            f"The peer's window goes from {number(before.snd_wnd)} to {octets(after.snd_wnd)}: "
            "so much may be in flight.",
            "RFC 9293 3.8.6",
        )
    return sentence("It changes nothing: all that it says was known.", "RFC 9293 3.10.7.4")


def _data_received(moment: Moment, before: Snapshot, after: Snapshot) -> Sentence:
    fresh = seq.diff(after.rcv_nxt, before.rcv_nxt)
    start, end = relative(before.rcv_nxt, after.irs), relative(after.rcv_nxt, after.irs)
    moved = f"{octets(fresh)} in order: RCV.NXT moves from {start} to {end}"
    deadline = dict(after.deadlines).get(Timer.DELAYED_ACK)
    if deadline is None:
        return sentence(f"{moved}; an ACK is due at once.", "RFC 9293 3.8.6.3")
    wait = duration(max(deadline - moment.row.time, 0))
    return sentence(f"{moved}; the ACK waits up to {wait} for a second segment.", "RFC 9293 3.8.6.3")


def _acknowledged(before: Snapshot, after: Snapshot) -> Sentence:
    fresh = seq.diff(after.snd_una, before.snd_una)
    start, end = relative(before.snd_una, after.iss), relative(after.snd_una, after.iss)
    left = seq.diff(after.snd_nxt, after.snd_una)
    rest = f"{number(left)} stay in flight" if left > 0 else "nothing is in flight any more"
    return sentence(
        f"The peer has {octets(fresh)} more: SND.UNA moves from {start} to {end}, {rest}.",
        "RFC 9293 3.10.7.4",
    )


def _other_protocol(data: bytes) -> Sentence | None:
    try:
        header, rest = ethernet.parse(data)
        if header.ethertype == ethernet.ARP:
            return _arp(arp.parse(rest))
        if header.ethertype == ethernet.IPV6:
            return discovery_sentence(rest)
        if header.ethertype == ethernet.IPV4:
            packet, payload = ipv4.parse(rest)
            if packet.protocol == ipv4.ICMP:
                return _icmp(icmp.parse(payload))
            if packet.protocol == ipv4.UDP:
                return _udp(payload)
    except ParseError:
        return None
    return None


def _arp(packet: arp.ArpPacket) -> Sentence:
    target, sender = address_text(packet.target_address), address_text(packet.sender_address)
    if packet.operation == arp.REPLY:
        return sentence(
            f"{sender} tells its Ethernet address, so that packets can reach it on this link.", "RFC 826"
        )
    if packet.sender_address == bytes(4):
        return sentence(
            f"Does anybody use {target}? If nobody answers, the address is free.", "RFC 5227 2.1.1"
        )
    if sender == target:
        return sentence(f"{sender} announces that the address is its own.", "RFC 5227 2.3")
    return sentence(f"{sender} asks everybody on the link for the Ethernet address of {target}.", "RFC 826")


def _icmp(message: icmp.IcmpMessage) -> Sentence | None:
    if message.type == icmp.ECHO_REQUEST:
        return sentence("A ping: whoever has the address sends the same octets back.", "RFC 792")
    if message.type == icmp.ECHO_REPLY:
        return sentence("The answer to a ping.", "RFC 792")
    if message.type in icmp.ERRORS:
        reason = icmp_reason(message.type, message.code)
        return sentence(
            f"Somebody on the way could not deliver a packet, and quotes its beginning: {reason}."
            f"{_quoted(message)}",
            "RFC 792",
        )
    return None


def _quoted(message: icmp.IcmpMessage) -> str:
    try:
        return f" It was {quoted_text(icmp.quoted_segment(message))}."
    except ParseError:
        return ""  # a fragment, or neither TCP nor UDP


def _udp(datagram: memoryview) -> Sentence:
    name, words = udp_words(datagram)
    if name == "DNS":
        answers = words.startswith("Standard query response")
        told = "A name server answers" if answers else "A name server is asked"
        return sentence(f"{told}: {words}.", "RFC 1035 4.1")
    if name == "DHCP":
        return sentence(f"It lends an address, or asks for one: {words}.", "RFC 2131 3")
    return sentence(f"A datagram, which nobody has to acknowledge: {words}.", "RFC 768")
