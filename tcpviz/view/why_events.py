"""Each event of the engine as a sentence with the numbers of its moment and the RFC section behind it.

One template a kind of event; a test asks for every kind. Sequence numbers are told relative to the first
one of their side, and left out where that is not known.
"""

from collections.abc import Sequence
from functools import singledispatch
from typing import NamedTuple

from tcpviz.tcp import events as e
from tcpviz.tcp.rtt import GRANULARITY
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import TRANSITIONS
from tcpviz.view import why_texts
from tcpviz.view.info import icmp_reason
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.units import duration, octets, ordinal
from tcpviz.wire import seq
from tcpviz.wire.seq import Seq

_MOST_SSTHRESH = 1 << 30
"""A threshold that no real window reaches stands for none yet."""


class Sentence(NamedTuple):
    """One plain sentence, and the section that says so; empty where no RFC is behind it."""

    text: SafeText
    rfc: str = ""


class Numbers(NamedTuple):
    """What relative numbers count from, and the moment that is told; None where unknown."""

    iss: Seq | None = None
    irs: Seq | None = None
    now: int | None = None

    @classmethod
    def of(cls, snapshot: Snapshot | None, now: int) -> "Numbers":
        """Those of the connection that `snapshot` shows."""
        return cls(snapshot.iss or None, snapshot.irs or None, now) if snapshot else cls(now=now)

    def ours(self, at: Seq) -> str:
        """A number of the data that we send, with a blank before it."""
        return "" if self.iss is None else f" {relative(at, self.iss)}"

    def theirs(self, at: Seq) -> str:
        """A number of the data that the peer sends, with a blank before it."""
        return "" if self.irs is None else f" {relative(at, self.irs)}"


def relative(at: Seq, first: Seq) -> int:
    """How far `at` lies after the first sequence number of its side."""
    return seq.diff(at, first) & 0xFFFF_FFFF


def sentence(text: str, rfc: str = "") -> Sentence:
    """Made of words of ours and of numbers."""
    return Sentence(safe(text), rfc)


_IMPORTANCE: tuple[type[e.Event], ...] = (
    e.Retransmitted,
    e.SegmentDropped,
    e.ResetReceived,
    e.ResetSent,
    e.PathMtuChanged,
    e.IcmpReceived,
    e.CongestionMarked,
    e.StateChanged,
    e.TimerExpired,
    e.Held,
    e.HoleFilled,
    e.DuplicateAck,
    e.PeerWindowChanged,
    e.OurWindowChanged,
    e.AckSent,
    e.Negotiated,
    e.Ended,
    e.UrgentReceived,
    e.CwndChanged,
    e.RttSampled,
    e.TimerSet,
)
"""What a reader should hear of first."""

_DETAILS = (e.CwndChanged, e.RttSampled, e.TimerSet, e.Negotiated)
"""Events that do not say by themselves what the packet was about."""


def by_importance(events: Sequence[e.Event]) -> list[e.Event]:
    """The same events, the ones that explain most first."""
    return sorted(events, key=_place)


def _place(event: e.Event) -> int:
    refused = isinstance(event, e.Ended) and event.why is e.CloseReason.REFUSED
    return -1 if refused else _IMPORTANCE.index(type(event))  # says more than the reset that does it


def tells_all(events: Sequence[e.Event]) -> bool:
    """Whether the events explain the packet without a word about the packet itself."""
    return any(not isinstance(event, _DETAILS) for event in events)


def comment(events: Sequence[e.Event]) -> str:
    """The plain-words comment of a packet in the pcapng file; empty without events."""
    unknown = Numbers()
    return "\n".join(with_section(tell(event, unknown)) for event in by_importance(events))


def with_section(told: Sentence) -> str:
    """The sentence as one text."""
    return f"{told.text} ({told.rfc})" if told.rfc else told.text


@singledispatch
def tell(event: e.Event, numbers: Numbers) -> Sentence:
    """What happened and why."""
    raise NotImplementedError(f"no words for {type(event).__name__}")


