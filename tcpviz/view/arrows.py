"""The ladder's arrows: the packets around the one that is shown, and those that wait at the gate."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tcpviz.analysis import TcpPacket, tcp_packet
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Row
from tcpviz.session.gate import BY_HAND
from tcpviz.session.status import PendingFrame
from tcpviz.view import info, packets
from tcpviz.view.info import endpoint_texts, flag_names
from tcpviz.view.ladder import Arrow
from tcpviz.view.moment import Moment, Observed
from tcpviz.view.packets import Line
from tcpviz.view.reused import Reused
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.wire.segment import ACK, FIN, SYN

REACH = 1000
"""How many packets back the original of a repetition is looked for."""

_NOBODY = (safe("our side"), safe("the other side"))


Place = tuple[RunView, int, int]
"""A run, a position in it, and the connection that is looked at: what an arrow depends on."""


class Arrows(NamedTuple):
    """Packets as arrows: those at `positions`, then those that wait. The one shown has index `current`."""

    arrows: list[Arrow]
    positions: Sequence[int]
    current: int


def around(
    run: RunView,
    moment: Moment,
    height: int,
    pending: Sequence[PendingFrame] = (),
    passing: Sequence[int] | None = None,
    kept: Reused[Place, Arrow] | None = None,
) -> Arrows:
    """At most `height` packets to either side of the one at `moment`: of all, or of the positions `passing`.

    The one at `moment` is among them even if it does not pass. `kept`: those of the last call (see `keep`).
    """
    current = run.packets.position(moment.index)
    positions = _near(range(len(run.packets)) if passing is None else passing, current, height)
    arrows = chosen(run, positions, moment.flow, kept)
    if not positions or current + height >= len(run.packets):
        arrows += [_waiting(run, frame) for frame in pending[:height]]
    return Arrows(arrows, positions, bisect_left(positions, current))


def _near(passing: Sequence[int], current: int, height: int) -> Sequence[int]:
    """The positions around `current`, with itself where there is a packet."""
    at, after = bisect_left(passing, current), bisect_right(passing, current)
    here = (current,) if current >= 0 else ()
    return (*passing[max(at - height, 0) : at], *here, *passing[after : after + height - 1])


def chosen(
    run: RunView, positions: Sequence[int], flow: int, kept: Reused[Place, Arrow] | None = None
) -> list[Arrow]:
    """The packets at these positions, in order.

    What they repeat is counted among them: -1 where it is before them all, None where it is left out.
    """
    place = {position: index for index, position in enumerate(positions)}
    arrows = (kept or keep()).each((run, position, flow) for position in positions)
    return [
        arrow if arrow.repeats is None else arrow._replace(repeats=_place(arrow.repeats, place, positions[0]))
        for arrow in arrows
    ]


def keep() -> Reused[Place, Arrow]:
    """For arrows that are wanted again and again."""
    return Reused(lambda place: _arrow(*place))


def _place(repeated: int, place: Mapping[int, int], first: int) -> int | None:
    return -1 if repeated < first else place.get(repeated)


def single(run: RunView, position: int) -> Arrow:
    """The packet at `position`; what it repeats is a position, too."""
    return _arrow(run, position, run.recording.row(run.packets.row(position)).flow)


def hosts(run: RunView, moment: Moment) -> tuple[SafeText, SafeText]:
    """Our end of the connection and the other one."""
    known = run.endpoints(moment.flow)
    if known or moment.packet is None:
        return known or _NOBODY
    source, destination = endpoint_texts(moment.packet)
    return (source, destination) if moment.row.direction is Direction.OUT else (destination, source)


def repeats(run: RunView, frame: PendingFrame) -> bool:
    """Whether a packet that is in the list already began with the same number in the same direction."""
    packet, seen = tcp_packet(frame.data), run.unjudged(frame.data)
    if packet is None or seen is None or not (packet.length or packet.flags & (SYN | FIN)):
        return False
    before = run.packets.starting(seen.stream, seen.seq, len(run.packets), REACH)
    return any(_is_original(run, earlier, frame.direction) for earlier in before)


def _arrow(run: RunView, position: int, flow: int) -> Arrow:
    """The packet at a position; what it repeats as a position, too."""
    index = run.packets.row(position)
    row, line, observed = run.recording.row(index), run.line(position), run.packets.observed(position)
    arrow = _drawn(run.segment(index), row.direction, line, observed)
    by_hand = row.fate is not Fate.PASSED and run.recording.text(index) == BY_HAND
    return arrow._replace(
        number=row.number,
        time=run.since_first(row.time),
        role=line.role if row.flow in (flow, 0) else Role.DIM,
        lost=row.fate is Fate.LOST,
        remark=packets.fate_text(row.fate, row.direction, by_hand=by_hand) or arrow.remark,
        round_trip=_round_trip(run, row, observed),
        repeats=_original(run, position, row, observed),
    )


def _waiting(run: RunView, frame: PendingFrame) -> Arrow:
    line = run.pending_line(frame.data, frame.direction, frame.since)
    arrow = _drawn(tcp_packet(frame.data), frame.direction, line, run.unjudged(frame.data))
    return arrow._replace(
        time=run.since_first(frame.since),
        words=safe(f"at the gate: {arrow.words}"),
        pending=True,
    )


def _drawn(packet: TcpPacket | None, direction: Direction, line: Line, observed: Observed | None) -> Arrow:
    """What the frame itself says."""
    outgoing = direction is Direction.OUT
    if packet is None or observed is None:
        return Arrow(0, 0, outgoing, safe(f"{line.protocol} {line.info}"), None, None, 0, line.role)
    return Arrow(
        0,
        0,
        outgoing,
        SafeText(flag_names(packet.flags).replace(",", "")),
        observed.seq,
        observed.ack if packet.flags & ACK else None,
        observed.length,
        line.role,
        remark=line.note if line.protocol == "HTTP" else info.remarks(observed),
        sign=safe(line.sign.strip()),
    )


def _round_trip(run: RunView, row: Row, observed: Observed | None) -> int | None:
    """From our sending of a segment to the ACK; the other way round it would only be our own delay."""
    if observed is None or not observed.acks_frame or row.direction is Direction.OUT:
        return None
    return row.time - run.recording.time(run.packets.row(run.position_of(observed.acks_frame)))


def _original(run: RunView, position: int, row: Row, observed: Observed | None) -> int | None:
    """The last packet before this one that began with the same number in the same direction."""
    if observed is None or not _takes_numbers(run, position, observed.length):
        return None
    found = None
    for earlier in run.packets.same_start(position, REACH):
        if _is_original(run, earlier, row.direction):
            found = earlier
    return found


def _is_original(run: RunView, position: int, direction: Direction) -> bool:
    """Whether what went that way at a position can be repeated."""
    same_way = run.recording.row(run.packets.row(position)).direction is direction
    return same_way and _takes_numbers(run, position, run.packets.length(position))


def _takes_numbers(run: RunView, position: int, length: int) -> bool:
    """Whether a segment takes up sequence space; a bare ACK repeats nothing (RFC 9293 section 3.4)."""
    if length:
        return True
    packet = run.segment(run.packets.row(position))
    return packet is not None and bool(packet.flags & (SYN | FIN))
