"""The two segments that are expected: the next data in order, and an ACK of ours that changes little else.

Header prediction: what `predicted` takes, it treats as the steps of `arrival` would, and a property test
holds the two against each other. Nothing on this path is an event.
"""

from tcpviz.tcp.acknowledgment import advance
from tcpviz.tcp.receiver import acknowledge_soon
from tcpviz.tcp.state import State
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, PSH, Segment
from tcpviz.wire.seq import add

_EXPECTED = (ACK, ACK | PSH)


def predicted(tcb: Tcb, segment: Segment, now: int) -> bool:
    """Whether `segment` was one of the expected and is dealt with; if not, nothing has changed."""
    if (
        tcb.state is not State.ESTABLISHED
        or segment.seq != tcb.rcv_nxt
        or segment.flags not in _EXPECTED
        or segment.window << tcb.snd_scale != tcb.snd_wnd
        or segment.sack
        or tcb.snd_wnd == 0
        or tcb.reassembly.has_hole
    ):
        return False
    payload_length = len(segment.payload)
    if not payload_length:
        return _acknowledges(tcb, segment, now)
    if segment.ack != tcb.snd_una or payload_length > tcb.rcv_edge - tcb.rcv_nxt & 0xFFFF_FFFF:
        return False
    return _next_data(tcb, segment, now)


def _timely(tcb: Tcb, segment: Segment) -> bool:
    """The timestamp is as it should be (RFC 7323 5.3); TS.Recent is for the caller to set."""
    if not tcb.timestamps:
        return True
    times = segment.timestamps
    return times is not None and times[0] - tcb.ts_recent & 0xFFFF_FFFF < 0x8000_0000


def _note(tcb: Tcb, segment: Segment, now: int) -> None:
    """The variables that every segment in order moves."""
    if tcb.timestamps and tcb.last_ack_sent == segment.seq and segment.timestamps is not None:
        tcb.ts_recent, tcb.ts_recent_at = segment.timestamps[0], now
    tcb.snd_wl1, tcb.snd_wl2 = segment.seq, segment.ack


def _acknowledges(tcb: Tcb, segment: Segment, now: int) -> bool:
    acked = segment.ack - tcb.snd_una & 0xFFFF_FFFF
    if not 0 < acked <= (tcb.snd_nxt - tcb.snd_una & 0xFFFF_FFFF) or not _timely(tcb, segment):
        return False
    _note(tcb, segment, now)
    advance(tcb, segment, now)
    return True


def _next_data(tcb: Tcb, segment: Segment, now: int) -> bool:
    payload = segment.payload
    ready = tcb.reassembly.ready
    if (
        len(ready) + len(payload) > tcb.config.receive_buffer
        or tcb.rcv_up is not None
        or not _timely(tcb, segment)
    ):
        return False
    _note(tcb, segment, now)
    ready += payload
    tcb.rcv_nxt = add(segment.seq, len(payload))
    if tcb.rcv_mss < tcb.full_segment:
        tcb.rcv_mss = max(tcb.rcv_mss, min(len(payload), tcb.full_segment))
    acknowledge_soon(tcb, now)
    return True
