"""What an observer of the packets alone says of a row, in Wireshark's terms, and where he is wrong."""

from collections.abc import Callable, Iterator

from tcpviz.analysis import Flag
from tcpviz.link.base import Direction, Fate
from tcpviz.tcp.events import Cause, DuplicateAck, Retransmitted, SegmentDropped
from tcpviz.view import why_texts
from tcpviz.view.moment import Moment, Observed
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.units import duration
from tcpviz.view.why_events import Sentence, sentence

_OUT_OF_ORDER_WITHIN = 3_000_000  # ns, where the initial RTT is unknown
_REPEATED = Flag.RETRANSMISSION | Flag.FAST_RETRANSMISSION | Flag.SPURIOUS_RETRANSMISSION | Flag.OUT_OF_ORDER
_QUICK = (Cause.FAST, Cause.PARTIAL_ACK, Cause.SACK, Cause.RACK)

_Words = Callable[[Observed], str]


def _plain(words: str) -> _Words:
    return lambda observed: words


def _duplicate_ack(observed: Observed) -> str:
    return (
        f"Dup ACK no. {observed.dup_ack_num} of frame {observed.dup_ack_frame}: the same acknowledgment and "
        "window again, without data."
    )


def _retransmission(observed: Observed) -> str:
    if not observed.rto_frame:
        return "Retransmission: its octets have been seen before."
    return (
        f"Retransmission: its octets have been seen before; frame {observed.rto_frame} was still "
        f"unacknowledged after {duration(observed.rto)}."
    )


def _out_of_order(observed: Observed) -> str:
    return f"Out-Of-Order: it should have come earlier, and it is late by less than {_limit(observed)}."


def _limit(observed: Observed) -> str:
    if observed.initial_rtt:
        return f"the initial round trip of {duration(observed.initial_rtt)}"
    return duration(_OUT_OF_ORDER_WITHIN)


WORDS: dict[Flag, _Words] = {
    Flag.SPURIOUS_RETRANSMISSION: _plain(
        "Spurious Retransmission: the other side has acknowledged all of it already."
    ),
    Flag.FAST_RETRANSMISSION: _plain(
        "Fast Retransmission: it is what at least two duplicate ACKs asked for, within 20 ms of the last one."
    ),
    Flag.RETRANSMISSION: _retransmission,
    Flag.OUT_OF_ORDER: _out_of_order,
    Flag.LOST_SEGMENT: _plain(
        "Previous segment not captured: it begins beyond the highest number seen so far."
    ),
    Flag.ACK_LOST_SEGMENT: _plain("ACKed unseen segment: it acknowledges octets that were never captured."),
    Flag.DUPLICATE_ACK: _duplicate_ack,
    Flag.ZERO_WINDOW: _plain("ZeroWindow: the sender of this takes no more data."),
    Flag.ZERO_WINDOW_PROBE: _plain("ZeroWindowProbe: one octet beyond a closed window."),
    Flag.ZERO_WINDOW_PROBE_ACK: _plain(
        "ZeroWindowProbeAck: the answer to a probe; the window is still closed."
    ),
    Flag.WINDOW_FULL: _plain("Window Full: it fills the window that the other side has offered."),
    Flag.WINDOW_UPDATE: _plain("Window Update: nothing is new but the window."),
    Flag.KEEP_ALIVE: _plain("Keep-Alive: one number before the next expected one, to provoke an answer."),
    Flag.KEEP_ALIVE_ACK: _plain("Keep-Alive ACK: the answer to a keep-alive."),
    Flag.REUSED_PORTS: _plain("Port numbers reused: a new connection between the same two ports."),
    Flag.TFO_SYN: _plain("A SYN with a Fast Open cookie and data."),
    Flag.TFO_ACK: _plain("The SYN,ACK acknowledges the data of a Fast Open SYN."),
    Flag.TFO_IGNORED: _plain("The SYN,ACK ignores the data of a Fast Open SYN."),
}

_BETTER_NAMES = Flag.FAST_RETRANSMISSION | Flag.SPURIOUS_RETRANSMISSION


