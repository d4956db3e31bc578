"""Which frames continue each other: the same in all but where they stand in the stream."""

from collections.abc import Callable

import pytest
from helpers import host6
from helpers.host import segment_frame
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.wire import ethernet, ipv6, runs, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import ACK, CWR, PSH, Segment
from tcpviz.wire.seq import Seq, add

START = Seq(0xFFFF_FF00)
"""The numbers wrap within a run."""
SIZE = 100
STAMPS = (1, 2)


def frame4(segment: Segment) -> bytes:
    return segment_frame(segment, 80, 50000)


def frame6(segment: Segment) -> bytes:
    addresses = pseudo_header(host6.PEER, host6.OURS, ipv6.TCP, 0)
    data = tcp.build_with_checksum(80, 50000, segment, addresses)
    packet = ipv6.build(host6.PEER, host6.OURS, ipv6.TCP, data)
    return ethernet.build(host6.OUR_MAC, host6.PEER_MAC, ethernet.IPV6, packet)


def made(
    build: Callable[[Segment], bytes], count: int, timestamps: tuple[int, int] | None = STAMPS
) -> list[Frame]:
    segments = (
        Segment(add(START, i * SIZE), Seq(7), ACK, 500, bytes((i,)) * SIZE, timestamps=timestamps)
        for i in range(count)
    )
    return [Frame(5, build(segment)) for segment in segments]


@pytest.mark.parametrize("build", [frame4, frame6])
@pytest.mark.parametrize("timestamps", [STAMPS, None])
def test_what_continues_is_a_run(
    build: Callable[[Segment], bytes], timestamps: tuple[int, int] | None
) -> None:
    frames = made(build, 6, timestamps)
    assert [runs.end(frames, start) for start in range(6)] == [6] * 6
    for i, frame in enumerate(frames):
        start, end = runs.data_range(frame.data)
        assert frame.data[start:end] == bytes((i,)) * SIZE


@pytest.mark.parametrize("build", [frame4, frame6])
@pytest.mark.parametrize(
    "other",
    [
        Segment(add(START, 2 * SIZE + 1), Seq(7), ACK, 500, bytes(SIZE), timestamps=STAMPS),
        Segment(add(START, SIZE), Seq(7), ACK, 500, bytes(SIZE), timestamps=STAMPS),
        Segment(add(START, 2 * SIZE), Seq(8), ACK, 500, bytes(SIZE), timestamps=STAMPS),
        Segment(add(START, 2 * SIZE), Seq(7), ACK | PSH, 500, bytes(SIZE), timestamps=STAMPS),
        Segment(add(START, 2 * SIZE), Seq(7), ACK | CWR, 500, bytes(SIZE), timestamps=STAMPS),
        Segment(add(START, 2 * SIZE), Seq(7), ACK, 501, bytes(SIZE), timestamps=STAMPS),
        Segment(add(START, 2 * SIZE), Seq(7), ACK, 500, bytes(SIZE), 1, timestamps=STAMPS),
        Segment(add(START, 2 * SIZE), Seq(7), ACK, 500, bytes(SIZE), timestamps=(2, 2)),
        Segment(add(START, 2 * SIZE), Seq(7), ACK, 500, bytes(SIZE), timestamps=(1, 3)),
        Segment(add(START, 2 * SIZE), Seq(7), ACK, 500, bytes(SIZE - 1), timestamps=STAMPS),
        Segment(add(START, 2 * SIZE), Seq(7), ACK, 500, bytes(SIZE + 12)),
    ],
    ids=repr,
)
def test_what_is_odd_ends_a_run(build: Callable[[Segment], bytes], other: Segment) -> None:
    frames = made(build, 2)
    assert runs.end([*frames, Frame(5, build(other)), *frames], 0) == 2


@pytest.mark.parametrize("build", [frame4, frame6])
def test_another_word_for_the_checksums_or_another_time_ends_a_run(
    build: Callable[[Segment], bytes],
) -> None:
    first, second, third = made(build, 3)
    assert runs.end([first, second, third._replace(vouched=True)], 0) == 2
    assert runs.end([first, second, third._replace(time=6)], 0) == 2


def test_a_frame_of_another_length_ends_a_run() -> None:
    first, second, third = made(frame4, 3)
    for other in (third.data[:-1], third.data + bytes(6)):
        assert runs.end([first, second, third._replace(data=other)], 0) == 2


@pytest.mark.parametrize("octet", [*range(18), *range(20, 24), *range(26, 38)])
def test_another_ipv4_header_ends_a_run(octet: int) -> None:
    first, second = made(frame4, 2)
    other = bytearray(second.data)
    other[octet] ^= 1
    assert runs.end([first, second._replace(data=bytes(other))], 0) == 1


@pytest.mark.parametrize("octet", range(58))
def test_another_ipv6_header_ends_a_run(octet: int) -> None:
    first, second = made(frame6, 2)
    other = bytearray(second.data)
    other[octet] ^= 1
    assert runs.end([first, second._replace(data=bytes(other))], 0) == 1


@pytest.mark.parametrize("octet", [18, 19, 24, 25, 50, 51])
def test_identification_and_checksums_do_not(octet: int) -> None:
    first, second = made(frame4, 2)
    other = bytearray(second.data)
    other[octet] ^= 1
    assert runs.end([first, second._replace(data=bytes(other))], 0) == 2


def test_a_run_is_no_longer_than_what_a_kernel_merges() -> None:
    count = runs.LIMIT // SIZE
    segments = (Segment(add(START, i * SIZE), Seq(7), ACK, 500, bytes(SIZE)) for i in range(count + 5))
    frames = [Frame(5, frame4(segment)) for segment in segments]
    assert runs.end(frames, 0) == count
    large = [Frame(5, frame4(Segment(Seq(i * 40_000), Seq(7), ACK, 500, bytes(40_000)))) for i in range(2)]
    assert runs.end(large, 0) == 1


@pytest.mark.parametrize("build", [frame4, frame6])
def test_no_part_of_a_frame_is_a_run(build: Callable[[Segment], bytes]) -> None:
    whole = build(Segment(Seq(1), payload=b"data", timestamps=STAMPS))
    for length in range(len(whole)):
        part = Frame(0, whole[:length])
        assert runs.data_range(part.data) == (0, 0)
        assert runs.end([part, part], 0) == 1
    assert runs.data_range(whole) == (len(whole) - 4, len(whole))
    assert runs.data_range(build(Segment(Seq(1)))) == (0, 0)


def test_a_data_offset_that_points_nowhere() -> None:
    whole = bytearray(frame4(Segment(Seq(1), payload=b"data")))
    for words in (0, 4, 7, 15):
        whole[46] = words << 4
        assert runs.data_range(bytes(whole)) == (0, 0)


@given(st.sampled_from([b"\x08\x00\x45", b"\x86\xdd\x60"]), st.binary(max_size=100), st.integers(0, 110))
def test_any_bytes_are_a_run_or_none(kind: bytes, rest: bytes, total: int) -> None:
    """With a length that may fit, so that more than the first look is taken at some."""
    at = 16 if kind[0] == 8 else 18
    data = bytearray(bytes(12) + kind + rest)
    data[at : at + 2] = total.to_bytes(2, "big")
    frame = Frame(0, bytes(data))
    start, end = runs.data_range(frame.data)
    assert (start, end) == (0, 0) or 54 <= start < end <= len(frame.data)
    assert runs.end([frame, frame, frame], 0) == 1
    assert runs.end([frame, frame, frame], 2) == 3
