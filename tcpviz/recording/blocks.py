"""Our own blocks in the pcapng file: what they hold, and how they say whose they are (docs/recording.md)."""

import json
from enum import Enum
from struct import Struct
from typing import NamedTuple

from tcpviz.recording.rows import ROW_SIZE
from tcpviz.wire import pcapng

VERSION = 1

_NAME = b"TVZ"
_ROWS = Struct("<QI")
DATA = pcapng.LOCAL_DATA + len(_NAME) + 1
"""Where in a block of ours its data begins."""


class Tag(Enum):
    """What one of our blocks holds."""

    HEAD = b"H"
    """About the run, as JSON."""
    LOST = b"L"
    """An incoming frame that was lost before it reached us."""
    EXTRAS = b"X"
    """Variable parts of snapshots, for all rows that point here."""
    TOLD = b"E"
    """Events and text of one row."""
    ROWS = b"R"
    """The rows of one commit, which makes all that stands before it valid."""


class Head(NamedTuple):
    """What is true for a whole run."""

    link: str
    epoch: int


def build(tag: Tag, data: bytes) -> bytes:
    """A block of ours."""
    return pcapng.local(_NAME + tag.value + data)


def build_head(head: Head) -> bytes:
    """The first of our blocks in a file."""
    about = {"version": VERSION, "row_size": ROW_SIZE, **head._asdict()}
    return build(Tag.HEAD, json.dumps(about).encode("ascii"))


def build_rows(position: int, rows: memoryview) -> bytes:
    """The rows of a commit, in a block that will stand at `position` in the file."""
    return build(Tag.ROWS, _ROWS.pack(position, len(rows) // ROW_SIZE) + rows)
