"""The rules behind what happens, in paragraphs of our own words: what the why pane has "more" of."""

from collections.abc import Iterator
from typing import NamedTuple

from tcpviz.tcp import events as e
from tcpviz.tcp.events import AckReason, Cause, CwndReason, DropReason, Timer
from tcpviz.tcp.state import State
from tcpviz.view.moment import Moment
from tcpviz.view.why_events import by_importance
from tcpviz.wire.segment import FIN, RST, SYN


class Lesson(NamedTuple):
    """A rule."""

    title: str
    paragraphs: tuple[str, ...]
    rfc: str


HANDSHAKE = Lesson(
    "The three-way handshake",
    (
        "Both ends count the octets that they send from a number of their own choice. Before any data "
        "can be understood, each must know the other's number and know that its own has arrived. SYN "
        "brings the first number, SYN-ACK confirms it and brings the second, ACK confirms that.",
        "Two segments would not do: the side that listens could not tell a fresh SYN from one that "
        "wandered through the network for a minute. Only the third segment proves that somebody asks now.",
        "Options are settled here and never again: the largest segment, the window scale, SACK, "
        "timestamps. An option that one SYN lacks is not used by either side.",
    ),
    "RFC 9293 3.5",
)
FAST_RETRANSMIT = Lesson(
    "Fast retransmit",
    (
        "The receiver acknowledges the octet that it needs next. Whatever arrives behind a hole makes it "
        "send that same number again, at once: a duplicate ACK.",
        "One or two of them can mean that packets overtook each other. With the third the sender takes "
        "the segment for lost and sends it again, a full timeout sooner than the timer would have.",
        "A loss is read as a sign of congestion. So ssthresh becomes half of what was in flight (seven "
        "tenths with CUBIC) and cwnd goes down to it, bit by bit as ACKs come; it does not fall to one "
        "segment, since the duplicate ACKs show that packets still arrive.",
    ),
    "RFC 5681 3.2",
)
TIMEOUT = Lesson(
    "The retransmission timeout (RTO)",
    (
        "The sender keeps one timer for the oldest octet without an ACK. How long it waits follows from "
        "measured round trips: their smoothed mean, and four times their spread on top. Ours is never "
        "below 200 ms, as in Linux; the RFC wants a second.",
        "When it runs out, the oldest segment goes again and the wait doubles, again and again, until an "
        "ACK comes. Doubling gives an overloaded path time to drain.",
        "Silence is the worst sign there is, so cwnd falls to one segment and slow start begins anew. A "
        "round trip over a repeated segment is not measured, unless the timestamp that comes back tells "
        "which copy the ACK is for (Karn's rule).",
    ),
    "RFC 6298 5",
)
TAIL_LOSS = Lesson(
    "The tail loss probe (TLP)",
    (
        "Losing the last segments of a burst is special: nothing comes after them that could cause "
        "duplicate ACKs, so only the slow retransmission timer would notice.",
        "After about two round trips without an ACK the sender therefore sends the last segment once "
        "more, or new data where there is some. A single segment gets 200 ms more, as its ACK may be "
        "delayed. The answer, with its SACK blocks, shows what is missing.",
        "When the probe itself has repaired the loss, that loss counts: cwnd is reduced just as for any "
        "other.",
    ),
    "RFC 8985 7",
)
RACK = Lesson(
    "RACK: loss found by time",
    (
        "Counting duplicate ACKs fails with few packets, with packets that overtake each other and with "
        "repeats that are lost too. RACK looks at the clock instead.",
        "For each segment it remembers when it was sent last. If one that was sent later has arrived, an "
        "earlier one should have come as well. It gets a little more time for reordering, a quarter of "
        "the shortest round trip at first; then it is lost. Where packets never overtook each other, three "
        "later arrivals end that time at once.",
        "That little time adapts: when repeats turn out to have been needless, the sender waits longer.",
    ),
    "RFC 8985 3",
)
SACK = Lesson(
    "Selective acknowledgment (SACK)",
    (
        "A plain ACK can only say where the first hole begins. With SACK the receiver adds up to four "
        "blocks of what it holds behind it (three beside timestamps), the newest first.",
        "The sender keeps a scoreboard. A hole counts as lost once three segments' worth of data beyond "
        "it has been acknowledged, and then just the holes go again, several in one round trip.",
        "SACK is advice: the receiver may throw away what it holds. So the sender keeps everything until "
        "the plain ACK passes it.",
    ),
    "RFC 6675 5",
)
DUPLICATE_DATA = Lesson(
    "Data that came twice, and D-SACK",
    (
        "A segment of which nothing is new is dropped, and an ACK goes back at once, as the sender seems "
        "not to know that it has arrived. Perhaps the ACK was lost, perhaps the timer was too hasty.",
        "With D-SACK the first SACK block of that ACK names the octets that came twice. The sender "
        "learns that its repeat was not needed.",
    ),
    "RFC 2883 4",
)
UNDO = Lesson(
    "Undoing a needless slow-down",
    (
        "A sudden delay looks just like a loss until the late ACKs come. If the sender finds out that "
        "the first copy had arrived, by timestamps, by D-SACK or by F-RTO's two test segments, its "
        "slow-down was wrong.",
        "It then puts cwnd and ssthresh back to what they were. Without this one burst of delay, as on a "
        "mobile network, would cost many round trips of growth.",
    ),
    "RFC 4015 3",
)
DELAYED_ACK = Lesson(
    "Delayed ACKs",
    (
        "An ACK for every segment would be many packets with no data. So the receiver waits: for a "
        "second full segment, which should be acknowledged at once, or for data of its own that can carry "
        "the ACK.",
        "The wait must stay below half a second, and most stacks wait far less, ours 40 ms. Out-of-order "
        "data is acknowledged at once, since the sender's recovery lives on those ACKs.",
        "Together with Nagle's algorithm at the other end it can stall: one waits for an ACK before it "
        "sends, the other for data before it acknowledges.",
    ),
    "RFC 9293 3.8.6.3",
)
ZERO_WINDOW = Lesson(
    "Zero window and the persist timer",
    (
        "Each segment tells how much room is left in the receiver's buffer. When the application does "
        "not read, that falls to zero, and the sender has to stop: this is flow control, not congestion.",
        "The receiver will send an update when there is room. That ACK can be lost, and an ACK without "
        "data is never sent again: both would wait for ever. So the sender asks, each time after a "
        "longer pause, with one octet beyond the window.",
        "A peer may keep its window shut for as long as it likes, provided that it answers the probes.",
    ),
    "RFC 9293 3.8.6.1",
)
NAGLE = Lesson(
    "Nagle's algorithm and small segments",
    (
        "While anything is unacknowledged, a segment that is not full waits for the ACK or for more "
        "data. A program that writes single characters then sends one packet a round trip, not one a "
        "character.",
        "Small segments, 40 octets of headers around one of data, also come from a window that opens by a "
        "few octets at a time: the silly window syndrome. So a receiver opens its window by a full segment "
        "or half its buffer at least.",
    ),
    "RFC 9293 3.7.4",
)
SLOW_START = Lesson(
    "Slow start",
    (
        "Nobody knows at first how much the path can take. The sender begins with about ten segments, "
        "and every ACK lets cwnd grow by what it acknowledged: twice as much each round trip.",
        "That ends at the first loss, or at ssthresh, which remembers where trouble began before. In "
        "spite of its name it is the fastest phase; slow is only its start.",
    ),
    "RFC 5681 3.1",
)
AVOIDANCE = Lesson(
    "Congestion avoidance, Reno and CUBIC",
    (
        "Above ssthresh the path is nearly full, so the sender only feels its way: Reno adds one segment "
        "each round trip and halves at a loss, which draws a saw's teeth.",
        "On a long, fast path one segment a round trip takes minutes to fill it. CUBIC grows with the "
        "time since the last loss: fast at first, flat near the old maximum, then fast again beyond it. "
        "It cuts by three tenths only, and is never slower than Reno would be.",
    ),
    "RFC 9438 4",
)
TIME_WAIT = Lesson(
    "TIME-WAIT",
    (
        "The side that closes first sends the last ACK, and nobody acknowledges that one. If it is lost, "
        "the peer repeats its FIN; somebody must be there to answer.",
        "It also keeps the pair of addresses and ports out of use until no old segment can be left in "
        "the network. Otherwise a straggler might fall into a new connection with fitting numbers.",
        "Both need two segment lifetimes. It holds a few octets of memory and no application.",
    ),
    "RFC 9293 3.6.1",
)
RESET = Lesson(
    "Resets",
    (
        "RST says that there is no such connection here, or no longer. It is the answer to a SYN for a "
        "port where nobody listens, to data after the application has gone, or to a segment of a former "
        "life.",
        "It ends everything at once, and what was on its way is lost. A reset is never answered with a "
        "reset.",
        "As one forged packet could cut a connection, only a RST with exactly the expected sequence "
        "number is obeyed; one elsewhere in the window gets a challenge ACK.",
    ),
    "RFC 9293 3.5.2",
)
CHALLENGE = Lesson(
    "Challenge ACKs",
    (
        "Somebody who can't see the traffic may still guess addresses, ports and a number within the "
        "window, and send a RST, a SYN or data into somebody else's connection.",
        "The receiver obeys only an exact hit. To anything near it, it answers with an ACK of where it "
        "stands. An honest peer that has lost the connection replies with a RST that carries exactly "
        "that number; a forger never sees the question.",
    ),
    "RFC 5961 3.2",
)
WINDOW_UPDATE = Lesson(
    "Window updates",
    (
        "When the application reads, there is room in the buffer again, and the sender should know. An "
        "ACK with the old number and a larger window tells it.",
        "It would be wasteful to announce every few octets, so the receiver waits until a full segment "
        "or half of its buffer is free. A window once offered is not taken back.",
    ),
    "RFC 9293 3.8.6.2.2",
)
KEEP_ALIVE = Lesson(
    "Keep-alive",
    (
        "An idle connection sends nothing at all, so neither end notices when the other is gone. An "
        "application may ask for probes: segments with a number that is already acknowledged.",
        "A peer that lives has to answer them with an ACK; one that has restarted answers with a RST. "
        "The first one may come after two hours at the soonest unless the application wants otherwise.",
    ),
    "RFC 9293 3.8.4",
)
PATH_MTU = Lesson(
    "The path's MTU",
    (
        "Packets leave with a mark that forbids routers to cut them. A router whose next link is too "
        "small drops the packet and reports, with the size that would fit; TCP then sends the data again "
        "in smaller ones. In IPv6 no router ever cuts a packet.",
        "Where firewalls swallow such reports, large packets vanish without a word, while small ones "
        "pass: a black hole. TCP tries smaller segments when full ones time out again and again.",
        "Paths change, so after ten minutes a larger size is tried anew.",
    ),
    "RFC 1191 3",
)
CLOSE = Lesson(
    "Closing",
    (
        "Each direction ends on its own: FIN means that this side has no more to send. It takes a "
        "sequence number, so it is acknowledged and repeated like data.",
        "Between the two FINs the connection is half closed: the other side may go on sending for as "
        "long as it likes. When both FINs are acknowledged, the side that began waits in TIME-WAIT.",
    ),
    "RFC 9293 3.6",
)

