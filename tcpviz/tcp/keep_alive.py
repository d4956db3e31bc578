"""Keep-alive: asking a peer that has been silent for long whether it is still there (RFC 9293 3.8.4).

Off unless the application asks for it. One timer for the whole silence: it looks back when it goes off, so
that nothing has to be done when a segment arrives but to note the time.
"""

from tcpviz.tcp import acking
from tcpviz.tcp.closing import give_up
from tcpviz.tcp.config import SECOND
from tcpviz.tcp.events import AckReason, AckSent, CloseReason, Timer, TimerExpired
from tcpviz.tcp.state import Trigger
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.seq import add

INTERVAL = 75 * SECOND
"""Between two probes that are not answered."""
MAX_PROBES = 9
"""Unanswered probes that mean that the peer is gone; one alone says nothing (MUST-29)."""


def start(tcb: Tcb, now: int) -> None:
    """The peer's SYN is here: wait for the first silence."""
    if tcb.config.keep_alive:
        tcb.timers.start(Timer.KEEPALIVE, now + tcb.config.keep_alive_idle)


def look(tcb: Tcb, now: int) -> None:
    """The timer went off: probe, unless something came meanwhile or is outstanding (MUST-26)."""
    if tcb.last_heard > tcb.keep_alive_sent:
        tcb.keep_alive_probes = 0
    next_look = tcb.last_heard + (0 if tcb.keep_alive_probes else tcb.config.keep_alive_idle)
    if tcb.flight.records or tcb.waiting_to_send:
        tcb.timers.start(Timer.KEEPALIVE, now + tcb.config.keep_alive_idle)
    elif now < next_look:
        tcb.timers.start(Timer.KEEPALIVE, next_look)
    elif tcb.keep_alive_probes == MAX_PROBES:
        give_up(tcb, Trigger.USER_TIMEOUT, CloseReason.TIMED_OUT)
    else:
        _probe(tcb, now)


def _probe(tcb: Tcb, now: int) -> None:
    """<SEQ=SND.NXT-1>, no data: unacceptable, so that whoever is there answers (SHLD-12)."""
    tcb.keep_alive_probes += 1
    tcb.keep_alive_sent = now
    tcb.emit(TimerExpired(Timer.KEEPALIVE, tcb.keep_alive_probes))
    segment = acking.build(tcb, now, add(tcb.snd_nxt, -1))
    tcb.replies.append((segment, AckSent(AckReason.KEEP_ALIVE)))
    tcb.timers.start(Timer.KEEPALIVE, now + INTERVAL)
