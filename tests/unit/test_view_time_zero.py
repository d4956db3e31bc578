"""All parts of the screen and the exports count time from the first packet."""

from helpers.runs import ISS, MS, RunBuilder, ours, read_whole, tcp_frame, theirs

from tcpviz.analysis.filter import compile_filter
from tcpviz.link.base import Direction
from tcpviz.recording import Kind
from tcpviz.view import arrows, graphs, series, timeline
from tcpviz.view.canvas import Canvas
from tcpviz.view.export.table import packet
from tcpviz.view.filtered import FilteredPackets
from tcpviz.view.glyphs import UNICODE
from tcpviz.view.run import RunView
from tcpviz.wire.segment import ACK, SYN, Segment

OPENED = 198 * MS
"""How long the link took."""


def late_run() -> RunView:
    """A note at 0, the first packet at 198 ms, the others 79 ms and 100 ms after it."""
    run = RunBuilder()
    run.recording.moment(0, Kind.NOTE, text="opening the link")
    run.sent(OPENED, Segment(ISS, flags=SYN, window=65535, mss=1460))
    run.moves(irs=theirs(0), rcv_nxt=theirs(1), snd_una=ours(1))
    run.came(OPENED + 79 * MS, Segment(theirs(0), ours(1), SYN | ACK, 65160, mss=1460))
    run.sent(OPENED + 100 * MS, Segment(ours(1), theirs(1), ACK, 512))
    run.recording.commit()
    return read_whole(run.recording)


def drawn(canvas: Canvas) -> str:
    return "\n".join("".join(text for text, _ in row) for row in canvas.rows())


def test_list_timeline_ladder_and_export_say_the_same_time_of_a_packet() -> None:
    run = late_run()
    moment = run.moment(run.packets.row(1))
    canvas = Canvas(60, 2)
    timeline.paint(
        canvas, UNICODE, times=run.packets.times, alerts=[], now=moment.row.time, end=run.last_time
    )
    assert run.line(1).time == "0.079000"
    assert "79 ms" in drawn(canvas)
    assert "277" not in drawn(canvas)
    assert arrows.single(run, 1).time == 79 * MS
    assert packet(run, 1)["time"] == 0.079


def test_the_graphs_time_axis_begins_at_the_first_packet() -> None:
    run = late_run()
    moment = run.moment(run.packets.row(2))
    canvas = Canvas(70, 8)
    samples = series.samples(run, moment, 70)
    graphs.paint_all(canvas, UNICODE, samples, now=moment.row.time, zero=run.first_time)
    assert drawn(canvas).splitlines()[-1].startswith(" " * 12 + "└0.00 s")
    assert "0.08 s" in drawn(canvas)


def test_the_list_is_the_same_time_as_a_filter_sees() -> None:
    run = late_run()
    passing = FilteredPackets(run, compile_filter("frame.time_relative == 0.079"))
    passing.advance(10**9, lambda: 0)
    assert list(passing.positions) == [1]


def test_what_is_before_the_first_packet_has_a_negative_time_and_the_first_packet_none() -> None:
    run = late_run()
    assert run.since_first(run.recording.time(0)) == -OPENED
    assert run.since_first(run.first_time) == 0


def test_the_packet_that_waits_while_there_is_none_is_the_first() -> None:
    run = RunBuilder()
    run.recording.moment(0, Kind.NOTE, text="opening the link")
    run.recording.commit()
    frame = tcp_frame(Direction.OUT, Segment(ISS, flags=SYN, window=65535))
    waiting = read_whole(run.recording).pending_line(frame, Direction.OUT, OPENED)
    assert waiting.time == "0.000000"
