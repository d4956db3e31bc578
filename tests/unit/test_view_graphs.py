"""The graphs: scales, legends, and what stands out."""

from collections.abc import Callable

import pytest

from tcpviz.view import graphs
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import ASCII, UNICODE
from tcpviz.view.graphs import Point, RttSample, WindowSample
from tcpviz.view.role import Role

MS = 1_000_000
SECOND = 1000 * MS


def lines(paint: Callable[[Canvas], object], width: int = 60, height: int = 12) -> list[str]:
    canvas = Canvas(width, height)
    paint(canvas)
    return canvas.text().split("\n")


RAMP = [Point(index * 10 * MS, index * 1000, Role.DATA) for index in range(101)]


def test_sequence_numbers_rise_from_corner_to_corner() -> None:
    drawn = lines(lambda canvas: graphs.paint_time_sequence(canvas, UNICODE, RAMP))
    assert drawn[1][-1] != " "
    assert drawn[-2][12] != " "
    assert drawn[1].startswith("      100 kB│")
    assert drawn[-2].startswith("         0 B│")
    assert "0.0 s" in drawn[-1]
    assert "0.5 s" in drawn[-1]


def test_losses_and_repetitions_have_signs_of_their_own() -> None:
    points = sorted([*RAMP, Point(300 * MS, 30_000, Role.LOST), Point(700 * MS, 30_000, Role.RETRANSMISSION)])
    drawn = lines(lambda canvas: graphs.paint_time_sequence(canvas, UNICODE, points))
    assert "× lost" in drawn[0]
    assert "▞ sent again" in drawn[0]
    plot = "\n".join(drawn[1:])
    assert plot.count("×") == plot.count("▞") == 1


def test_the_legend_names_only_what_there_is() -> None:
    drawn = lines(lambda canvas: graphs.paint_time_sequence(canvas, UNICODE, RAMP))
    assert drawn[0].split() == ["Sequence", "numbers", "⠶", "data"]


WINDOW = [
    WindowSample(index * 10 * MS, 10_000 + 100 * index, 1 << 30, 9_000, 4 << 20) for index in range(100)
]


def test_limits_far_above_do_not_flatten_the_curve() -> None:
    drawn = lines(lambda canvas: graphs.paint_window(canvas, UNICODE, WINDOW), width=110)
    named = [line.split("│")[0].strip() for line in drawn[1:-1]]
    assert [name for name in named if name] == ["15 kB", "10 kB", "5 kB", "0 B"]
    assert "w window 4.19 MB ▲" in drawn[0]
    assert "s ssthresh 1.07 GB ▲" in drawn[0]
    assert "c cwnd 19.9 kB  " in drawn[0]


def test_lines_are_named_where_they_end() -> None:
    drawn = lines(lambda canvas: graphs.paint_window(canvas, UNICODE, WINDOW))
    assert [line[-1] for line in drawn[1:-1] if line[-1].isalpha()] == ["c", "f"]


def test_the_legend_tells_the_values_of_the_moment_shown() -> None:
    drawn = lines(lambda canvas: graphs.paint_window(canvas, UNICODE, WINDOW, now=500 * MS))
    assert "c cwnd 15 kB" in drawn[0]
    assert any("│" in line[10:] for line in drawn[1:-1])


def test_round_trips_and_the_timeout() -> None:
    samples = [RttSample(index * 10 * MS, 20 * MS, 21 * MS, 200 * MS) for index in range(50)]
    drawn = lines(lambda canvas: graphs.paint_rtt(canvas, UNICODE, samples))
    assert "RTT" in drawn[0]
    assert "s SRTT 21 ms" in drawn[0]
    assert "o RTO 200 ms ▲" in drawn[0]


def test_throughput_is_octets_over_time() -> None:
    arrivals = [(index * MS, 1250) for index in range(1000)]
    drawn = lines(lambda canvas: graphs.paint_throughput(canvas, UNICODE, arrivals))
    assert "Throughput" in drawn[0]
    named = [line.split("│")[0].strip() for line in drawn[1:-1]]
    assert [name for name in named if name] == ["8 Mbit/s", "4 Mbit/s", "0 bit/s"]


@pytest.mark.parametrize(
    ("top", "values"), [(0, ["1 B", "0 B"]), (1, ["1 B", "0 B"]), (3, ["3 B", "2 B", "1 B", "0 B"])]
)
def test_small_values_have_distinct_ticks(top: int, values: list[str]) -> None:
    points = [Point(0, 0, Role.DATA), Point(10 * MS, top, Role.DATA)]
    drawn = lines(lambda canvas: graphs.paint_time_sequence(canvas, UNICODE, points))
    named = [line.split("│")[0].strip() for line in drawn[1:-1]]
    assert [name for name in named if name] == values


def test_nothing_measured_leaves_a_legend() -> None:
    assert "delivered 0 bit/s" in lines(lambda canvas: graphs.paint_throughput(canvas, UNICODE, []))[0]


def test_plain_terminals_get_plain_signs() -> None:
    drawn = lines(lambda canvas: graphs.paint_window(canvas, ASCII, WINDOW, now=500 * MS))
    assert "\n".join(drawn).isascii()
