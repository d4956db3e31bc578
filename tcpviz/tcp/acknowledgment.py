"""The ACK field: the fifth step (RFC 9293 3.10.7.4), with round trips, send window and congestion window."""

from tcpviz.tcp import f_rto, recovery, spurious, tail_loss
from tcpviz.tcp.closing import limit_fin_wait_2
from tcpviz.tcp.config import MILLISECOND
from tcpviz.tcp.events import (
    Cause,
    CloseReason,
    CwndChanged,
    CwndReason,
    DropReason,
    DuplicateAck,
    PeerWindowChanged,
    RttSampled,
    Timer,
)
from tcpviz.tcp.flight import Fate, Sent
from tcpviz.tcp.options import timestamp
from tcpviz.tcp.receiver import enter_time_wait
from tcpviz.tcp.replies import challenge, drop, refuse
from tcpviz.tcp.state import State, Trigger
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, ECE, FIN, SYN, Segment
from tcpviz.wire.seq import Seq, add, diff, gt, le, lt

_OF_THE_FLIGHT = (Timer.RETRANSMIT, Timer.USER, Timer.TLP, Timer.REORDER)


def check(tcb: Tcb, segment: Segment, now: int) -> bool:
    """Fifth: whether the segment's text and FIN count too."""
    if not segment.flags & ACK:
        drop(tcb, segment, DropReason.NO_ACK)
        return False
    if not tcb.syn_acked:
        if not _acknowledges_syn(tcb, segment):
            return False
    elif not _plausible(tcb, segment):
        challenge(tcb, segment, DropReason.BAD_ACK, now)  # RFC 5961 section 5
        return False
    process(tcb, segment, now)
    return tcb.state is not State.CLOSED


def _plausible(tcb: Tcb, segment: Segment) -> bool:
    """(SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT (RFC 5961 section 5.2), and none before the ISS."""
    oldest = min(tcb.max_snd_wnd, tcb.send_buffer.released + tcb.fin_acked)
    return -oldest <= diff(segment.ack, tcb.snd_una) <= diff(tcb.snd_nxt, tcb.snd_una)


def _acknowledges_syn(tcb: Tcb, segment: Segment) -> bool:
    """SYN-RECEIVED (or FIN-WAIT-1 right after it): the ACK must be of our SYN, or it is refused."""
    if not (lt(tcb.snd_una, segment.ack) and le(segment.ack, tcb.snd_nxt)):
        drop(tcb, segment, DropReason.BAD_ACK)
        refuse(tcb, segment)
        return False
    tcb.snd_wl1 = add(segment.seq, -1)  # so that its window counts
    if tcb.state is State.SYN_RECEIVED:
        tcb.transition(Trigger.RCV_ACK_OF_SYN)
        if tcb.fin_queued:
            tcb.transition(Trigger.CLOSE)  # RFC 9293 3.10.4: it was queued until now
    return True


def process(tcb: Tcb, segment: Segment, now: int) -> None:
    """An acceptable ACK: what it acknowledges, what it reports, its window, and our FIN."""
    una, sacked, assumed = tcb.snd_una, tcb.flight.sacked_octets, tcb.assumed_arrived
    advanced = gt(segment.ack, una)
    duplicate = not advanced and _is_duplicate(tcb, segment)
    if advanced:
        advance(tcb, segment, now)
    elif duplicate:
        tcb.dup_acks += 1
        tcb.assumed_arrived += 0 if tcb.sack else tcb.snd_mss
        tcb.emit(DuplicateAck(segment.ack, tcb.dup_acks))
    twice = _take_sack(tcb, segment, now) if segment.sack and tcb.sack else None
    tail_loss.after_ack(tcb, segment, twice, now, advanced=advanced)
    spurious.after_ack(tcb, segment, twice, advanced=advanced)
    if tcb.trial is not None:
        f_rto.after_ack(tcb, advanced=advanced, duplicate=duplicate)
    if advanced or duplicate or segment.sack:
        # RFC 6937 section 3: DeliveredData, by SND.UNA and by what was reported or assumed beyond it
        reported = tcb.flight.sacked_octets - sacked + tcb.assumed_arrived - assumed
        recovery.after_ack(tcb, max(0, diff(tcb.snd_una, una) + reported), now)
    if segment.flags & ECE and tcb.ecn:
        recovery.after_echo(tcb, now)
    update_window(tcb, segment, now, advanced=advanced)
    if tcb.fin_acked:
        _fin_acknowledged(tcb, segment, now)


