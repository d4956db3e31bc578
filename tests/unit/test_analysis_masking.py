"""Frames that were cut off anywhere are masked as far as they go."""

import pytest
from helpers.runs import ARP_REQUEST, ours, tcp_frame, theirs

from tcpviz.analysis.masking import Masks
from tcpviz.link.base import Direction
from tcpviz.wire.segment import ACK, Segment


def test_a_frame_shorter_than_its_link_header() -> None:
    assert len(Masks().frame(b"\2\0\0\0\0")) == 5


def test_addresses_that_are_cut_off_are_blotted_out() -> None:
    masks, whole = Masks(), Masks().frame(ARP_REQUEST)
    for size in range(len(ARP_REQUEST)):
        masked = masks.frame(ARP_REQUEST[:size])
        assert len(masked) == size
    assert masked[:38] == whole[:38]
    assert masked[38:] == bytes(3)


@pytest.mark.parametrize(
    ("options", "masked"),
    [
        (b"\xfd\x02\x01\x01", b"\xfd\x02\x01\x01"),
        (b"\xfd\x03\x01\x01", b"\xfd\x03\x01\x01"),
        (b"\x22\x01ab", b"\x22\x01\0\0"),
        (b"\x22\x00ab", b"\x22\x00\0\0"),
    ],
    ids=["an experiment without a name", "half a name", "a length too small", "no length"],
)
def test_options_that_are_too_short(options: bytes, masked: bytes) -> None:
    frame = bytearray(tcp_frame(Direction.OUT, Segment(ours(1), theirs(1), ACK, 1000, options)))
    frame[46] = 6 << 4  # the data is taken for options
    assert Masks().frame(bytes(frame))[54:] == masked
