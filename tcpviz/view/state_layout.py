"""Where the states and edges of the state machine lie on a grid of a given size. Only geometry.

There are two arrangements: the figure of RFC 9293 in three columns (what the active opener goes through
on the left, the passive one on the right), and a low one that runs from left to right.
"""

from typing import NamedTuple

from tcpviz.tcp.state import State, Trigger
from tcpviz.view.glyphs import EAST, NORTH, SOUTH, WEST

S, T = State, Trigger

FIGURE_WIDTH, FIGURE_HEIGHT = 46, 14
STRIP_WIDTH, STRIP_HEIGHT = 76, 5

_DISTANCES = (3, 2, 2, 2, 2, 2)
"""Rows from each tier of the figure to the next: CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1, CLOSING, ..."""
_SPARE_ROWS = (5, 3, 1, 4, 0, 2)
"""Which distance grows first when there are more rows."""


class Pill(NamedTuple):
    """A state: one row, a blank (or a mark) on either side of its name. `end`: the second CLOSED."""

    state: State
    x: int
    y: int
    end: bool = False

    def covers(self, x: int, y: int) -> bool:
        """Whether the cell (x, y) is part of it."""
        return y == self.y and self.x <= x < self.x + len(str(self.state)) + 2


class Label(NamedTuple):
    """Room for the words of an edge: `room` cells from x, before x (`ends`) or around x (`inside` a line)."""

    x: int
    y: int
    room: int
    rows: int = 1
    ends: bool = False
    inside: bool = False


class Edge(NamedTuple):
    """From inside the old state, round the corners, to the arrow head, which points `heading`."""

    old: State
    trigger: Trigger
    corners: tuple[tuple[int, int], ...]
    heading: int
    label: Label | None = None


class Layout(NamedTuple):
    """A whole picture, with a free row for what the signs mean and one (or None) for the change just made."""

    pills: tuple[Pill, ...]
    edges: tuple[Edge, ...]
    legend: int
    caption: int | None


def layout(width: int, height: int) -> Layout | None:
    """The best arrangement for this size; None where there is room for neither."""
    if width >= FIGURE_WIDTH and height >= FIGURE_HEIGHT:
        return _figure(width, height)
    if width >= STRIP_WIDTH and height >= STRIP_HEIGHT:
        return _strip(width, height)
    return None


def _wide(state: State) -> int:
    return len(str(state)) + 2


