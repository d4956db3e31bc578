"""The ladder's arrows and the graphs' samples, from the small run, whose numbers are known."""

import pytest
from helpers import runs
from helpers.runs import MS, read_whole, small_run

from tcpviz.link.base import Direction
from tcpviz.session.status import PendingFrame
from tcpviz.view import arrows, points, series
from tcpviz.view.arrows import Arrows
from tcpviz.view.ladder import Arrow
from tcpviz.view.reused import Reused
from tcpviz.view.role import Role
from tcpviz.view.run import RunView


@pytest.fixture(scope="module")
def run() -> RunView:
    return read_whole(small_run())


def page(run: RunView, row: int, height: int = 50) -> Arrows:
    return arrows.around(run, run.moment(row), height)


def of_row(run: RunView, row: int) -> Arrow:
    """The arrow of a row, on a page that shows all."""
    return page(run, row).arrows[run.packets.position(row)]


def test_as_many_as_fit_around_the_moment(run: RunView) -> None:
    shown = page(run, runs.ROW_BEYOND, height=3)
    assert shown.positions[0] == run.packets.position(runs.ROW_BEYOND) - 3
    assert [arrow.number for arrow in shown.arrows] == [5, 6, 0, 7, 8, 9]
    assert shown.arrows[shown.current].number == 7


def test_only_what_passes_is_around_the_moment(run: RunView) -> None:
    here = run.packets.position(runs.ROW_BEYOND)
    passing = [0, 2, here + 1, here + 2]
    shown = arrows.around(run, run.moment(runs.ROW_BEYOND), 3, passing=passing)
    assert list(shown.positions) == [0, 2, here, here + 1, here + 2]
    assert shown.current == 2
    assert len(shown.arrows) == 5


def test_a_segment_says_its_bits_and_numbers(run: RunView) -> None:
    syn = of_row(run, runs.ROW_SYN)
    assert (syn.words, syn.outgoing, syn.seq, syn.ack, syn.length) == ("SYN", True, 0, None, 0)
    answer = of_row(run, runs.ROW_SYN_ACK)
    assert (answer.words, answer.outgoing, answer.ack, answer.round_trip) == ("SYN ACK", False, 1, 20 * MS)


def test_another_protocol_has_words_only(run: RunView) -> None:
    who_has = of_row(run, runs.ROW_ARP)
    assert who_has.words.startswith("ARP Who has 192.0.2.1?")
    assert who_has.seq is None


def test_a_repetition_knows_the_lost_packet_that_it_repeats(run: RunView) -> None:
    assert of_row(run, runs.ROW_LOST).lost
    assert of_row(run, runs.ROW_AGAIN).repeats == run.packets.position(runs.ROW_LOST)
    others = [arrow for arrow in page(run, runs.ROW_AGAIN).arrows if arrow.repeats is not None]
    assert others == [of_row(run, runs.ROW_AGAIN)]


def test_a_repetition_says_what_it_is_to_an_observer(run: RunView) -> None:
    again = of_row(run, runs.ROW_AGAIN)
    assert (again.remark, again.sign) == ("Retransmission", "R")
    assert of_row(run, runs.ROW_SYN).sign == ""


@pytest.mark.parametrize(
    ("row", "again"),
    [(runs.ROW_SYN, True), (runs.ROW_LOST, True), (runs.ROW_ACK, False), (runs.ROW_ARP, False)],
)
def test_what_waits_may_repeat_what_is_in_the_list(run: RunView, row: int, again: bool) -> None:
    data, direction = run.recording.data(row), run.recording.row(row).direction
    assert arrows.repeats(run, PendingFrame(data, direction, 900 * MS)) is again


def test_what_is_repeated_may_lie_before_the_page(run: RunView) -> None:
    shown = page(run, runs.ROW_AGAIN, height=1)
    assert shown.arrows[shown.current].repeats == -1


def test_what_waits_at_the_gate_follows_the_last_packet(run: RunView) -> None:
    waits = PendingFrame(run.recording.data(runs.ROW_FIN), Direction.OUT, 900 * MS)
    *_, last = arrows.around(run, run.moment(runs.ROW_LAST), 5, [waits]).arrows
    assert last.pending
    assert last.words == "at the gate: FIN ACK"
    assert not any(arrow.pending for arrow in arrows.around(run, run.moment(0), 2, [waits]).arrows)


def test_both_ends_have_names(run: RunView) -> None:
    assert arrows.hosts(run, run.moment(runs.ROW_SYN)) == ("192.0.2.2:40000", "192.0.2.1:80")


def test_the_graphs_reach_from_the_first_to_the_last_packet(run: RunView) -> None:
    samples = series.samples(run, run.moment(runs.ROW_LAST), 100)
    assert samples.span == (1 * MS, 271 * MS)
    assert samples.inbound
    assert sum(octets for _, octets in samples.arrivals) == len(runs.REQUEST) + len(runs.RESPONSE) + 2, (
        "and two FINs"
    )


def test_a_round_trip_stands_where_it_was_measured(run: RunView) -> None:
    samples = series.samples(run, run.moment(runs.ROW_LAST), 100).round_trips
    assert [sample.rtt for sample in samples if sample.rtt] == [20 * MS]


@pytest.mark.parametrize("steps", [1, 5, 1000])
def test_there_are_no_more_samples_than_steps(run: RunView, steps: int) -> None:
    known = series.states(run, 1, 0, 271 * MS, steps)
    assert len(known) <= steps + 1
    assert [time for time, _ in known] == sorted({time for time, _ in known})


def test_the_dots_are_of_the_direction_that_carries_the_data(run: RunView) -> None:
    dots = points.time_sequence(run, run.moment(runs.ROW_LAST), runs.ROW_LAST)
    assert {dot.role for dot in dots} >= {Role.DATA, Role.ACK, Role.LOST}
    assert max(dot.value for dot in dots) >= len(runs.RESPONSE)


def test_that_kept_arrows_and_dots_are_those_that_are_made_anew(run: RunView) -> None:
    arrows_kept, dots_kept = arrows.keep(), points.keep()
    for row in (*range(len(run)), *reversed(range(len(run)))):
        moment = run.moment(row)
        kept = arrows.around(run, moment, 4, kept=arrows_kept)
        assert kept == arrows.around(run, moment, 4)
        dots = points.time_sequence(run, moment, row, 8, dots_kept)
        assert dots == points.time_sequence(run, moment, row, 8)


def test_that_what_is_kept_is_made_once_and_forgotten_when_unwanted() -> None:
    made: list[int] = []

    def make(key: int) -> int:
        made.append(key)
        return -key

    kept = Reused(make)
    assert kept.each([1, 2]) == [-1, -2]
    assert kept.each([2, 3]) == [-2, -3]
    assert kept.each([1]) == [-1]
    assert made == [1, 2, 3, 1]
