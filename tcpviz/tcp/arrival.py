"""SEGMENT ARRIVES (RFC 9293 section 3.10.7): one function for each step of it, in its order.

A step returns whether the next one follows. The steps that are subjects of their own stand elsewhere:
the ACK field in `acknowledgment`, text and FIN in `receiver`.
"""

from tcpviz.tcp import acceptance, acknowledgment, ecn, keep_alive, receiver
from tcpviz.tcp.events import AckReason, Cause, CloseReason, DropReason, ResetReceived, UrgentReceived
from tcpviz.tcp.options import settle
from tcpviz.tcp.replies import challenge, drop, refuse
from tcpviz.tcp.state import TAKES_TEXT, State, Trigger, reset_trigger
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, RST, SYN, URG, Segment
from tcpviz.wire.seq import add, gt, le


def segment_arrives(tcb: Tcb, segment: Segment, now: int) -> None:
    """Whatever arrives, in whatever state: it changes the connection, or it becomes an event."""
    match tcb.state:
        case State.CLOSED:
            closed(tcb, segment)
        case State.LISTEN:
            listen(tcb, segment, now)
        case State.SYN_SENT:
            syn_sent(tcb, segment, now)
        case _:
            other_states(tcb, segment, now)


def closed(tcb: Tcb, segment: Segment) -> None:
    """3.10.7.1: everything but a RST is answered with one."""
    drop(tcb, segment, DropReason.CLOSED)
    refuse(tcb, segment)


def listen(tcb: Tcb, segment: Segment, now: int) -> None:
    """3.10.7.2: only a SYN is welcome."""
    if segment.flags & RST:  # first
        drop(tcb, segment, DropReason.BAD_RST)
    elif segment.flags & ACK:  # second
        drop(tcb, segment, DropReason.BAD_ACK)
        refuse(tcb, segment)
    elif segment.flags & SYN:  # third
        _take_syn(tcb, segment, now)
        tcb.syn_queued = True
        tcb.transition(Trigger.RCV_SYN)
    else:
        drop(tcb, segment, DropReason.NO_ACK)  # fourth


def syn_sent(tcb: Tcb, segment: Segment, now: int) -> None:
    """3.10.7.3: the answer to our SYN, or the peer's own SYN crossing it."""
    acked = bool(segment.flags & ACK)
    if acked and (le(segment.ack, tcb.iss) or gt(segment.ack, tcb.snd_nxt)):  # first
        drop(tcb, segment, DropReason.BAD_ACK)
        refuse(tcb, segment)
    elif segment.flags & RST:  # second
        _reset_of_syn(tcb, segment, acked)
    elif segment.flags & SYN:  # fourth
        _take_syn(tcb, segment, now)
        if acked:
            tcb.transition(Trigger.RCV_SYN_ACK)
            _synchronized(tcb, segment, now)
        else:
            _resend_syn(tcb)
            tcb.transition(Trigger.RCV_SYN)
    else:
        drop(tcb, segment, DropReason.NO_ACK if not acked else DropReason.NO_SYN)  # fifth


def _reset_of_syn(tcb: Tcb, segment: Segment, acked: bool) -> None:
    """3.10.7.3, second: only a RST that acknowledges our SYN can be for us."""
    if not acked:
        drop(tcb, segment, DropReason.BAD_RST)
        return
    tcb.emit(ResetReceived())
    tcb.finish(Trigger.RCV_RST, CloseReason.REFUSED)


def _take_syn(tcb: Tcb, segment: Segment, now: int) -> None:
    """The peer's SYN: its sequence number, window and options. Text on it must come again: it is
    acknowledged no further than the SYN."""
    tcb.irs = segment.seq
    tcb.rcv_nxt = tcb.last_ack_sent = add(segment.seq, 1)
    tcb.rcv_edge = add(tcb.rcv_nxt, min(tcb.receive_buffer.size, 0xFFFF))
    settle(tcb, segment, now)
    keep_alive.start(tcb, now)
    tcb.snd_wnd = tcb.max_snd_wnd = segment.window  # RFC 7323 2.2: not scaled on a SYN
    tcb.snd_wl1, tcb.snd_wl2 = segment.seq, segment.ack


