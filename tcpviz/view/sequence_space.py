"""The sequence space pane: the send and the receive window as bars (RFC 9293 section 3.3.1), figures 3 and 4.

All numbers are relative to the initial sequence numbers, as in the packet list. The bars zoom in on what
is under way and break off to a coarser scale behind it: a window of megabytes must not hide one segment.
"""

from collections.abc import Sequence

from tcpviz.tcp.snapshot import Ranges, Snapshot
from tcpviz.tcp.state import State
from tcpviz.view import graphs
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.sequence_bar import Pointer, Scale, Span
from tcpviz.view.sequence_bars import MARGIN, Bar, paint_bars, paint_graph, room
from tcpviz.wire.seq import Seq, diff

_NONE_YET = safe("No sequence numbers yet: no connection at this moment")
_UNOPENED = (State.CLOSED, State.LISTEN)
_NO_PEER_YET = (*_UNOPENED, State.SYN_SENT)


def paint(
    canvas: Canvas,
    glyphs: Glyphs,
    snapshot: Snapshot | None,
    points: Sequence[graphs.Point] = (),
    *,
    zero: int = 0,
) -> None:
    """Draw both windows and, where the pane is high enough, `points` as a time-sequence graph below, whose
    times count from `zero`."""
    if snapshot is None or (snapshot.state in _UNOPENED and snapshot.iss == snapshot.snd_nxt):
        canvas.put(1, 0, _NONE_YET, Role.DIM)
        bars = []
    else:
        cells = room(canvas)
        bars = [_send_bar(glyphs, snapshot, cells)]
        # The peer's SYN takes the first of its numbers (RFC 9293 3.4).
        if snapshot.rcv_nxt != snapshot.irs:
            bars.append(_receive_bar(glyphs, snapshot, cells))
    y = paint_bars(canvas, glyphs, bars)
    if len(bars) == 1:
        canvas.put(0, y, safe("RECV"), Role.TITLE)
        canvas.put(MARGIN, y, safe("no numbers before the peer's SYN"), Role.DIM)
        y += 2
    paint_graph(canvas, glyphs, y, points, zero)


def _send_bar(glyphs: Glyphs, tcb: Snapshot, cells: int) -> Bar:
    flight = max(diff(tcb.snd_max, tcb.snd_una), 0)
    scale = Scale.choose(max(flight, tcb.snd_wnd, tcb.mss), flight, cells, tcb.mss)
    marks = (
        (glyphs.sacked, Role.SACKED, "SACKed", tcb.sacked),
        (glyphs.retransmitted, Role.RETRANSMISSION, "sent again", tcb.retransmitted),
        (glyphs.lost, Role.LOST, "lost", tcb.lost),
    )
    spans = [
        Span(flight, tcb.snd_wnd, glyphs.usable, Role.USABLE),
        Span(0, flight, glyphs.in_flight, Role.IN_FLIGHT),
        *(span for glyph, role, _, ranges in marks for span in _spans(ranges, tcb.snd_una, glyph, role)),
    ]
    una = diff(tcb.snd_una, tcb.iss)
    following = diff(tcb.snd_nxt, tcb.snd_una)
    pointers = [
        Pointer(0, "UNA", una),
        Pointer(following, "NXT", una + following),
        Pointer(tcb.snd_wnd, "UNA+WND", una + tcb.snd_wnd),
    ]
    amounts = [
        # A SYN takes a sequence number too (RFC 9293 3.4); until it is acknowledged nothing else is out.
        (glyphs.in_flight, Role.IN_FLIGHT, "SYN in flight" if una == 0 else "in flight", flight),
        *((glyph, role, what, _octets(ranges)) for glyph, role, what, ranges in marks),
        (glyphs.usable, Role.USABLE, "usable", tcb.snd_wnd - flight),
        (glyphs.past, Role.ACKED, "acked", una),
    ]
    closed = tcb.snd_wnd == 0 and tcb.state not in _NO_PEER_YET
    warning = safe("zero window: the peer has no room" if closed else "")
    return Bar(safe("SEND"), scale, spans, pointers, amounts, warning)


def _receive_bar(glyphs: Glyphs, tcb: Snapshot, cells: int) -> Bar:
    unread = tcb.unread
    reach = max((diff(end, tcb.rcv_nxt) for _, end in tcb.held), default=0)
    focus = unread + max(reach, 0)
    scale = Scale.choose(max(unread + tcb.rcv_wnd, focus, tcb.mss), focus, cells, tcb.mss)
    spans = [
        Span(unread, unread + tcb.rcv_wnd, glyphs.usable, Role.USABLE),
        Span(0, unread, glyphs.unread, Role.DATA),
        *(
            Span(unread + span.start, unread + span.end, span.glyph, span.role)
            for span in _spans(tcb.held, tcb.rcv_nxt, glyphs.held, Role.HELD)
        ),
    ]
    nxt = diff(tcb.rcv_nxt, tcb.irs)
    pointers = [
        Pointer(unread, "NXT", nxt),
        Pointer(unread + tcb.rcv_wnd, "NXT+WND", nxt + tcb.rcv_wnd),
    ]
    amounts = [
        (glyphs.unread, Role.DATA, "unread", unread),
        (glyphs.held, Role.HELD, "held, out of order", _octets(tcb.held)),
        (glyphs.usable, Role.USABLE, "window", tcb.rcv_wnd),
        (glyphs.past, Role.ACKED, "read", nxt - unread),
    ]
    warning = safe("zero window: we have no room" if tcb.rcv_wnd == 0 else "")
    return Bar(safe("RECV"), scale, spans, pointers, amounts, warning)


def _spans(ranges: Ranges, origin: Seq, glyph: SafeText, role: Role) -> list[Span]:
    return [Span(diff(start, origin), diff(end, origin), glyph, role) for start, end in ranges]


def _octets(ranges: Ranges) -> int:
    return sum(max(diff(end, start), 0) for start, end in ranges)
