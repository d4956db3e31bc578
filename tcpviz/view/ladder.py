"""The ladder: our host on the left, the peer on the right, and every packet an arrow between them."""

from collections.abc import Sequence
from typing import NamedTuple

from tcpviz.view import units
from tcpviz.view.canvas import Canvas, Wires
from tcpviz.view.glyphs import EAST, NORTH, SOUTH, WEST, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, fit, safe, shortened

PAUSE = 100_000_000
"""From this much time without a packet on (ns), the pause has a row of its own."""
_TIME_CELLS = 10
_TRIP_CELLS = 7
_LANES = 3
"""Columns for the lines that lead from a retransmission back to what it repeats."""
_WIDE = 58
"""From this width on there is room for the times."""


class Arrow(NamedTuple):
    """One packet. Times in ns; sequence numbers relative."""

    number: int
    """As in the packet list; 0 where the packet never reached us, or has not taken effect yet."""
    time: int
    outgoing: bool
    words: SafeText
    """The control bits of a segment; what a packet of another protocol says."""
    seq: int | None
    """None where it is no TCP."""
    ack: int | None
    length: int
    role: Role
    lost: bool = False
    pending: bool = False
    """It waits at the gate, on our side of the network."""
    round_trip: int | None = None
    """How long ago what it acknowledges was sent."""
    remark: SafeText = SafeText("")
    """What else there is to say, where there is room."""
    sign: SafeText = SafeText("")
    """What the packet list says in one character of a packet that is no usual one: it stands for `remark`."""
    repeats: int | None = None
    """The index (in the same sequence) of the packet that this one repeats; negative: before the first."""


