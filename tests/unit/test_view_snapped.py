"""Captures with a part of each frame, and segments in several fragments: all panes count with the whole."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from helpers.runs import IN, MS, OUT, ours, read_whole, tcp_frame, theirs

from tcpviz.recording import Recording
from tcpviz.view.conversation import Conversation
from tcpviz.view.run import RunView
from tcpviz.view.why import reasons
from tcpviz.wire import pcapng
from tcpviz.wire.checksum import internet_checksum
from tcpviz.wire.segment import ACK, SYN, Segment

FRAMES = [
    tcp_frame(OUT, Segment(ours(0), flags=SYN, window=5000)),
    tcp_frame(IN, Segment(theirs(0), ours(1), SYN | ACK, 5000)),
    tcp_frame(OUT, Segment(ours(1), theirs(1), ACK, 5000)),
    tcp_frame(IN, Segment(theirs(1), ours(1), ACK, 5000, b"x" * 1000)),
    tcp_frame(IN, Segment(theirs(2001), ours(1), ACK, 5000, b"z" * 1000)),
    tcp_frame(OUT, Segment(ours(1), theirs(1001), ACK, 5000)),
    tcp_frame(IN, Segment(theirs(1001), ours(1), ACK, 5000, b"y" * 1000)),
    tcp_frame(OUT, Segment(ours(1), theirs(3001), ACK, 5000)),
]


def capture(path: Path, frames: Iterable[bytes], limit: int = 65_535) -> RunView:
    with path.open("wb") as file:
        file.write(pcapng.section_header("a test"))
        file.write(pcapng.interface_description("any", 1))
        for number, frame in enumerate(frames):
            file.write(pcapng.captured_packet(number * MS, 0, frame[:limit], len(frame)))
    return read_whole(Recording.open(path))


def fragments(frame: bytes, size: int) -> list[bytes]:
    """An Ethernet frame with IPv4, cut so that each fragment has `size` octets, a multiple of eight."""
    link, header, payload = frame[:14], frame[14:34], frame[34:]
    found = []
    for at in range(0, len(payload), size):
        part = payload[at : at + size]
        more = 0x2000 if at + size < len(payload) else 0
        octets = bytearray(header)
        octets[2:4] = (20 + len(part)).to_bytes(2)
        octets[6:8] = (more | at // 8).to_bytes(2)
        octets[10:12] = bytes(2)
        octets[10:12] = internet_checksum(bytes(octets)).to_bytes(2)
        found.append(link + bytes(octets) + part)
    return found


@pytest.mark.parametrize("limit", [54, 60, 96, 500])
def test_a_capture_with_a_part_of_each_frame_is_drawn_like_the_whole(limit: int, tmp_path: Path) -> None:
    whole = capture(tmp_path / "whole.pcapng", FRAMES)
    cut = capture(tmp_path / "cut.pcapng", FRAMES, limit)
    for index in range(len(FRAMES)):
        assert cut.spaces(index) == whole.spaces(index)
        assert cut.inferred(index) == whole.inferred(index)
        assert cut.line(index) == whole.line(index)
        assert reasons(cut.moment(index)) == reasons(whole.moment(index))
    talks = [Conversation(run, 0) for run in (whole, cut)]
    for talk in talks:
        talk.advance(10**9, lambda: 0)
    whole_pieces, cut_pieces = ([talk[index] for index in range(len(talk))] for talk in talks)
    assert whole_pieces == cut_pieces
    whole.recording.close()
    cut.recording.close()


def test_a_segment_in_fragments_is_told_of_where_it_is_complete(tmp_path: Path) -> None:
    pieces = fragments(FRAMES[3], 512)
    whole = capture(tmp_path / "whole.pcapng", FRAMES[:4])
    split = capture(tmp_path / "split.pcapng", [*FRAMES[:3], *pieces])
    last = len(split) - 1
    assert last == 4
    assert split.spaces(last) == whole.spaces(3)
    assert reasons(split.moment(last)) == reasons(whole.moment(3))
    assert split.line(last).info == whole.line(3).info
    assert split.line(last).length == str(len(pieces[-1]))
    assert "no TCP" in reasons(split.moment(3))[0]
    talk = Conversation(split, 0)
    talk.advance(10**9, lambda: 0)
    assert [talk.data(index) for index in range(len(talk))] == [b""]
    whole.recording.close()
    split.recording.close()