def _resend_syn(tcb: Tcb) -> None:
    """Simultaneous open: our SYN leaves once more, as SYN,ACK (RFC 9293 3.5, figure 7)."""
    record = tcb.flight.first()
    if record is not None:
        tcb.flight.mark_lost(record, Cause.SYN_CROSSED)


def _synchronized(tcb: Tcb, segment: Segment, now: int) -> None:
    """The SYN,ACK: acknowledge it, then steps six to eight with what it carries besides."""
    acknowledgment.advance(tcb, segment, now)
    tcb.ack_at_once(AckReason.HANDSHAKE)
    rest = acceptance.without_syn(segment)
    if rest.length or rest.flags & URG:
        idealized = acceptance.trim(tcb, rest)
        check_urgent(tcb, idealized)
        receiver.process_text(tcb, idealized, now)
        receiver.check_fin(tcb, idealized, now)


def other_states(tcb: Tcb, segment: Segment, now: int) -> None:
    """3.10.7.4."""
    if tcb.state is State.SYN_RECEIVED and _repeats_syn(tcb, segment):
        if not segment.flags & ACK:
            ecn.syn_repeated(tcb, segment)
            _resend_syn(tcb)
            return
        segment = acceptance.without_syn(segment)
    acceptable = acceptance.check(tcb, segment, now)  # first
    if acceptable is None:
        return
    if (
        check_reset(tcb, acceptable, now)  # second
        and check_syn(tcb, acceptable, now)  # fourth
        and acknowledgment.check(tcb, acceptable, now)  # fifth
    ):
        if tcb.ecn:
            ecn.received(tcb, acceptable)
        check_urgent(tcb, acceptable)  # sixth
        receiver.process_text(tcb, acceptable, now)  # seventh
        receiver.check_fin(tcb, acceptable, now)  # eighth


def _repeats_syn(tcb: Tcb, segment: Segment) -> bool:
    """The peer's SYN again: our SYN,ACK was lost, or (with ACK) both opened at once and this is the
    peer's SYN,ACK (RFC 9293 3.5, figure 7), which lies before RCV.NXT and yet counts."""
    if segment.flags & ACK and tcb.passive:
        return False
    return bool(segment.flags & SYN) and not segment.flags & RST and segment.seq == tcb.irs


def check_reset(tcb: Tcb, segment: Segment, now: int) -> bool:
    """Second: a RST counts at RCV.NXT exactly; elsewhere in the window it is challenged (RFC 5961 3.2)."""
    if not segment.flags & RST:
        return True
    if segment.seq != tcb.rcv_nxt:
        challenge(tcb, segment, DropReason.RST_OUTSIDE_WINDOW, now)
        return False
    tcb.emit(ResetReceived())
    trigger = reset_trigger(tcb.state, tcb.passive)
    if trigger is Trigger.RCV_RST_OF_PASSIVE_OPEN:
        tcb.listen_again(trigger)
    else:
        tcb.finish(trigger, _REASON_OF_RESET.get(tcb.state, CloseReason.RESET))
    return False


_REASON_OF_RESET = {
    State.SYN_RECEIVED: CloseReason.REFUSED,
    State.TIME_WAIT: CloseReason.NORMAL,  # both sides had closed
}


def check_syn(tcb: Tcb, segment: Segment, now: int) -> bool:
    """Fourth: a SYN on a synchronized connection is challenged (RFC 5961 4.2)."""
    if not segment.flags & SYN:
        return True
    if tcb.state is State.SYN_RECEIVED and tcb.passive:
        tcb.listen_again(Trigger.RCV_SYN_AGAIN)
    else:
        challenge(tcb, segment, DropReason.SYN_IN_WINDOW, now)
    return False


def check_urgent(tcb: Tcb, segment: Segment) -> None:
    """Sixth: RCV.UP <- max(RCV.UP, SEG.UP), told once for a run of urgent data (MUST-32)."""
    if not segment.flags & URG or tcb.state not in TAKES_TEXT:
        return
    # RFC 6093 section 4: what is sent is one past the last urgent octet; either reading keeps the stream
    up_to = add(segment.seq, segment.urgent)
    if gt(up_to, tcb.rcv_nxt) and (tcb.rcv_up is None or gt(up_to, tcb.rcv_up)):
        tcb.rcv_up = up_to
        tcb.emit(UrgentReceived(up_to))
