"""What a segment of strangers is about, as an observer of the packets alone tells it: a sentence for each.

Nobody knows here what a stack did or why; what is said of that is a guess from the times, and says so.
"""

from collections.abc import Iterator

from tcpviz.analysis import Flag, TcpPacket
from tcpviz.view.info import endpoint_texts, option_words
from tcpviz.view.moment import Moment, Observed
from tcpviz.view.units import duration, octets
from tcpviz.view.why_events import Sentence, sentence
from tcpviz.view.why_observer import WORDS, named_once
from tcpviz.wire.segment import ACK, FIN, RST, SYN

SECTIONS: dict[Flag, str] = {
    Flag.RETRANSMISSION: "RFC 6298 5.4",
    Flag.FAST_RETRANSMISSION: "RFC 5681 3.2",
    Flag.SPURIOUS_RETRANSMISSION: "RFC 2883 4",
    Flag.OUT_OF_ORDER: "RFC 9293 3.10.7.4",
    Flag.LOST_SEGMENT: "RFC 9293 3.10.7.4",
    Flag.ACK_LOST_SEGMENT: "RFC 9293 3.4",
    Flag.DUPLICATE_ACK: "RFC 5681 2",
    Flag.WINDOW_UPDATE: "RFC 9293 3.8.6",
    Flag.WINDOW_FULL: "RFC 9293 3.8.6",
    Flag.ZERO_WINDOW: "RFC 9293 3.8.6",
    Flag.ZERO_WINDOW_PROBE: "RFC 9293 3.8.6.1",
    Flag.ZERO_WINDOW_PROBE_ACK: "RFC 9293 3.8.6.1",
    Flag.KEEP_ALIVE: "RFC 9293 3.8.4",
    Flag.KEEP_ALIVE_ACK: "RFC 9293 3.8.4",
    Flag.REUSED_PORTS: "RFC 9293 3.6.1",
    Flag.TFO_SYN: "RFC 7413 4.2",
    Flag.TFO_ACK: "RFC 7413 4.2",
    Flag.TFO_IGNORED: "RFC 7413 4.2",
}
"""Where it is written what each flag of the observer is about."""

_SAYS_ALL = Flag.DUPLICATE_ACK | Flag.WINDOW_UPDATE | Flag.ZERO_WINDOW_PROBE_ACK | Flag.KEEP_ALIVE
_SAYS_ALL |= Flag.KEEP_ALIVE_ACK
"""Flags that leave nothing to say of the segment itself."""


def capture_sentences(moment: Moment) -> list[Sentence]:
    """What strikes an observer of the segment at `moment`, and what the segment is; never empty."""
    packet, seen = moment.packet, moment.observed
    if packet is None or seen is None:
        return [sentence("Too little of its TCP header was captured to tell what it is.", "RFC 9293 3.1")]
    flags = named_once(seen.flags)
    told = [sentence(words(seen), SECTIONS[flag]) for flag, words in WORDS.items() if flags & flag]
    if not flags & _SAYS_ALL:
        told.append(_segment(packet, seen, moment))
    return told


def _segment(packet: TcpPacket, seen: Observed, moment: Moment) -> Sentence:
    """What a segment is by its flags and numbers."""
    waited = moment.acknowledged_after
    source, destination = endpoint_texts(packet)
    if packet.flags & RST:
        return _reset(packet, source, destination)
    if packet.flags & SYN:
        return _syn(packet, source, destination)
    if packet.flags & FIN:
        data = f"{octets(seen.length)} and a FIN" if seen.length else "A FIN"
        at = seen.seq + seen.length
        return sentence(
            f"{data}: {source} has nothing more to send; the FIN takes the number {at}.", "RFC 9293 3.6"
        )
    if seen.length:
        end = seen.seq + seen.length
        return sentence(
            f"{octets(seen.length)} from {source}: {seen.seq} to {end - 1}, and data goes on at {end}."
            f"{_flight(seen)}{_acknowledges(seen, waited)}",
            "RFC 9293 3.4",
        )
    return _pure_ack(packet, source, seen, moment)


def _reset(packet: TcpPacket, source: str, destination: str) -> Sentence:
    if packet.flags & ACK and packet.seq == 0:
        return sentence(
            f"{source} refuses: a reset with the number 0 answers a segment of a connection that it does not "
            "know, such as a SYN to a port where nobody listens.",
            "RFC 9293 3.5.2",
        )
    return sentence(
        f"{source} gives the connection to {destination} up at once: nothing more is sent or taken, and data "
        "on its way is lost. Why, no packet tells.",
        "RFC 9293 3.5.2",
    )


def _syn(packet: TcpPacket, source: str, destination: str) -> Sentence:
    words = [word for word in option_words(packet.options) if not word.startswith(("TSval", "TSecr"))]
    offers = f" It offers {', '.join(words)}." if words else ""
    if packet.flags & ACK:
        what = f"{source} agrees to the connection that {destination} asks for"
    else:
        what = f"{source} asks {destination} to open a connection"
    return sentence(f"{what}: its numbers begin at {packet.seq}, shown as 0.{offers}", "RFC 9293 3.5")


def _flight(seen: Observed) -> str:
    return f" With it {octets(seen.in_flight)} are in flight." if seen.in_flight > seen.length else ""


def _acknowledges(seen: Observed, waited: int) -> str:
    return f" It acknowledges packet {seen.acks_frame}, too{_later(waited)}." if seen.acks_frame else ""


def _later(waited: int) -> str:
    return f", {duration(waited)} after that was sent" if waited else ""


def _pure_ack(packet: TcpPacket, source: str, seen: Observed, moment: Moment) -> Sentence:
    if not packet.flags & ACK:
        return sentence(
            "It has neither ACK, SYN nor RST: no TCP sends such a segment, and none takes it.",
            "RFC 9293 3.10.7.4",
        )
    return sentence("".join(_ack_words(source, seen, moment)), "RFC 9293 3.4")


def _ack_words(source: str, seen: Observed, moment: Moment) -> Iterator[str]:
    least = "at least " if moment.scale_unknown and seen.window else ""
    yield f"{source} has everything before {seen.ack} and takes {least}{octets(seen.window)} more"
    if seen.acks_frame:
        later = _later(moment.acknowledged_after)
        yield f": this acknowledges packet {seen.acks_frame} and all before it{later}."
    else:
        yield "."
    if least:
        yield " By how much its window is scaled, only its SYN tells, which was not captured."