@tell.register
def _(event: e.StateChanged, numbers: Numbers) -> Sentence:
    row = TRANSITIONS.get((event.old, event.trigger))
    meaning = why_texts.STATES[event.new]
    return sentence(
        f"{event.old} to {event.new} ({event.trigger.value}): {meaning}.",
        row.rfc if row else "RFC 9293 3.3.2",
    )


@tell.register
def _(event: e.Negotiated, numbers: Numbers) -> Sentence:
    options = [f"segments of up to {octets(event.mss)}"]
    if event.snd_scale >= 0 and event.rcv_scale >= 0:
        options.append(
            f"windows in units of {1 << event.rcv_scale} (ours) and {1 << event.snd_scale} (theirs)"
        )
    options += ["SACK"] * event.sack + ["timestamps"] * event.timestamps + ["ECN"] * event.ecn
    return sentence(f"The handshake settled the options: {', '.join(options)}.", "RFC 9293 3.2")


@tell.register
def _(event: e.SegmentDropped, numbers: Numbers) -> Sentence:
    what = (
        f"{octets(event.length)} at{numbers.theirs(event.seq)}"
        if numbers.irs is not None
        else octets(event.length)
    )
    words, rfc = why_texts.DROPPED[event.reason]
    return sentence(f"Dropped ({what if event.length else 'no data'}): {words}.", rfc)


@tell.register
def _(event: e.Held, numbers: Numbers) -> Sentence:
    size = octets(seq.diff(event.end, event.start))
    where = (
        f" ({numbers.theirs(event.start).strip()} to{numbers.theirs(event.end)})"
        if numbers.irs is not None
        else ""
    )
    return sentence(
        f"{size}{where} came out of order: they wait here until the hole before them is filled.",
        "RFC 9293 3.10.7.4",
    )


@tell.register
def _(event: e.HoleFilled, numbers: Numbers) -> Sentence:
    to = f" to{numbers.theirs(event.rcv_nxt)}" if numbers.irs is not None else ""
    return sentence(
        f"The missing piece came: RCV.NXT jumps{to}, over the data that had been waiting behind it.",
        "RFC 9293 3.10.7.4",
    )


@tell.register
def _(event: e.DuplicateAck, numbers: Numbers) -> Sentence:
    what = f" of{numbers.ours(event.ack)}" if numbers.iss is not None else ""
    then = "as a rule the 3rd means a loss" if event.count < 3 else "each one means a segment has arrived"
    return sentence(
        f"The {ordinal(event.count)} duplicate ACK{what}: data arrives there, but not what comes next; "
        f"{then}.",
        "RFC 5681 3.2",
    )


@tell.register
def _(event: e.Retransmitted, numbers: Numbers) -> Sentence:
    span = (
        f" ({numbers.ours(event.start).strip()} to{numbers.ours(event.end)})"
        if numbers.iss is not None
        else ""
    )
    words, rfc = why_texts.CAUSES[event.cause]
    return sentence(f"Sent again for the {ordinal(event.attempt)} time{span}: {words}.", rfc)


@tell.register
def _(event: e.CongestionMarked, numbers: Numbers) -> Sentence:
    return sentence(
        "A router has marked this segment, since its queue grows: every ACK of ours has ECE now, until the "
        "peer answers with CWR that it sends less.",
        "RFC 3168 6.1.3",
    )


@tell.register
def _(event: e.RttSampled, numbers: Numbers) -> Sentence:
    which = (
        " (by the timestamp that comes back: it tells which of the transmissions is answered)"
        if event.repeated
        else ""
    )
    computed = event.srtt + max(GRANULARITY, 4 * event.rttvar)
    wait = f"and we wait {duration(event.rto)} for an ACK (RTO)"
    if computed < event.rto:
        wait = (
            f"which makes an RTO of {duration(computed)}; we wait {duration(event.rto)} for an ACK, our "
            "least, as Linux does (RFC 6298 2.4 would have 1 s)"
        )
    return sentence(
        f"A round trip took {duration(event.rtt)}{which}: "
        f"the smoothed time is {duration(event.srtt)}, {wait}.",
        # The first measurement sets the variation to half of itself (2.2).
        "RFC 6298 2.2" if event.srtt == event.rtt and event.rttvar == event.rtt // 2 else "RFC 6298 2.3",
    )


