"""Frames on a stream: whole, in pieces, and what is no stream of frames."""

import random

import pytest

from tcpviz.link.framing import FrameReader, FramingError, framed

FRAMES = [random.Random(length).randbytes(length) for length in (60, 0, 1, 1514, 65534)]


def test_each_frame_follows_its_length_in_four_octets() -> None:
    assert framed([b"abc", b""]) == b"\0\0\0\3abc\0\0\0\0"


def test_nothing_is_nothing() -> None:
    assert framed([]) == b""
    assert FrameReader().feed(b"") == []


@pytest.mark.parametrize("size", [1, 3, 4, 5, 1000, 200_000])
def test_the_frames_come_back_in_pieces_of_any_size(size: int) -> None:
    stream = framed(FRAMES)
    reader = FrameReader()
    found = [frame for at in range(0, len(stream), size) for frame in reader.feed(stream[at : at + size])]
    assert found == FRAMES


def test_a_length_that_no_frame_has_is_refused() -> None:
    with pytest.raises(FramingError, match="4294967295 octets"):
        FrameReader().feed(b"\xff\xff\xff\xff")
