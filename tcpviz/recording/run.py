"""A recording of ours, read again."""

from itertools import islice

from tcpviz.recording import blocks, capture
from tcpviz.recording.blocks import Head, Tag
from tcpviz.recording.rows import Rows
from tcpviz.wire import pcapng
from tcpviz.wire.capture import Capture
from tcpviz.wire.errors import ParseError
from tcpviz.wire.pcapng import File


def rows(file: File) -> tuple[Rows, Head]:
    """All rows of the run. ParseError when it is no run of ours, or no longer as we wrote it.

    Frames behind the last rows, where the file was cut off, become rows without a snapshot.
    """
    rows = Rows()
    head: Head | None = None
    frames = described = end = 0
    for block in pcapng.blocks(file):
        end = block.end + 4
        if block.type == pcapng.ENHANCED_PACKET:
            frames += 1
        elif (tag := blocks.tag_of(file, block)) is Tag.HEAD:
            head = blocks.parse_head(file, block)
        elif tag is Tag.ROWS:
            rows.extend(blocks.parse_rows(file, block))
            described = frames
    if head is None:
        raise ParseError("not a run of ours")
    if end < len(file):
        head = head._replace(loss="the file was cut off")
    if described < frames:
        numbered = islice(enumerate(Capture(file), 1), described, None)
        capture.append(rows, numbered, head.epoch, capture.client(file))
    return rows, head