LESSONS = (
    HANDSHAKE,
    FAST_RETRANSMIT,
    TIMEOUT,
    TAIL_LOSS,
    RACK,
    SACK,
    DUPLICATE_DATA,
    UNDO,
    DELAYED_ACK,
    ZERO_WINDOW,
    NAGLE,
    SLOW_START,
    AVOIDANCE,
    TIME_WAIT,
    RESET,
    CHALLENGE,
    WINDOW_UPDATE,
    KEEP_ALIVE,
    PATH_MTU,
    CLOSE,
)

_CAUSES = {
    Cause.TIMEOUT: TIMEOUT,
    Cause.FAST: FAST_RETRANSMIT,
    Cause.PARTIAL_ACK: FAST_RETRANSMIT,
    Cause.SACK: SACK,
    Cause.RACK: RACK,
    Cause.TAIL_LOSS_PROBE: TAIL_LOSS,
    Cause.WINDOW_PROBE: ZERO_WINDOW,
    Cause.PATH_MTU: PATH_MTU,
    Cause.SYN_CROSSED: HANDSHAKE,
}
_CWND = {
    CwndReason.INITIAL: SLOW_START,
    CwndReason.SLOW_START: SLOW_START,
    CwndReason.CONGESTION_AVOIDANCE: AVOIDANCE,
    CwndReason.TIMEOUT: TIMEOUT,
    CwndReason.FAST_RETRANSMIT: FAST_RETRANSMIT,
    CwndReason.UNDO: UNDO,
    CwndReason.TIMEOUT_DOUBTED: UNDO,
    CwndReason.TIMEOUT_CONFIRMED: TIMEOUT,
    CwndReason.TAIL_LOSS: TAIL_LOSS,
}
_ACKS = {
    AckReason.SECOND_SEGMENT: DELAYED_ACK,
    AckReason.DELAYED: DELAYED_ACK,
    AckReason.OUT_OF_ORDER: SACK,
    AckReason.HOLE_FILLED: SACK,
    AckReason.WINDOW_UPDATE: WINDOW_UPDATE,
    AckReason.CHALLENGE: CHALLENGE,
    AckReason.DUPLICATE: DUPLICATE_DATA,
    AckReason.FIN: CLOSE,
    AckReason.HANDSHAKE: HANDSHAKE,
    AckReason.KEEP_ALIVE: KEEP_ALIVE,
}
_DROPS = {
    DropReason.DUPLICATE: DUPLICATE_DATA,
    DropReason.RST_OUTSIDE_WINDOW: CHALLENGE,
    DropReason.SYN_IN_WINDOW: CHALLENGE,
    DropReason.NOBODY_READS: RESET,
    DropReason.BAD_RST: RESET,
}
_TIMERS = {
    Timer.RETRANSMIT: TIMEOUT,
    Timer.DELAYED_ACK: DELAYED_ACK,
    Timer.PERSIST: ZERO_WINDOW,
    Timer.TIME_WAIT: TIME_WAIT,
    Timer.KEEPALIVE: KEEP_ALIVE,
    Timer.TLP: TAIL_LOSS,
    Timer.REORDER: RACK,
    Timer.PATH_MTU: PATH_MTU,
}
_STATES = {
    State.SYN_SENT: HANDSHAKE,
    State.SYN_RECEIVED: HANDSHAKE,
    State.ESTABLISHED: HANDSHAKE,
    State.TIME_WAIT: TIME_WAIT,
}