def _centred(state: State, x: int, y: int, end: bool = False) -> Pill:
    return Pill(state, x - _wide(state) // 2, y, end)


def _tiers(height: int) -> list[int]:
    """The rows of the figure's seven tiers; the picture as a whole stands in the middle."""
    distances = list(_DISTANCES)
    spare = height - 1 - FIGURE_HEIGHT
    for index in _SPARE_ROWS:
        if spare > 0:
            distances[index] += 1
            spare -= 1
    rows = [max(spare, 0) // 2]
    for distance in distances:
        rows.append(rows[-1] + distance)
    return rows


class _Grid(NamedTuple):
    """The figure's three columns, by their middle, and its seven tiers."""

    left: int
    mid: int
    right: int
    tiers: list[int]


def _figure(width: int, height: int) -> Layout:
    left = max(8, width // 6)
    # The labels on the right are the longer ones, so the middle stands a little to the left.
    grid = _Grid(left, width // 2 - 2, width - 1 - left, _tiers(height))
    edges = (*_opening_edges(grid), *_active_close_edges(grid), *_passive_close_edges(grid))
    return Layout(_figure_pills(grid), edges, grid.tiers[0], height - 1 if height > FIGURE_HEIGHT else None)


def _figure_pills(grid: _Grid) -> tuple[Pill, ...]:
    left, mid, right, (t0, t1, t2, t3, t4, t5, t6) = grid
    return (
        _centred(S.CLOSED, mid, t0),
        _centred(S.LISTEN, right, t0),
        _centred(S.SYN_SENT, left, t1),
        _centred(S.SYN_RECEIVED, right, t1),
        _centred(S.ESTABLISHED, mid, t2),
        _centred(S.FIN_WAIT_1, left, t3),
        _centred(S.CLOSE_WAIT, right, t3),
        _centred(S.CLOSING, mid, t4),
        _centred(S.FIN_WAIT_2, left, t5),
        _centred(S.LAST_ACK, right, t5),
        _centred(S.TIME_WAIT, mid, t6),
        _centred(S.CLOSED, right, t6, end=True),
    )


def _opening_edges(grid: _Grid) -> tuple[Edge, ...]:
    left, mid, right, (t0, t1, t2, *_) = grid
    return (
        Edge(
            S.CLOSED,
            T.ACTIVE_OPEN,
            ((mid, t0), (left, t0), (left, t1 - 1)),
            SOUTH,
            Label(left + 2, t0 + 1, mid - left - 2, rows=2),
        ),
        Edge(
            S.CLOSED,
            T.PASSIVE_OPEN,
            ((mid, t0), (right - 5, t0)),
            EAST,
            Label(right - 1, t0 + 1, right - mid - 2, ends=True),
        ),
        Edge(
            S.LISTEN,
            T.RCV_SYN,
            ((right, t0), (right, t1 - 1)),
            SOUTH,
            Label(right - 1, t0 + 2, right - mid + 2, ends=True),
        ),
        Edge(
            S.SYN_SENT,
            T.RCV_SYN,
            ((left, t1), (right - 8, t1)),
            EAST,
            Label((left + right) // 2 - 1, t1, right - left - 16, inside=True),
        ),
        Edge(
            S.SYN_SENT,
            T.RCV_SYN_ACK,
            ((left, t1), (left, t2), (mid - 7, t2)),
            EAST,
            Label(left + 2, t1 + 1, mid - left - 1, rows=t2 - t1 - 1),
        ),
        Edge(
            S.SYN_RECEIVED,
            T.RCV_ACK_OF_SYN,
            ((right, t1), (right, t2), (mid + 7, t2)),
            WEST,
            Label(right - 1, t1 + 1, right - mid - 2, ends=True),
        ),
    )


def _active_close_edges(grid: _Grid) -> tuple[Edge, ...]:
    """The way of the side that closes first, also when both do, on the left; and its end."""
    left, mid, right, (_, _, t2, t3, t4, t5, t6) = grid
    return (
        Edge(
            S.ESTABLISHED,
            T.CLOSE,
            ((mid - 3, t2), (mid - 3, t2 + 1), (left, t2 + 1), (left, t3 - 1)),
            SOUTH,
            Label((left + mid - 3) // 2 + 1, t2 + 1, mid - left - 8, inside=True),
        ),
        Edge(
            S.FIN_WAIT_1,
            T.RCV_ACK_OF_FIN,
            ((left - 3, t3), (left - 3, t5 - 1)),
            SOUTH,
            Label(left - 1, t5 - 1, mid - left),
        ),
        Edge(
            S.FIN_WAIT_1,
            T.RCV_FIN,
            ((left + 3, t3), (left + 3, t4), (mid - 5, t4)),
            EAST,
            Label(left + 5, t3 + 1, mid - left + 1, rows=t4 - t3 - 1),
        ),
        Edge(
            S.FIN_WAIT_1,
            T.RCV_FIN_AND_ACK_OF_FIN,
            ((left, t3), (left - 8, t3), (left - 8, t6), (mid - 6, t6)),
            EAST,
        ),
        Edge(
            S.FIN_WAIT_2,
            T.RCV_FIN,
            ((left, t5), (left, t6), (mid - 6, t6)),
            EAST,
            Label(left + 2, t5 + 1, mid - left - 3, rows=t6 - t5 - 1),
        ),
        Edge(
            S.CLOSING,
            T.RCV_ACK_OF_FIN,
            ((mid, t4), (mid, t6 - 1)),
            SOUTH,
            Label(mid + 2, t5 - 1, right - mid - 3),
        ),
        Edge(
            S.TIME_WAIT,
            T.TIME_WAIT_OVER,
            ((mid, t6), (right - 5, t6)),
            EAST,
            Label((mid + right) // 2, t6, right - mid - 12, inside=True),
        ),
    )


def _passive_close_edges(grid: _Grid) -> tuple[Edge, ...]:
    """The way of the other side, on the right."""
    _, mid, right, (_, _, t2, t3, _, t5, t6) = grid
    return (
        Edge(
            S.ESTABLISHED,
            T.RCV_FIN,
            ((mid + 3, t2), (mid + 3, t2 + 1), (right, t2 + 1), (right, t3 - 1)),
            SOUTH,
            Label((right + mid + 3) // 2 + 1, t2 + 1, right - mid - 8, inside=True),
        ),
        Edge(
            S.CLOSE_WAIT,
            T.CLOSE,
            ((right, t3), (right, t5 - 1)),
            SOUTH,
            Label(right - 1, t3 + 1, right - mid - 8, rows=2, ends=True),
        ),
        Edge(
            S.LAST_ACK,
            T.RCV_ACK_OF_FIN,
            ((right, t5), (right, t6 - 1)),
            SOUTH,
            Label(right - 1, t5 + 1, right - mid - 3, ends=True),
        ),
    )


def _strip(width: int, height: int) -> Layout:
    """Three lanes: active open and close on top, the passive side's under them, the end on the right."""
    top = (S.CLOSED, S.SYN_SENT, S.ESTABLISHED, S.FIN_WAIT_1, S.FIN_WAIT_2, S.TIME_WAIT)
    gap = min((width - sum(map(_wide, top))) // (len(top) - 1), 8)
    columns = [0]
    for state in top:
        columns.append(columns[-1] + _wide(state) + gap)
    closed, syn, established, fin_1, fin_2, time_wait = columns[:-1]
    # The way from FIN-WAIT-1 to TIME-WAIT runs above the rest, where there is a row for it.
    arc = height > STRIP_HEIGHT + 1
    a, b, c = (row + arc + max(height - 8, 0) // 2 for row in (0, 2, 4))
    pills = (
        *(Pill(state, x, a) for state, x in zip(top, columns, strict=False)),
        Pill(S.LISTEN, closed, b),
        Pill(S.SYN_RECEIVED, syn, b),
        Pill(S.CLOSING, fin_2, b),
        Pill(S.CLOSE_WAIT, fin_1, c),
        Pill(S.LAST_ACK, fin_2, c),
        Pill(S.CLOSED, time_wait, c, end=True),
    )
    edges = [
        Edge(S.CLOSED, T.ACTIVE_OPEN, ((closed, a), (syn - 1, a)), EAST),
        Edge(S.CLOSED, T.PASSIVE_OPEN, ((closed + 4, a), (closed + 4, b - 1)), SOUTH),
        Edge(S.LISTEN, T.RCV_SYN, ((closed, b), (syn - 1, b)), EAST),
        Edge(S.SYN_SENT, T.RCV_SYN, ((syn + 5, a), (syn + 5, b - 1)), SOUTH),
        Edge(S.SYN_SENT, T.RCV_SYN_ACK, ((syn, a), (established - 1, a)), EAST),
        Edge(
            S.SYN_RECEIVED,
            T.RCV_ACK_OF_SYN,
            ((syn, b), (established + 5, b), (established + 5, a + 1)),
            NORTH,
        ),
        Edge(S.ESTABLISHED, T.CLOSE, ((established, a), (fin_1 - 1, a)), EAST),
        Edge(S.ESTABLISHED, T.RCV_FIN, ((established + 9, a), (established + 9, c), (fin_1 - 1, c)), EAST),
        Edge(S.FIN_WAIT_1, T.RCV_ACK_OF_FIN, ((fin_1, a), (fin_2 - 1, a)), EAST),
        Edge(S.FIN_WAIT_1, T.RCV_FIN, ((fin_1 + 6, a), (fin_1 + 6, b), (fin_2 - 1, b)), EAST),
        Edge(S.FIN_WAIT_2, T.RCV_FIN, ((fin_2, a), (time_wait - 1, a)), EAST),
        Edge(
            S.CLOSING,
            T.RCV_ACK_OF_FIN,
            ((fin_2, b), (time_wait + 3, b), (time_wait + 3, a + 1)),
            NORTH,
        ),
        Edge(S.CLOSE_WAIT, T.CLOSE, ((fin_1, c), (fin_2 - 1, c)), EAST),
        Edge(S.LAST_ACK, T.RCV_ACK_OF_FIN, ((fin_2, c), (time_wait - 1, c)), EAST),
        Edge(S.TIME_WAIT, T.TIME_WAIT_OVER, ((time_wait + 6, a), (time_wait + 6, c - 1)), SOUTH),
    ]
    if arc:
        corners = ((fin_1 + 6, a), (fin_1 + 6, a - 1), (time_wait + 5, a - 1))
        edges.append(Edge(S.FIN_WAIT_1, T.RCV_FIN_AND_ACK_OF_FIN, corners, SOUTH))
    return Layout(pills, tuple(edges), c, height - 1 if height > STRIP_HEIGHT else None)
