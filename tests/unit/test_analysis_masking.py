"""Frames that were cut off anywhere are masked as far as they go."""

from helpers.runs import ARP_REQUEST

from tcpviz.analysis.masking import Masks


def test_a_frame_shorter_than_its_link_header() -> None:
    assert len(Masks().frame(b"\2\0\0\0\0")) == 5


def test_addresses_that_are_cut_off_are_blotted_out() -> None:
    masks, whole = Masks(), Masks().frame(ARP_REQUEST)
    for size in range(len(ARP_REQUEST)):
        masked = masks.frame(ARP_REQUEST[:size])
        assert len(masked) == size
    assert masked[:38] == whole[:38]
    assert masked[38:] == bytes(3)
