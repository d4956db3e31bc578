from helpers import runs
from helpers.runs import IN, tcp_frame
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.analysis import Flag
from tcpviz.view.details import Details, TreeLine
from tcpviz.view.moment import Observed
from tcpviz.view.role import Role
from tcpviz.wire.segment import ACK, PSH, Segment
from tcpviz.wire.seq import Seq

FRAME = tcp_frame(IN, Segment(Seq(1), Seq(2), PSH | ACK, 500, b"\x1b[31mhello\x00"))


def labels(details: Details) -> list[str]:
    return [line.label for line in details.lines()]


def line_of(details: Details, label: str) -> TreeLine:
    return next(line for line in details.lines() if line.label.startswith(label))


def test_at_first_there_is_a_line_a_protocol() -> None:
    lines = Details(FRAME).lines()
    assert [line.depth for line in lines] == [0] * len(lines)
    assert lines[0].start == 0
    assert lines[-1].end == len(FRAME)


def test_toggle_opens_a_branch_and_folds_it_again() -> None:
    details = Details(FRAME)
    folded = labels(details)
    tcp = next(line for line in details.lines() if line.start == 34)
    assert tcp.expanded is False
    details.toggle(tcp)
    opened = details.lines()
    assert len(opened) > len(folded)
    below = opened[[line.label for line in opened].index(tcp.label) + 1]
    assert below.depth == 1
    assert 34 <= below.start < below.end <= 54
    details.toggle(next(line for line in opened if line.label == tcp.label))
    assert labels(details) == folded


def test_a_leaf_has_nothing_to_open() -> None:
    details = Details(FRAME)
    details.toggle(details.lines()[0])
    before = labels(details)
    leaf = next(line for line in details.lines() if line.expanded is None)
    details.toggle(leaf)
    assert labels(details) == before


def test_the_next_frame_looks_alike() -> None:
    details = Details(FRAME)
    details.toggle(details.lines()[1])
    following = Details(tcp_frame(IN, Segment(Seq(9))), details.expanded)
    assert [line.depth for line in following.lines()].count(1) > 5


def test_numbers_stand_as_the_list_has_them_too() -> None:
    seen = Observed(0, Flag(0), seq=7, ack=2, window=64_000, length=0)
    details = Details(FRAME, frozenset({"TCP"}), observed=seen)
    assert line_of(details, "Sequence number").value == "1 (7 in the list)"
    assert line_of(details, "Acknowledgment number").value == "2"
    assert line_of(details, "Window").value == "500 (64000 in the list)"
    assert line_of(Details(FRAME, frozenset({"TCP"})), "Sequence number").value == "1"


def test_the_dump_has_every_octet_once() -> None:
    lines = Details(FRAME).dump()
    assert [line.offset for line in lines] == ["0000", "0010", "0020", "0030", "0040"]
    shown = "".join(text for line in lines for text, _ in line.octets)
    assert bytes.fromhex(shown) == FRAME
    assert "".join(text for line in lines for text, _ in line.text)[54:] == ".[31mhello."


def test_the_selected_field_is_marked_in_both_halves() -> None:
    for line in Details(FRAME).dump(14, 18):
        marked = [text for text, role in line.octets if role is Role.MARKED]
        as_text = [text for text, role in line.text if role is Role.MARKED]
        if line.offset == "0000":
            assert (marked, as_text) == (["45 00 "], ["E."])
        elif line.offset == "0010":
            assert (marked, len(as_text[0])) == ([f"{FRAME[16]:02x} {FRAME[17]:02x} "], 2)
        else:
            assert not marked + as_text


def test_nothing_marked_is_one_run_a_line() -> None:
    assert all(len(line.octets) == len(line.text) == 1 for line in Details(FRAME).dump())


def test_no_frame_has_no_lines() -> None:
    assert Details(b"").lines() == []
    assert Details(b"").dump() == []


@given(st.binary(max_size=120))
def test_any_frame_gives_safe_lines_inside_of_it(frame: bytes) -> None:
    details = Details(frame)
    for _ in range(2):
        for line in details.lines():
            assert line.label.isprintable()
            assert line.value.isprintable()
            assert 0 <= line.start <= line.end <= len(frame)
            details.toggle(line)


def test_the_small_run_can_be_dissected() -> None:
    run = runs.read_whole(runs.small_run())
    for index in range(len(run)):
        data = run.moment(index).data
        assert bool(Details(data).lines()) is bool(data)
