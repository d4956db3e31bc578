"""The graphs of a capture: what an observer measures."""

from helpers.runs import MS, ours, read_whole, tcp_frame, theirs

from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.view import graphs, series
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import UNICODE
from tcpviz.view.graphs import Samples
from tcpviz.view.run import RunView
from tcpviz.wire.segment import ACK, SYN, Segment

OUT, IN = Direction.OUT, Direction.IN
DOWNLOAD = (
    (0, OUT, Segment(ours(0), flags=SYN, window=5000)),
    (10, IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
    (11, OUT, Segment(ours(1), theirs(1), ACK, 4000)),
    (20, IN, Segment(theirs(1), ours(1), ACK, 5000, bytes(100))),
    (21, IN, Segment(theirs(101), ours(1), ACK, 5000, bytes(100))),
    (25, OUT, Segment(ours(1), theirs(201), ACK, 3000)),
    (30, IN, Segment(theirs(201), ours(1), ACK, 5000, bytes(100))),
    (28, OUT, Segment(ours(1), theirs(301), ACK, 3000)),
)


def capture() -> RunView:
    recording = Recording.create(link="capture", epoch=0)
    for time, direction, segment in DOWNLOAD:
        recording.frame(time * MS, direction, tcp_frame(direction, segment))
    recording.commit()
    return read_whole(recording)


def samples() -> Samples:
    run = capture()
    return series.samples(run, run.moment(3), 100)


def test_what_is_in_flight_stands_beside_the_window_that_was_offered() -> None:
    found = samples()
    assert found.inbound
    assert [(each.time // MS, each.in_flight, each.window) for each in found.windows] == [
        (20, 100, 4000),
        (21, 200, 4000),
        (30, 100, 3000),
    ]


def test_the_round_trip_of_an_acknowledgment_and_what_it_says_got_across() -> None:
    found = samples()
    assert [(each.time // MS, each.rtt // MS) for each in found.round_trips] == [(11, 1), (25, 4), (28, 0)]
    assert [(time // MS, octets) for time, octets in found.arrivals] == [(11, 0), (25, 200), (28, 100)]


def test_the_graphs_of_a_stream_reach_from_its_first_packet_to_its_last() -> None:
    recording = Recording.create(link="capture", epoch=0)
    others = tcp_frame(OUT, Segment(ours(9), theirs(9), ACK, 1))
    others = others[:34] + b"\x11\x11" + others[36:]  # another port
    recording.frame(0, OUT, others)
    for time, direction, segment in DOWNLOAD[:-1]:
        recording.frame((100 + time) * MS, direction, tcp_frame(direction, segment))
    recording.frame(10_000 * MS, OUT, others)
    recording.commit()
    run = read_whole(recording)
    assert series.samples(run, run.moment(3), 100).span == (100 * MS, 130 * MS)
    assert series.samples(run, run.moment(0), 100).span == (0, 10_000 * MS)


def test_all_four_graphs_are_drawn_without_what_no_packet_says() -> None:
    canvas = Canvas(130, 40)
    graphs.paint_all(canvas, UNICODE, samples(), now=25 * MS)
    text = canvas.text()
    for title in ("Sequence numbers", "Send window", "Round trips", "Throughput", "in flight", "RTT"):
        assert title in text
    for unknown in ("cwnd", "ssthresh", "RTO", "SRTT"):
        assert unknown not in text
