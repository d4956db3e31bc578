"""TCP options: what our SYN offers, and what the two SYNs settle (RFC 9293 3.7.1, RFC 7323, RFC 2018)."""

from tcpviz.tcp import ecn
from tcpviz.tcp.config import MILLISECOND
from tcpviz.tcp.congestion import CONTROLS
from tcpviz.tcp.events import CwndChanged, CwndReason, Negotiated
from tcpviz.tcp.tcb import DEFAULT_MSS, Tcb
from tcpviz.wire.segment import ACK, SYN, Segment

MAX_SHIFT = 14  # RFC 7323 section 2.3
TIMESTAMPS_LENGTH = 12
"""The option's 10 octets and two NOPs (RFC 7323 appendix A)."""
MIN_MSS = 64
"""No peer makes us send less data a segment than this, whatever its MSS option says."""


def window_shift(receive_buffer: int) -> int:
    """The smallest shift count with which the window field can offer all of the buffer."""
    shift = 0
    while shift < MAX_SHIFT and receive_buffer >> shift > 0xFFFF:
        shift += 1
    return shift


def timestamp(tcb: Tcb, now: int) -> int:
    """TSval: a clock of milliseconds with an offset of its own (RFC 7323 5.4 and 7.1)."""
    return (now // MILLISECOND + tcb.ts_offset) & 0xFFFF_FFFF


def received_round_trip(tcb: Tcb) -> int:
    """How long the last data took to follow the ACK that it echoes, queues and all; SRTT where that is more,
    or without timestamps. What only receives measures no round trip of its own (RFC 7323 4.1)."""
    if not tcb.timestamps:
        return tcb.rtt.srtt
    age = (timestamp(tcb, tcb.ts_recent_at) - tcb.ts_echoed) & 0xFFFF_FFFF
    return max(tcb.rtt.srtt, age * MILLISECOND)


def our_syn(tcb: Tcb, now: int, *, answers: bool) -> Segment:
    """Our SYN with what we offer; the SYN,ACK where it `answers` the peer's.

    A SYN,ACK offers only what the SYN did (RFC 7323 1.3 and 2.2, RFC 2018 section 2): `settle` has taken
    back the rest.
    """
    return Segment(
        tcb.iss,
        tcb.rcv_nxt,
        (SYN | ACK if answers else SYN) | ecn.flags_of_syn(tcb, answers=answers),
        min(tcb.receive_buffer.size, 0xFFFF),  # RFC 7323 2.2: never scaled on a SYN
        timestamps=(timestamp(tcb, now), tcb.ts_recent) if tcb.timestamps else None,
        mss=tcb.config.mss,
        window_scale=window_shift(tcb.config.receive_buffer) if tcb.scaling else None,
        sack_permitted=tcb.sack,
    )


def settle(tcb: Tcb, peer_syn: Segment, now: int) -> None:
    """The peer's SYN is here: what both offered is in use from now on."""
    tcb.scaling = tcb.scaling and peer_syn.window_scale is not None
    tcb.sack = tcb.sack and peer_syn.sack_permitted
    tcb.timestamps = tcb.timestamps and peer_syn.timestamps is not None
    ecn.settle(tcb, peer_syn)
    if tcb.scaling and peer_syn.window_scale is not None:
        tcb.snd_scale = min(peer_syn.window_scale, MAX_SHIFT)  # RFC 7323 2.3: MUST use 14 for more
        tcb.rcv_scale = window_shift(tcb.config.receive_buffer)
    if tcb.timestamps and peer_syn.timestamps is not None:
        tcb.ts_recent, tcb.ts_echoed = peer_syn.timestamps
        tcb.ts_recent_at = now
    _size_segments(tcb, peer_syn.mss)
    tcb.emit(
        Negotiated(
            tcb.snd_mss,
            tcb.snd_scale if tcb.scaling else -1,
            tcb.rcv_scale if tcb.scaling else -1,
            tcb.sack,
            tcb.timestamps,
            tcb.ecn,
        )
    )
    if not tcb.rtt.backoff:  # else the ACK of our SYN decides: RFC 5681 3.1
        tcb.emit(CwndChanged(tcb.congestion.cwnd, tcb.congestion.ssthresh, CwndReason.INITIAL))


def _size_segments(tcb: Tcb, peer_mss: int | None) -> None:
    """Eff.snd.MSS = min(SendMSS, our link's) - the options of each segment (RFC 9293 3.7.1, MUST-16)."""
    send_mss = max(MIN_MSS, tcb.config.network.default_mss if peer_mss is None else peer_mss)
    overhead = TIMESTAMPS_LENGTH if tcb.timestamps else 0
    tcb.snd_mss = tcb.largest_mss = min(send_mss, tcb.config.mss) - overhead
    tcb.full_segment = tcb.config.mss - overhead
    tcb.rcv_mss = min(DEFAULT_MSS, tcb.full_segment)
    tcb.congestion = CONTROLS[tcb.config.congestion_control](tcb.snd_mss)
