"""What waits at the gate: what it is, what it does if it passes, and who would notice its loss."""

from collections.abc import Iterator, Mapping

from tcpviz.analysis import TcpPacket, tcp_packet
from tcpviz.link.base import Direction
from tcpviz.session.status import PendingFrame
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import TAKES_TEXT, TRANSITIONS, State, Trigger
from tcpviz.view.info import flag_names
from tcpviz.view.units import duration, octets
from tcpviz.view.why_events import Sentence, sentence
from tcpviz.wire.segment import ACK, FIN, RST, SYN
from tcpviz.wire.seq import Seq, diff

_KEYS = "Keys: {next} passes it, {drop} drops, {duplicate} duplicates, {delay} delays, {corrupt} damages it."

_PROVIDED = {
    RST: ", if our TCP believes the reset",
    SYN: ", if our TCP accepts its numbers",
    FIN: ", unless data before it is missing",
}
"""What the change hangs on, by the flag that brings it."""
_CLOSED_BY_US = frozenset({State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK})
"""Where our FIN is not acknowledged yet."""


def gate_sentences(
    frame: PendingFrame, snapshot: Snapshot | None, keys: Mapping[str, str], *, again: bool = False
) -> list[Sentence]:
    """What `frame`, the first one at the gate, is about. `snapshot`: our end before it; `keys`: by action;
    `again`: it brings what has been sent before."""
    told = [*_about(frame, snapshot, again)]
    if keys:
        told.append(sentence(_KEYS.format_map(keys)))
    return told


def _about(frame: PendingFrame, snapshot: Snapshot | None, again: bool) -> Iterator[Sentence]:
    packet = tcp_packet(frame.data)
    outgoing = frame.direction is Direction.OUT
    whose = "our" if outgoing else "the peer's"
    what = f"{_what(packet)}, sent again" if again else _what(packet)
    yield sentence(f"At the gate waits {whose} {what}. It has not taken effect yet.")
    if packet is None:
        return
    if not outgoing and snapshot and (effect := _effect(packet, snapshot)):
        yield effect
    yield _loss(packet, outgoing, snapshot)


def _what(packet: TcpPacket | None) -> str:
    if packet is None:
        return "packet, which is no TCP"
    names = flag_names(packet.flags)
    return f"{names} with {octets(packet.length)}" if packet.length else str(names)


def _effect(packet: TcpPacket, tcb: Snapshot) -> Sentence | None:
    """What an incoming segment does to our end: the `TRANSITIONS` edge that it takes, or what it brings."""
    trigger = _trigger(packet, tcb)
    if trigger and (edge := TRANSITIONS.get((tcb.state, trigger))):
        hedge = next((words for bit, words in _PROVIDED.items() if packet.flags & bit), "")
        return sentence(f"If it passes: {tcb.state} -> {edge.new} ({trigger.value}){hedge}.", edge.rfc)
    if packet.flags & (SYN | RST) or not packet.length or tcb.state not in TAKES_TEXT:
        return None
    ahead = diff(Seq(packet.seq), tcb.rcv_nxt)
    if ahead + packet.length <= 0:
        fate = "only an ACK answers it, for we have all its data already"
    elif ahead <= 0:
        fate = "our application gets what is new of its data"
    else:
        fate = f"its data is held until the {octets(ahead)} before it have come"
    return sentence(f"If it passes: {tcb.state} stays, and {fate}.", "RFC 9293 3.10.7.4")


def _trigger(packet: TcpPacket, tcb: Snapshot) -> Trigger | None:
    """What the segment is to a connection in this state, as far as that is plain to see beforehand."""
    flags = packet.flags
    if flags & RST:
        return Trigger.RCV_RST
    if flags & SYN:
        both = tcb.state is State.SYN_SENT and flags & ACK
        return Trigger.RCV_SYN_ACK if both else Trigger.RCV_SYN
    acks_all = bool(flags & ACK) and packet.ack == tcb.snd_max
    if tcb.state is State.SYN_RECEIVED:
        return Trigger.RCV_ACK_OF_SYN if acks_all else None
    # Until all data is out, our FIN is not (RFC 9293 3.10.4).
    acks_fin = acks_all and tcb.state in _CLOSED_BY_US and not tcb.unsent
    if flags & FIN:
        both = acks_fin and tcb.state is State.FIN_WAIT_1
        return Trigger.RCV_FIN_AND_ACK_OF_FIN if both else Trigger.RCV_FIN
    return Trigger.RCV_ACK_OF_FIN if acks_fin else None


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
    elif packet.flags & SYN and snapshot and snapshot.state in TAKES_TEXT:
        text = (
            "The peer misses our ACK. If you drop it, we do not send that again; the peer's timer repeats it."
        )
    elif packet.flags & SYN and packet.flags & ACK:
        text = (
            "If you drop it, neither end knows that it was lost: our timer sends our SYN again, "
            "and the peer's its SYN,ACK, each waiting twice as long with every try."
        )
    else:
        text = (
            "If you drop it, the peer gets no ACK for it; its retransmission timer, or ACKs that we repeat "
            "for later data, make it send again."
        )
    return sentence(text, "RFC 6298 5")
