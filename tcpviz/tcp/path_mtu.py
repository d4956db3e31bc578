"""Path MTU discovery: what to do where the path takes smaller packets only (RFC 1191, RFC 9293 3.7.2).

Routers tell, or should; where they do not, full-size segments vanish again and again (RFC 2923 2.1).
"""

from tcpviz.tcp.config import MINUTE
from tcpviz.tcp.events import MtuReason, PathMtuChanged, Timer
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.options import TIMESTAMPS_LENGTH
from tcpviz.tcp.tcb import Tcb

TCP_HEADER = 20
"""Without options."""
PLATEAUS = (32000, 17914, 8166, 4352, 2002, 1492, 1006)
"""What to try after a router that does not tell its MTU (RFC 1191 section 7.1)."""
BLACK_HOLE_EXPIRIES = 3
"""Expiries in a row for a full-size segment that make us suspect its size."""
BLACK_HOLE_MTUS = (1280, 552)
"""What to try then: what every tunnel takes (RFC 8200 section 5), and what nearly everything does."""
AGE = 10 * MINUTE
"""After this time a larger packet is tried again (RFC 1191 section 6.3)."""


def too_big(tcb: Tcb, error: IcmpError, now: int) -> None:
    """A packet of ours did not fit: smaller segments from now on, and what was too large again at once."""
    current = _current(tcb)
    least = tcb.config.network.least_mtu
    told = error.mtu or next((mtu for mtu in PLATEAUS if mtu < current), least)
    mtu = max(told, least)
    if mtu < current:
        _change(tcb, mtu, MtuReason.ROUTER, now)
        tcb.flight.mark_longer_lost(tcb.snd_mss)


def suspect_black_hole(tcb: Tcb, now: int) -> None:
    """The retransmission timer has expired: the path may be dead, or only for packets of this size."""
    first = tcb.flight.first()
    if tcb.rtt.backoff + 1 < BLACK_HOLE_EXPIRIES or first is None or first.length < tcb.snd_mss:
        return
    sizes = range(tcb.config.network.least_mtu, _current(tcb))
    smaller = next((mtu for mtu in BLACK_HOLE_MTUS if mtu in sizes), None)
    if smaller is not None:
        _change(tcb, smaller, MtuReason.BLACK_HOLE, now)


def age(tcb: Tcb, now: int) -> None:
    """Try the full size again, since paths change."""
    _change(tcb, tcb.largest_mss + _headers(tcb), MtuReason.AGED, now)
    tcb.timers.stop(Timer.PATH_MTU)


def _current(tcb: Tcb) -> int:
    return tcb.snd_mss + _headers(tcb)


def _headers(tcb: Tcb) -> int:
    return tcb.config.network.header + TCP_HEADER + (TIMESTAMPS_LENGTH if tcb.timestamps else 0)


def _change(tcb: Tcb, mtu: int, why: MtuReason, now: int) -> None:
    tcb.emit(PathMtuChanged(_current(tcb), mtu, why))
    tcb.snd_mss = mtu - _headers(tcb)
    tcb.congestion.on_mss(tcb.snd_mss)
    tcb.timers.start(Timer.PATH_MTU, now + AGE)
