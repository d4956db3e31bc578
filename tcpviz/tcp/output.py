"""What to send next (RFC 9293 3.8.6.2.1, 3.7.4): one segment a call, the state up to date with it.

Sequence space that is lost goes before new data; an acknowledgment travels on whatever leaves, and alone
only when nothing else does.
"""

from tcpviz.tcp import acking, ecn, spurious, tail_loss
from tcpviz.tcp.events import (
    AckReason,
    AckSent,
    Cause,
    CwndChanged,
    CwndReason,
    Retransmitted,
    Timer,
    TimerSet,
)
from tcpviz.tcp.flight import Sent
from tcpviz.tcp.options import our_syn
from tcpviz.tcp.state import State, Trigger
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, FIN, PSH, SYN, Segment
from tcpviz.wire.seq import Seq, add, diff

# Members are looked up slowly before Python 3.12, and these are on the hot path.
_RETRANSMIT, _PERSIST, _USER = Timer.RETRANSMIT, Timer.PERSIST, Timer.USER
_SILENT = frozenset({State.CLOSED, State.LISTEN})
_HANDSHAKE = frozenset({State.SYN_SENT, State.SYN_RECEIVED})
_ORDINARY = AckReason.SECOND_SEGMENT


def next_segment(tcb: Tcb, now: int) -> Segment | None:
    """The segment that should leave now; None when there is none."""
    if tcb.replies:
        segment, event = tcb.replies.popleft()
        tcb.emit(event)
        return segment
    if tcb.unsent or tcb.flight.lost_count or tcb.syn_queued or tcb.fin_queued:
        due = _sequence_space(tcb, now)
        if due is not None:
            return due
    return _acknowledgment(tcb, now) if tcb.ack_now else None


def _acknowledgment(tcb: Tcb, now: int) -> Segment:
    why = tcb.ack_reason
    if why is not None and why is not _ORDINARY:
        tcb.emit(AckSent(why))
    return acking.pure_ack(tcb, now)


def _sequence_space(tcb: Tcb, now: int) -> Segment | None:
    """SYN, data or FIN, for the first time or again."""
    if tcb.state in _SILENT:
        return None
    if tcb.syn_queued:
        return _syn(tcb, now)
    if tcb.snd_wnd == 0 and tcb.syn_acked:
        return _probe(tcb, now)
    again = _retransmission(tcb, now)
    if again is not None or tcb.state in _HANDSHAKE:
        return again
    segment = _new_data(tcb, now)
    if segment is None:
        _watch_blocked(tcb, now)
    return segment


def _syn(tcb: Tcb, now: int) -> Segment:
    """Our SYN, for the first time (RFC 9293 3.10.1, 3.10.7.2)."""
    tcb.syn_queued = False
    tcb.snd_nxt = add(tcb.iss, 1)
    _went_out(tcb, tcb.iss, SYN, now)
    return our_syn(tcb, now, answers=tcb.state is State.SYN_RECEIVED)


def _retransmission(tcb: Tcb, now: int) -> Segment | None:
    """The first lost stretch again, as far as the congestion window allows."""
    record = tcb.flight.first_lost()
    if record is None:
        return None
    length = min(record.length, tcb.snd_mss)
    if tcb.pipe and tcb.pipe + length > tcb.congestion.cwnd:
        return None
    return resend(tcb, record, record.cause, now)


def resend(tcb: Tcb, record: Sent, cause: Cause, now: int, limit: int | None = None) -> Segment:
    """Send `record` again, cut to `limit` octets or a segment's size where that is less by now."""
    limit = tcb.snd_mss if limit is None else limit
    if record.length > limit + (record.flags & FIN != 0):
        record = tcb.flight.split(record, limit)
    tcb.flight.sent_again(record, now)
    _count_for_recovery(tcb, record.length)
    spurious.resent(tcb, now)
    tcb.emit(Retransmitted(record.start, record.end, cause, record.attempts))
    if record.start == tcb.snd_una and tcb.timers.runs(_RETRANSMIT):
        tcb.timers.start(_RETRANSMIT, now + tcb.rtt.rto)  # it has a round trip of its own to wait for
    _arm(tcb, now)
    if record.flags & SYN:
        return our_syn(tcb, now, answers=tcb.state is not State.SYN_SENT)
    fin = record.flags & FIN
    payload = tcb.send_buffer.read(record.start, record.length - (fin != 0))
    push = PSH if payload and record.end == tcb.snd_nxt and not tcb.unsent else 0
    return acking.build(tcb, now, record.start, ACK | fin | push, payload)


