"""Text and FIN of the peer: the seventh and eighth step (RFC 9293 3.10.7.4), and when to acknowledge them."""

from tcpviz.tcp import acking
from tcpviz.tcp.closing import give_up
from tcpviz.tcp.events import AckReason, CloseReason, DropReason, Held, HoleFilled, Timer, TimerSet
from tcpviz.tcp.replies import drop
from tcpviz.tcp.state import TAKES_TEXT, State, Trigger, fin_trigger
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import FIN, Segment
from tcpviz.wire.seq import add, le

# Members are looked up slowly before Python 3.12, and these two are on the hot path.
_DELAYED_ACK = Timer.DELAYED_ACK
_SECOND_SEGMENT = AckReason.SECOND_SEGMENT


def process_text(tcb: Tcb, segment: Segment, now: int) -> None:
    """Seventh: deliver what is in order, hold what is not (SHLD-31)."""
    if not segment.payload:
        return
    if tcb.state not in TAKES_TEXT:
        if tcb.state is State.TIME_WAIT:
            tcb.ack_at_once(AckReason.DUPLICATE)  # nothing but what was sent before can come
        return
    if tcb.nobody_reads:
        drop(tcb, segment, DropReason.NOBODY_READS)
        give_up(tcb, Trigger.ABORT, CloseReason.ABORTED)  # RFC 9293 3.6.1, SHLD-3
    elif not has_room(tcb, segment):
        drop(tcb, segment, DropReason.NO_BUFFER)
        tcb.ack_at_once(AckReason.DUPLICATE)
    elif segment.seq == tcb.rcv_nxt:
        _deliver(tcb, segment, now)
    else:
        _hold(tcb, segment, now)


def has_room(tcb: Tcb, segment: Segment) -> bool:
    """Whether memory is left. What was offered is taken; but the offer is rounded up to the window's
    scale each time, which small segments could drive on without end."""
    reassembly = tcb.reassembly
    if segment.seq != tcb.rcv_nxt and reassembly.full:
        return False
    stored = len(reassembly.ready) + reassembly.held_octets
    return stored + len(segment.payload) <= 2 * tcb.receive_buffer.size


def _deliver(tcb: Tcb, segment: Segment, now: int) -> None:
    fills = tcb.reassembly.has_hole
    tcb.rcv_nxt = tcb.reassembly.extend(segment.payload, segment.seq)
    tcb.rcv_mss = max(tcb.rcv_mss, min(len(segment.payload), tcb.full_segment))
    if tcb.rcv_up is not None and le(tcb.rcv_up, tcb.rcv_nxt):
        tcb.rcv_up = None
    if fills:
        tcb.emit(HoleFilled(tcb.rcv_nxt))
        tcb.ack_at_once(AckReason.HOLE_FILLED)  # RFC 5681 4.2: at once when it fills a gap
    else:
        acknowledge_soon(tcb, now)


def acknowledge_soon(tcb: Tcb, now: int) -> None:
    """Every second full-sized segment at once, others after a delay (RFC 9293 3.8.6.3, SHLD-18, MUST-40)."""
    delay = tcb.config.delayed_ack
    if (tcb.rcv_nxt - tcb.last_ack_sent & 0xFFFF_FFFF) >= 2 * tcb.rcv_mss or not delay:
        tcb.ack_now, tcb.ack_reason = True, _SECOND_SEGMENT
    elif not tcb.timers.runs(_DELAYED_ACK):
        tcb.timers.start(_DELAYED_ACK, now + delay)


def _hold(tcb: Tcb, segment: Segment, now: int) -> None:
    start, end = segment.seq, add(segment.seq, len(segment.payload))
    if tcb.reassembly.holds(start, end):
        drop(tcb, segment, DropReason.DUPLICATE)
        tcb.dsack = (start, end)  # RFC 2883 4.1.2
        tcb.reassembly.touch(start)
    else:
        tcb.reassembly.hold(start, segment.payload)
        tcb.emit(Held(start, end))
    acking.reply(tcb, AckReason.OUT_OF_ORDER, now)  # RFC 5681 4.2: at once, one for each


def check_fin(tcb: Tcb, segment: Segment, now: int) -> None:
    """Eighth: the peer has nothing more to send, once everything before its FIN is here."""
    if tcb.state not in TAKES_TEXT:
        return
    if segment.flags & FIN:
        tcb.reassembly.fin = add(segment.seq, len(segment.payload))
        if tcb.reassembly.fin != tcb.rcv_nxt and not segment.payload:
            acking.reply(tcb, AckReason.OUT_OF_ORDER, now)
    if tcb.reassembly.fin == tcb.rcv_nxt:
        _take_fin(tcb, now)


def _take_fin(tcb: Tcb, now: int) -> None:
    tcb.reassembly.fin = None
    tcb.rcv_nxt = add(tcb.rcv_nxt, 1)
    tcb.fin_received = True
    tcb.ack_at_once(AckReason.FIN)
    tcb.transition(fin_trigger(tcb.state, tcb.fin_acked))
    if tcb.state is State.TIME_WAIT:
        enter_time_wait(tcb, now)


def enter_time_wait(tcb: Tcb, now: int) -> None:
    """ "Start the time-wait timer, turn off the other timers" (RFC 9293 3.10.7.4, eighth; MUST-13)."""
    tcb.timers.stop_all()
    deadline = now + 2 * tcb.config.msl
    tcb.timers.start(Timer.TIME_WAIT, deadline)
    tcb.emit(TimerSet(Timer.TIME_WAIT, deadline))


def window_opened(tcb: Tcb) -> None:
    """The application has read: tell the peer once that makes a difference, when its window at least
    doubles (RFC 9293 3.8.6.2.2 says by how much at least)."""
    offered, free = tcb.rcv_wnd, acking.room(tcb)
    if free >= 2 * offered and acking.worth_offering(tcb, free - offered) and tcb.state in TAKES_TEXT:
        tcb.ack_at_once(AckReason.WINDOW_UPDATE)