def _is_duplicate(tcb: Tcb, segment: Segment) -> bool:
    """All five conditions of RFC 5681 section 2."""
    return (
        bool(tcb.flight.records)
        and not segment.payload
        and not segment.flags & (SYN | FIN)
        and segment.ack == tcb.snd_una
        and segment.window << tcb.snd_scale == tcb.snd_wnd
    )


def advance(tcb: Tcb, segment: Segment, now: int) -> None:
    """SND.UNA <- SEG.ACK, and everything that follows from it."""
    ack, was_in_flight = segment.ack, tcb.pipe
    acked = diff(ack, tcb.snd_una) - (not tcb.syn_acked)
    plain = tcb.flight.plain
    if not plain:
        echoed = _echoed(tcb, segment, now)
        for record in tcb.flight.until(ack):
            tcb.rack.delivered(record, now, echoed)
    newest = tcb.flight.acknowledge(ack)
    tcb.send_buffer.release(ack)
    tcb.snd_una = ack
    tcb.dup_acks = 0
    tcb.assumed_arrived = max(0, tcb.assumed_arrived - max(0, acked - tcb.snd_mss))
    if newest is not None:
        if newest.flags & SYN and tcb.rtt.backoff:
            _begin_carefully(tcb)
        _measure(tcb, newest, segment, now)
        if plain:
            tcb.rack.measured(newest, now - newest.sent_at)
    if acked and tcb.recovery is None and not (segment.flags & ECE and tcb.ecn):  # RFC 3168 6.1.2
        _grow(tcb, acked, was_in_flight, now)
    _rearm(tcb, now)


def _begin_carefully(tcb: Tcb) -> None:
    """The SYN timed out: IW is one segment (RFC 5681 3.1)."""
    congestion = tcb.congestion
    congestion.cwnd = tcb.snd_mss
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.SYN_LOST))


def _rearm(tcb: Tcb, now: int) -> None:
    """RFC 6298 5.2 and 5.3; the user timeout counts from the last progress too."""
    if tcb.flight.records:
        tcb.timers.start(Timer.RETRANSMIT, now + tcb.rtt.rto)
        tcb.timers.start(Timer.USER, now + tcb.config.user_timeout)
        tail_loss.schedule(tcb, now)
    else:
        for timer in _OF_THE_FLIGHT:
            tcb.timers.stop(timer)


def _measure(tcb: Tcb, newest: Sent, segment: Segment, now: int) -> None:
    """A round trip: by our own clock, or where a repeat makes that ambiguous by the timestamp echoed."""
    if newest.attempts == 0 and newest.fate is not Fate.SACKED:
        rtt = now - newest.sent_at
    elif (echoed := _echoed(tcb, segment, now)) is not None:
        rtt = now - echoed * MILLISECOND  # RFC 7323 4.1: the echo tells which transmission it was
    else:
        if newest.flags & SYN:
            tcb.rtt.handshake_timed_out()
        return  # Karn (RFC 6298 section 3)
    telling = tcb.rtt.srtt == 0 or tcb.rtt.backoff > 0
    tcb.rtt.sample(rtt, max(1, tcb.flight.octets // (2 * tcb.snd_mss)))
    if telling:
        repeated = newest.attempts > 0
        tcb.emit(RttSampled(rtt, tcb.rtt.srtt, tcb.rtt.rttvar, tcb.rtt.rto, repeated))


def _echoed(tcb: Tcb, segment: Segment, now: int) -> int | None:
    """When the segment was sent, in ms, whose timestamp comes back; None where no such time can be."""
    if not tcb.timestamps or segment.timestamps is None:
        return None
    at = now // MILLISECOND - (timestamp(tcb, now) - segment.timestamps[1] & 0xFFFF_FFFF)
    return at if at >= 0 else None


def _grow(tcb: Tcb, acked: int, was_in_flight: int, now: int) -> None:
    """Let the congestion window grow, if it was what held us back (RFC 7661 in spirit, RFC 9293 3.8.2)."""
    congestion = tcb.congestion
    if not congestion.is_used(was_in_flight):
        return
    was_slow_start = congestion.in_slow_start
    congestion.on_ack(acked, now, tcb.rtt.srtt)
    if was_slow_start and not congestion.in_slow_start:
        tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.CONGESTION_AVOIDANCE))


