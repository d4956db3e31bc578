"""Tail loss probes: where nothing follows a loss, one segment more makes the peer tell of it (RFC 8985 7)."""

from tcpviz.tcp import recovery
from tcpviz.tcp.config import MILLISECOND
from tcpviz.tcp.events import Cause, CwndReason, Timer, TimerExpired
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import Segment
from tcpviz.wire.seq import Seq, add, ge, gt

_TLP = Timer.TLP  # members are looked up slowly before Python 3.12, and this is the hot path
MAX_ACK_DELAY = 200 * MILLISECOND
"""How long the peer may delay the ACK of a single segment (RFC 8985 section 7.2)."""


def schedule(tcb: Tcb, now: int) -> None:
    """New data left, or some was acknowledged: probe after two round trips (7.2), unless the
    retransmission timeout is sooner. Not while anything is being repaired."""
    pto = 2 * tcb.rtt.srtt
    if (
        not tcb.sack
        or not pto
        or tcb.recovery is not None
        or tcb.tail_probe is not None
        or tcb.rtt.backoff
        or not tcb.snd_wnd
        or tcb.flight.sacked_count
    ):
        tcb.timers.stop(_TLP)
        return
    if tcb.flight_size <= tcb.snd_mss:
        pto += MAX_ACK_DELAY
    if pto < tcb.rtt.rto:
        tcb.timers.start(_TLP, now + pto)
    else:
        tcb.timers.stop(_TLP)


def probe(tcb: Tcb, now: int) -> None:
    """Send new data if there is any and the window lets it through, else the last segment again (7.3)."""
    flight = tcb.flight
    if not flight.records or flight.sacked_count or flight.lost_count or not tcb.snd_wnd:
        return
    tcb.emit(TimerExpired(_TLP, 1))
    size = min(tcb.unsent, tcb.usable_window, tcb.snd_mss)
    if size > 0:
        tcb.probe_now = True
        tcb.tail_probe = add(tcb.snd_nxt, size), False
    else:
        flight.mark_lost(flight.records[-1], Cause.TAIL_LOSS_PROBE)
        tcb.tail_probe = tcb.snd_nxt, True
    tcb.timers.start(Timer.RETRANSMIT, now + tcb.rtt.rto)


def after_ack(tcb: Tcb, segment: Segment, dsack: tuple[Seq, Seq] | None, now: int, *, advanced: bool) -> None:
    """What became of the probe (7.4): one that repaired a loss means congestion like any other loss.

    `dsack`: what the peer has received twice; `advanced`: whether the ACK acknowledges anything.
    """
    if tcb.tail_probe is None:
        return
    end, repeats = tcb.tail_probe
    if not ge(segment.ack, end):
        return
    if not repeats or (dsack is not None and dsack[1] == end):
        tcb.tail_probe = None  # both copies are there, or new data was the probe
    elif gt(segment.ack, end):
        tcb.tail_probe = None
        recovery.reduce_once(tcb, CwndReason.TAIL_LOSS, now)
    elif not advanced and not segment.payload and not segment.sack:
        tcb.tail_probe = None  # the second copy, from a peer without D-SACK
