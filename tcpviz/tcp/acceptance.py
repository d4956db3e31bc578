"""The first step: whether a segment is acceptable, and what of it is new (RFC 9293 3.10.7.4, RFC 7323 5)."""

from tcpviz.tcp import acking
from tcpviz.tcp.config import SECOND
from tcpviz.tcp.events import AckReason, DropReason, SegmentDropped, Timer
from tcpviz.tcp.replies import challenge_allowed, drop
from tcpviz.tcp.state import State
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import CWR, ECE, FIN, RST, SYN, URG, Segment
from tcpviz.wire.seq import add, diff, in_window, le

TIMESTAMP_LIFE = 24 * 24 * 3600 * SECOND
"""TS.Recent counts no more after 24 days without a segment (RFC 7323 section 5.5)."""


def check(tcb: Tcb, segment: Segment, now: int) -> Segment | None:
    """The part of `segment` that lies in the window; None when it was refused and answered."""
    if tcb.timestamps and not segment.flags & RST and not _timely(tcb, segment, now):
        return None
    if not acceptable(tcb, segment):
        _answer_unacceptable(tcb, segment, now)
        return None
    if tcb.timestamps:
        _note_timestamp(tcb, segment, now)
    return trim(tcb, segment)


def _note_timestamp(tcb: Tcb, segment: Segment, now: int) -> None:
    """What to echo (RFC 7323 4.3 (2)); not the time of a SYN or RST, which may be forged."""
    if (
        segment.timestamps is not None
        and le(segment.seq, tcb.last_ack_sent)
        and not segment.flags & (SYN | RST)
    ):
        tcb.ts_recent, tcb.ts_echoed = segment.timestamps
        tcb.ts_recent_at = now


def _timely(tcb: Tcb, segment: Segment, now: int) -> bool:
    """PAWS: a segment with an old timestamp comes from before a wrap (RFC 7323 5.3 R1)."""
    if segment.timestamps is None:
        if segment.flags & SYN:
            return True  # of a peer that knows nothing of us any more: it has to hear of us (RFC 5961 4.2)
        drop(tcb, segment, DropReason.NO_TIMESTAMP)  # RFC 7323 3.2: SHOULD silently drop
        return False
    age = (tcb.ts_recent - segment.timestamps[0]) & 0xFFFF_FFFF
    if 0 < age < 0x8000_0000 and now - tcb.ts_recent_at < TIMESTAMP_LIFE:
        drop(tcb, segment, DropReason.OLD_TIMESTAMP)
        _answer(tcb, segment, now)
        return False
    return True


def acceptable(tcb: Tcb, segment: Segment) -> bool:
    """Table 6 of RFC 9293 3.10.7.4. With a zero window what stands at RCV.NXT passes for the sake of its
    ACK, RST or URG; `trim` takes its text away."""
    length, window = segment.length, tcb.rcv_wnd
    if segment.seq == tcb.rcv_nxt:
        return True
    if in_window(segment.seq, tcb.rcv_nxt, window):
        return True
    return length > 0 and in_window(add(segment.seq, length - 1), tcb.rcv_nxt, window)


def _answer_unacceptable(tcb: Tcb, segment: Segment, now: int) -> None:
    if segment.flags & RST:
        drop(tcb, segment, DropReason.RST_OUTSIDE_WINDOW)  # RFC 5961 3.2: silently
        return
    seen = le(segment.end, tcb.rcv_nxt)
    drop(tcb, segment, DropReason.DUPLICATE if seen and segment.length else DropReason.OUTSIDE_WINDOW)
    if seen and segment.payload:
        tcb.dsack = (segment.seq, add(segment.seq, len(segment.payload)))  # RFC 2883 section 4
    if tcb.state is State.TIME_WAIT and segment.flags & FIN and segment.end == tcb.rcv_nxt:
        tcb.timers.start(Timer.TIME_WAIT, now + 2 * tcb.config.msl)  # RFC 9293 3.10.7.4, fifth
    _answer(tcb, segment, now)


def _answer(tcb: Tcb, segment: Segment, now: int) -> None:
    """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. Two ends that both find the other's bare ACKs unacceptable
    would never stop, so these count as challenges."""
    if segment.length or challenge_allowed(tcb, now):
        acking.reply(tcb, AckReason.DUPLICATE, now)


def trim(tcb: Tcb, segment: Segment) -> Segment:
    """The idealized segment "that begins at RCV.NXT and does not exceed the window" (or begins later)."""
    if segment.flags & (SYN | RST):
        return segment
    last = tcb.reassembly.fin
    known = max(0, diff(tcb.rcv_nxt, segment.seq))
    seq = add(segment.seq, known)
    room = max(0, diff(tcb.rcv_edge if last is None else last, seq))  # nothing comes after a FIN
    if not known and segment.length <= room:
        return segment
    if known and segment.payload and tcb.sack:
        tcb.dsack = (segment.seq, add(segment.seq, min(known, len(segment.payload))))
    payload = memoryview(segment.payload)[known : known + room]
    cut = len(segment.payload) - known - len(payload)
    fin = segment.flags & FIN and cut <= 0 and (len(payload) < room or add(seq, len(payload)) == last)
    beyond = (segment.length if last is None else len(segment.payload)) - known - room
    if beyond > 0:
        tcb.emit(SegmentDropped(DropReason.OUTSIDE_WINDOW, add(seq, room), beyond))
        tcb.ack_at_once(AckReason.DUPLICATE)
    urgent = segment.urgent - known
    flags = segment.flags & ~FIN & ~URG | (FIN if fin else 0)
    return Segment(
        seq,
        segment.ack,
        flags | (segment.flags & URG if urgent > 0 else 0),
        segment.window,
        payload,
        urgent=max(0, urgent),
        timestamps=segment.timestamps,
        sack=segment.sack,
        ecn=segment.ecn,
    )


def without_syn(segment: Segment) -> Segment:
    """What a SYN carries besides: the segment from the sequence number after the SYN on. ECE and CWR have
    another meaning on a SYN."""
    return Segment(
        add(segment.seq, 1),
        segment.ack,
        segment.flags & ~(SYN | ECE | CWR),
        segment.window,
        segment.payload,
        urgent=segment.urgent,
        timestamps=segment.timestamps,
        sack=segment.sack,
    )
