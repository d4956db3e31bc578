"""A capture of others on the screen: states and sequence space at any row, by its packets alone."""

import random

import pytest
from helpers.runs import MS, arp_frame, ours, read_whole, small_run, tcp_frame, theirs
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tcpviz.analysis import TcpPacket
from tcpviz.analysis.space import Space
from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.tcp.state import State
from tcpviz.view import inferred, inferred_panes
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.inferred import Spaces
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.status import parts
from tcpviz.wire import arp
from tcpviz.wire.segment import ACK, FIN, RST, SYN, Segment
from tcpviz.wire.seq import Seq, add

OUT, IN = Direction.OUT, Direction.IN


def capture(*segments: tuple[Direction, Segment]) -> RunView:
    recording = Recording.create(link="capture", epoch=0)
    for number, (direction, segment) in enumerate(segments):
        recording.frame(number * MS, direction, tcp_frame(direction, segment))
    recording.commit()
    return read_whole(recording)


def small_capture() -> RunView:
    return capture(
        (OUT, Segment(ours(0), flags=SYN, window=5000)),
        (IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK | FIN, 5000)),
        (IN, Segment(theirs(1), ours(2), ACK | FIN, 5000)),
        (OUT, Segment(ours(2), theirs(2), ACK, 5000)),
    )


def states(run: RunView, index: int) -> tuple[State | None, State | None]:
    found = run.inferred(index)
    assert found
    return found.client.state, found.server.state


def download(packets: int) -> RunView:
    """A server that sends, and now and then loses a segment before the observer."""
    rng, at = random.Random(5), 1
    segments = [
        (OUT, Segment(ours(0), flags=SYN, window=5000)),
        (IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK, 5000)),
    ]
    while len(segments) < packets:
        lost = rng.random() < 0.05
        if not lost:
            segments.append((IN, Segment(theirs(at), ours(1), ACK, 5000, bytes(100))))
        segments.append((IN, Segment(theirs(at + 100), ours(1), ACK, 5000, bytes(100))))
        if lost:
            segments.append((OUT, Segment(ours(1), theirs(at), ACK, 4000)))
            segments.append((IN, Segment(theirs(at), ours(1), ACK, 5000, bytes(100))))
        at += 200
        segments.append((OUT, Segment(ours(1), theirs(at), ACK, rng.randrange(5000))))
    return capture(*segments)


def test_a_connection_of_ours_is_not_inferred() -> None:
    run = read_whole(small_run())
    assert {run.inferred(index) for index in range(len(run))} == {None}
    assert run.spaces(len(run) - 1) is None


def test_every_row_has_its_own_states() -> None:
    run = small_capture()
    found = [run.inferred(index) for index in range(len(run))]
    known = [each for each in found if each]
    assert (known[0].client.state, known[0].server.state) == (State.SYN_SENT, None)
    assert (known[-1].client.state, known[-1].server.state) == (State.TIME_WAIT, State.CLOSED)
    assert known[0].initial_rtt == 0
    assert known[-1].initial_rtt > 0
    assert known[0].endpoints == ("192.0.2.2:40000", "192.0.2.1:80")


def test_a_row_that_is_no_tcp_shows_the_connection_before_it() -> None:
    recording = Recording.create(link="capture", epoch=0)
    frame = arp_frame(arp.ArpPacket(arp.REQUEST, bytes(6), bytes(4), bytes(6), bytes(4)))
    recording.frame(0, OUT, frame)
    recording.frame(1, OUT, tcp_frame(OUT, Segment(ours(0), flags=SYN, window=5000)))
    recording.frame(2, OUT, frame)
    recording.commit()
    run = read_whole(recording)
    assert run.inferred(0) is None
    assert run.spaces(0) is None
    assert states(run, 2) == (State.SYN_SENT, None)


def test_ports_used_again_start_anew() -> None:
    iss = add(ours(0), 100_000)
    run = capture(
        (OUT, Segment(ours(0), flags=SYN)),
        (IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK | RST)),
        (OUT, Segment(iss, flags=SYN)),
        (IN, Segment(Seq(77), add(iss, 1), SYN | ACK, 5000)),
    )
    assert states(run, 2) == (State.CLOSED, State.LISTEN)
    assert states(run, 3) == (State.SYN_SENT, None)
    assert states(run, 4) == (State.SYN_SENT, State.SYN_RECEIVED)


