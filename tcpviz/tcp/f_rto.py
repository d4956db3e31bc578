"""F-RTO: was the timeout needed? Two ACKs tell, without any option (RFC 5682 sections 2.1 and 3.1).

After the first repeat, what arrives is acknowledged in either case. So the first ACK that moves on is
answered with new data instead of more repeats; if the second one acknowledges what was never repeated, that
had been on its way all the time. With timestamps Eifel knows after the first ACK, and this is not asked.
"""

from tcpviz.tcp import spurious
from tcpviz.tcp.events import Cause, CwndChanged, CwndReason
from tcpviz.tcp.flight import Fate
from tcpviz.tcp.tcb import Tcb, Trial
from tcpviz.wire.seq import ge, le

_NEW_SEGMENTS = 2
"""How many leave in place of repeats (step 2b)."""
_AFTER_LOSS = 3
"""The window in segments where the timeout was right (step 3a)."""


def begin(tcb: Tcb, *, again: bool) -> None:
    """The retransmission timer has expired (step 1), `again` if it had for the same data. What was repeated
    before would make the answer ambiguous."""
    asks = not (again or tcb.timestamps or tcb.flight.retransmitted_count)
    tcb.trial = Trial(tcb.snd_nxt) if asks and tcb.episode is not None else None


def after_ack(tcb: Tcb, *, advanced: bool, duplicate: bool) -> None:
    """An ACK was taken in: it `advanced` SND.UNA, or was a `duplicate`."""
    trial = tcb.trial
    if trial is None:
        return
    if trial.reported is None:
        _first(tcb, trial, advanced=advanced, duplicate=duplicate)
    elif advanced or _reported(tcb, trial) > trial.reported:
        _spurious(tcb)  # step 3b
    elif duplicate or tcb.flight.sacked_count > trial.reported:
        _lost(tcb, trial)  # step 3a


def _first(tcb: Tcb, trial: Trial, *, advanced: bool, duplicate: bool) -> None:
    """Step 2: send new data instead of repeats, if there is any."""
    if not advanced:
        if duplicate and not tcb.sack:
            tcb.trial = None  # 2a of 2.1; with SACK the first one that moves on counts (2a of 3.1)
        return
    new = min(tcb.unsent, tcb.usable_window)
    if ge(tcb.snd_una, trial.until) or new < tcb.snd_mss or tcb.flight.retransmitted_count:
        tcb.trial = None  # all is there, or nothing new may leave, or more than one was repeated
        return
    tcb.flight.find_nothing_lost()
    trial.reported = _reported(tcb, trial)
    congestion = tcb.congestion
    congestion.cwnd = tcb.pipe + _NEW_SEGMENTS * tcb.snd_mss
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.TIMEOUT_DOUBTED))


def _reported(tcb: Tcb, trial: Trial) -> int:
    """How many segments from before the timeout, never repeated, the peer reports as received."""
    return sum(
        record.fate is Fate.SACKED and not record.attempts and le(record.end, trial.until)
        for record in tcb.flight.records
    )


def _spurious(tcb: Tcb) -> None:
    """What was not repeated has arrived: nothing was lost."""
    tcb.trial = None
    episode = tcb.episode
    if episode is not None:
        tcb.congestion.cwnd = min(tcb.congestion.cwnd, episode.before.cwnd)
        spurious.undo(tcb, episode)


def _lost(tcb: Tcb, trial: Trial) -> None:
    """Only the new data arrives: go on repeating, with a window of three segments (step 3a)."""
    tcb.trial = None
    for record in tcb.flight.records:
        if record.fate is Fate.IN_FLIGHT and le(record.end, trial.until):
            tcb.flight.mark_lost(record, Cause.TIMEOUT)
    congestion = tcb.congestion
    congestion.cwnd = _AFTER_LOSS * tcb.snd_mss
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.TIMEOUT_CONFIRMED))
