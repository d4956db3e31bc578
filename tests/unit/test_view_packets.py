import pytest
from helpers import runs
from helpers.runs import IN, OUT, read_whole, small_run, tcp_frame

from tcpviz.analysis import Flag, tcp_packet
from tcpviz.link.base import Fate
from tcpviz.view.moment import Observed
from tcpviz.view.packets import COMPACT, FULL, Line, Shown, line, pending_line, short_flags
from tcpviz.view.role import Role
from tcpviz.wire.segment import ACK, FIN, PSH, RST, SYN, Segment
from tcpviz.wire.seq import Seq

NONE = Flag(0)


@pytest.fixture(scope="module")
def lines() -> dict[int, Line]:
    run = read_whole(small_run())
    return {run.packets.row(position): run.line(position) for position in range(len(run.packets))}


def observed(flags: Flag = NONE, length: int = 0) -> Observed:
    return Observed(0, flags, 1, 1, 500, length)


def role_of(segment: Segment, flags: Flag = NONE) -> Line:
    return line(1, 0, OUT, Fate.PASSED, shown(segment, observed(flags, len(segment.payload))))


def shown(segment: Segment, seen: Observed) -> Shown:
    frame = tcp_frame(OUT, segment)
    return Shown(frame, tcp_packet(frame), seen)


def test_every_column_is_a_field_of_the_line() -> None:
    for columns in (FULL, COMPACT):
        assert {column.field for column in columns} <= set(Line._fields)
        assert [column.width for column in columns].count(0) == 1


def test_wiresharks_columns(lines: dict[int, Line]) -> None:
    row = lines[runs.ROW_SYN]
    assert [getattr(row, column.field) for column in FULL] == [
        "2",
        "0.001000",
        "192.0.2.2",
        "192.0.2.1",
        "TCP",
        "66",
        " ",
        "40000 → 80 [SYN] Seq=0 Win=65535 Len=0 MSS=1460 SACK_PERM WS=128",
    ]


def test_compact_columns(lines: dict[int, Line]) -> None:
    row = lines[runs.ROW_REQUEST]
    assert [getattr(row, column.field) for column in COMPACT] == [
        "5",
        "0.022000",
        "-->",
        "PA",
        "1",
        "1",
        "65536",
        "29",
        " ",
        "GET / HTTP/1.1",
    ]


def test_a_packet_lost_before_it_came_has_no_number(lines: dict[int, Line]) -> None:
    row = lines[runs.ROW_LOST]
    assert (row.number, row.arrow, row.sign, row.role) == ("-", "x--", "x", Role.LOST)
    assert row.note == "[lost on the way to us]"
    assert row.info.startswith("[lost on the way to us] 80 → 40000 [ACK] Seq=1449")
    assert lines[runs.ROW_BEYOND].number == "7"


def test_a_packet_lost_on_the_way_out_says_so() -> None:
    row = line(3, 0, OUT, Fate.LOST, shown(Segment(Seq(1)), observed()))
    assert (row.number, row.arrow, row.sign) == ("3", "--x", "x")
    assert "lost on the way to the peer" in row.info


def test_the_packet_at_the_gate() -> None:
    row = pending_line(0, OUT, shown(Segment(Seq(1)), observed()))
    assert (row.number, row.sign, row.role) == (">", ">", Role.PENDING)
    assert row.note == "[at the gate]"


def test_flags_alone_mark_a_retransmission(lines: dict[int, Line]) -> None:
    row = lines[runs.ROW_AGAIN]
    assert (row.sign, row.role) == ("R", Role.RETRANSMISSION)
    assert row.note == "[TCP Retransmission]"


@pytest.mark.parametrize(
    ("segment", "flags", "role", "sign"),
    [
        (Segment(Seq(1), flags=SYN), NONE, Role.SYN, " "),
        (Segment(Seq(1), flags=FIN | ACK), NONE, Role.FIN, " "),
        (Segment(Seq(1), flags=RST), NONE, Role.RESET, "!"),
        (Segment(Seq(1)), NONE, Role.ACK, " "),
        (Segment(Seq(1), payload=b"x"), NONE, Role.DATA, " "),
        (Segment(Seq(1), payload=b"GET / HTTP/1.1\r\n"), NONE, Role.HTTP, " "),
        (Segment(Seq(1)), Flag.DUPLICATE_ACK, Role.DUPLICATE_ACK, "D"),
        (Segment(Seq(1)), Flag.ZERO_WINDOW, Role.ZERO_WINDOW, "0"),
        (Segment(Seq(1)), Flag.WINDOW_UPDATE, Role.WINDOW_UPDATE, "u"),
        (Segment(Seq(1)), Flag.KEEP_ALIVE, Role.KEEP_ALIVE, "k"),
        (Segment(Seq(1), payload=b"x"), Flag.WINDOW_FULL, Role.WINDOW_FULL, "F"),
        (Segment(Seq(1), payload=b"x"), Flag.OUT_OF_ORDER, Role.OUT_OF_ORDER, "O"),
        (Segment(Seq(1), payload=b"x"), Flag.LOST_SEGMENT, Role.UNSEEN, "?"),
        (
            Segment(Seq(1), payload=b"x"),
            Flag.FAST_RETRANSMISSION | Flag.RETRANSMISSION,
            Role.RETRANSMISSION,
            "R",
        ),
    ],
)
def test_roles_and_signs(segment: Segment, flags: Flag, role: Role, sign: str) -> None:
    row = role_of(segment, flags)
    assert (row.role, row.sign) == (role, sign)


def test_short_flags() -> None:
    assert short_flags(SYN | ACK) == "SYN A"
    assert short_flags(PSH | ACK) == "PA"
    assert short_flags(RST) == "RST"
    assert short_flags(0) == "none"


@pytest.mark.parametrize("length", range(55))
def test_a_frame_cut_off_anywhere_still_has_a_row(length: int) -> None:
    row = line(1, 0, IN, Fate.PASSED, Shown(tcp_frame(IN, Segment(Seq(1)))[:length], None, None))
    assert row.length == str(length)


def test_hostile_octets_do_not_reach_the_row() -> None:
    payload = b"GET /\x1b]0;x\x07 HTTP/1.1\r\nHost: [@click=app.quit]\r\n\r\n"
    row = role_of(Segment(Seq(1), payload=payload))
    assert row.info == "GET /.]0;x. HTTP/1.1"
    assert all(text.isprintable() for text in row)
