"""The two segments that are expected: the next data in order, and an ACK of ours that changes little else.

Header prediction: what `predicted` takes, it treats as the steps of `arrival` would, and a property test
holds the two against each other. Nothing on this path is an event.
"""

from tcpviz.tcp.acknowledgment import advance
from tcpviz.tcp.receiver import acknowledge_soon
from tcpviz.tcp.state import State
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, CE, PSH, Segment
from tcpviz.wire.seq import Seq

_ESTABLISHED = State.ESTABLISHED  # a member is looked up slowly before Python 3.12
_EXPECTED = (ACK, ACK | PSH)


def predicted(tcb: Tcb, segment: Segment, now: int, each: int = 0) -> bool:
    """Whether `segment` was one of the expected and is dealt with; if not, nothing has changed.

    `each`: the octets of each of the segments that it was merged from, if it was.
    """
    seq, reassembly = segment.seq, tcb.reassembly
    if (
        seq != tcb.rcv_nxt
        or tcb.state is not _ESTABLISHED
        or segment.flags not in _EXPECTED
        or not 0 < tcb.snd_wnd == segment.window << tcb.snd_scale
        or segment.sack
        or segment.ecn == CE
        or reassembly.held_octets
        or reassembly.fin is not None
    ):
        return False
    stamp, echo = None, 0
    if tcb.timestamps:
        if segment.timestamps is None:
            return False
        stamp, echo = segment.timestamps
        if stamp - tcb.ts_recent & 0xFFFF_FFFF >= 0x8000_0000:
            return False
    payload = segment.payload
    size = len(payload)
    if size:
        # Data alone: in the window, acknowledging nothing new.
        if (
            segment.ack != tcb.snd_una
            or size > tcb.rcv_edge - seq & 0xFFFF_FFFF
            or size + len(reassembly.ready) > tcb.receive_buffer.size
            or tcb.rcv_up is not None
        ):
            return False
    elif not _acknowledges_more(tcb, segment):
        return False
    if stamp is not None and tcb.last_ack_sent == seq:
        tcb.ts_recent, tcb.ts_recent_at, tcb.ts_echoed = stamp, now, echo
    each = each or size
    last = Seq(seq + size - each & 0xFFFF_FFFF)
    if not size or last - tcb.snd_wl1 & 0xFFFF_FFFF < 0x8000_0000:  # as `update_window` has it
        tcb.snd_wl1, tcb.snd_wl2 = last, segment.ack
    if not size:
        advance(tcb, segment, now)
        return True
    reassembly.ready += payload
    tcb.rcv_nxt = Seq(seq + size & 0xFFFF_FFFF)
    if tcb.rcv_mss < tcb.full_segment:
        tcb.rcv_mss = max(tcb.rcv_mss, min(each, tcb.full_segment))
    acknowledge_soon(tcb, now)
    return True


def _acknowledges_more(tcb: Tcb, segment: Segment) -> bool:
    """An ACK alone, of something in flight."""
    return (
        tcb.recovery is None
        and tcb.tail_probe is None
        and tcb.trial is None
        and tcb.flight.plain
        and 0 < segment.ack - tcb.snd_una & 0xFFFF_FFFF <= tcb.snd_nxt - tcb.snd_una & 0xFFFF_FFFF
    )
