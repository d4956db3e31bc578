"""The state machine pane: the figure of RFC 9293 (section 3.3.2, figure 5) and the way through it so far.

Where the states and edges lie is decided in `state_layout`; which edges there are, and their labels,
come from `tcp.state.TRANSITIONS`, the table that the engine obeys. Resets, timeouts and aborts are not
drawn, as in the RFC's figure; when one of them happens, the bottom line names it.
"""

from collections.abc import Sequence
from itertools import pairwise

from tcpviz.tcp.events import StateChanged
from tcpviz.tcp.state import TRANSITIONS, State, Trigger
from tcpviz.view.canvas import Canvas, Wires
from tcpviz.view.glyphs import EAST, NORTH, SOUTH, WEST, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.state_layout import Edge, Label, Layout, Pill, layout

_NO_REMARK = safe("")
_LEGEND = 20
"""Cells for it where no state stands in its row."""
_STRENGTH = (Role.EDGE_OTHER, Role.EDGE_TAKEN, Role.EDGE_CURRENT)


def paint(
    canvas: Canvas,
    glyphs: Glyphs,
    *,
    current: State | None,
    trail: Sequence[StateChanged],
    peer: State | None,
    names: tuple[str, str] = ("", "peer"),
    remark: SafeText = _NO_REMARK,
) -> None:
    """Draw the machine with our state, the other end's where it is known, and the changes up to now.

    `names`: what both ends are called in the legend, ours only where it has a name. `remark`: what else there
    is to say of the state, where there is room.
    """
    figure = layout(canvas.width, canvas.height)
    theirs = safe(f"{glyphs.peer} {names[1]}" if peer is not None else "")
    if figure is None:
        _paint_trail(canvas, glyphs, current, trail, safe(f"{theirs} {peer}") if theirs else theirs, remark)
        return
    _paint_edges(canvas, glyphs, figure, trail)
    for pill in figure.pills:
        _paint_pill(canvas, glyphs, pill, current, trail, peer)
    _paint_legend(canvas, figure, safe(f"{glyphs.ours} {names[0]}" if names[0] else ""), theirs)
    if figure.caption is None:
        return
    x = 0
    if trail:
        drawn = any((edge.old, edge.trigger) == (trail[-1].old, trail[-1].trigger) for edge in figure.edges)
        role = Role.EDGE_CURRENT if drawn else Role.WARN
        x = _paint_caption(canvas, glyphs, figure.caption, trail[-1], role, len(remark))
    canvas.put(x, figure.caption, remark, Role.DIM)


def entered(pill: Pill, way: Sequence[tuple[int, State]]) -> int | None:
    """The row in which a connection last came to the state of `pill`, of all states that it came to; None
    where it never did. For the CLOSED that it began in, the row in which it left it."""
    if pill.state is State.CLOSED and not pill.end:
        return way[0][0] if way else None
    return next((row for row, state in reversed(way) if state is pill.state), None)


def words(old: State, trigger: Trigger) -> SafeText:
    """The label of an edge: what happens, and what is sent on the way."""
    transition = TRANSITIONS.get((old, trigger))
    sends = f", snd {transition.sends}" if transition and transition.sends else ""
    return safe(trigger.value + sends)


def _paint_edges(canvas: Canvas, glyphs: Glyphs, figure: Layout, trail: Sequence[StateChanged]) -> None:
    taken = {(change.old, change.trigger) for change in trail}
    last = (trail[-1].old, trail[-1].trigger) if trail else None

    def role(edge: Edge) -> Role:
        way = (edge.old, edge.trigger)
        return Role.EDGE_CURRENT if way == last else Role.EDGE_TAKEN if way in taken else Role.EDGE_OTHER

    drawn = [(role(edge), edge) for edge in figure.edges if (edge.old, edge.trigger) in TRANSITIONS]
    drawn.sort(key=lambda pair: _STRENGTH.index(pair[0]))
    wires = Wires(_STRENGTH, heavy=(Role.EDGE_TAKEN, Role.EDGE_CURRENT))
    for edge_role, edge in drawn:
        wires.path(edge.corners, edge_role)
    wires.paint(canvas, glyphs)
    heads = {NORTH: glyphs.up, EAST: glyphs.right, SOUTH: glyphs.down, WEST: glyphs.left}
    for edge_role, edge in drawn:
        canvas.put(*edge.corners[-1], heads[edge.heading], edge_role)
        if edge.label:
            _paint_label(canvas, edge, edge.label, edge_role)


