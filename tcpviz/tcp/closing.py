"""How an endpoint ends a connection: CLOSE, ABORT and giving up (RFC 9293 3.10.4, 3.10.5, 3.10.8)."""

from tcpviz.tcp.events import CloseReason, ResetSent, Timer, TimerSet
from tcpviz.tcp.state import TRANSITIONS, State, Trigger, close_is_immediate
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import RST, Segment


def close(tcb: Tcb) -> None:
    """CLOSE: a FIN after all that is queued."""
    if tcb.state in (State.LISTEN, State.SYN_SENT):
        tcb.finish(Trigger.CLOSE, CloseReason.ABORTED)
        return
    tcb.fin_queued = True
    if close_is_immediate(tcb.state, tcb.unsent > 0):
        tcb.transition(Trigger.CLOSE)


def close_both(tcb: Tcb, now: int) -> None:
    """CLOSE, and nothing more will be read: what has not been is lost, and a RST says so (RFC 9293 3.6.1,
    SHLD-3)."""
    if tcb.reassembly.ready:
        give_up(tcb, Trigger.ABORT, CloseReason.ABORTED)
        return
    tcb.nobody_reads = True
    if not tcb.fin_queued:
        close(tcb)
    limit_fin_wait_2(tcb, now)


def limit_fin_wait_2(tcb: Tcb, now: int) -> None:
    """Don't wait for ever for the FIN of a peer that has nothing more to tell us. Whoever still reads does
    wait: half-closed connections may last (RFC 9293 3.6.1)."""
    if tcb.nobody_reads and tcb.state is State.FIN_WAIT_2:
        deadline = now + tcb.config.fin_wait_2
        tcb.timers.start(Timer.FIN_WAIT_2, deadline)
        tcb.emit(TimerSet(Timer.FIN_WAIT_2, deadline))


def give_up(tcb: Tcb, trigger: Trigger, why: CloseReason) -> None:
    """To CLOSED at once; where the table says so, with <SEQ=SND.NXT><CTL=RST>."""
    resets = TRANSITIONS[tcb.state, trigger].sends == "RST"
    reset = Segment(tcb.snd_nxt, flags=RST)
    tcb.finish(trigger, why)
    tcb.replies.clear()
    if resets:
        tcb.replies.append((reset, ResetSent(why.value)))