@pytest.mark.parametrize(
    ("beyond", "server"), [(0, State.CLOSED), (4999, State.CLOSED), (70_000, State.ESTABLISHED)]
)
def test_a_reset_outside_the_window_resets_its_sender_alone(beyond: int, server: State) -> None:
    run = capture(
        (OUT, Segment(ours(0), flags=SYN, window=5000)),
        (IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK, 5000)),
        (OUT, Segment(ours(1 + beyond), flags=RST)),
    )
    assert states(run, 3) == (State.CLOSED, server)


def test_a_look_from_a_mark_sees_what_a_look_from_the_start_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferred, "MARKED", 10**9)
    whole = download(200)
    monkeypatch.setattr(inferred, "MARKED", 16)
    marked = download(200)
    for index in range(200):
        assert marked.spaces(index) == whole.spaces(index)


def test_a_look_that_goes_on_from_the_last_one_sees_what_a_fresh_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inferred, "MARKED", 16)
    monkeypatch.setattr(inferred, "PLACED", 5)
    run = download(200)
    for index in (0, 5, 6, 20, 19, 40, 41, 36, 39, 33, 180, 30, 31, len(run) - 1):
        assert run.spaces(index) == download(200).spaces(index)


def test_a_mark_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferred, "MARKED", 16)
    run = download(200)
    looked_at: list[int] = []
    segment = run.segment

    def look(index: int) -> TcpPacket | None:
        looked_at.append(index)
        return segment(index)

    monkeypatch.setattr(run, "segment", look)
    run.spaces(190)
    assert looked_at == list(range(160, 191))  # two marks lie between 159 and 190


@pytest.mark.parametrize("size", [(46, 14), (60, 20), (100, 6), (30, 5)])
def test_the_way_of_the_client_is_drawn_and_the_server_named(size: tuple[int, int]) -> None:
    run = small_capture()
    canvas = Canvas(*size)
    last = run.inferred(len(run) - 1)
    assert last
    inferred_panes.paint_states(canvas, UNICODE, last)
    text = canvas.text()
    assert "●TIME-WAIT" in text
    assert "◆ server" in text
    assert ("● client" in text) is (size != (30, 5))
    assert ("no packet shows its end" in text) is (size in ((60, 20), (100, 6)))


def remark(run: RunView, index: int) -> str:
    """The last line of the figure."""
    found = run.inferred(index)
    assert found
    canvas = Canvas(100, 20)
    inferred_panes.paint_states(canvas, UNICODE, found)
    return canvas.text().rstrip().splitlines()[-1]


def told(run: RunView, index: int) -> str:
    return " ".join(part.text for part in parts(run, run.moment(index), None))


def test_where_it_is_seen_from_the_middle_it_says_so() -> None:
    run = capture(
        (OUT, Segment(ours(1), theirs(1), ACK, 5000, b"data")), (IN, Segment(theirs(1), ours(5), ACK, 5000))
    )
    found = run.inferred(1)
    assert found
    assert found.from_middle
    assert (found.client.state, found.server.state) == (State.ESTABLISHED, State.ESTABLISHED)
    assert "seen from the middle" in remark(run, 1)


def test_where_only_one_end_was_heard_the_other_one_is_said_to_be_a_guess() -> None:
    run = capture(
        (OUT, Segment(ours(0), flags=SYN, window=5000)),
        (OUT, Segment(ours(1), theirs(1), ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK | FIN, 5000)),
        (IN, Segment(theirs(1), ours(2), ACK, 5000)),
    )
    assert "guess" not in remark(run, 0)
    assert "no packet of the server was captured: its state is a guess" in remark(run, 1)
    assert "no packet of the server" in remark(run, 2)
    assert "inferred from one side" in told(run, 2)
    assert "guess" not in remark(run, 3)
    assert "one side" not in told(run, 3)
    run = capture((IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)))
    assert "no packet of the client was captured" in remark(run, 0)


