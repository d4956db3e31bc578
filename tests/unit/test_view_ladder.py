"""The ladder: arrows, losses, repetitions, and the current packet always in sight."""

import pytest

from tcpviz.view import ladder
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.ladder import Arrow
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText

MS = 1_000_000


def arrow(
    number: int,
    time: int,
    outgoing: bool = True,
    *,
    lost: bool = False,
    pending: bool = False,
    round_trip: int | None = None,
    repeats: int | None = None,
) -> Arrow:
    """A data packet; `time` in ms."""
    flags = SafeText("PSH ACK")
    return Arrow(
        number,
        time * MS,
        outgoing,
        flags,
        100 * number,
        1,
        80,
        Role.DATA,
        lost,
        pending,
        round_trip=round_trip,
        repeats=repeats,
    )


def painted(
    arrows: list[Arrow], current: int = 0, width: int = 80, height: int = 12, glyphs: Glyphs = UNICODE
) -> list[str]:
    return canvas(arrows, current, width, height, glyphs).text().split("\n")


def canvas(
    arrows: list[Arrow], current: int = 0, width: int = 80, height: int = 12, glyphs: Glyphs = UNICODE
) -> Canvas:
    drawn = Canvas(width, height)
    ladder.paint(
        drawn, glyphs, arrows=arrows, current=current, left=SafeText("we"), right=SafeText("the peer")
    )
    return drawn


def test_packets_point_where_they_go() -> None:
    lines = painted([arrow(1, 0), arrow(2, 10, outgoing=False), arrow(3, 20)], current=2)
    assert "►│" in lines[1]
    assert "│◄" in lines[2]
    assert "#1 PSH ACK seq=100 ack=1 len=80" in lines[1]


def test_a_lost_packet_dies_on_the_way() -> None:
    lines = painted([arrow(1, 0, lost=True), arrow(2, 1, outgoing=False, lost=True), arrow(3, 2)], current=2)
    assert "─×   " in lines[1]
    assert "►" not in lines[1]
    assert "   ×─" in lines[2]
    assert "◄" not in lines[2]


@pytest.mark.parametrize("outgoing", [True, False])
def test_a_repetition_points_back_at_what_it_repeats(outgoing: bool) -> None:
    first, last = arrow(1, 0, outgoing, lost=True), arrow(3, 20, outgoing, repeats=0)
    lines = painted([first, arrow(2, 10), last, arrow(4, 30)], current=3)
    assert ("┌►│" if outgoing else "│◄┐") in lines[1]
    assert "│ │" in lines[2]
    assert ("└─│" if outgoing else "│─┘") in lines[3]


def test_what_it_repeats_may_be_out_of_sight() -> None:
    arrows = [arrow(index, index) for index in range(40)]
    arrows.append(arrow(40, 41, repeats=2))
    lines = painted(arrows, current=40)
    assert "▲" in lines[1]


@pytest.mark.parametrize("current", [0, 1, 17, 250, 499])
@pytest.mark.parametrize("height", [2, 5, 12, 40])
def test_the_current_packet_is_always_in_sight(current: int, height: int) -> None:
    arrows = [arrow(index + 1, index * 60 * (1 + index % 3)) for index in range(500)]
    lines = painted(arrows, current, height=height)
    [here] = [line for line in lines if "●" in line]
    assert f"#{current + 1} " in here
    assert "━" in here


def test_a_packet_at_the_gate_waits_on_our_side() -> None:
    assert "│·┃·····" in painted([arrow(1, 0), arrow(2, 1, pending=True)])[2]


def test_another_protocol_has_no_numbers() -> None:
    who_has = arrow(1, 0)._replace(words=SafeText("ARP Who has 192.0.2.1?"), seq=None, ack=None, length=0)
    assert " #1 ARP Who has 192.0.2.1? " in painted([who_has])[1]
    assert " ARP Who ha " in painted([who_has], width=24)[1]


def test_a_full_page_is_shown_at_the_end() -> None:
    lines = painted([arrow(index + 1, index) for index in range(100)], current=99, height=12)
    assert sum("#" in line for line in lines) == 11


def test_a_pause_has_a_row_of_its_own() -> None:
    lines = painted([arrow(1, 0), arrow(2, 230)])
    assert "230 ms later" in lines[2]


def test_round_trips_and_times_stand_beside_the_arrows() -> None:
    [line] = [line for line in painted([arrow(1, 12, round_trip=10 * MS)]) if "#1" in line]
    assert line.startswith("0.012000")
    assert line.rstrip().endswith("10 ms")


@pytest.mark.parametrize(
    ("width", "label"),
    [
        (52, " #1 PSH ACK seq=100 ack=1 len=80 "),
        (45, " PSH ACK seq=100 ack=1 len=80 "),
        (40, " #1 PSH ACK seq=100 len=80 "),
        (34, " PSH ACK seq=100 "),
        (24, " PSH ACK "),
    ],
)
def test_labels_shrink_with_the_room(width: int, label: str) -> None:
    assert label in painted([arrow(1, 0)], width=width)[1]


def test_an_ack_without_data_keeps_its_number_longest() -> None:
    bare = arrow(1, 0)._replace(words=SafeText("ACK"), seq=101, ack=70, length=0)
    assert " #1 ACK ack=70 " in painted([bare], width=30)[1]


@pytest.mark.parametrize(
    ("width", "label"),
    [
        (80, " #1 ACK seq=101 ack=70 Dup ACK 3#1 "),
        (46, " #1 ACK ack=70 Dup ACK 3#1 "),
        (38, " ACK ack=70 Dup ACK 3#1 "),
        (33, " D #1 ACK ack=70 "),
        (20, " D ACK "),
    ],
)
def test_what_is_odd_is_said_in_words_or_by_its_sign(width: int, label: str) -> None:
    odd = arrow(1, 0)._replace(words=SafeText("ACK"), seq=101, ack=70, length=0)
    odd = odd._replace(remark=SafeText("Dup ACK 3#1"), sign=SafeText("D"))
    assert label in painted([odd], width=width)[1]


def test_no_packets_leave_two_hosts() -> None:
    lines = painted([])
    assert "we" in lines[0]
    assert "the peer" in lines[0]


def test_plain_terminals_get_plain_signs() -> None:
    arrows = [arrow(1, 0, lost=True), arrow(2, 300, repeats=0)]
    assert "\n".join(painted(arrows, glyphs=ASCII)).isascii()
