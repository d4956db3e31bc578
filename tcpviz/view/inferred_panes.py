"""State machine and sequence space of a connection of others: what its packets alone tell.

The client's side is drawn as our own would be. Nothing here is known from the ends themselves: the panes say
so in their titles.
"""

from collections.abc import Sequence

from tcpviz.analysis.space import Space
from tcpviz.analysis.spans import Spans, octets
from tcpviz.tcp.state import State
from tcpviz.view import graphs, state_machine
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.inferred import Inferred, Spaces
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.sequence_bar import Pointer, Scale, Span
from tcpviz.view.sequence_bars import Bar, paint_bars, paint_graph, room

TITLE = "inferred from the packets"

_NAMES = ("client", "server")
_FROM_MIDDLE = safe("seen from the middle: how it opened is not known")
_GAPS = safe("packets are missing in the capture: either state may be wrong")
_GUESSED = {
    (True, False): safe("no packet of the client was captured: its state is a guess"),
    (False, True): safe("no packet of the server was captured: its state is a guess"),
}
_UNSEEN_END = safe("(no packet shows its end)")
_SCALE_UNKNOWN = safe("window scale not seen: at least")
_NOTHING = safe("")


def paint_states(canvas: Canvas, glyphs: Glyphs, inferred: Inferred) -> None:
    """The client's way through the figure, and where the server is."""
    client, server = inferred.client, inferred.server
    state_machine.paint(
        canvas,
        glyphs,
        current=client.state,
        trail=client.path,
        peer=server.state,
        names=_NAMES,
        remark=_remark(inferred),
    )


def _remark(inferred: Inferred) -> SafeText:
    client = inferred.client
    if inferred.gaps:
        return _GAPS
    if any(inferred.guessed):
        return _GUESSED[inferred.guessed]
    if client.state is State.TIME_WAIT:
        return _UNSEEN_END
    return _FROM_MIDDLE if inferred.from_middle and not client.path else _NOTHING


def paint_spaces(
    canvas: Canvas, glyphs: Glyphs, spaces: Spaces, points: Sequence[graphs.Point] = (), *, zero: int = 0
) -> None:
    """What each end has sent, and what the other has acknowledged and allows; below it the graph, whose times
    count from `zero`."""
    cells = room(canvas)
    bars = [
        _bar(glyphs, safe("C>S"), spaces.client, "server", cells),
        _bar(glyphs, safe("S>C"), spaces.server, "client", cells),
    ]
    y = paint_bars(canvas, glyphs, bars)
    paint_graph(canvas, glyphs, y, points, zero)


def _bar(glyphs: Glyphs, name: SafeText, space: Space, receiver: str, cells: int) -> Bar:
    una, window = space.una, space.window or 0
    flight = space.nxt - una
    scale = Scale.choose(max(flight, window, space.mss, 1), flight, cells, max(space.mss, 1))
    marks: tuple[tuple[SafeText, Role, str, Spans], ...] = (
        (glyphs.held, Role.HELD, "out of order", space.late),
        (glyphs.sacked, Role.SACKED, "SACKed", space.sacked),
        (glyphs.retransmitted, Role.RETRANSMISSION, "sent again", space.again),
        (glyphs.lost, Role.LOST, "not seen", space.unseen),
    )
    spans = [
        Span(flight, window, glyphs.usable, Role.USABLE),
        Span(0, flight, glyphs.in_flight, Role.IN_FLIGHT),
        *(
            Span(start - una, end - una, glyph, role)
            for glyph, role, _, found in marks
            for start, end in found
        ),
    ]
    pointers = [Pointer(0, "UNA", una), Pointer(flight, "NXT", space.nxt)]
    if space.window is not None:
        pointers.append(Pointer(window, "UNA+WND", una + window))
    amounts = [
        (glyphs.in_flight, Role.IN_FLIGHT, _in_flight(una, flight), flight),
        *((glyph, role, what, octets(found)) for glyph, role, what, found in marks),
        (glyphs.usable, Role.USABLE, "usable", window - flight),
        (glyphs.past, Role.ACKED, "acked", una),
    ]
    closed = f"zero window: the {receiver} has no room" if space.window == 0 and una else ""
    remark = _NOTHING if space.scale_known or not window else _SCALE_UNKNOWN
    return Bar(name, scale, spans, pointers, amounts, safe(closed), remark)


def _in_flight(una: int, flight: int) -> str:
    """What is under way: a SYN may have data with it, or behind it."""
    if una:
        return "in flight"
    return "SYN in flight" if flight == 1 else "SYN and data in flight"