def test_where_packets_are_missing_in_the_capture_it_says_so_from_then_on() -> None:
    run = capture(
        (OUT, Segment(ours(0), flags=SYN, window=5000)),
        (IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK, 5000)),
        (IN, Segment(theirs(1), ours(2), ACK, 5000)),  # of a FIN, or of an octet
        (OUT, Segment(ours(2), theirs(1), ACK, 5000)),
    )
    assert [("missing in the capture" in remark(run, index)) for index in range(5)] == [False] * 3 + [
        True
    ] * 2
    assert "inferred, packets missing" in told(run, 4)


def test_both_directions_are_drawn() -> None:
    run = capture(
        (OUT, Segment(ours(0), flags=SYN, window=5000)),
        (IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK, 5000)),
        (IN, Segment(theirs(1), ours(1), ACK, 0, bytes(100))),
        (IN, Segment(theirs(201), ours(1), ACK, 0, bytes(100))),
    )
    canvas = Canvas(70, 9)
    spaces = run.spaces(4)
    assert spaces
    inferred_panes.paint_spaces(canvas, UNICODE, spaces)
    text = canvas.text()
    for words in ("C>S", "S>C", "zero window: the server has no room", "in flight 300", "not seen 100"):
        assert words in text
    assert "out of order 100" in text


@pytest.mark.parametrize(
    ("data", "says"), [(b"", "SYN in flight 1 "), (b"four", "SYN and data in flight 5 ")]
)
def test_a_syn_may_have_data_with_it(data: bytes, says: str) -> None:
    spaces = capture((OUT, Segment(ours(0), flags=SYN, window=5000, payload=data))).spaces(0)
    assert spaces
    canvas = Canvas(100, 9)
    inferred_panes.paint_spaces(canvas, UNICODE, spaces)
    assert says in canvas.text()


def test_an_unknown_window_scale_is_said() -> None:
    run = capture((OUT, Segment(ours(1), theirs(1), ACK, 5000, b"data")))
    canvas = Canvas(70, 9)
    spaces = run.spaces(0)
    assert spaces
    inferred_panes.paint_spaces(canvas, UNICODE, spaces)
    assert "window scale not seen" in canvas.text()


def test_the_status_line_of_a_capture() -> None:
    run = capture(
        (OUT, Segment(ours(0), flags=SYN, window=5000)),
        (IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(1), ACK, 5000)),
        (IN, Segment(theirs(1), ours(1), ACK, 5000, bytes(100))),
        (OUT, Segment(ours(1), theirs(101), ACK, 5000)),
        (IN, Segment(theirs(101), ours(1), FIN | ACK, 5000)),
        (OUT, Segment(ours(1), theirs(101), RST | ACK)),
    )
    ends = "192.0.2.2:40000 > 192.0.2.1:80"

    def line(index: int) -> list[str]:
        return [part.text for part in parts(run, run.moment(index), None)]

    assert line(0) == [ends, "SYN-SENT > ?", "inferred", "in flight 1 B"]
    assert line(4) == [ends, "ESTABLISHED", "inferred", "in flight 0 B", "iRTT 2 ms", "ACK after 1 ms"]
    assert line(5) == [ends, "ESTABLISHED > FIN-WAIT-1", "inferred", "in flight 1 B", "iRTT 2 ms"]
    assert line(6) == [ends, "CLOSED", "inferred", "in flight 0 B", "iRTT 2 ms"]


octets = st.integers(0, 1 << 33)
ranges = st.lists(st.tuples(octets, octets), max_size=4)
spaces = st.builds(
    Space, octets, octets, st.none() | octets, st.booleans(), octets, ranges, ranges, ranges, ranges
)


@settings(max_examples=60)
@given(
    st.builds(Canvas, st.integers(-1, 130), st.integers(-1, 45)),
    st.sampled_from([UNICODE, ASCII]),
    st.builds(Spaces, spaces, spaces),
)
def test_whatever_the_numbers_it_can_be_drawn(canvas: Canvas, glyphs: Glyphs, both: Spaces) -> None:
    inferred_panes.paint_spaces(canvas, glyphs, both)
    for row in canvas.rows():
        assert sum(cell_len(text) for text, _ in row) == canvas.width
        assert all(isinstance(role, Role) for _, role in row)
