"""The timeline: density, alerts, the moment shown, and long pauses."""

import pytest

from tcpviz.view import timeline
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.timeline import Axis

MS = 1_000_000
SECOND = 1000 * MS


def painted(
    times: list[int],
    *,
    now: int,
    alerts: tuple[int, ...] = (),
    end: int | None = None,
    width: int = 50,
    height: int = 2,
    glyphs: Glyphs = UNICODE,
) -> Canvas:
    canvas = Canvas(width, height)
    timeline.paint(canvas, glyphs, times=times, alerts=alerts, now=now, end=times[-1] if end is None else end)
    return canvas


def roles(canvas: Canvas) -> list[Role]:
    return [role for text, role in canvas.rows()[0] for _ in text]


STEADY = [index * 10 * MS for index in range(101)]


def test_the_past_is_bright_and_the_future_grey() -> None:
    found = roles(painted(STEADY, now=500 * MS))
    head = found.index(Role.PLAYHEAD)
    assert head == 24
    assert set(found[:head]) == {Role.DENSITY}
    assert set(found[head + 1 :]) == {Role.FUTURE}


def test_the_more_packets_the_higher() -> None:
    burst = sorted(STEADY + [200 * MS + index for index in range(50)])
    bars = painted(burst, now=SECOND).text()
    assert bars[10] == "█"
    assert set(bars[:10]) <= set("▁▂▃")


def test_a_single_packet_among_thousands_shows() -> None:
    times = [0, *(SECOND + index for index in range(100_000))]
    assert painted(times, now=SECOND, end=SECOND + 100_000).text()[0] == "▁"


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_an_alert_has_a_role_and_a_sign(glyphs: Glyphs) -> None:
    canvas = painted(STEADY, now=0, alerts=(500 * MS,), glyphs=glyphs)
    assert roles(canvas)[24] is Role.ALERT
    assert canvas.text().split("\n")[1][24] == "!"


def test_times_stand_at_both_ends_and_at_the_moment() -> None:
    labels = painted(STEADY, now=500 * MS).text().split("\n")[1]
    assert labels.startswith("0 ms")
    assert labels.endswith("1 s")
    assert labels[24:].startswith("▲ 500 ms")


@pytest.mark.parametrize("now", [0, 20 * MS, 980 * MS, SECOND])
def test_labels_give_way_to_the_moment_shown(now: int) -> None:
    labels = painted(STEADY, now=now, width=20).text().split("\n")[1]
    assert labels.count("▲") == 1
    assert (" ms ▲" in labels) or ("▲ " in labels) or labels.endswith("s ▲")


def test_a_long_pause_is_cut_short_and_marked() -> None:
    later = [300 * SECOND + time for time in STEADY]
    canvas = painted(STEADY + later, now=0)
    bars = canvas.text().split("\n")[0]
    assert "╱╱╱" in bars
    assert len(bars[1:].split("╱╱╱")[0].strip()) > 15
    assert len(bars[1:].split("╱╱╱")[1].strip()) > 15


def test_a_round_trip_is_no_pause() -> None:
    assert "╱" not in painted([0, 300 * MS, 301 * MS], now=0).text()


def test_silence_at_the_end_of_a_live_run_is_cut_short() -> None:
    canvas = painted(STEADY, now=60 * SECOND, end=60 * SECOND)
    assert "╱╱╱" in canvas.text()
    assert roles(canvas)[-1] is Role.PLAYHEAD


def test_a_click_finds_the_time_of_the_cell() -> None:
    axis = Axis.over(STEADY + [300 * SECOND + time for time in STEADY], 301 * SECOND, 50)
    assert [axis.cell(axis.time(cell)) for cell in range(50)] == list(range(50))
    assert axis.time(0) == 0


def test_a_million_packets_are_not_read_one_by_one() -> None:
    class Counting(list[int]):
        looks = 0

        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            Counting.looks += 1
            return super().__getitem__(index)

    times = Counting(range(0, 10**12, 10**7))
    timeline.paint(Canvas(200, 2), UNICODE, times=times, alerts=[], now=0, end=10**12)
    assert 0 < Counting.looks < len(times) // 10
