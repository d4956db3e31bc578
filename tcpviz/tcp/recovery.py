"""Fast retransmit and fast recovery: repairing losses while ACKs still come.

With SACK by the scoreboard (RFC 6675), without by counting duplicate ACKs (NewReno, RFC 6582); in both
cases proportional rate reduction says how much may leave (RFC 6937).
"""

from tcpviz.tcp.events import Cause, CwndChanged, CwndReason
from tcpviz.tcp.flight import Fate
from tcpviz.tcp.tcb import Recovery, Tcb
from tcpviz.wire.seq import ge

DUP_THRESH = 3
"""Duplicate ACKs that mean a loss (RFC 5681 3.2, RFC 6675 section 2)."""


def after_ack(tcb: Tcb, delivered: int, now: int) -> None:
    """An ACK was taken in; `delivered` octets are newly known to have arrived."""
    overtaken = tcb.sack and tcb.flight.mark_overtaken((DUP_THRESH - 1) * tcb.snd_mss)
    if tcb.recovery is None:
        if (overtaken or tcb.dup_acks >= DUP_THRESH) and ge(tcb.snd_una, tcb.recover):
            _enter(tcb, now)
    elif ge(tcb.snd_una, tcb.recovery.point):
        _leave(tcb)
    else:
        if tcb.dup_acks == 0:
            _mark_first(tcb, Cause.FAST)  # RFC 6582 3.2 step 3: a partial ACK names the next hole
        _reduce(tcb, tcb.recovery, delivered)


def _enter(tcb: Tcb, now: int) -> None:
    """The first segment is lost, and the path is full (RFC 6675 section 5 step 4, RFC 6582 3.2 step 2)."""
    congestion = tcb.congestion
    congestion.on_loss(tcb.flight_size, now)
    tcb.recovery = Recovery(tcb.snd_nxt, tcb.flight_size)
    tcb.recover = tcb.snd_nxt
    _mark_first(tcb, Cause.FAST)
    congestion.cwnd = tcb.pipe + tcb.snd_mss  # the first retransmission leaves in any case
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
    congestion = tcb.congestion
    congestion.cwnd = congestion.ssthresh
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.RECOVERED))


def abandon(tcb: Tcb) -> None:
    """A timeout overrules it: everything that is not reported as received is lost (RFC 6675 section 5.1)."""
    tcb.recovery = None
    tcb.recover = tcb.snd_nxt
    tcb.assumed_arrived = 0
    tcb.dup_acks = 0
    first = tcb.flight.first()
    if first is not None and first.fate is Fate.SACKED:
        tcb.flight.forget_reports()  # RFC 2018 section 8: else it would have been acknowledged
    tcb.flight.mark_all_lost(Cause.TIMEOUT)
