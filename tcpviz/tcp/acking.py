"""What every segment of ours tells about receiving: acknowledgment, window, SACK blocks, timestamp.

Also when an ACK leaves at once; how long it may wait otherwise is `receiver`'s business.
"""

from tcpviz.tcp.events import AckReason, AckSent, OurWindowChanged, Timer
from tcpviz.tcp.options import timestamp
from tcpviz.tcp.snapshot import Ranges
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, ECE, NOT_ECT, Buffer, Segment
from tcpviz.wire.seq import Seq, diff

_DELAYED_ACK = Timer.DELAYED_ACK  # a member is looked up slowly before Python 3.12, and this is the hot path
MAX_FIELD = 0xFFFF
MAX_BLOCKS = 4
MAX_BLOCKS_WITH_TIMESTAMPS = 3  # RFC 2018 section 3
MAX_REPLIES = 64
"""Duplicate ACKs that wait for the caller to fetch them; beyond that one ACK stands for all."""


def build(
    tcb: Tcb,
    now: int,
    seq: Seq,
    flags: int = ACK,
    payload: Buffer = b"",
    sack: Ranges = (),
    ecn: int = NOT_ECT,
) -> Segment:
    """A segment of a synchronized connection; it acknowledges, whatever it is sent for (3.10.7.4)."""
    window = offer_window(tcb)
    tcb.ack_now = False
    tcb.last_ack_sent = tcb.rcv_nxt
    tcb.timers.stop(_DELAYED_ACK)
    if tcb.echo_congestion:
        flags |= ECE
    times = (timestamp(tcb, now), tcb.ts_recent) if tcb.timestamps else None
    return Segment(seq, tcb.rcv_nxt, flags, window, payload, 0, times, sack, ecn)


def pure_ack(tcb: Tcb, now: int) -> Segment:
    """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, with SACK blocks where something is missing or came twice."""
    sack = sack_blocks(tcb) if tcb.sack and (tcb.dsack or tcb.reassembly.held_octets) else ()
    return build(tcb, now, tcb.snd_nxt, ACK, b"", sack)


def reply(tcb: Tcb, why: AckReason, now: int) -> None:
    """Acknowledge this very segment, even if more of them come before the caller fetches the ACK: the
    peer counts duplicate ACKs (RFC 5681 4.2)."""
    if len(tcb.replies) < MAX_REPLIES:
        tcb.replies.append((pure_ack(tcb, now), AckSent(why)))
    else:
        tcb.ack_at_once(why)


def room(tcb: Tcb) -> int:
    """RCV.BUFF - RCV.USER: what the application leaves free (RFC 9293 3.8.6.2.2)."""
    return max(0, tcb.receive_buffer.size - len(tcb.reassembly.ready))


def worth_offering(tcb: Tcb, growth: int) -> bool:
    """Whether the right edge may move by `growth`: min(Fr * RCV.BUFF, MSS) at least, Fr = 1/2."""
    return growth >= tcb.rcv_mss or 2 * growth >= tcb.receive_buffer.size


def offer_window(tcb: Tcb) -> int:
    """The window field of the next segment. The right edge moves on in worthwhile steps only, and never
    back (RFC 9293 3.8.6.2.2, MUST-39, and 3.8.6, SHLD-14)."""
    scale, rcv_nxt = tcb.rcv_scale, tcb.rcv_nxt
    offered = tcb.rcv_edge - rcv_nxt & 0xFFFF_FFFF
    free = tcb.receive_buffer.size - len(tcb.reassembly.ready)
    field = -(-offered >> scale)  # rounded up: down would take back what was offered
    if free >> scale > field and worth_offering(tcb, free - offered):
        field = free >> scale
    if field > MAX_FIELD:
        field = MAX_FIELD
    if (not field) is not tcb.window_closed:
        tcb.window_closed = not field
        tcb.emit(OurWindowChanged(diff(tcb.rcv_edge, tcb.last_ack_sent), field << scale))
    tcb.rcv_edge = Seq(rcv_nxt + (field << scale) & 0xFFFF_FFFF)
    return field


def sack_blocks(tcb: Tcb) -> Ranges:
    """What a SACK option has room for: a D-SACK first (RFC 2883 section 4), then the latest (RFC 2018 4)."""
    most = MAX_BLOCKS_WITH_TIMESTAMPS if tcb.timestamps else MAX_BLOCKS
    blocks = tcb.reassembly.recent_ranges(most)
    if tcb.dsack is not None:
        blocks.insert(0, tcb.dsack)
        tcb.dsack = None
    return tuple(blocks[:most])
