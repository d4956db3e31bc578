"""Answers to segments that are not acceptable: nothing, a challenge ACK, or a RST."""

from tcpviz.tcp import acking
from tcpviz.tcp.config import SECOND
from tcpviz.tcp.events import AckReason, DropReason, ResetSent, SegmentDropped
from tcpviz.tcp.tcb import Tcb
from tcpviz.wire.segment import ACK, RST, Segment
from tcpviz.wire.seq import Seq

CHALLENGES = 10
CHALLENGE_INTERVAL = 5 * SECOND
"""RFC 5961 section 7: at most ten ACKs in 5 seconds go to segments that nobody should send."""


def reset_for(segment: Segment) -> Segment | None:
    """The RST that tells the sender of `segment` that there is no such connection; None answers a RST.

    RFC 9293 3.10.7.1, and 3.5.2 group 1.
    """
    if segment.flags & RST:
        return None
    if segment.flags & ACK:
        return Segment(segment.ack, flags=RST)
    return Segment(Seq(0), segment.end, RST | ACK)


def refuse(tcb: Tcb, segment: Segment) -> None:
    """Answer with a RST, unless it is one."""
    reset = reset_for(segment)
    if reset is not None and len(tcb.replies) < acking.MAX_REPLIES:
        tcb.replies.append((reset, ResetSent("it belongs to no connection that we know")))


def drop(tcb: Tcb, segment: Segment, why: DropReason) -> None:
    """Tell that `segment` changed nothing."""
    tcb.emit(SegmentDropped(why, segment.seq, segment.length))


def challenge(tcb: Tcb, segment: Segment, why: DropReason, now: int) -> None:
    """Drop it and say where we are, not too often (RFC 5961 sections 3.2, 4.2, 5.2)."""
    drop(tcb, segment, why)
    if challenge_allowed(tcb, now):
        acking.reply(tcb, AckReason.CHALLENGE, now)


def challenge_allowed(tcb: Tcb, now: int) -> bool:
    """Whether this interval has an ACK left for segments like these; counts it."""
    if now - tcb.challenges_since >= CHALLENGE_INTERVAL:
        tcb.challenges_since, tcb.challenges = now, 0
    tcb.challenges += 1
    return tcb.challenges <= CHALLENGES
