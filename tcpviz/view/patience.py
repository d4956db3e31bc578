"""When a real peer will probably lose its patience: while we hold packets, its retransmission timer runs."""

from collections.abc import Sequence

from tcpviz.analysis import tcp_packet
from tcpviz.link.base import Direction
from tcpviz.session.status import PendingFrame
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.wire.segment import FIN, SYN

FIRST_RTO = 1_000_000_000
"""Before the first round trip was measured (RFC 6298 2.1)."""
LEAST_RTO = 200_000_000
"""Below the RFC's one second, as Linux and most others have it."""


def next_try(pending: Sequence[PendingFrame], snapshot: Snapshot | None) -> int | None:
    """When the peer will send again what waits for us at the gate (run's ns); None where nothing does.

    A guess: its round trip is taken to be ours, and its timer to double with each try (RFC 6298 5.5).
    """
    tries = [frame for frame in pending if frame.direction is Direction.IN]
    first = next((key for frame in tries if (key := _numbered(frame))), None)
    if first is None:
        return None
    same = [frame.since for frame in tries if _numbered(frame) == first]
    opening = bool(first[2] & SYN)
    rto = FIRST_RTO if opening or not (snapshot and snapshot.srtt) else max(_rto(snapshot), LEAST_RTO)
    return same[-1] + (rto << (len(same) - 1))


def repeated(pending: Sequence[PendingFrame], index: int) -> bool:
    """Whether the frame at `index` brings what one before it at the gate has brought."""
    key = _numbered(pending[index])
    return key is not None and key in map(_numbered, pending[:index])


def _rto(snapshot: Snapshot) -> int:
    return snapshot.srtt + 4 * snapshot.rttvar


def _numbered(frame: PendingFrame) -> tuple[int, int, int] | None:
    """Direction, sequence number and flags of a segment that takes up sequence space: such are repeated."""
    packet = tcp_packet(frame.data)
    if packet is None or not (packet.length or packet.flags & (SYN | FIN)):
        return None
    return frame.direction, packet.seq, packet.flags & (SYN | FIN)
