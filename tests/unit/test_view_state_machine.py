"""The figure of the state machine: complete, and true to the engine's table."""

from itertools import pairwise

import pytest

from tcpviz.tcp.events import StateChanged
from tcpviz.tcp.state import TRANSITIONS, State, Trigger
from tcpviz.view import state_machine
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import ASCII, EAST, NORTH, SOUTH, UNICODE, WEST, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.state_layout import Layout, Pill, layout

S, T = State, Trigger

SIZES = [
    (46, 14),
    (48, 16),
    (50, 16),
    (54, 15),
    (54, 18),
    (90, 18),
    (120, 40),
    (76, 5),
    (76, 7),
    (78, 9),
    (140, 12),
]

HANDSHAKE = (
    StateChanged(S.CLOSED, S.SYN_SENT, T.ACTIVE_OPEN),
    StateChanged(S.SYN_SENT, S.ESTABLISHED, T.RCV_SYN_ACK),
)
CLOSED_AGAIN = (
    *HANDSHAKE,
    StateChanged(S.ESTABLISHED, S.FIN_WAIT_1, T.CLOSE),
    StateChanged(S.FIN_WAIT_1, S.FIN_WAIT_2, T.RCV_ACK_OF_FIN),
    StateChanged(S.FIN_WAIT_2, S.TIME_WAIT, T.RCV_FIN),
    StateChanged(S.TIME_WAIT, S.CLOSED, T.TIME_WAIT_OVER),
)

FIGURE_5 = {
    (S.CLOSED, T.ACTIVE_OPEN),
    (S.CLOSED, T.PASSIVE_OPEN),
    (S.LISTEN, T.RCV_SYN),
    (S.SYN_SENT, T.RCV_SYN),
    (S.SYN_SENT, T.RCV_SYN_ACK),
    (S.SYN_RECEIVED, T.RCV_ACK_OF_SYN),
    (S.ESTABLISHED, T.CLOSE),
    (S.ESTABLISHED, T.RCV_FIN),
    (S.FIN_WAIT_1, T.RCV_ACK_OF_FIN),
    (S.FIN_WAIT_1, T.RCV_FIN),
    (S.FIN_WAIT_1, T.RCV_FIN_AND_ACK_OF_FIN),
    (S.FIN_WAIT_2, T.RCV_FIN),
    (S.CLOSING, T.RCV_ACK_OF_FIN),
    (S.CLOSE_WAIT, T.CLOSE),
    (S.LAST_ACK, T.RCV_ACK_OF_FIN),
    (S.TIME_WAIT, T.TIME_WAIT_OVER),
}
"""RFC 9293's figure with its note 2, without the ways back from an attempt that is given up early."""


def arranged(width: int, height: int) -> Layout:
    figure = layout(width, height)
    assert figure is not None
    return figure


def painted(
    width: int,
    height: int,
    trail: tuple[StateChanged, ...] = (),
    peer: State | None = None,
    glyphs: Glyphs = UNICODE,
) -> Canvas:
    canvas = Canvas(width, height)
    current = trail[-1].new if trail else S.CLOSED
    state_machine.paint(canvas, glyphs, current=current, trail=trail, peer=peer)
    return canvas


def texts(canvas: Canvas, role: Role) -> list[str]:
    return [text for row in canvas.rows() for text, its in row if its is role]


@pytest.mark.parametrize("size", SIZES)
def test_no_state_is_missing(size: tuple[int, int]) -> None:
    assert {pill.state for pill in arranged(*size).pills} == set(State)
    for state in State:
        assert str(state) in painted(*size).text()


@pytest.mark.parametrize("size", SIZES)
def test_every_drawn_edge_is_in_the_table_and_ends_at_its_state(size: tuple[int, int]) -> None:
    figure = arranged(*size)
    for edge in figure.edges:
        new = TRANSITIONS[edge.old, edge.trigger].new
        x, y = edge.corners[-1]
        ahead = {NORTH: (x, y - 1), SOUTH: (x, y + 1), EAST: (x + 1, y), WEST: (x - 1, y)}[edge.heading]
        assert any(covers(pill, ahead) for pill in figure.pills if pill.state is new), edge
        assert any(covers(pill, edge.corners[0]) for pill in figure.pills if pill.state is edge.old), edge


