"""A recording of ours, read again."""

from contextlib import suppress

from tcpviz.recording import blocks, capture
from tcpviz.recording.blocks import Head, Tag
from tcpviz.recording.capture import BATCH, Filling
from tcpviz.recording.linktypes import Linktypes
from tcpviz.recording.rows import Rows
from tcpviz.wire import pcapng
from tcpviz.wire.capture import Capture
from tcpviz.wire.errors import ParseError
from tcpviz.wire.pcapng import File


def head(file: File) -> Head:
    """About the run. ParseError when it is no run of ours: no capture in which our head stands before all
    packets."""
    Capture(file)  # only what is one can be read on from where it is damaged
    for block in pcapng.blocks(file):
        if blocks.tag_of(file, block) is Tag.HEAD:
            return blocks.parse_head(file, block)
        if block.type == pcapng.ENHANCED_PACKET:
            break
    raise ParseError("not a run of ours")


def fill(file: File, rows: Rows, linktypes: Linktypes, epoch: int) -> Filling:
    """All rows of the run, and those frames behind them that they don't tell of: where the file was cut off,
    and from where on it is no longer as we wrote it."""
    frames = described = end = batch = 0
    with suppress(ParseError):  # somebody changed the file: from here on it is a capture like any other
        for block in pcapng.blocks(file):
            end = block.end + 4
            if block.type == pcapng.ENHANCED_PACKET:
                frames += 1
            elif blocks.tag_of(file, block) is Tag.ROWS:
                rows.extend(blocks.parse_rows(file, block))
                described = frames
                if len(rows) >= batch:
                    batch = len(rows) + BATCH
                    yield end
    if end < len(file) or described < frames:
        yield from capture.fill(file, rows, linktypes, epoch, described)
    return "the file was cut off" if end < len(file) else ""
