"""Our own blocks in the pcapng file: what they hold, and how they say whose they are (docs/recording.md)."""

import json
from enum import Enum
from struct import Struct
from typing import NamedTuple

from tcpviz.recording.rows import ROW_SIZE
from tcpviz.wire import pcapng
from tcpviz.wire.errors import ParseError

VERSION = 1

_ROWS = Struct("<QI")
_TAG_LENGTH = 4
DATA = pcapng.LOCAL_DATA + _TAG_LENGTH
"""Where in a block of ours its data begins."""


class Tag(bytes, Enum):
    """What one of our blocks holds: the first octets of its body."""

    HEAD = b"TVZH"
    """About the run, as JSON."""
    LOST = b"TVZL"
    """An incoming frame that was lost before it reached us."""
    EXTRAS = b"TVZX"
    """Variable parts of snapshots, for all rows that point here."""
    TOLD = b"TVZE"
    """Events and text of one row."""
    ROWS = b"TVZR"
    """The rows of one commit, which makes all that stands before it valid."""
    END = b"TVZN"
    """How the run ended, as JSON; nothing comes after it."""


_TAGS = {tag.value: tag for tag in Tag}


class Head(NamedTuple):
    """What is true for a whole run."""

    link: str
    epoch: int
    ours: bool = True
    """Whether we recorded it; else it is a capture, with frames alone."""
    about: str = ""
    """What was fetched; empty where nobody said."""


class End(NamedTuple):
    """What is known when a run is over."""

    packets: int
    ended: str
    """In a word or a sentence."""


def build(tag: Tag, data: bytes) -> bytes:
    """A block of ours."""
    return pcapng.local(tag, data)


def build_head(head: Head) -> bytes:
    """The first of our blocks in a file."""
    about = {"version": VERSION, "row_size": ROW_SIZE, "link": head.link, "epoch": head.epoch}
    if head.about:
        about["about"] = head.about
    return build(Tag.HEAD, json.dumps(about).encode("ascii"))


def build_end(end: End) -> bytes:
    """The last of our blocks in a file."""
    return build(Tag.END, json.dumps(end._asdict()).encode("ascii"))


def parse_end(file: pcapng.File, block: pcapng.Block) -> End:
    """Raises ParseError."""
    try:
        found = json.loads(file[block.start + DATA : block.end].rstrip(b"\0"))
        return End(int(found["packets"]), str(found["ended"]))
    except (ValueError, TypeError, KeyError, RecursionError) as cause:
        raise ParseError(f"not the end of a run: {cause}") from cause


def build_rows(position: int, rows: memoryview) -> bytes:
    """The rows of a commit, in a block that will stand at `position` in the file."""
    return build(Tag.ROWS, _ROWS.pack(position, len(rows) // ROW_SIZE) + rows)


def tag_of(file: pcapng.File, block: pcapng.Block) -> Tag | None:
    """What the block holds; None when it is not ours."""
    if block.type != pcapng.LOCAL or block.end - block.start < DATA:
        return None
    return _TAGS.get(file[block.body : block.start + DATA])


def parse_head(file: pcapng.File, block: pcapng.Block) -> Head:
    """ParseError when it is from another version, or none."""
    try:
        about = json.loads(file[block.start + DATA : block.end].rstrip(b"\0"))
        if (about["version"], about["row_size"]) == (VERSION, ROW_SIZE):
            return Head(str(about["link"]), int(about["epoch"]), about=str(about.get("about", "")))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as cause:
        raise ParseError(f"not the head of a run: {cause}") from cause
    raise ParseError("a run that another version recorded")


def parse_rows(file: pcapng.File, block: pcapng.Block) -> bytes:
    """The packed rows. ParseError when they stand elsewhere than written: somebody changed the file."""
    start = block.start + DATA + _ROWS.size
    if start <= block.end:
        position, count = _ROWS.unpack_from(file, block.start + DATA)
        end = start + count * ROW_SIZE
        if position == block.start and end <= block.end:
            return file[start:end]
    raise ParseError("rows that stand at another place now")
