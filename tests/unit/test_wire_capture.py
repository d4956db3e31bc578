"""Captures in every dialect, whole and damaged."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.wire.capture import Capture, Captured
from tcpviz.wire.errors import ParseError

_MAGIC = {1000: 0xA1B2C3D4, 1: 0xA1B23C4D}


def _pcap(
    order: str = "<", unit: int = 1000, linktype: int = 1, frames: tuple[bytes, ...] = (b"abcd",)
) -> bytes:
    records = (pack(order + "IIII", 5, 7, len(data), len(data) + 10) + data for data in frames)
    return pack(order + "IHHiIII", _MAGIC[unit], 2, 4, 0, 0, 65_535, linktype) + b"".join(records)


def _block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    return pack(order + "II", kind, 12 + len(body)) + body + pack(order + "I", 12 + len(body))


def _section(order: str = "<") -> bytes:
    return _block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def _interface(order: str = "<", linktype: int = 1, options: bytes = b"") -> bytes:
    return _block(1, pack(order + "HHI", linktype, 0, 0) + options, order)


def _enhanced(data: bytes, ticks: int = 0, order: str = "<", number: int = 0, options: bytes = b"") -> bytes:
    header = pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFF_FFFF, len(data), len(data))
    return _block(6, header + data + bytes(-len(data) % 4) + options, order)


def _read(data: bytes) -> list[Captured]:
    capture = Capture(data)
    frames = list(capture)
    assert capture.loss == ""
    return frames


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("unit", [1000, 1])
def test_pcap_in_both_byte_orders_and_resolutions(order: str, unit: int) -> None:
    frames = _read(_pcap(order, unit, linktype=113))

    assert frames == [Captured(5_000_000_000 + 7 * unit, 113, 14, b"abcd", 40)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_interfaces_of_their_own_kind_and_clock(order: str) -> None:
    nanoseconds = pack(order + "HHB3x", 9, 1, 9)
    halves = pack(order + "HHB3x", 9, 1, 0x81) + pack(order + "HHq", 14, 8, 100)
    data = _section(order) + _interface(order) + _interface(order, 101, nanoseconds)
    data += _interface(order, 228, halves)
    data += b"".join(_enhanced(b"abc", 3_000_000, order, number) for number in (0, 1, 2))

    assert [(frame.linktype, frame.time) for frame in _read(data)] == [
        (1, 3_000_000_000),
        (101, 3_000_000),
        (228, 1_500_100_000_000_000),
    ]


def test_simple_and_old_packet_blocks_comments_and_blocks_unknown() -> None:
    comment = pack("<HH", 1, 5) + b"hello" + bytes(3)
    data = _section() + _interface() + _block(3, pack("<I", 3) + b"abc") + _block(0x0BAD, b"what")
    data += _block(2, pack("<HHIIII", 0, 0, 0, 9, 4, 4) + b"abcd")
    data += _enhanced(b"abcde", 1, options=comment)

    simple, old, enhanced = _read(data)

    assert (simple.time, simple.data) == (0, b"abc")
    assert (old.time, old.data) == (9000, b"abcd")
    assert (enhanced.data, enhanced.comment) == (b"abcde", "hello")
    assert data[enhanced.offset : enhanced.offset + 5] == b"abcde"


def test_sections_of_both_byte_orders_in_one_file() -> None:
    data = b"".join(_section(order) + _interface(order) + _enhanced(b"abc", 1, order) for order in "<>")

    assert [frame.time for frame in _read(data)] == [1000, 1000]


@pytest.mark.parametrize(
    ("whole", "frames"),
    [
        (_pcap(frames=(b"abcd", b"efgh")), 2),
        (_section() + _interface() + _enhanced(b"abcd") + _enhanced(b"efgh"), 2),
    ],
)
def test_of_a_cut_file_the_whole_frames_are_read_and_the_loss_is_said(whole: bytes, frames: int) -> None:
    for kept in range(28, len(whole)):
        capture = Capture(whole[:kept])
        read = list(capture)
        assert len(read) < frames
        at_a_boundary = not capture.loss
        assert at_a_boundary or read == list(Capture(whole))[: len(read)]
    assert sum(1 for _ in Capture(whole)) == frames


@pytest.mark.parametrize(
    "damage",
    [
        pack("<IIII", 0, 0, 0x7FFF_FFFF, 0),
        pack("<II", 0, 0),
    ],
)
def test_damage_in_a_pcap_file_is_said(damage: bytes) -> None:
    capture = Capture(_pcap() + damage)

    assert len(list(capture)) == 1
    assert capture.loss


@pytest.mark.parametrize(
    "damage",
    [
        pack("<II", 6, 3),
        pack("<III", 6, 12, 16),
        _enhanced(b"abc", number=9),
        _block(6, pack("<IIIII", 0, 0, 0, 4000, 4000)),
        _block(0x0A0D0D0A, bytes(16)),
    ],
)
def test_damage_in_a_pcapng_file_is_said(damage: bytes) -> None:
    capture = Capture(_section() + _interface() + _enhanced(b"abc") + damage + _enhanced(b"def"))

    assert [frame.data for frame in capture] == [b"abc"]
    assert capture.loss


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"GIF89a"])
def test_what_is_no_capture_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        Capture(data)


@given(
    st.sampled_from([_pcap(), _section() + _interface() + _enhanced(b"abcd") + _enhanced(b"efgh")]),
    st.lists(st.tuples(st.integers(4, 150), st.integers(0, 255)), max_size=8),
    st.binary(max_size=40),
)
def test_any_bytes_give_frames_and_a_loss(whole: bytes, changes: list[tuple[int, int]], more: bytes) -> None:
    damaged = bytearray(whole + more)
    for at, value in changes:
        if at < len(damaged):
            damaged[at] = value

    for frame in Capture(bytes(damaged)):
        assert len(frame.data) <= len(damaged)
