"""The bars of sequence space: every range has its mark, and small things stay visible in large windows."""

import pytest

from tcpviz.tcp.snapshot import Ranges, Snapshot
from tcpviz.tcp.state import State
from tcpviz.view import sequence_space
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.graphs import Point
from tcpviz.view.role import Role
from tcpviz.view.sequence_bar import Scale
from tcpviz.wire.seq import add, seq

MSS = 1460
ISS = seq(2**32 - 50_000)  # the send side wraps around
IRS = seq(77)


def tcb(
    *,
    state: State = State.ESTABLISHED,
    una: int = 1,
    flight: int = 0,
    window: int = 64_240,
    rcv_nxt: int = 1,
    rcv_wnd: int = 64_240,
    unread: int = 0,
    sacked: tuple[tuple[int, int], ...] = (),
    lost: tuple[tuple[int, int], ...] = (),
    retransmitted: tuple[tuple[int, int], ...] = (),
    held: tuple[tuple[int, int], ...] = (),
) -> Snapshot:
    """A snapshot from relative numbers; send ranges count from SND.UNA, held ones from RCV.NXT."""

    def ranges(these: tuple[tuple[int, int], ...], origin: int, first: int) -> Ranges:
        return tuple((add(seq(first), origin + start), add(seq(first), origin + end)) for start, end in these)

    return Snapshot(
        state=state,
        iss=ISS,
        irs=IRS,
        snd_una=add(ISS, una),
        snd_nxt=add(ISS, una + flight),
        snd_max=add(ISS, una + flight),
        snd_wnd=window,
        rcv_nxt=add(IRS, rcv_nxt),
        rcv_wnd=rcv_wnd,
        mss=MSS,
        cwnd=10 * MSS,
        ssthresh=2**30,
        srtt=0,
        rttvar=0,
        rto=10**9,
        backoff=0,
        dup_acks=0,
        unsent=0,
        unread=unread,
        sacked=ranges(sacked, una, ISS),
        lost=ranges(lost, una, ISS),
        retransmitted=ranges(retransmitted, una, ISS),
        held=ranges(held, rcv_nxt, IRS),
    )


def painted(
    snapshot: Snapshot | None,
    width: int = 90,
    height: int = 7,
    points: tuple[Point, ...] = (),
    glyphs: Glyphs = UNICODE,
) -> Canvas:
    canvas = Canvas(width, height)
    sequence_space.paint(canvas, glyphs, snapshot, points)
    return canvas


def bar(canvas: Canvas, name: str) -> list[tuple[str, Role]]:
    return next(row for row in canvas.rows() if row[0][0].startswith(name))


def marks(canvas: Canvas, name: str) -> dict[Role, int]:
    """How many cells of the bar each role has."""
    found: dict[Role, int] = {}
    for text, role in bar(canvas, name):
        found[role] = found.get(role, 0) + len(text)
    return found


LOSS = tcb(
    una=87_601,
    flight=13 * MSS,
    window=30_000,
    sacked=((3 * MSS, 5 * MSS), (8 * MSS, 10 * MSS)),
    lost=((0, 2 * MSS),),
    retransmitted=((2 * MSS, 3 * MSS),),
)


def test_every_kind_of_sent_octet_has_its_mark() -> None:
    line = "".join(text for text, _ in bar(painted(LOSS), "SEND"))
    kinds = "".join(sign for index, sign in enumerate(line) if line[index - 1 : index] != sign)
    assert kinds.removeprefix("SEND ") == "─×▞▒█▒█░·"


def test_the_amounts_are_the_legend() -> None:
    text = painted(LOSS, width=120).text()
    for words in (
        "█ in flight 18980",
        "▒ SACKed 5840",
        "▞ sent again 1460",
        "× lost 2920",
        "░ usable 11020",
        "─ acked 87601",
    ):
        assert words in text


