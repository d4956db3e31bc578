"""Who may take the place of a connection in TIME-WAIT (RFC 9293 3.6.1, MAY-2; RFC 6191)."""

from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State, Trigger
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, RST, SYN, Segment
from tcpviz.wire.seq import gt


def give_way(tcb: Tcb, segment: Segment) -> bool:
    """End TIME-WAIT at once if `segment` is the SYN of a later connection; whether it did."""
    if tcb.state is not State.TIME_WAIT or segment.flags & (SYN | ACK | RST) != SYN:
        return False
    if not _is_later(tcb, segment):
        return False
    tcb.finish(Trigger.TIME_WAIT_OVER, CloseReason.NORMAL)
    return True


def _is_later(tcb: Tcb, segment: Segment) -> bool:
    """By its timestamp (RFC 6191 section 2), by its sequence number where that does not tell."""
    if tcb.timestamps and segment.timestamps is not None and segment.timestamps[0] != tcb.ts_recent:
        return segment.timestamps[0] - tcb.ts_recent & 0xFFFF_FFFF < 0x8000_0000
    return gt(segment.seq, tcb.rcv_nxt)