def _new_data(tcb: Tcb, now: int) -> Segment | None:
    """Data never sent before, and the FIN after the last of it."""
    if not tcb.waiting_to_send:
        return None
    _restart_after_idle(tcb, now)
    usable = tcb.usable_window
    size = min(tcb.unsent, usable, tcb.snd_mss)
    overridden, tcb.probe_now = tcb.probe_now, False  # (4) of RFC 9293 3.8.6.2.1
    if size > 0 and (overridden or _worth_sending(tcb, size, usable)):
        return _send_new(tcb, size, usable, now)
    if tcb.unsent == 0 and usable > 0:
        return _send_new(tcb, 0, usable, now)
    return None


def _worth_sending(tcb: Tcb, size: int, usable: int) -> bool:
    """Whether a segment of `size` octets may leave: congestion window, SWS avoidance and Nagle."""
    if tcb.pipe and tcb.pipe + size > tcb.congestion.cwnd:
        return False  # RFC 5681 3.1
    idle = tcb.snd_una == tcb.snd_nxt
    if size >= tcb.snd_mss:
        return True  # RFC 9293 3.8.6.2.1 (1)
    if size == tcb.unsent and (idle or not tcb.config.nagle or tcb.fin_queued):
        return True  # (2), all of our data being pushed; Nagle holds back no last segment (3.7.4)
    return idle and 2 * size >= tcb.max_snd_wnd  # (3), Fs = 1/2


def _restart_after_idle(tcb: Tcb, now: int) -> None:
    """After more than an RTO without sending the window has to be earned again (RFC 5681 4.1)."""
    congestion = tcb.congestion
    if tcb.flight.records or now - tcb.last_sent <= tcb.rtt.rto:
        return
    before = congestion.cwnd
    congestion.on_idle()
    if congestion.cwnd != before:
        tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.IDLE))


def _send_new(tcb: Tcb, size: int, usable: int, now: int) -> Segment:
    """`size` octets from SND.NXT on, with the FIN where it fits."""
    start = tcb.snd_nxt
    last = size == tcb.unsent
    fin = FIN if tcb.fin_queued and last and usable > size else 0
    payload = tcb.send_buffer.read(start, size) if size else b""
    cwr = ecn.take_cwr(tcb) if size else 0
    tcb.unsent -= size
    tcb.snd_nxt = add(start, size + (fin != 0))
    if fin:
        _fin_leaves(tcb)
    _went_out(tcb, start, fin, now)
    flags = ACK | fin | (PSH if size and last else 0) | cwr
    return acking.build(tcb, now, start, flags, payload, ecn=ecn.codepoint(tcb, size))


def _fin_leaves(tcb: Tcb) -> None:
    tcb.fin_sent = True
    if tcb.state is State.CLOSE_WAIT:
        tcb.transition(Trigger.CLOSE)  # RFC 9293 3.10.4: "then send a FIN segment, enter LAST-ACK state"


def _went_out(tcb: Tcb, start: Seq, flags: int, now: int) -> None:
    tcb.flight.sent(start, tcb.snd_nxt, flags, now)
    _count_for_recovery(tcb, diff(tcb.snd_nxt, start))
    tcb.last_sent = now
    _arm(tcb, now)
    tail_loss.schedule(tcb, now)


def _count_for_recovery(tcb: Tcb, octets: int) -> None:
    """prr_out of RFC 6937."""
    if tcb.recovery is not None:
        tcb.recovery.sent += octets


def _arm(tcb: Tcb, now: int) -> None:
    """RFC 6298 5.1; while the window is zero the persist timer does the work (RFC 9293 3.8.6.1)."""
    timers = tcb.timers
    if tcb.snd_wnd or not tcb.syn_acked:
        timers.stop(_PERSIST)
        tcb.probes = 0
        if not timers.runs(_RETRANSMIT):
            timers.start(_RETRANSMIT, now + tcb.rtt.rto)
    if not timers.runs(_USER):
        timers.start(_USER, now + tcb.config.user_timeout)


def _watch_blocked(tcb: Tcb, now: int) -> None:
    """Nothing is on the way that would bring an ACK, and yet nothing may leave: only a timer helps, the
    persist timer (RFC 9293 3.8.6.1), which is the override of SWS avoidance as well (3.8.6.2.1)."""
    if tcb.waiting_to_send and not tcb.flight.records and not tcb.timers.runs(Timer.PERSIST):
        deadline = now + tcb.rtt.rto
        tcb.timers.start(Timer.PERSIST, deadline)
        tcb.emit(TimerSet(Timer.PERSIST, deadline))


def _probe(tcb: Tcb, now: int) -> Segment | None:
    """The window is zero: one octet each time the persist timer goes off (RFC 9293 3.8.6.1, MUST-36)."""
    if not tcb.probe_now:
        _watch_blocked(tcb, now)
        return None
    tcb.probe_now = False
    record = tcb.flight.first()
    if record is not None:
        return resend(tcb, record, Cause.WINDOW_PROBE, now, limit=1)
    return _send_new(tcb, min(tcb.unsent, 1), 1, now) if tcb.waiting_to_send else None