@tell.register
def _(event: e.CwndChanged, numbers: Numbers) -> Sentence:
    limit = f", threshold {octets(event.ssthresh)}" if event.ssthresh < _MOST_SSTHRESH else ""
    words, rfc = why_texts.CWND[event.why]
    return sentence(f"The congestion window is {octets(event.cwnd)}{limit}: {words}.", rfc)


@tell.register
def _(event: e.PeerWindowChanged, numbers: Numbers) -> Sentence:
    if event.new == 0:
        text = "The peer's window is closed: its application reads too slowly, and we may only send probes."
    else:
        text = f"The peer's window has opened again: it takes {octets(event.new)}."
    return sentence(text, "RFC 9293 3.8.6.1")


@tell.register
def _(event: e.OurWindowChanged, numbers: Numbers) -> Sentence:
    if event.new == 0:
        text = "Our window is closed: the buffer is full until the application reads, and the peer must wait."
    else:
        text = f"Our window has opened again: the application has read, and we take {octets(event.new)}."
    return sentence(text, "RFC 9293 3.8.6")


@tell.register
def _(event: e.AckSent, numbers: Numbers) -> Sentence:
    words, rfc = why_texts.ACKS[event.why]
    return sentence(f"This ACK leaves now: {words}.", rfc)


@tell.register
def _(event: e.TimerSet, numbers: Numbers) -> Sentence:
    words, rfc = why_texts.TIMERS_SET[event.timer]
    span = "" if numbers.now is None else f" for {duration(event.deadline - numbers.now)}"
    return sentence(f"The {why_texts.TIMER_NAMES[event.timer]} runs{span}: {words}.", rfc)


@tell.register
def _(event: e.TimerExpired, numbers: Numbers) -> Sentence:
    words, rfc = why_texts.TIMERS_EXPIRED[event.timer]
    again = f" for the {ordinal(event.count)} time in a row" if event.count > 1 else ""
    return sentence(f"The {why_texts.TIMER_NAMES[event.timer]} ran out{again}: {words}.", rfc)


@tell.register
def _(event: e.UrgentReceived, numbers: Numbers) -> Sentence:
    up_to = f" up to{numbers.theirs(event.up_to)}" if numbers.irs is not None else ""
    return sentence(f"The peer marks its data{up_to} as urgent.", "RFC 9293 3.8.5")


@tell.register
def _(event: e.ResetReceived, numbers: Numbers) -> Sentence:
    return sentence(
        "A valid reset: the connection ends at once, and what was on its way is lost.", "RFC 9293 3.5.3"
    )


@tell.register
def _(event: e.ResetSent, numbers: Numbers) -> Sentence:
    return sentence(f"We send a reset: {event.why}.", "RFC 9293 3.5.2")


@tell.register
def _(event: e.PathMtuChanged, numbers: Numbers) -> Sentence:
    words, rfc = why_texts.MTU[event.why]
    return sentence(
        f"From now on our packets have {event.new} octets at most, not {event.old}: {words}.", rfc
    )


@tell.register
def _(event: e.IcmpReceived, numbers: Numbers) -> Sentence:
    effect = "it ends the attempt" if event.hard else "it may pass, so we go on and let the timers decide"
    reason = icmp_reason(event.icmp_type, event.code)
    return sentence(
        f"A router or the peer's host reports trouble with a packet of ours ({reason}): {effect}.",
        "RFC 9293 3.9.2.2",
    )


@tell.register
def _(event: e.Ended, numbers: Numbers) -> Sentence:
    words, rfc = why_texts.ENDS[event.why]
    return sentence(f"The connection is over: {words}.", rfc)