def test_pointers_stand_over_their_octets_with_relative_numbers() -> None:
    canvas = painted(LOSS)
    labels, line = canvas.text().split("\n")[:2]
    assert "▼UNA 87601" in labels
    assert "▼NXT 106581" in labels
    assert "UNA+WND 117601▼" in labels
    arrows = [index for index, sign in enumerate(labels) if sign == "▼"]
    assert arrows == [line.index("×"), line.index("░"), line.index("·")]


def test_pointers_at_the_same_octet_share_a_label() -> None:
    assert "▼UNA=NXT 80" in painted(tcb(una=80)).text()


@pytest.mark.parametrize("flight", [1, MSS, 20_000, 64_000])
def test_labels_never_run_into_each_other(flight: int) -> None:
    for width in range(30, 120):
        labels = painted(tcb(una=99_999, flight=flight), width=width).text().split("\n")[0]
        assert labels.count("▼") == 3
        names = [word for word in labels.replace("▼", " ").split() if not word.isdigit()]
        assert names == ["UNA", "NXT", "UNA+WND"]


def test_one_segment_shows_in_a_window_of_megabytes() -> None:
    canvas = painted(tcb(flight=1_000, window=4 << 20))
    assert marks(canvas, "SEND")[Role.IN_FLIGHT] == 4
    assert "█╱░" in canvas.text()
    assert "cell = 250 B, then 56.7 kB" in canvas.text()


def test_without_need_the_scale_is_true() -> None:
    canvas = painted(tcb(flight=32_120, window=64_240))
    assert "╱" not in canvas.text()
    assert abs(marks(canvas, "SEND")[Role.IN_FLIGHT] - marks(canvas, "SEND")[Role.USABLE]) <= 1


def test_one_lost_segment_among_thousands_shows() -> None:
    many = tcb(flight=4_000 * MSS, window=5_000 * MSS, lost=((999 * MSS, 1000 * MSS),))
    assert marks(painted(many), "SEND")[Role.LOST] == 1


def test_what_is_received_shows_read_unread_hole_and_held() -> None:
    line = bar(painted(tcb(rcv_nxt=9_000, unread=2 * MSS, held=((MSS, 2 * MSS),))), "RECV")
    signs = "".join(text[0] for text, role in line if role not in (Role.TITLE, Role.TEXT))
    assert signs == "─█░▒╱░·"


def test_a_closed_connection_keeps_its_last_numbers() -> None:
    text = painted(tcb(state=State.CLOSED, una=81, rcv_nxt=3000)).text()
    assert "acked 81" in text
    assert "read 3000" in text


def test_before_the_peers_syn_only_the_send_side_has_numbers() -> None:
    text = painted(tcb(state=State.SYN_SENT, una=0, flight=1, window=0, rcv_nxt=0)).text()
    assert "SYN in flight 1" in text
    assert "RECV no numbers before the peer's SYN" in text
    assert "zero window" not in text


def test_zero_windows_are_said() -> None:
    text = painted(tcb(window=0, rcv_wnd=0, unread=64_240)).text()
    assert "the peer has no room" in text
    assert "we have no room" in text


def test_without_a_connection_it_says_so() -> None:
    assert "no connection" in painted(None).text()


def test_the_graph_comes_only_where_there_is_room() -> None:
    points = (Point(0, 0, Role.DATA), Point(10**9, 1460, Role.DATA))
    assert "data" not in painted(LOSS, height=9, points=points).text()
    assert "data" in painted(LOSS, height=18, points=points).text()


def test_plain_terminals_get_plain_signs() -> None:
    points = (Point(0, 0, Role.DATA), Point(10**9, 1460, Role.LOST))
    assert painted(LOSS, 90, 18, points, ASCII).text().isascii()


@pytest.mark.parametrize(
    ("total", "focus"), [(4 << 20, 1), (4 << 20, 1_000_000), (1000, 999), (1000, 0), (5, 5)]
)
def test_a_scale_is_monotonic_and_fills_the_bar(total: int, focus: int) -> None:
    scale = Scale.choose(total, focus, 40, MSS)
    cells = [scale.cell(total * step // 200) for step in range(201)]
    assert cells == sorted(cells)
    assert (cells[0], cells[-1]) == (0, 40)
