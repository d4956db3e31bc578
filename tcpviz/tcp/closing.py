"""How an endpoint ends a connection: CLOSE, ABORT and giving up (RFC 9293 3.10.4, 3.10.5, 3.10.8)."""

from tcpviz.tcp.events import CloseReason, ResetSent
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


def give_up(tcb: Tcb, trigger: Trigger, why: CloseReason) -> None:
    """To CLOSED at once; where the table says so, with <SEQ=SND.NXT><CTL=RST>."""
    resets = TRANSITIONS[tcb.state, trigger].sends == "RST"
    reset = Segment(tcb.snd_nxt, flags=RST)
    tcb.finish(trigger, why)
    tcb.replies.clear()
    if resets:
        tcb.replies.append((reset, ResetSent(why.value)))