def lessons(moment: Moment) -> list[Lesson]:
    """The rules behind a row, the one that explains most first, and those of every packet of its kind."""
    events = [*by_importance(moment.events), *by_importance(moment.peer_events)]
    told = [lesson for event in events if (lesson := _of_event(event))]
    return list(dict.fromkeys([*told, *_of_packet(moment)]))


def _of_event(event: e.Event) -> Lesson | None:
    match event:
        case e.Retransmitted():
            return _CAUSES[event.cause]
        case e.CwndChanged():
            return _CWND.get(event.why)
        case e.AckSent():
            return _ACKS[event.why]
        case e.SegmentDropped():
            return _DROPS.get(event.reason)
        case e.TimerExpired() | e.TimerSet():
            return _TIMERS.get(event.timer)
        case e.StateChanged():
            return _STATES.get(event.new, CLOSE)
        case e.DuplicateAck():
            return FAST_RETRANSMIT
        case e.Held() | e.HoleFilled():
            return SACK
        case e.PeerWindowChanged() | e.OurWindowChanged():
            return WINDOW_UPDATE if event.new else ZERO_WINDOW
        case e.ResetReceived() | e.ResetSent():
            return RESET
        case e.PathMtuChanged():
            return PATH_MTU
    return None


def _of_packet(moment: Moment) -> Iterator[Lesson]:
    packet, snapshot = moment.packet, moment.snapshot
    if packet is None:
        return
    if packet.flags & RST:
        yield RESET
    elif packet.flags & SYN:
        yield HANDSHAKE
    elif packet.flags & FIN:
        yield CLOSE
    elif packet.length:
        yield SLOW_START if snapshot is None or snapshot.cwnd < snapshot.ssthresh else AVOIDANCE
        yield NAGLE
    else:
        yield DELAYED_ACK