def _take_sack(tcb: Tcb, segment: Segment, now: int) -> tuple[Seq, Seq] | None:
    """Note what the peer has beyond SND.UNA, blocks outside of what was sent are lies; what it has twice."""
    twice = _d_sack(segment)
    if twice is not None:
        tcb.rack.widen(segment.ack, tcb.snd_nxt)
    echoed = _echoed(tcb, segment, now)
    for left, right in segment.sack:
        if lt(tcb.snd_una, left) and lt(left, right) and le(right, tcb.snd_nxt):
            for record in tcb.flight.sack(left, right):
                tcb.rack.delivered(record, now, echoed)
    return twice


def _d_sack(segment: Segment) -> tuple[Seq, Seq] | None:
    """The first block, where it lies before the ACK or inside of the second one (RFC 2883 section 4)."""
    left, right = segment.sack[0]
    if not lt(left, right):
        return None
    if le(right, segment.ack):
        return left, right
    if len(segment.sack) > 1 and le(segment.sack[1][0], left) and le(right, segment.sack[1][1]):
        return left, right
    return None


def update_window(tcb: Tcb, segment: Segment, now: int, *, advanced: bool) -> None:
    """ "The send window should be updated", by no older segment than the last one that did. What
    acknowledges something is the newest, though it may repeat old data: SND.UNA + SND.WND would move on to
    what the peer has never offered."""
    newer = (
        advanced
        or lt(tcb.snd_wl1, segment.seq)
        or (tcb.snd_wl1 == segment.seq and le(tcb.snd_wl2, segment.ack))
    )
    if not newer or lt(segment.ack, tcb.snd_una):
        return
    old, new = tcb.snd_wnd, segment.window << tcb.snd_scale
    tcb.snd_wnd, tcb.snd_wl1, tcb.snd_wl2 = new, segment.seq, segment.ack
    tcb.max_snd_wnd = max(tcb.max_snd_wnd, new)
    if (old == 0) != (new == 0):
        tcb.emit(PeerWindowChanged(old, new))
    if new == 0:
        _closed(tcb, now)
    elif new > old and tcb.timers.runs(Timer.PERSIST):
        _opened(tcb, now)


def _closed(tcb: Tcb, now: int) -> None:
    """Probe instead of retransmitting, for ever as long as the peer answers (3.8.6.1, MUST-36, MUST-37)."""
    tcb.timers.stop(Timer.RETRANSMIT)
    if tcb.flight.records and not tcb.timers.runs(Timer.PERSIST):
        tcb.timers.start(Timer.PERSIST, now + tcb.rtt.rto)
    if tcb.probes:
        tcb.timers.start(Timer.USER, now + tcb.config.user_timeout)


def _opened(tcb: Tcb, now: int) -> None:
    """Go on; what the probes carried was most likely thrown away."""
    tcb.timers.stop(Timer.PERSIST)
    if tcb.probes:
        tcb.flight.mark_all_lost(Cause.WINDOW_PROBE)
    elif tcb.flight.records and not tcb.timers.runs(Timer.RETRANSMIT):
        tcb.timers.start(Timer.RETRANSMIT, now + tcb.rtt.rto)
    tcb.probes, tcb.probe_now = 0, False


def _fin_acknowledged(tcb: Tcb, segment: Segment, now: int) -> None:
    """Our FIN has arrived: the rest of the fifth step, by state."""
    match tcb.state:
        case State.FIN_WAIT_1:
            # a FIN that comes along leads to TIME-WAIT directly, in the eighth step
            if not segment.flags & FIN or segment.seq != tcb.rcv_nxt:
                tcb.transition(Trigger.RCV_ACK_OF_FIN)
                limit_fin_wait_2(tcb, now)
        case State.CLOSING:
            tcb.transition(Trigger.RCV_ACK_OF_FIN)
            enter_time_wait(tcb, now)
        case State.LAST_ACK:
            tcb.finish(Trigger.RCV_ACK_OF_FIN, CloseReason.NORMAL)
