"""What the peer's stack did before it sent a packet, where it is ours too: the simulated server."""

from functools import singledispatch

from tcpviz.tcp import events as e
from tcpviz.view import why_texts
from tcpviz.view.units import octets, ordinal
from tcpviz.view.why_events import Sentence, sentence
from tcpviz.wire import seq


@singledispatch
def tell_of_peer(event: e.Event) -> Sentence | None:
    """A sentence about the server; None for what says nothing about its packet."""
    return None


@tell_of_peer.register
def _(event: e.Retransmitted) -> Sentence:
    words, rfc = why_texts.CAUSES[event.cause]
    return sentence(
        f"The server sends it again, for the {ordinal(event.attempt)} time: {_turned(words)}.", rfc
    )


@tell_of_peer.register
def _(event: e.TimerExpired) -> Sentence:
    words, rfc = why_texts.TIMERS_EXPIRED[event.timer]
    name = why_texts.TIMER_NAMES[event.timer]
    if event.timer is e.Timer.RETRANSMIT:
        name = f"RTO no. {event.count}"
    return sentence(f"The server's {name} fired: {_turned(words)}.", rfc)


@tell_of_peer.register
def _(event: e.SegmentDropped) -> Sentence:
    rfc = why_texts.DROPPED[event.reason].rfc
    return sentence(f"The server dropped a packet of ours: {event.reason.value}.", rfc)


@tell_of_peer.register
def _(event: e.Held) -> Sentence:
    size = octets(seq.diff(event.end, event.start))
    return sentence(
        f"The server has {size} of ours behind a hole, and waits for what fills it.", "RFC 9293 3.10.7.4"
    )


@tell_of_peer.register
def _(event: e.AckSent) -> Sentence:
    return sentence(f"The server's ACK leaves now: {event.why.value}.", why_texts.ACKS[event.why].rfc)


@tell_of_peer.register
def _(event: e.StateChanged) -> Sentence:
    return sentence(
        f"The server goes from {event.old} to {event.new} ({event.trigger.value}).", "RFC 9293 3.3.2"
    )


@tell_of_peer.register
def _(event: e.PeerWindowChanged) -> Sentence:
    if event.new == 0:
        return sentence("The server finds our window closed: it may only send probes.", "RFC 9293 3.8.6.1")
    return sentence(f"The server finds our window open again: {octets(event.new)}.", "RFC 9293 3.8.6.1")


@tell_of_peer.register
def _(event: e.ResetSent) -> Sentence:
    return sentence(f"The server gave the connection up: {event.why}.", "RFC 9293 3.5.2")


def _turned(words: str) -> str:
    """A clause about our stack, said of the other one."""
    return words.replace("the peer", "its peer")
