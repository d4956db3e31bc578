"""The words for everything the engine can tell: one entry for each member of each enum, with its RFC section.

A `Text` is a clause that completes a sentence of `why`; a test asks for every member.
"""

from typing import NamedTuple

from tcpviz.tcp.events import AckReason, Cause, CloseReason, CwndReason, DropReason, MtuReason, Timer
from tcpviz.tcp.state import State


class Text(NamedTuple):
    """A clause, and where it is written."""

    words: str
    rfc: str


DROPPED: dict[DropReason, Text] = {
    DropReason.OUTSIDE_WINDOW: Text(
        "none of it lies inside our receive window: it is old, a probe, or forged; an ACK tells the peer "
        "where we are",
        "RFC 9293 3.10.7.4",
    ),
    DropReason.DUPLICATE: Text(
        "we have every octet of it already; the ACK that answers tells the peer so",
        "RFC 9293 3.10.7.4",
    ),
    DropReason.BAD_ACK: Text(
        "its ACK number is none that a peer can have for us: beyond what we have sent, or long past",
        "RFC 9293 3.10.7.4",
    ),
    DropReason.NO_ACK: Text(
        "every segment after the first SYN has to acknowledge, but for a reset",
        "RFC 9293 3.10.7.4",
    ),
    DropReason.NO_SYN: Text(
        "we wait for the answer to our SYN, and this is neither that nor a refusal",
        "RFC 9293 3.10.7.3",
    ),
    DropReason.NO_TIMESTAMP: Text(
        "both sides agreed on timestamps, and it has none",
        "RFC 7323 3.2",
    ),
    DropReason.RST_OUTSIDE_WINDOW: Text(
        "its sequence number is not exactly RCV.NXT, so somebody off the path could have guessed it; only a "
        "reset at RCV.NXT is believed",
        "RFC 5961 3.2",
    ),
    DropReason.BAD_RST: Text(
        "before the connection is open a reset counts only when it acknowledges our SYN",
        "RFC 9293 3.10.7.3",
    ),
    DropReason.SYN_IN_WINDOW: Text(
        "the connection is open, so a SYN is either old or an attack; a challenge ACK lets an honest peer "
        "that has restarted reset us",
        "RFC 5961 4.2",
    ),
    DropReason.OLD_TIMESTAMP: Text(
        "its timestamp is older than the last one accepted: a straggler from an earlier time (PAWS)",
        "RFC 7323 5.3",
    ),
    DropReason.NO_BUFFER: Text(
        "there is no room to hold it; the peer will send it again",
        "RFC 9293 3.10.7.4",
    ),
    DropReason.NOBODY_READS: Text(
        "the application has closed and reads no more: the reset tells the peer that its data is lost",
        "RFC 9293 3.6.1",
    ),
    DropReason.CLOSED: Text(
        "the connection does not exist any more",
        "RFC 9293 3.10.7.1",
    ),
}

CAUSES: dict[Cause, Text] = {
    Cause.TIMEOUT: Text(
        "no acknowledgment came before the retransmission timer ran out",
        "RFC 6298 5.4",
    ),
    Cause.FAST: Text(
        "three duplicate ACKs say that later data arrives but this does not; there is no need to wait for "
        "the timer",
        "RFC 5681 3.2",
    ),
    Cause.PARTIAL_ACK: Text(
        "the ACK of what was repeated ends here, short of all that was out at the loss: this is missing too",
        "RFC 6582 3.2",
    ),
    Cause.SACK: Text(
        "the SACK blocks show three later segments or more, and none has overtaken another here so far: "
        "it is held to be lost",
        "RFC 8985 6.2",
    ),
    Cause.RACK: Text(
        "a segment that was sent later has arrived, and the time that reordering may take is over",
        "RFC 8985 6.2",
    ),
    Cause.TAIL_LOSS_PROBE: Text(
        "nothing came back for the last data of a burst; sending the end again makes the peer answer before "
        "the timer runs out",
        "RFC 8985 7.3",
    ),
    Cause.WINDOW_PROBE: Text(
        "the peer's window is closed; one octet asks whether it has opened, since the ACK that says so could "
        "be lost",
        "RFC 9293 3.8.6.1",
    ),
    Cause.PATH_MTU: Text(
        "a router said that the packet was too big, so the data goes again in smaller ones",
        "RFC 1191 6.4",
    ),
    Cause.SYN_CROSSED: Text(
        "the peer's SYN shows that it has not seen ours, so ours goes again, and acknowledges the peer's",
        "RFC 9293 3.5",
    ),
}