def inference(observed: Observed) -> list[Sentence]:
    """One sentence a flag, in the words of Wireshark's rules."""
    found = named_once(observed.flags)
    told = [sentence(words(observed)) for flag, words in WORDS.items() if found & flag]
    if told or not observed.acks_frame:
        return told
    return [sentence(f"This is an ACK of the segment in frame {observed.acks_frame}.")]


def named_once(found: Flag) -> Flag:
    """Without the general name of what has a better one, too."""
    return found & ~Flag.RETRANSMISSION if found & _BETTER_NAMES else found


def difference(moment: Moment) -> SafeText:
    """Why truth and inference are not the same here; empty where they agree or one side says nothing."""
    return safe(next(_differences(moment), ""))


def _differences(moment: Moment) -> Iterator[str]:
    row, observed = moment.row, moment.observed
    if row.fate is Fate.LOST:
        yield from _lost(row.direction)
    if observed is None or not row.number:
        return
    for event in (*moment.events, *moment.peer_events):
        if isinstance(event, Retransmitted):
            yield from _retransmitted(event, observed)
        elif isinstance(event, SegmentDropped) and event in moment.events and not observed.flags:
            yield "An observer finds nothing wrong with it: it does not know what our TCP may accept."
    if row.direction is Direction.IN:
        yield from _came_in(moment, observed)


def _lost(direction: Direction) -> Iterator[str]:
    if direction is Direction.OUT:
        yield "An observer beside us sees an ordinary packet: it was lost behind him."
    else:
        yield "No capture at our end can have it: it was lost before it came here."


def _retransmitted(event: Retransmitted, observed: Observed) -> Iterator[str]:
    cause = why_texts.CAUSES[event.cause].words
    if observed.flags & Flag.OUT_OF_ORDER:
        yield (
            f"The observer takes it for a packet that was overtaken, because it is late by less than "
            f"{_limit(observed)}; only the sender knows better: {cause}."
        )
    elif observed.flags & Flag.SPURIOUS_RETRANSMISSION:
        yield f"The observer has seen an ACK pass that our TCP had not taken in yet; to us, {cause}."
    elif event.cause in _QUICK and observed.flags & _REPEATED == Flag.RETRANSMISSION:
        yield (
            "The observer cannot tell it from a timeout: it comes later than 20 ms after the last duplicate "
            f"ACK, or is not what that asked for. In truth {cause}."
        )
    elif event.cause not in _QUICK and observed.flags & Flag.FAST_RETRANSMISSION:
        yield f"The observer counts duplicate ACKs and takes it for a fast retransmission; in truth {cause}."
    elif event.cause is Cause.WINDOW_PROBE and observed.flags & Flag.KEEP_ALIVE:
        yield "On the wire a window probe and a keep-alive look the same."
    elif not observed.flags & (_REPEATED | Flag.ZERO_WINDOW_PROBE):
        yield "The observer does not recognise it as a repetition."


def _came_in(moment: Moment, observed: Observed) -> Iterator[str]:
    counted = any(isinstance(event, DuplicateAck) for event in moment.events)
    before = moment.before
    if observed.flags & Flag.DUPLICATE_ACK and not counted and before:
        if before.snd_una == before.snd_max:
            yield "Our TCP does not count it: nothing is in flight that could be missing (RFC 5681 2)."
        else:
            yield "Our TCP does not count it as a duplicate: to an observer it only looks like one."
    elif counted and not observed.flags & Flag.DUPLICATE_ACK:
        yield "Our TCP counts a duplicate ACK, though something in it is new to the observer (RFC 5681 2)."
    if observed.flags & Flag.LOST_SEGMENT:
        yield "Lost, overtaken or just not captured: an observer cannot tell; our TCP only knows of a hole."
    elif observed.flags & (Flag.RETRANSMISSION | Flag.OUT_OF_ORDER) and not moment.peer_events:
        yield "Why the peer sent it again is known to the peer alone; this is a guess from the times."
