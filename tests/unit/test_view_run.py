import random

import pytest
from helpers import runs
from helpers.runs import MS, RunBuilder, ours, read_whole, small_run, tcp_frame, theirs

from tcpviz.analysis import Analyzer, tcp_packet
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Recording
from tcpviz.tcp.state import State
from tcpviz.view.run import RunView
from tcpviz.wire.segment import ACK, Segment
from tcpviz.wire.seq import Seq


@pytest.fixture
def run() -> RunView:
    return read_whole(small_run())


class Ticks:
    """A clock that goes on by one each time it is looked at."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1
        return self.now


def test_packets_are_the_frame_rows_lost_ones_too(run: RunView) -> None:
    rows = [run.packets.row(position) for position in range(len(run.packets))]
    assert rows == [row for row in range(len(run)) if row != runs.ROW_CONNECT]
    assert runs.ROW_LOST in rows


def test_position_of_a_row_that_is_no_packet_is_the_packet_before_it(run: RunView) -> None:
    assert run.packets.position(runs.ROW_ARP) == 0
    assert run.packets.position(runs.ROW_CONNECT) == 0
    assert run.packets.position(runs.ROW_SYN) == 1
    assert run.packets.position(-1) == -1


def test_position_at_a_time(run: RunView) -> None:
    assert run.packets.at_time(-1) == -1
    assert run.packets.row(run.packets.at_time(21 * MS)) == runs.ROW_ACK
    assert run.packets.row(run.packets.at_time(249 * MS)) == runs.ROW_DUPLICATE_ACK


def test_the_observer_sees_numbered_frames_only(run: RunView) -> None:
    analyzer, recording = Analyzer(), run.recording
    for position in range(len(run.packets)):
        row = recording.row(run.packets.row(position))
        packet = tcp_packet(recording.data(run.packets.row(position)))
        observed = run.packets.observed(position)
        if packet is None:
            assert observed is None
        elif row.number:
            verdict = analyzer.add(row.number, row.time, packet)
            assert observed
            assert observed.flags == verdict.flags
            assert (observed.seq, observed.ack) == (verdict.seq, verdict.ack or 0)


def test_a_frame_lost_on_its_way_to_us_has_the_numbers_of_its_stream(run: RunView) -> None:
    observed = run.moment(runs.ROW_LOST).observed
    assert observed
    assert (observed.seq, observed.ack, observed.length) == (1449, 30, 1000)
    assert observed.window == 509 << 7
    assert not observed.flags


def test_advance_stops_when_the_budget_is_spent_and_goes_on_later() -> None:
    recording = Recording.create(link="test", epoch=0)
    for at in range(100):
        recording.moment(at, Kind.NOTE, text="x")
    recording.commit()
    view, clock = RunView(recording), Ticks()
    assert view.advance(1, clock)
    assert 0 < len(view) < 100
    assert view.behind == 100 - len(view)
    while view.advance(1, clock):
        pass
    assert (len(view), view.behind) == (100, 0)


def test_advance_sees_nothing_before_it_is_published() -> None:
    builder = RunBuilder()
    view = RunView(builder.recording)
    builder.sent(0, Segment(runs.ISS))
    assert not view.advance(1, Ticks())
    builder.recording.commit()
    assert view.advance(1, Ticks())
    assert len(view.packets) == 1


def test_in_pieces_or_at_once_makes_no_difference() -> None:
    recording = small_run()
    whole, pieces, clock = read_whole(recording), RunView(recording), Ticks()
    while pieces.advance(0, clock):
        pass
    assert [whole.line(at) for at in range(len(whole.packets))] == [
        pieces.line(at) for at in range(len(pieces.packets))
    ]
    assert whole.alerts.totals == pieces.alerts.totals


def test_moment_has_the_state_before_and_after(run: RunView) -> None:
    moment = run.moment(runs.ROW_DATA)
    assert moment.before
    assert moment.snapshot
    assert moment.before.rcv_nxt == theirs(1)
    assert moment.snapshot.rcv_nxt == theirs(1449)
    assert moment.packet
    assert moment.packet.length == 1448


def test_a_row_without_connection_shows_the_one_before_it(run: RunView) -> None:
    moment = run.moment(runs.ROW_LOST)
    assert moment.row.flow == 0
    assert moment.flow == 1
    assert moment.snapshot == run.moment(runs.ROW_DATA).snapshot


def test_nothing_is_known_of_a_connection_before_it_begins(run: RunView) -> None:
    moment = run.moment(runs.ROW_ARP)
    assert moment.snapshot is None
    assert moment.observed is None


def test_path_grows_with_the_row(run: RunView) -> None:
    assert [(row, change.new) for row, change in run.path(runs.ROW_ACK, 1)] == [
        (runs.ROW_CONNECT, State.SYN_SENT),
        (runs.ROW_SYN_ACK, State.ESTABLISHED),
    ]
    assert run.path(runs.ROW_LAST, 1)[-1][1].new is State.TIME_WAIT
    assert run.path(runs.ROW_LAST, 2) == []


def test_peer_path_has_each_state_once() -> None:
    builder = RunBuilder()
    for time, state in enumerate((State.LISTEN, State.LISTEN, State.SYN_RECEIVED)):
        builder.recording.frame(time, Direction.OUT, b"", flow=1, peer_state=state)
    builder.recording.commit()
    view = read_whole(builder.recording)
    assert view.peer_path(2, 1) == [(0, State.LISTEN), (2, State.SYN_RECEIVED)]
    assert view.moment(1).peer_state is State.LISTEN


def test_endpoints_are_ours_first(run: RunView) -> None:
    assert run.endpoints(1) == ("192.0.2.2:40000", "192.0.2.1:80")
    assert run.endpoints(2) is None


def test_density_counts_every_packet_once(run: RunView) -> None:
    for width in (1, 7, 80):
        counts = run.density(width)
        assert len(counts) == width
        assert sum(count for count, _ in counts) == len(run.packets)
    assert [alert for _, alert in run.density(2)] == [True, True]
    assert [alert for _, alert in run.density(3)] == [True, False, True]
    assert run.density(0) == []


def test_density_of_an_empty_run() -> None:
    view = RunView(Recording.create(link="test", epoch=0))
    assert view.density(3) == [(0, False)] * 3


def test_two_connections_keep_their_own_state() -> None:
    recording = Recording.create(link="test", epoch=0)
    for index in range(10):
        snapshot = runs.BASE._replace(cwnd=index)
        recording.moment(index, Kind.CALL, flow=1 + index % 2, snapshot=snapshot)
    recording.commit()
    view = read_whole(recording)
    for index in range(2, 10):
        before = view.moment(index).before
        assert before
        assert before.cwnd == index - 2
        other = view.snapshot(index, 2 - index % 2)
        assert other
        assert other.cwnd == index - 1


def test_times_that_go_back_do_not_disturb_the_search() -> None:
    rng = random.Random(5)
    recording = Recording.create(link="test", epoch=0)
    for at in range(50):
        time = at * MS + rng.randrange(-3 * MS, 3 * MS)
        recording.frame(time, Direction.IN, tcp_frame(Direction.IN, Segment(Seq(at), ours(1), ACK)))
    recording.commit()
    view = read_whole(recording)
    positions = [view.packets.at_time(time) for time in range(0, 60 * MS, MS // 2)]
    assert positions == sorted(positions)
    assert positions[-1] == 49


def test_a_pending_frame_gets_the_numbers_it_would_have(run: RunView) -> None:
    data = tcp_frame(Direction.IN, Segment(theirs(2897), ours(31), ACK, 509))
    line = run.pending_line(data, Direction.IN, 300 * MS)
    assert (line.number, line.seq, line.ack, line.window) == (">", "2897", "31", str(509 << 7))
    assert line.note == "[at the gate]"


def test_lost_on_the_way_to_the_peer_stays_numbered() -> None:
    builder = RunBuilder()
    builder.sent(0, Segment(runs.ISS), fate=Fate.LOST)
    builder.recording.commit()
    assert read_whole(builder.recording).line(0).number == "1"
