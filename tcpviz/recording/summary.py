"""What a recording of ours says of itself without being read: by its head, and by its last blocks."""

from contextlib import suppress
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from tcpviz.recording import blocks, run
from tcpviz.recording.blocks import End, Tag
from tcpviz.recording.rows import last_number
from tcpviz.wire import pcapng
from tcpviz.wire.errors import ParseError
from tcpviz.wire.pcapng import File

_BLOCKS = 100_000
"""Looked at from the end: more than a commit has."""


class Summary(NamedTuple):
    """About one run."""

    about: str
    """What was fetched; empty where the file does not say."""
    packets: int | None
    """As far as they were committed; None: the file ends amid a block."""
    ended: str
    """How; empty: nobody wrote it, as the program was killed, or still runs."""


def summary(path: Path) -> Summary:
    """Of the recording at `path`. Raises OSError, and ValueError where it is no recording of ours."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return Summary(run.head(data).about, *_end(data))


def _end(file: File) -> End | tuple[None, str]:
    """As it was written; where it was not, by the last rows, which tell the number of their packets."""
    with suppress(ParseError):
        for block in islice(pcapng.blocks_backward(file), _BLOCKS):
            tag = blocks.tag_of(file, block)
            if tag is Tag.END:
                return blocks.parse_end(file, block)
            if tag is Tag.ROWS and (number := last_number(blocks.parse_rows(file, block))):
                return End(number, "")
    return None, ""