CWND: dict[CwndReason, Text] = {
    CwndReason.INITIAL: Text("so much may be sent before the first acknowledgment", "RFC 6928 2"),
    CwndReason.SYN_LOST: Text(
        "our SYN was sent again after a timeout, so only one segment, not the usual ten, may be sent before "
        "the first acknowledgment",
        "RFC 5681 3.1",
    ),
    CwndReason.SLOW_START: Text(
        "slow start: it grows by what every ACK acknowledges, doubling each round trip",
        "RFC 5681 3.1",
    ),
    CwndReason.CONGESTION_AVOIDANCE: Text(
        "slow start has reached the threshold: now it grows carefully, Reno by one segment each round trip",
        "RFC 5681 3.1",
    ),
    CwndReason.TIMEOUT: Text(
        "a timeout means that the network gave no sign at all, so we begin again with one segment",
        "RFC 5681 3.1",
    ),
    CwndReason.FAST_RETRANSMIT: Text(
        "a loss means congestion: the threshold is half of what was in flight (CUBIC: seven tenths)",
        "RFC 5681 3.2",
    ),
    CwndReason.RECOVERED: Text(
        "all that was in flight when the loss was found is acknowledged: it is the threshold now",
        "RFC 6937 3",
    ),
    CwndReason.IDLE: Text(
        "after a silence longer than the RTO nobody knows what the path can take",
        "RFC 5681 4.1",
    ),
    CwndReason.UNDO: Text(
        "the data had not been lost after all, so the window is what it was before",
        "RFC 4015 3",
    ),
    CwndReason.TIMEOUT_DOUBTED: Text(
        "the first ACK after the timeout may answer the first transmission as well as the repeat, so two new "
        "segments go first: if the next ACK moves on too, nothing had been lost (F-RTO)",
        "RFC 5682 2.1",
    ),
    CwndReason.TIMEOUT_CONFIRMED: Text(
        "only the new data has arrived, so what was sent before it is lost indeed and goes again",
        "RFC 5682 2.1",
    ),
    CwndReason.TAIL_LOSS: Text(
        "a tail loss probe has repaired a loss, and a loss means congestion however soon it is repaired",
        "RFC 8985 7.4",
    ),
    CwndReason.ECN: Text(
        "a router marked a packet instead of dropping it: congestion without loss",
        "RFC 3168 6.1.2",
    ),
}

ACKS: dict[AckReason, Text] = {
    AckReason.SECOND_SEGMENT: Text(
        "it is the second full segment since our last one",
        "RFC 9293 3.8.6.3",
    ),
    AckReason.OUT_OF_ORDER: Text(
        "the data came out of order; the same number again is how the peer learns of the hole",
        "RFC 5681 4.2",
    ),
    AckReason.HOLE_FILLED: Text(
        "the segment filled a hole, which ends the peer's recovery sooner",
        "RFC 5681 4.2",
    ),
    AckReason.DELAYED: Text(
        "no second segment came before the delayed-ACK timer ran out",
        "RFC 9293 3.8.6.3",
    ),
    AckReason.WINDOW_UPDATE: Text(
        "the application has read enough for the window to open by a useful amount",
        "RFC 9293 3.8.6.2.2",
    ),
    AckReason.CHALLENGE: Text(
        "the last segment may be an attack; an honest peer will answer in a way that proves itself",
        "RFC 5961 3.2",
    ),
    AckReason.DUPLICATE: Text(
        "the last segment was not acceptable; this tells the peer what we expect",
        "RFC 9293 3.10.7.4",
    ),
    AckReason.FIN: Text(
        "the peer has finished sending, and its FIN takes one sequence number",
        "RFC 9293 3.10.7.4",
    ),
    AckReason.HANDSHAKE: Text(
        "it completes the handshake, and both sides know that the other one has heard them",
        "RFC 9293 3.5",
    ),
    AckReason.KEEP_ALIVE: Text(
        "the peer has been silent for long; this old sequence number makes it answer if it is still there",
        "RFC 9293 3.8.4",
    ),
}

MTU: dict[MtuReason, Text] = {
    MtuReason.ROUTER: Text("a router reports that larger ones do not fit on the path", "RFC 1191 3"),
    MtuReason.BLACK_HOLE: Text(
        "full-size segments vanish again and again, perhaps for their size, though no router says so",
        "RFC 4821 7.7",
    ),
    MtuReason.AGED: Text("it was a while ago that larger ones did not fit, and paths change", "RFC 1191 6.3"),
}

