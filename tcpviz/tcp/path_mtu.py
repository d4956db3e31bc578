"""Path MTU discovery: routers tell that the path takes smaller packets only (RFC 1191, RFC 9293 3.7.2)."""

from tcpviz.tcp.events import PathMtuChanged
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.options import TIMESTAMPS_LENGTH
from tcpviz.tcp.tcb import Tcb

HEADERS = 40
"""IPv4 and TCP header without options."""
MIN_MTU = 552
"""No router makes us send smaller packets than this: it is more likely an attack (RFC 5927 section 7)."""
PLATEAUS = (32000, 17914, 8166, 4352, 2002, 1492, 1006, MIN_MTU)
"""What to try after a router that does not tell its MTU (RFC 1191 section 7.1)."""


def too_big(tcb: Tcb, error: IcmpError) -> None:
    """A packet of ours did not fit: smaller segments from now on, and what was too large again at once."""
    options = TIMESTAMPS_LENGTH if tcb.timestamps else 0
    current = tcb.snd_mss + options + HEADERS
    told = error.mtu or next((mtu for mtu in PLATEAUS if mtu < current), MIN_MTU)
    mtu = max(told, MIN_MTU)
    if mtu >= current:
        return
    tcb.snd_mss = mtu - HEADERS - options
    tcb.congestion.on_mss(tcb.snd_mss)
    tcb.emit(PathMtuChanged(current, mtu))
    tcb.flight.mark_longer_lost(tcb.snd_mss)
