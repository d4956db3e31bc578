import pytest
from helpers import runs
from helpers.runs import MS, RunBuilder, ours, read_whole, small_run, theirs

from tcpviz.session.status import Status
from tcpviz.tcp.state import State
from tcpviz.view.run import RunView
from tcpviz.view.safe import cells
from tcpviz.view.status import GAP, Part, fitted, parts
from tcpviz.wire.segment import ACK, RST, Segment

LAB = Status(url="http://lab/", link="sim", impair="loss=5%")


@pytest.fixture(scope="module")
def run() -> RunView:
    return read_whole(small_run())


def texts(line: list[Part]) -> list[str]:
    return [part.text for part in line]


def width(line: list[Part]) -> int:
    return sum(cells(part.text) for part in line) + GAP * (len(line) - 1)


def test_all_parts_in_their_order(run: RunView) -> None:
    assert texts(parts(run, run.moment(runs.ROW_REQUEST), LAB)) == [
        "192.0.2.2:40000 > 192.0.2.1:80",
        "ESTABLISHED",
        "srtt 20 ms",
        "rto 200 ms",
        "cwnd 14.5 kB",
        "in flight 29 B",
        "in 0 bit/s",
        "out 0 bit/s",
        "impaired: loss=5%",
        "sim",
    ]


def test_a_moment_before_the_connection_shows_only_what_is_known(run: RunView) -> None:
    assert texts(parts(run, run.moment(runs.ROW_ARP), LAB)) == [
        "192.0.2.2:40000 > 192.0.2.1:80",
        *texts(parts(run, None, LAB)),
    ]
    assert texts(parts(run, None, LAB)) == ["impaired: loss=5%", "sim"]
    assert parts(run, None, None) == []


def test_no_round_trip_yet(run: RunView) -> None:
    assert "srtt -" in texts(parts(run, run.moment(runs.ROW_SYN), None))


@pytest.mark.parametrize("columns", [200, 160, 120, 80, 60, 40, 20, 11, 5, 0])
def test_it_fits_into_any_width(run: RunView, columns: int) -> None:
    everything = parts(run, run.moment(runs.ROW_REQUEST), LAB)
    kept = fitted(everything, columns)
    assert not kept or width(kept) <= columns
    assert kept == [part for part in everything if part in kept]


def test_what_matters_least_goes_first(run: RunView) -> None:
    everything = parts(run, run.moment(runs.ROW_REQUEST), LAB)
    assert fitted(everything, 300) == everything
    assert texts(fitted(everything, 80)) == [
        "192.0.2.2:40000 > 192.0.2.1:80",
        "ESTABLISHED",
        "rto 200 ms",
        "in flight 29 B",
    ]
    assert texts(fitted(everything, 20)) == ["ESTABLISHED"]


def test_a_shorter_line_shows_nothing_that_a_longer_one_does_not(run: RunView) -> None:
    everything = parts(run, run.moment(runs.ROW_REQUEST), LAB)
    longer = everything
    for columns in range(200, 0, -1):
        line = fitted(everything, columns)
        assert set(line) <= set(longer)
        longer = line


def test_rates_are_those_of_the_last_second() -> None:
    builder = RunBuilder()
    builder.moves(state=State.ESTABLISHED, irs=runs.IRS, rcv_nxt=theirs(1), snd_una=ours(1))
    for step in range(40):
        builder.moves(rcv_nxt=theirs(1 + 1000 * (step + 1)))
        builder.came(step * 100 * MS, Segment(theirs(1 + 1000 * step), ours(1), ACK, 500, b"x" * 1000))
    builder.recording.commit()
    run = read_whole(builder.recording)
    assert "in 80 kbit/s" in texts(parts(run, run.moment(39), None))
    assert "out 0 bit/s" in texts(parts(run, run.moment(39), None))


def test_nothing_is_in_flight_where_the_connection_is_gone() -> None:
    builder = RunBuilder()
    builder.moves(state=State.CLOSED, irs=runs.IRS, rcv_nxt=theirs(1), snd_una=ours(1), snd_max=ours(9))
    builder.came(MS, Segment(theirs(1), ours(1), RST, 0, b""))
    builder.recording.commit()
    run = read_whole(builder.recording)
    assert "in flight 0 B" in texts(parts(run, run.moment(0), None))


def test_hostile_words_of_the_session_are_made_safe(run: RunView) -> None:
    hostile = Status(url="", link="e\x1b]0;x\x07th0", impair="a\nb")
    assert texts(parts(run, None, hostile)) == ["impaired: a b", "e.]0;x.th0"]
