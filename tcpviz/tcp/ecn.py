"""Explicit congestion notification (RFC 3168): routers mark what they would otherwise lose.

The receiver of a mark says so in every ACK (ECE) until the sender has answered with CWR that it sends less;
how much less is `recovery`'s business.
"""

from tcpviz.tcp.events import CongestionMarked
from tcpviz.tcp.state import State
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, CE, CWR, ECE, ECT_0, NOT_ECT, Segment

_SETUP = ECE | CWR


def flags_of_syn(tcb: Tcb, *, answers: bool) -> int:
    """What our SYN says about ECN (RFC 3168 6.1.1); the SYN,ACK where it `answers` the peer's."""
    if not tcb.ecn:
        return 0
    return ECE if answers else _SETUP


def settle(tcb: Tcb, peer_syn: Segment) -> None:
    """The peer's SYN or SYN,ACK is here. Who is asked says yes, whatever it would have asked for itself."""
    tcb.ecn = (tcb.ecn or tcb.passive) and _is_setup(peer_syn)


def _is_setup(syn: Segment) -> bool:
    """Whether it is an ECN-setup SYN or SYN,ACK. Some machines send back all flags that they do not know:
    then both are set in the SYN,ACK, which is none (RFC 3168 6.1.1)."""
    return syn.flags & _SETUP == (ECE if syn.flags & ACK else _SETUP)


def syn_repeated(tcb: Tcb, syn: Segment) -> None:
    """The peer's SYN comes again: where it has stopped asking, ECN is off (RFC 3168 6.1.1.1)."""
    tcb.ecn = tcb.ecn and _is_setup(syn)


def fall_back(tcb: Tcb) -> None:
    """Our SYN was not answered. Some networks lose those that ask for ECN: ask no more (6.1.1.1)."""
    if tcb.state is State.SYN_SENT:
        tcb.ecn = False


def received(tcb: Tcb, segment: Segment) -> None:
    """An acceptable segment: whether it was marked on its way, and whether the peer has heard of earlier
    marks (RFC 3168 6.1.3). The mark counts last: it may be a new one on the segment with CWR."""
    if segment.flags & CWR:
        tcb.echo_congestion = False
    if segment.ecn == CE and segment.payload:
        if not tcb.echo_congestion:
            tcb.emit(CongestionMarked(segment.seq))
        tcb.echo_congestion = True


def codepoint(tcb: Tcb, size: int) -> int:
    """What stands in the IP header of `size` octets of new data. Nothing else may be marked: no ACK, no
    repeat and no window probe (RFC 3168 6.1.4 to 6.1.6)."""
    return ECT_0 if tcb.ecn and size and tcb.snd_wnd else NOT_ECT


def take_cwr(tcb: Tcb) -> int:
    """CWR for the first new data after the window was reduced, for whatever reason (RFC 3168 6.1.2)."""
    flag, tcb.cwr_due = (CWR if tcb.cwr_due else 0), False
    return flag