ENDS: dict[CloseReason, Text] = {
    CloseReason.NORMAL: Text("both sides have closed and acknowledged it", "RFC 9293 3.6"),
    CloseReason.RESET: Text("the peer reset it", "RFC 9293 3.5.3"),
    CloseReason.REFUSED: Text(
        "nobody listens on that port, and a reset is how its host says so", "RFC 9293 3.10.7.3"
    ),
    CloseReason.TIMED_OUT: Text("the peer did not answer in time", "RFC 9293 3.8.3"),
    CloseReason.ABORTED: Text("it was aborted here", "RFC 9293 3.10.5"),
    CloseReason.UNREACHABLE: Text("the network cannot reach the peer", "RFC 9293 3.9.2.2"),
}

TIMERS_SET: dict[Timer, Text] = {
    Timer.RETRANSMIT: Text(
        "an acknowledgment must come before that, else the data goes again", "RFC 6298 5.1"
    ),
    Timer.DELAYED_ACK: Text("an ACK waits that long for data to travel with", "RFC 9293 3.8.6.3"),
    Timer.PERSIST: Text("the peer's window is closed; then we ask whether it has opened", "RFC 9293 3.8.6.1"),
    Timer.TIME_WAIT: Text(
        "twice a segment's longest life, so that stragglers cannot disturb a new connection",
        "RFC 9293 3.4.2",
    ),
    Timer.USER: Text("an answer must come before that, else we give up", "RFC 9293 3.8.3"),
    Timer.KEEPALIVE: Text("after so much silence we ask whether the peer is there", "RFC 9293 3.8.4"),
    Timer.FIN_WAIT_2: Text(
        "nobody reads here any more, so we do not wait for the peer's FIN without end", "RFC 9293 3.6.1"
    ),
    Timer.TLP: Text("without an ACK until then the last data goes again as a probe", "RFC 8985 7.2"),
    Timer.REORDER: Text("what has not arrived until then is held to be lost", "RFC 8985 6.2"),
    Timer.PATH_MTU: Text("then larger packets are tried again", "RFC 1191 6.3"),
}

TIMERS_EXPIRED: dict[Timer, Text] = {
    Timer.RETRANSMIT: Text(
        "nothing was acknowledged for a whole RTO; the oldest data goes again and the RTO doubles",
        "RFC 6298 5.5",
    ),
    Timer.DELAYED_ACK: Text("the waiting ACK must leave now", "RFC 9293 3.8.6.3"),
    Timer.PERSIST: Text("it is time to ask whether the peer's window has opened", "RFC 9293 3.8.6.1"),
    Timer.TIME_WAIT: Text("no straggler can be left in the network", "RFC 9293 3.10.8"),
    Timer.USER: Text("nothing of ours was acknowledged for too long", "RFC 9293 3.10.8"),
    Timer.KEEPALIVE: Text("it is time to ask whether the peer is still there", "RFC 9293 3.8.4"),
    Timer.FIN_WAIT_2: Text("the peer has not closed its side in time", "RFC 9293 3.6.1"),
    Timer.TLP: Text("the end of the burst may be lost; a probe goes out", "RFC 8985 7.3"),
    Timer.REORDER: Text("what was merely late would have come by now", "RFC 8985 6.2"),
    Timer.PATH_MTU: Text("the path may take larger packets by now", "RFC 1191 6.3"),
}

TIMER_NAMES: dict[Timer, str] = {
    Timer.RETRANSMIT: "retransmission timer",
    Timer.DELAYED_ACK: "delayed-ACK timer",
    Timer.PERSIST: "persist timer",
    Timer.TIME_WAIT: "TIME-WAIT timer",
    Timer.USER: "user timeout",
    Timer.KEEPALIVE: "keep-alive timer",
    Timer.FIN_WAIT_2: "FIN-WAIT-2 timer",
    Timer.TLP: "tail-loss probe timer",
    Timer.REORDER: "reordering timer",
    Timer.PATH_MTU: "path-MTU timer",
}

STATES: dict[State, str] = {
    State.CLOSED: "there is no connection",
    State.LISTEN: "we wait for somebody to connect",
    State.SYN_SENT: "we have asked for a connection and wait for the answer",
    State.SYN_RECEIVED: "both sides have sent a SYN; ours is not acknowledged yet",
    State.ESTABLISHED: "both sides know each other's first sequence number: data can flow",
    State.FIN_WAIT_1: "we have nothing more to send and wait for the peer to acknowledge that",
    State.FIN_WAIT_2: "the peer knows that we have finished; it may still send",
    State.CLOSE_WAIT: "the peer has finished sending; we may still send",
    State.CLOSING: "both sides have sent a FIN; ours is not acknowledged yet",
    State.LAST_ACK: "the peer had finished before us; only the ACK of our FIN is missing",
    State.TIME_WAIT: "all is done; we stay to repeat the last ACK if it was lost",
}