def _paint_label(canvas: Canvas, edge: Edge, label: Label, role: Role) -> None:
    whole = words(edge.old, edge.trigger)
    happens, _, sends = whole.partition(", snd ")
    lines = [happens, f"snd {sends}"] if sends and label.rows > 1 and label.room < len(whole) else [whole]
    if len(lines[0]) > label.room:
        short = (happens, happens.partition(" of ")[0], happens.partition(" ")[0])
        lines = [next((text for text in short if len(text) <= label.room), "")]
    for row, text in enumerate(lines):
        if label.inside and text:
            text = f" {text} "
        x = label.x - len(text) if label.ends else label.x - len(text) // 2 if label.inside else label.x
        canvas.put(x, label.y + row, safe(text), role)


def _paint_pill(
    canvas: Canvas,
    glyphs: Glyphs,
    pill: Pill,
    current: State | None,
    trail: Sequence[StateChanged],
    peer: State | None,
) -> None:
    # CLOSED stands in the figure twice: where a connection begins, and where it ends.
    here = pill.state is current and (pill.state is not State.CLOSED or pill.end == bool(trail))
    visited = not pill.end and any(pill.state in (change.old, change.new) for change in trail)
    theirs = pill.state is peer and (pill.state is not State.CLOSED or pill.end == bool(trail))
    role = Role.STATE_CURRENT if here else Role.STATE_VISITED if visited else Role.STATE_OTHER
    canvas.put(pill.x, pill.y, _pill_text(glyphs, pill.state, here, theirs), role)


def _pill_text(glyphs: Glyphs, state: State, ours: bool, theirs: bool) -> SafeText:
    return safe(f"{glyphs.ours if ours else ' '}{state}{glyphs.peer if theirs else ' '}")


def _paint_legend(canvas: Canvas, figure: Layout, ours: SafeText, theirs: SafeText) -> None:
    """What the marks mean: beside each other, or below each other where the figure is near."""
    both = safe(f"{ours}  {theirs}" if ours and theirs else ours or theirs)
    if len(both) < _room_before(figure):
        canvas.put(0, figure.legend, both, Role.DIM)
    else:
        canvas.put(0, figure.legend, ours, Role.DIM)
        canvas.put(0, figure.legend + 1, theirs, Role.DIM)


def _room_before(figure: Layout) -> int:
    """Cells before the first thing in the legend's row."""
    ends = [pill.x for pill in figure.pills if pill.y == figure.legend]
    for edge in figure.edges:
        for (x, y), (to_x, to_y) in pairwise(edge.corners):
            if min(y, to_y) <= figure.legend <= max(y, to_y):
                ends.append(min(x, to_x))
    return min(ends, default=_LEGEND)


def _paint_caption(
    canvas: Canvas, glyphs: Glyphs, y: int, last: StateChanged, role: Role, remark: int
) -> int:
    """The change just made, and what made it; where a remark of so many cells can begin."""
    change = safe(f"{last.old} {glyphs.right} {last.new}")
    why = words(last.old, last.trigger)
    if len(change) + 2 + len(why) + 2 * (remark > 0) + remark > canvas.width:
        change = safe(f"{glyphs.right} {last.new}")
    canvas.put(0, y, change, Role.STRONG)
    x = len(change) + 2
    if x + len(why) + 2 + remark > canvas.width and remark:
        return x  # the edge in the figure has the words, too
    canvas.put(x, y, why, role)
    return x + len(why) + 2


def _paint_trail(
    canvas: Canvas,
    glyphs: Glyphs,
    current: State | None,
    trail: Sequence[StateChanged],
    theirs: SafeText,
    remark: SafeText,
) -> None:
    """Where the figure has no room: the states so far, one a row, each with what led to it; ours is last."""
    steps: list[tuple[State, SafeText]] = [(trail[0].old, safe(""))] if trail else []
    steps += [(change.new, words(change.old, change.trigger)) for change in trail]
    if not steps and current is not None:
        steps = [(current, remark)]
    if theirs and canvas.height > 1:
        canvas.put(0, canvas.height - 1, theirs, Role.DIM)
    room = canvas.height - (theirs != "" and canvas.height > 1)
    for row, (state, why) in enumerate(steps[-room:] if room else []):
        here = state is current and row == min(room, len(steps)) - 1
        text = _pill_text(glyphs, state, here, False)
        canvas.put(0, row, text, Role.STATE_CURRENT if here else Role.STATE_VISITED)
        canvas.put(15, row, why, Role.EDGE_CURRENT if here else Role.EDGE_TAKEN)