class Page(NamedTuple):
    """Which rows below the hosts show which arrows, by index, and which a pause (ns)."""

    rows: dict[int, int]
    pauses: dict[int, int]

    @classmethod
    def around(cls, current: int, arrows: Sequence[Arrow], height: int) -> "Page":
        """As many as fit into `height` rows, with two thirds of them before the one at index `current`."""
        lines: list[tuple[int, int]] = []
        """(index, 0) for an arrow, (-1, ns) for a pause."""
        for index in range(max(current - height, 0), min(current + height, len(arrows))):
            pause = arrows[index].time - arrows[index - 1].time if index else 0
            if pause >= PAUSE:
                lines.append((-1, pause))
            lines.append((index, 0))
        place = next((row for row, (index, _) in enumerate(lines) if index == current), 0)
        first = max(min(place - height * 2 // 3, len(lines) - height), 0)
        shown = list(enumerate(lines[first : first + max(height, 0)], start=1))
        return cls(
            {index: y for y, (index, _) in shown if index >= 0},
            {y: pause for y, (index, pause) in shown if index < 0},
        )


class _Hosts(NamedTuple):
    """The columns of the two hosts' lines."""

    left: int
    right: int

    @classmethod
    def on(cls, canvas: Canvas) -> "_Hosts":
        wide = canvas.width >= _WIDE
        return cls(
            _LANES + (_TIME_CELLS if wide else 0),
            canvas.width - 1 - _LANES - (_TRIP_CELLS if wide else 0),
        )


def paint(
    canvas: Canvas,
    glyphs: Glyphs,
    *,
    arrows: Sequence[Arrow],
    current: int,
    left: SafeText,
    right: SafeText,
) -> Page:
    """Draw the packets around the one at index `current`, between the hosts named `left` and `right`.

    Returns what is drawn where.
    """
    page, hosts = Page.around(current, arrows, canvas.height - 1), _Hosts.on(canvas)
    _paint_repeats(canvas, glyphs, hosts, page, arrows)
    paint_hosts(canvas, glyphs, left, right)
    for y, pause in page.pauses.items():
        text = safe(f" {units.duration(pause)} later ")
        canvas.put((hosts.left + hosts.right - len(text)) // 2 + 1, y, text, Role.TIMER)
    for index, y in page.rows.items():
        _paint_arrow(canvas, glyphs, hosts, arrows[index], y, index == current)
    return page


def paint_alone(canvas: Canvas, glyphs: Glyphs, arrow: Arrow) -> None:
    """Draw one packet into the first row, between the hosts' lines."""
    hosts = _Hosts.on(canvas)
    for x in hosts:
        canvas.put(x, 0, glyphs.light[NORTH | SOUTH], Role.DIM)
    _paint_arrow(canvas, glyphs, hosts, arrow, 0, current=False)


def paint_hosts(canvas: Canvas, glyphs: Glyphs, left: SafeText, right: SafeText) -> None:
    """Draw the names of the hosts into the first row, and their lines below it."""
    hosts = _Hosts.on(canvas)
    half = max((hosts.right - hosts.left) // 2, 1)
    if canvas.width >= _WIDE:
        canvas.put(0, 0, safe("time"), Role.DIM)
        canvas.put_right(canvas.width, 0, safe("RTT"), Role.DIM)
    canvas.put(hosts.left, 0, shortened(left, half - 1), Role.TITLE)
    canvas.put_right(hosts.right + 1, 0, shortened(right, half - 1), Role.TITLE)
    for x in hosts:
        canvas.vline(x, 1, canvas.height - 1, glyphs.light[NORTH | SOUTH], Role.DIM)


def _paint_arrow(canvas: Canvas, glyphs: Glyphs, hosts: _Hosts, arrow: Arrow, y: int, current: bool) -> None:
    room = hosts.right - hosts.left - 1
    if room < 1:
        return
    reach = max(room * 2 // 3, 1) if arrow.lost else room
    start = hosts.left + 1 if arrow.outgoing else hosts.right - reach
    role = Role.LOST if arrow.lost else arrow.role
    line = glyphs.heavy if current else glyphs.light
    canvas.hline(start, y, reach, glyphs.outside if arrow.pending else line[EAST | WEST], role)
    tip = start + reach - 1 if arrow.outgoing else start
    head = glyphs.lost if arrow.lost else glyphs.right if arrow.outgoing else glyphs.left
    canvas.put(tip, y, head, role)
    label = _label(arrow, reach - 4)
    if label:
        canvas.put(start + (reach - len(label)) // 2, y, label, Role.STRONG if current else role)
    if arrow.pending:
        canvas.put(hosts.left + 2, y, glyphs.heavy[NORTH | SOUTH], role)
    if current:
        canvas.put(hosts.left, y, glyphs.ours, Role.PLAYHEAD)
    if canvas.width >= _WIDE:
        _paint_times(canvas, arrow, y, current)


def _paint_times(canvas: Canvas, arrow: Arrow, y: int, current: bool) -> None:
    when = fit(units.seconds(arrow.time), _TIME_CELLS - 1)
    canvas.put(0, y, when, Role.PLAYHEAD if current else Role.DIM)
    if arrow.round_trip is not None:
        canvas.put_right(canvas.width, y, units.duration(arrow.round_trip), Role.DIM)


def _label(arrow: Arrow, room: int) -> SafeText:
    number = f"#{arrow.number} " if arrow.number else ""
    words = number + arrow.words
    seq = "" if arrow.seq is None else f" seq={arrow.seq}"
    ack = "" if arrow.ack is None else f" ack={arrow.ack}"
    length = f" len={arrow.length}" if arrow.length else ""
    numbers = seq + ack + length
    # What tells most: where the data stands, or without any what has arrived.
    telling = seq + length if length else ack or seq
    remark = f" {arrow.remark}"
    remarked = (words + numbers + remark, words + telling + remark, arrow.words + telling + remark)
    # The drawing itself says what is lost and what waits.
    sign = f"{arrow.sign} " if arrow.sign and not (arrow.lost or arrow.pending) else ""
    plain = (
        words + numbers,
        arrow.words + numbers,
        words + telling,
        arrow.words + (seq if length else ack or seq),
        words,
        arrow.words,
    )
    for text in (*(remarked if arrow.remark else ()), *(sign + text for text in plain)):
        if len(text) + 2 <= room:
            return safe(f" {text} ")
    return safe(f" {arrow.words[: room - 2]} " if room > 4 else "")


def _paint_repeats(
    canvas: Canvas, glyphs: Glyphs, hosts: _Hosts, page: Page, arrows: Sequence[Arrow]
) -> None:
    """A line beside the sender from each repetition to what it repeats, or to the top when that is above."""
    wires = Wires([Role.RETRANSMISSION])
    heads: list[tuple[int, int, SafeText]] = []
    lane = 0
    for index, y in page.rows.items():
        arrow = arrows[index]
        if arrow.repeats is None or not arrow.repeats < index:
            continue
        target = page.rows.get(arrow.repeats, 0)
        step = -1 if arrow.outgoing else 1
        host = hosts.left if arrow.outgoing else hosts.right
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
