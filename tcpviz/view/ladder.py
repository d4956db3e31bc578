"""The ladder: our host on the left, the peer on the right, and every packet an arrow between them."""

from collections.abc import Sequence
from typing import NamedTuple

from tcpviz.view import units
from tcpviz.view.canvas import Canvas, Wires
from tcpviz.view.glyphs import EAST, NORTH, SOUTH, WEST, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, fit, safe

_PAUSE = 100_000_000
"""From this much time without a packet on (ns), the pause has a row of its own."""
_TIME_CELLS = 10
_LANES = 3
"""Columns for the lines that lead from a retransmission back to what it repeats."""
_WIDE = 60
"""From this width on there is room for the times."""


class Arrow(NamedTuple):
    """One packet. Times in ns; sequence numbers relative."""

    number: int
    """As in the packet list; 0 where the packet never reached us."""
    time: int
    outgoing: bool
    flags: SafeText
    seq: int
    ack: int | None
    length: int
    role: Role
    lost: bool = False
    delay: int | None = None
    """How long it was under way, where both ends' times are known."""
    repeats: int | None = None
    """The index (in the same sequence) of the packet that this one repeats."""


class _Frame(NamedTuple):
    """Columns of the two hosts, and which rows of the canvas show which arrows."""

    left: int
    right: int
    rows: dict[int, int]
    pauses: dict[int, int]


def paint(
    canvas: Canvas,
    glyphs: Glyphs,
    *,
    arrows: Sequence[Arrow],
    current: int,
    left: SafeText,
    right: SafeText,
) -> None:
    """Draw the packets around the one at index `current`, between the hosts named `left` and `right`."""
    frame = _frame(canvas, arrows, current)
    _paint_repeats(canvas, glyphs, frame, arrows)
    _paint_hosts(canvas, glyphs, frame, left, right)
    for y, pause in frame.pauses.items():
        text = safe(f" {units.duration(pause)} later ")
        canvas.put((frame.left + frame.right - len(text)) // 2 + 1, y, text, Role.TIMER)
    for index, y in frame.rows.items():
        _paint_arrow(canvas, glyphs, frame, arrows[index], y, index == current)


def _frame(canvas: Canvas, arrows: Sequence[Arrow], current: int) -> _Frame:
    wide = canvas.width >= _WIDE
    left = _LANES + (_TIME_CELLS if wide else 0)
    right = canvas.width - 1 - _LANES - (_TIME_CELLS - 2 if wide else 0)
    height = canvas.height - 1
    lines: list[tuple[int, int]] = []
    """(index, 0) for an arrow, (-1, ns) for a pause."""
    for index in range(max(current - height, 0), min(current + height, len(arrows))):
        pause = arrows[index].time - arrows[index - 1].time if index else 0
        if pause >= _PAUSE:
            lines.append((-1, pause))
        lines.append((index, 0))
    place = next((row for row, (index, _) in enumerate(lines) if index == current), 0)
    first = max(min(place - height * 2 // 3, len(lines) - height), 0)
    shown = list(enumerate(lines[first : first + max(height, 0)], start=1))
    return _Frame(
        left,
        right,
        {index: y for y, (index, _) in shown if index >= 0},
        {y: pause for y, (index, pause) in shown if index < 0},
    )


def _paint_hosts(canvas: Canvas, glyphs: Glyphs, frame: _Frame, left: SafeText, right: SafeText) -> None:
    half = max((frame.right - frame.left) // 2, 1)
    canvas.put(frame.left, 0, SafeText(left[:half]), Role.TITLE)
    canvas.put_right(frame.right + 1, 0, SafeText(right[:half]), Role.TITLE)
    for x in (frame.left, frame.right):
        canvas.vline(x, 1, canvas.height - 1, glyphs.light[NORTH | SOUTH], Role.DIM)


def _paint_arrow(canvas: Canvas, glyphs: Glyphs, frame: _Frame, arrow: Arrow, y: int, current: bool) -> None:
    line = (glyphs.heavy if current else glyphs.light)[EAST | WEST]
    room = frame.right - frame.left - 1
    if room < 1:
        return
    reach = max(room * 2 // 3, 1) if arrow.lost else room
    start = frame.left + 1 if arrow.outgoing else frame.right - reach
    role = Role.LOST if arrow.lost else arrow.role
    canvas.hline(start, y, reach, line, role)
    tip = start + reach - 1 if arrow.outgoing else start
    head = glyphs.lost if arrow.lost else glyphs.right if arrow.outgoing else glyphs.left
    canvas.put(tip, y, head, role)
    label = _label(arrow, reach - 4)
    if label:
        canvas.put(start + (reach - len(label)) // 2, y, label, Role.STRONG if current else role)
    if canvas.width >= _WIDE:
        canvas.put(
            0, y, fit(units.seconds(arrow.time), _TIME_CELLS - 1), Role.PLAYHEAD if current else Role.DIM
        )
        if arrow.delay is not None and not arrow.lost:
            canvas.put(frame.right + 2 + _LANES, y, units.duration(arrow.delay), Role.DIM)
    if current:
        canvas.put(frame.left, y, glyphs.ours, Role.PLAYHEAD)


def _label(arrow: Arrow, room: int) -> SafeText:
    seq, ack = f" seq={arrow.seq}", "" if arrow.ack is None else f" ack={arrow.ack}"
    length = f" len={arrow.length}" if arrow.length else ""
    number = f"#{arrow.number} " if arrow.number else ""
    flags = number + arrow.flags
    for text in (flags + seq + ack + length, flags + seq + length, flags + seq, flags, arrow.flags):
        if len(text) + 2 <= room:
            return safe(f" {text} ")
    return safe("")


def _paint_repeats(canvas: Canvas, glyphs: Glyphs, frame: _Frame, arrows: Sequence[Arrow]) -> None:
    """A line beside the sender from each repetition to what it repeats, or to the top when that is above."""
    wires = Wires([Role.RETRANSMISSION])
    heads: list[tuple[int, int, SafeText]] = []
    lane = 0
    for index, y in frame.rows.items():
        arrow = arrows[index]
        if arrow.repeats is None or not arrow.repeats < index:
            continue
        target = frame.rows.get(arrow.repeats, 0)
        step = -1 if arrow.outgoing else 1
        host = frame.left if arrow.outgoing else frame.right
        beside = host + step
        column = beside + step * (1 + lane % (_LANES - 1))
        lane += 1
        wires.path(((host, y), (column, y), (column, max(target, 1))), Role.RETRANSMISSION)
        if target:
            wires.path(((column, target), (host, target)), Role.RETRANSMISSION)
            heads.append((beside, target, glyphs.right if arrow.outgoing else glyphs.left))
        else:
            heads.append((column, 1, glyphs.up))
    wires.paint(canvas, glyphs)
    for x, y, head in heads:
        canvas.put(x, y, head, Role.RETRANSMISSION)
