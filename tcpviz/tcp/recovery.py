"""Fast retransmit and fast recovery: repairing losses while ACKs still come.

With SACK by time (RACK, RFC 8985), without by counting duplicate ACKs (NewReno, RFC 6582); in both cases
proportional rate reduction says how much may leave (RFC 6937).
"""

from tcpviz.tcp import spurious
from tcpviz.tcp.events import Cause, CwndChanged, CwndReason, Timer, TimerExpired
from tcpviz.tcp.flight import Fate
from tcpviz.tcp.rack import DUP_THRESH
from tcpviz.tcp.tcb import Recovery, Tcb
from tcpviz.wire.seq import ge


def after_ack(tcb: Tcb, delivered: int, now: int) -> None:
    """An ACK was taken in; `delivered` octets are newly known to have arrived."""
    found = _detect(tcb, now)
    if tcb.recovery is None:
        # RFC 5681 3.2; reported segments are RACK's matter
        counted = tcb.dup_acks >= DUP_THRESH and not tcb.flight.sacked_count
        if (found or counted) and not tcb.repairing:
            _enter(tcb, delivered, now)
    elif ge(tcb.snd_una, tcb.recovery.point):
        _leave(tcb)
    else:
        if tcb.dup_acks == 0 and not tcb.sack:
            _mark_first(tcb, Cause.PARTIAL_ACK)  # RFC 6582 3.2 step 3: it names the next hole
        _reduce(tcb, tcb.recovery, delivered)


def after_waiting(tcb: Tcb, now: int) -> None:
    """What was merely late would have come by now (RFC 8985 6.2 step 5)."""
    if not _detect(tcb, now):
        return
    tcb.emit(TimerExpired(Timer.REORDER, 1))
    if tcb.recovery is None and not tcb.repairing:
        _enter(tcb, 0, now)


def _detect(tcb: Tcb, now: int) -> bool:
    """Let RACK look for losses, and again later if that may bring more (RFC 8985 6.2 steps 4 and 5)."""
    flight = tcb.flight
    if not tcb.sack or flight.plain or tcb.trial is not None:  # F-RTO is about to tell
        return False
    repairing = tcb.recovery is not None or tcb.repairing
    window = tcb.rack.window(flight.sacked_count, tcb.rtt.srtt, repairing=repairing)
    found, wait = tcb.rack.detect(flight, window, now)
    if wait:
        tcb.timers.start(Timer.REORDER, now + wait)
    else:
        tcb.timers.stop(Timer.REORDER)
    return found


def _enter(tcb: Tcb, delivered: int, now: int) -> None:
    """Something is lost, and the path is full (RFC 6675 section 5 step 4, RFC 6582 3.2 step 2)."""
    congestion = tcb.congestion
    spurious.begin(tcb)
    if not tcb.already_slower:  # by ECN, for the same congestion
        congestion.on_loss(tcb.window_in_use, now)
    slower(tcb)
    arrived = tcb.flight.sacked_octets + tcb.assumed_arrived - delivered
    tcb.recovery = Recovery(tcb.snd_nxt, tcb.flight_size - arrived)
    tcb.recover = tcb.snd_nxt
    tcb.timers.stop(Timer.TLP)
    if not tcb.flight.lost_count:
        _mark_first(tcb, Cause.FAST)
    _reduce(tcb, tcb.recovery, delivered)
    congestion.cwnd = max(congestion.cwnd, tcb.pipe + tcb.snd_mss)  # the first one leaves in any case
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.FAST_RETRANSMIT))


def _mark_first(tcb: Tcb, cause: Cause) -> None:
    """What begins at SND.UNA is missing, unless it is on its way again."""
    record = tcb.flight.first()
    if record is not None and record.fate is Fate.IN_FLIGHT and not record.attempts:
        tcb.flight.mark_lost(record, cause)


def _reduce(tcb: Tcb, recovery: Recovery, delivered: int) -> None:
    """Proportional rate reduction with the slow start reduction bound (RFC 6937 section 3)."""
    congestion, pipe = tcb.congestion, tcb.pipe
    recovery.delivered += delivered
    if pipe > congestion.ssthresh:
        share = -(-recovery.delivered * congestion.ssthresh // recovery.flight_size)
        allowed = share - recovery.sent
    else:
        limit = max(recovery.delivered - recovery.sent, delivered) + tcb.snd_mss
        allowed = min(congestion.ssthresh - pipe, limit)
    congestion.cwnd = max(pipe + max(0, allowed), tcb.snd_mss)


def _leave(tcb: Tcb) -> None:
    """Everything that was out at the loss has arrived: go on with ssthresh (RFC 6937 section 3)."""
    tcb.recovery = None
    tcb.assumed_arrived = 0
    tcb.rack.recovered()
    congestion = tcb.congestion
    congestion.cwnd = congestion.ssthresh
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.RECOVERED))


def slower(tcb: Tcb) -> None:
    """The window was reduced: tell the peer with the next data, and once is enough for what is out now."""
    tcb.slower_until = tcb.snd_nxt
    tcb.cwr_due = tcb.ecn


def reduce_once(tcb: Tcb, why: CwndReason, now: int) -> None:
    """Congestion, and nothing has to be repeated: a probe has repaired the loss already (RFC 8985 7.4), or
    a mark stands for one (RFC 3168)."""
    congestion = tcb.congestion
    if tcb.recovery is not None:
        return
    congestion.on_loss(tcb.window_in_use, now)
    congestion.cwnd = min(congestion.cwnd, congestion.ssthresh)
    slower(tcb)
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, why))


def after_echo(tcb: Tcb, now: int) -> None:
    """An ACK with ECE: as after a loss, once a round trip, but nothing is missing (RFC 3168 6.1.2). An ACK
    of no more than what was out then comes from before our CWR."""
    if not tcb.already_slower and tcb.snd_una != tcb.slower_until:
        reduce_once(tcb, CwndReason.ECN, now)
    tcb.episode = None  # RFC 4015 section 3: what ECN asks for is not undone


def abandon(tcb: Tcb) -> None:
    """A timeout overrules it: everything that is not reported as received is lost (RFC 6675 section 5.1)."""
    tcb.recovery = None
    tcb.tail_probe = None
    tcb.recover = tcb.snd_nxt
    tcb.assumed_arrived = 0
    tcb.dup_acks = 0
    tcb.timers.stop(Timer.TLP)
    tcb.timers.stop(Timer.REORDER)
    first = tcb.flight.first()
    if first is not None and first.fate is Fate.SACKED:
        tcb.flight.forget_reports()  # RFC 2018 section 8: else it would have been acknowledged
    tcb.flight.mark_all_lost(Cause.TIMEOUT)