@pytest.mark.parametrize("size", SIZES)
def test_no_line_runs_through_a_state_that_is_not_its_own(size: tuple[int, int]) -> None:
    figure = arranged(*size)
    for edge in figure.edges:
        for x, y in cells(edge.corners):
            for pill in figure.pills:
                assert pill.state is edge.old or not covers(pill, (x, y)), edge


@pytest.mark.parametrize("size", SIZES)
def test_states_lie_apart_and_inside(size: tuple[int, int]) -> None:
    pills = arranged(*size).pills
    taken = [(pill.x + column, pill.y) for pill in pills for column in range(len(str(pill.state)) + 2)]
    assert len(taken) == len(set(taken))
    assert all(0 <= x < size[0] and 0 <= y < size[1] for x, y in taken)


@pytest.mark.parametrize("size", [(46, 14), (54, 15), (120, 40), (76, 7)])
def test_the_figure_shows_every_way_through_an_ordinary_life(size: tuple[int, int]) -> None:
    assert {(edge.old, edge.trigger) for edge in arranged(*size).edges} == FIGURE_5


@pytest.mark.parametrize("size", SIZES)
def test_the_current_state_alone_is_solid(size: tuple[int, int]) -> None:
    assert texts(painted(*size, HANDSHAKE), Role.STATE_CURRENT) == ["●ESTABLISHED "]
    assert [text.strip() for text in texts(painted(*size, HANDSHAKE), Role.STATE_VISITED)] == [
        "CLOSED",
        "SYN-SENT",
    ]


@pytest.mark.parametrize("size", SIZES)
def test_a_connection_ends_at_the_other_closed(size: tuple[int, int]) -> None:
    [end] = [pill for pill in arranged(*size).pills if pill.end]
    canvas = painted(*size, CLOSED_AGAIN)
    line = canvas.text().split("\n")[end.y]
    assert line[end.x : end.x + 8] == "●CLOSED "
    assert texts(canvas, Role.STATE_CURRENT) == ["●CLOSED "]


@pytest.mark.parametrize("size", SIZES)
def test_the_way_so_far_is_heavy(size: tuple[int, int]) -> None:
    assert not set("━┃┏┗┓┛") & set(painted(*size).text())
    assert set("━┃┏┗┓┛") & set(painted(*size, HANDSHAKE).text())


@pytest.mark.parametrize("size", [(50, 16), (54, 15), (78, 9), (40, 6)])
def test_the_change_just_made_is_named(size: tuple[int, int]) -> None:
    assert "rcv SYN,ACK, snd ACK" in "".join(texts(painted(*size, HANDSHAKE), Role.EDGE_CURRENT))


def test_a_change_that_the_figure_leaves_out_is_named_too() -> None:
    reset = (*HANDSHAKE, StateChanged(S.ESTABLISHED, S.CLOSED, T.RCV_RST))
    assert texts(painted(50, 16, reset), Role.WARN) == ["rcv RST"]


@pytest.mark.parametrize("size", [*SIZES, (40, 6)])
def test_the_peer_is_marked_by_a_sign(size: tuple[int, int]) -> None:
    canvas = painted(*size, HANDSHAKE, peer=S.SYN_RECEIVED)
    assert "◆" in canvas.text()
    assert "◆ peer" in canvas.text()
    assert "◆" not in painted(*size, HANDSHAKE).text()


def test_without_room_the_last_states_are_listed() -> None:
    canvas = painted(40, 2, CLOSED_AGAIN)
    assert [line.split()[0] for line in canvas.text().split("\n")] == ["TIME-WAIT", "●CLOSED"]


def test_plain_terminals_get_plain_signs() -> None:
    assert painted(54, 15, HANDSHAKE, S.ESTABLISHED, ASCII).text().isascii()


def covers(pill: Pill, cell: tuple[int, int]) -> bool:
    return pill.y == cell[1] and pill.x <= cell[0] < pill.x + len(str(pill.state)) + 2


def cells(corners: tuple[tuple[int, int], ...]) -> set[tuple[int, int]]:
    found = set()
    for (x, y), (to_x, to_y) in pairwise(corners):
        assert x == to_x or y == to_y
        for column in range(min(x, to_x), max(x, to_x) + 1):
            for row in range(min(y, to_y), max(y, to_y) + 1):
                found.add((column, row))
    return found
