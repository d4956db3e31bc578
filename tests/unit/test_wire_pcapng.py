"""The blocks that we write, as bytes."""

import pytest

from tcpviz.wire import pcapng
from tcpviz.wire.capture import Capture


def test_packet_block() -> None:
    assert b"frame".join(pcapng.around_packet(0x1_0000_0002, pcapng.OUTBOUND, 5)) == bytes.fromhex(
        "06000000 34000000 00000000 01000000 02000000 05000000 05000000"
        "6672616d65 000000 0200 0400 02000000 0000 0000 34000000"
    )


@pytest.mark.parametrize("size", range(60, 65))
@pytest.mark.parametrize("comment", ["", "why", "§ 3.8.1"])
def test_what_is_written_is_read(size: int, comment: str) -> None:
    frame = bytes(range(size))
    block = frame.join(pcapng.around_packet(7, pcapng.INBOUND, len(frame), comment))
    assert block[pcapng.PACKET_DATA :].startswith(frame)
    head = pcapng.section_header("test") + pcapng.interface_description("eth0")
    capture = Capture(head + pcapng.local(b"ours") + block + block)
    found = list(capture)
    assert [(packet.time, packet.data, packet.comment) for packet in found] == [(7, frame, comment)] * 2
    assert capture.loss == ""


def test_a_comment_is_cut_between_characters() -> None:
    block = b"".join(pcapng.around_packet(0, pcapng.INBOUND, 0, "a" + "§" * 40_000))
    head = pcapng.section_header("test") + pcapng.interface_description("eth0")
    (packet,) = Capture(head + block)
    assert packet.comment == "a" + "§" * ((0xFFFC - 1) // 2)


def test_our_block() -> None:
    block = pcapng.local(b"one", b"two")
    assert block == bytes.fromhex("76637480 14000000") + b"onetwo\0\0" + bytes.fromhex("14000000")
    assert pcapng.block_length(block) == len(block)


def test_blocks_from_the_last_to_the_first_where_the_file_ends_with_a_whole_one() -> None:
    one, two = pcapng.local(b"one"), pcapng.local(b"the second")
    assert [block.start for block in pcapng.blocks_backward(one + two)] == [len(one), 0]
    assert set(pcapng.blocks_backward(one + two)) == set(pcapng.blocks(one + two))
    for cut in range(1, len(two)):
        assert list(pcapng.blocks_backward(one + two[:-cut])) == []
    assert list(pcapng.blocks_backward(bytes(100))) == []


def test_blocks_up_to_the_first_that_is_not_whole() -> None:
    one, two = pcapng.local(b"one"), pcapng.local(b"two, longer")
    assert [block.start for block in pcapng.blocks(one + two)] == [0, len(one)]
    for cut in range(len(two)):
        assert [(block.start, block.end) for block in pcapng.blocks(one + two[:cut])] == [(0, len(one) - 4)]


@pytest.mark.parametrize("at", [4, 5, 16])
def test_a_block_whose_lengths_differ_ends_the_reading(at: int) -> None:
    block = bytearray(pcapng.local(b"four", b"four"))
    block[at] ^= 0x04
    assert list(pcapng.blocks(bytes(block))) == []
