"""Repairs of what was not lost: found by timestamps (Eifel, RFC 3522) or D-SACK (RFC 3708), then undone."""

from copy import copy

from tcpviz.tcp.events import CwndChanged, CwndReason
from tcpviz.tcp.options import timestamp
from tcpviz.tcp.tcb import Episode, Tcb
from tcpviz.wire.segment import Segment
from tcpviz.wire.seq import Seq, ge


def begin(tcb: Tcb) -> None:
    """A loss was found: keep the congestion control as it is before it learns of that."""
    first = tcb.flight.first()
    if not tcb.syn_acked or first is None:
        tcb.episode = None
        return
    resent = tcb.flight.retransmitted_count
    tcb.episode = Episode(tcb.snd_una, copy(tcb.congestion), resent, first_ack=not first.attempts)


def resent(tcb: Tcb, now: int) -> None:
    """Something was sent again."""
    episode = tcb.episode
    if episode is None:
        return
    if episode.stamp is None:
        episode.stamp = timestamp(tcb, now)
    episode.resent += 1


def after_ack(tcb: Tcb, segment: Segment, dsack: tuple[Seq, Seq] | None, *, advanced: bool) -> None:
    """Undo the episode if this ACK shows that it was for nothing. `advanced`: it acknowledges something;
    `dsack`: what the peer has received twice."""
    episode = tcb.episode
    if episode is None or episode.stamp is None:
        return
    if dsack is not None and ge(dsack[0], episode.start):
        episode.resent -= 1
        if not episode.resent:
            undo(tcb, episode)  # every single repeat was one too many
            return
    if advanced and episode.first_ack:
        episode.first_ack = False
        if tcb.timestamps and segment.timestamps is not None:
            age = episode.stamp - segment.timestamps[1] & 0xFFFF_FFFF
            if 0 < age < 0x8000_0000:
                undo(tcb, episode)  # RFC 3522 section 3.2 step 5: it answers the first transmission


def undo(tcb: Tcb, episode: Episode) -> None:
    """Nothing was lost, only late: go on as before (RFC 4015 section 3)."""
    congestion = episode.before
    congestion.cwnd = max(congestion.cwnd, tcb.congestion.cwnd)
    congestion.on_mss(tcb.snd_mss)
    tcb.congestion = congestion
    tcb.recovery = tcb.episode = tcb.trial = None
    tcb.recover = tcb.slower_until = tcb.snd_una
    tcb.cwr_due = False
    tcb.dup_acks = tcb.assumed_arrived = 0
    tcb.rtt.settle()
    tcb.rack.reordering_seen = True
    tcb.flight.find_nothing_lost()
    tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.UNDO))
