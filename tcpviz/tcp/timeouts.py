"""What each timer does when it goes off (RFC 9293 3.10.8 and the sections named at each)."""

from collections.abc import Callable

from tcpviz.tcp import ecn, f_rto, keep_alive, path_mtu, recovery, spurious, tail_loss
from tcpviz.tcp.closing import give_up
from tcpviz.tcp.events import (
    AckReason,
    CloseReason,
    CwndChanged,
    CwndReason,
    Timer,
    TimerExpired,
    TimerSet,
)
from tcpviz.tcp.rtt import MAX_RTO
from tcpviz.tcp.state import Trigger
from tcpviz.tcp.tcb import Tcb


def expire(tcb: Tcb, now: int) -> None:
    """Let every timer go off whose time has come."""
    for timer in tcb.timers.take_expired(now):
        if tcb.end is None:
            _ACTIONS[timer](tcb, now)


def _retransmit(tcb: Tcb, now: int) -> None:
    """Everything outstanding counts as lost; start again with one segment (RFC 6298 5.4 to 5.6)."""
    congestion = tcb.congestion
    tcb.emit(TimerExpired(Timer.RETRANSMIT, tcb.rtt.backoff + 1))
    if tcb.recovery is not None:
        tcb.episode = None  # the timeout shows that there was a loss
        congestion.cwnd = congestion.ssthresh  # the window, but for proportional rate reduction
    elif not tcb.rtt.backoff:
        spurious.begin(tcb)
    f_rto.begin(tcb, again=tcb.rtt.backoff > 0 or tcb.repairing)
    path_mtu.suspect_black_hole(tcb, now)
    ecn.fall_back(tcb)
    if tcb.syn_acked:  # what a lost SYN means for the window, its ACK decides: RFC 5681 3.1
        congestion.on_timeout(tcb.window_in_use, now, again=tcb.rtt.backoff > 0)
        recovery.slower(tcb)
        tcb.emit(CwndChanged(congestion.cwnd, congestion.ssthresh, CwndReason.TIMEOUT))
    tcb.rtt.back_off()
    recovery.abandon(tcb)
    _restart(tcb, Timer.RETRANSMIT, now + tcb.rtt.rto)


def _delayed_ack(tcb: Tcb, now: int) -> None:
    """RFC 9293 3.8.6.3: the ACK has waited long enough."""
    tcb.emit(TimerExpired(Timer.DELAYED_ACK, 1))
    tcb.ack_at_once(AckReason.DELAYED)


def _persist(tcb: Tcb, now: int) -> None:
    """Probe, at exponentially growing intervals (RFC 9293 3.8.6.1, SHLD-29, SHLD-30)."""
    tcb.probes += 1
    tcb.probe_now = True
    tcb.emit(TimerExpired(Timer.PERSIST, tcb.probes))
    _restart(tcb, Timer.PERSIST, now + min(tcb.rtt.rto << min(tcb.probes, 16), MAX_RTO))


def _fin_wait_2(tcb: Tcb, now: int) -> None:
    """Nobody here waits for the peer any more; what it may still send is answered with a RST."""
    tcb.emit(TimerExpired(Timer.FIN_WAIT_2, 1))
    tcb.finish(Trigger.FIN_WAIT_2_OVER, CloseReason.TIMED_OUT)


def _time_wait(tcb: Tcb, now: int) -> None:
    """RFC 9293 3.10.8: delete the TCB."""
    tcb.emit(TimerExpired(Timer.TIME_WAIT, 1))
    tcb.finish(Trigger.TIME_WAIT_OVER, CloseReason.NORMAL)


def _user(tcb: Tcb, now: int) -> None:
    """RFC 9293 3.10.8, and R2 of 3.8.3: nothing of ours was acknowledged for too long."""
    tcb.emit(TimerExpired(Timer.USER, 1))
    why = CloseReason.UNREACHABLE if tcb.unreachable else CloseReason.TIMED_OUT
    give_up(tcb, Trigger.USER_TIMEOUT, why)


def _restart(tcb: Tcb, timer: Timer, deadline: int) -> None:
    tcb.timers.start(timer, deadline)
    tcb.emit(TimerSet(timer, deadline))


_ACTIONS: dict[Timer, Callable[[Tcb, int], None]] = {
    Timer.RETRANSMIT: _retransmit,
    Timer.DELAYED_ACK: _delayed_ack,
    Timer.PERSIST: _persist,
    Timer.FIN_WAIT_2: _fin_wait_2,
    Timer.TIME_WAIT: _time_wait,
    Timer.USER: _user,
    Timer.KEEPALIVE: keep_alive.look,
    Timer.PATH_MTU: path_mtu.age,
    Timer.TLP: tail_loss.probe,
    Timer.REORDER: recovery.after_waiting,
}
