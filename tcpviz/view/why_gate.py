"""What waits at the gate: what it is, what it does if it passes, and who would notice its loss."""

from collections.abc import Iterator, Mapping

from tcpviz.analysis import TcpPacket, tcp_packet
from tcpviz.link.base import Direction
from tcpviz.session.status import PendingFrame
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.view.info import flag_names
from tcpviz.view.units import duration, octets
from tcpviz.view.why_events import Sentence, sentence
from tcpviz.wire.segment import ACK, FIN, RST, SYN

_KEYS = "Keys: {next} passes it, {drop} drops, {duplicate} duplicates, {delay} delays, {corrupt} damages it."


def gate_sentences(frame: PendingFrame, snapshot: Snapshot | None, keys: Mapping[str, str]) -> list[Sentence]:
    """What `frame`, the first one at the gate, is about. `snapshot`: our end before it; `keys`: by action."""
    told = [*_about(frame, snapshot)]
    if keys:
        told.append(sentence(_KEYS.format_map(keys)))
    return told


def _about(frame: PendingFrame, snapshot: Snapshot | None) -> Iterator[Sentence]:
    packet = tcp_packet(frame.data)
    outgoing = frame.direction is Direction.OUT
    whose = "our" if outgoing else "the peer's"
    yield sentence(f"At the gate waits {whose} {_what(packet)}. It has not taken effect yet.")
    if packet is None:
        return
    if not outgoing and (change := _change(packet, snapshot)):
        yield sentence(f"If it passes: {change}.", "RFC 9293 3.3.2")
    yield _loss(packet, outgoing, snapshot)


def _what(packet: TcpPacket | None) -> str:
    if packet is None:
        return "packet, which is no TCP"
    names = flag_names(packet.flags)
    return f"{names} with {octets(packet.length)}" if packet.length else str(names)


def _change(packet: TcpPacket, snapshot: Snapshot | None) -> str:
    """The change of our state that it brings, where that is plain to see beforehand."""
    state = snapshot.state if snapshot else None
    if packet.flags & RST:
        return f"{state} -> CLOSED, if our TCP believes the reset" if state else ""
    if state is State.SYN_SENT and packet.flags & (SYN | ACK) == SYN | ACK:
        return "SYN-SENT -> ESTABLISHED, if it acknowledges our SYN"
    if state is State.ESTABLISHED and packet.flags & FIN:
        return "ESTABLISHED -> CLOSE-WAIT, unless data before it is missing"
    return ""


def _loss(packet: TcpPacket, outgoing: bool, snapshot: Snapshot | None) -> Sentence:
    """Who will notice if it is dropped, and when."""
    if packet.flags & RST:
        end = "the peer" if outgoing else "we"
        return sentence(f"If you drop it, {end} will not hear that the connection is gone.", "RFC 9293 3.5.2")
    if not packet.length and not packet.flags & (SYN | FIN):
        return sentence(
            "If you drop it: an ACK is never repeated by itself; a later one makes up for it, or the sender "
            "of the data sends that again.",
            "RFC 9293 3.8",
        )
    if outgoing:
        after = f" after {duration(snapshot.rto)} at the latest" if snapshot else ""
        text = (
            f"If you drop it, no ACK comes, so our retransmission timer fires{after}, and we send it again."
        )
    elif packet.flags & SYN and packet.flags & ACK:
        text = (
            "If you drop it, neither end knows that it was lost: our timer sends our SYN again, "
            "and the peer's its SYN,ACK, each after about 1 s at first, then twice as long."
        )
    else:
        text = (
            "If you drop it, the peer gets no ACK for it; its retransmission timer, or ACKs that we repeat "
            "for later data, make it send again."
        )
    return sentence(text, "RFC 6298 5")
