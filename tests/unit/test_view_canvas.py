"""The canvas and its pens."""

import pytest
from rich.cells import cell_len

from tcpviz.view.canvas import Braille, Canvas, Wires
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText


def words(text: str) -> SafeText:
    return SafeText(text)


def test_a_new_canvas_is_blank() -> None:
    assert Canvas(3, 2).rows() == [[("   ", Role.TEXT)], [("   ", Role.TEXT)]]


def test_cells_of_the_same_role_are_one_run() -> None:
    canvas = Canvas(6, 1)
    canvas.put(1, 0, words("ab"), Role.ACK)
    canvas.put(3, 0, words("c"), Role.ACK)
    assert canvas.rows() == [[(" ", Role.TEXT), ("abc", Role.ACK), ("  ", Role.TEXT)]]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [(-2, 0, "cd  "), (2, 0, "  ab"), (4, 0, "    "), (-4, 0, "    "), (0, -1, "    "), (0, 1, "    ")],
)
def test_what_lies_outside_is_cut(x: int, y: int, expected: str) -> None:
    canvas = Canvas(4, 1)
    canvas.put(x, y, words("abcd"))
    assert canvas.text() == expected


def test_text_can_end_at_a_column() -> None:
    canvas = Canvas(5, 1)
    canvas.put_right(5, 0, words("ab"))
    assert canvas.text() == "   ab"


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "日本", "\u202e", "a\u0301", "\x9b", "\n", "\t", "\x00", "\ud800"]
)
def test_only_single_cells_get_in(hostile: str) -> None:
    canvas = Canvas(10, 1)
    canvas.put(0, 0, words(hostile))
    [line] = canvas.text().split("\n")
    assert len(line) == cell_len(line) == 10
    assert line.isprintable()


@pytest.mark.parametrize("hostile", ["\x1b", "日", "\u0301", "ab", ""])
def test_a_mark_is_one_cell_or_nothing(hostile: str) -> None:
    canvas = Canvas(2, 1)
    canvas.mark(0, 0, words(hostile), Role.ACK)
    canvas.mark(1, 0, words("x"), Role.ACK)
    canvas.mark(2, 0, words("y"), Role.ACK)
    canvas.mark(0, -1, words("y"), Role.ACK)
    assert canvas.text() == " x"


def test_lines_and_areas_are_cut_too() -> None:
    canvas = Canvas(3, 3)
    canvas.hline(-5, 0, 100, words("-"), Role.DIM)
    canvas.vline(1, -5, 100, words("|"), Role.DIM)
    canvas.fill(2, 1, 100, 100, words("#"), Role.DIM)
    assert canvas.text() == "-|-\n |#\n |#"


def test_a_canvas_is_pasted_with_its_roles() -> None:
    inner, outer = Canvas(2, 1), Canvas(4, 2)
    inner.put(0, 0, words("xy"), Role.LOST)
    outer.paste(inner, 1, 1)
    assert outer.rows()[1] == [(" ", Role.TEXT), ("xy", Role.LOST), (" ", Role.TEXT)]


def test_wires_join_and_turn() -> None:
    canvas = Canvas(5, 3)
    wires = Wires([Role.EDGE_OTHER])
    wires.path([(0, 0), (4, 0), (4, 2), (0, 2), (0, 0)], Role.EDGE_OTHER)
    wires.path([(2, 0), (2, 2)], Role.EDGE_OTHER)
    wires.paint(canvas, UNICODE)
    assert canvas.text() == "┌─┬─┐\n│ │ │\n└─┴─┘"


@pytest.mark.parametrize("strong_first", [True, False])
def test_the_stronger_wire_wins_a_crossing(strong_first: bool) -> None:
    canvas = Canvas(3, 3)
    wires = Wires([Role.EDGE_OTHER, Role.EDGE_TAKEN], heavy=[Role.EDGE_TAKEN])
    paths = [([(1, 0), (1, 2)], Role.EDGE_TAKEN), ([(0, 1), (2, 1)], Role.EDGE_OTHER)]
    for corners, role in paths if strong_first else reversed(paths):
        wires.path(corners, role)
    wires.paint(canvas, UNICODE)
    assert canvas.text().split("\n")[1] == "╶╋╴"
    assert (canvas.rows()[1][1]) == ("╋", Role.EDGE_TAKEN)


def test_every_dot_of_a_cell_has_its_place() -> None:
    for x in range(2):
        for y in range(4):
            canvas = Canvas(1, 1)
            dots = Braille(1, 1, [Role.DATA])
            dots.plot([(x, y)], Role.DATA)
            dots.paint(canvas, 0, 0, UNICODE)
            expected = "⠁⠂⠄⡀"[y] if x == 0 else "⠈⠐⠠⢀"[y]
            assert canvas.text() == expected


def test_the_stronger_role_takes_a_cell_of_dots() -> None:
    canvas = Canvas(2, 1)
    dots = Braille(2, 1, [Role.DATA, Role.RETRANSMISSION])
    dots.plot([(0, 0)], Role.RETRANSMISSION)
    dots.plot([(1, 1), (2, 2)], Role.DATA)
    dots.paint(canvas, 0, 0, UNICODE)
    assert [role for _, role in canvas.rows()[0]] == [Role.RETRANSMISSION, Role.DATA]


def test_steps_hold_a_value_until_the_next() -> None:
    canvas = Canvas(3, 1)
    dots = Braille(3, 1, [Role.DATA])
    dots.steps([(0, 3), (2, 0), (6, 0)], Role.DATA)
    dots.paint(canvas, 0, 0, UNICODE)
    assert canvas.text() == "⣀⡏⠉"


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_glyph_is_one_cell(glyphs: Glyphs) -> None:
    for field in Glyphs.__slots__:
        value = getattr(glyphs, field)
        for sign in value if isinstance(value, tuple) else (value,):
            canvas = Canvas(1, 1)
            canvas.put(0, 0, sign)
            assert canvas.text() == sign, field
            assert glyphs is UNICODE or sign.isascii(), field


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_what_lies_in_one_bar_can_be_told_apart_without_colour(glyphs: Glyphs) -> None:
    sent = (glyphs.past, glyphs.in_flight, glyphs.sacked, glyphs.lost, glyphs.retransmitted)
    ahead = (glyphs.usable, glyphs.outside, glyphs.cut)
    received = (glyphs.past, glyphs.unread, glyphs.held)
    assert len({*sent, *ahead}) == len(sent) + len(ahead)
    assert len({*received, *ahead}) == len(received) + len(ahead)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_tables_are_complete(glyphs: Glyphs) -> None:
    assert (len(glyphs.light), len(glyphs.heavy), len(glyphs.braille), len(glyphs.levels)) == (16, 16, 256, 9)
