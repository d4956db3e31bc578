"""What a recording of ours says of itself without being read: by its head, and by its last block."""

from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from tcpviz.recording import blocks, run
from tcpviz.recording.blocks import Tag
from tcpviz.wire import pcapng
from tcpviz.wire.errors import ParseError

_LONGEST_END = 4096


class Summary(NamedTuple):
    """About one run."""

    about: str
    """What was fetched; empty where the file does not say."""
    packets: int | None
    """None: nobody wrote how it ended."""
    ended: str
    """How; empty: nobody wrote it, as the program was killed, or still runs."""


def summary(path: Path) -> Summary:
    """Of the recording at `path`. Raises OSError, and ValueError where it is no recording of ours."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        head = run.head(data)
        # A block ends with its length. That of an end is short: whatever else stands there is none.
        length = int.from_bytes(data[-4:], "little")
        last = data[-length:] if 0 < length <= _LONGEST_END else b""
    for block in pcapng.blocks(last):
        if blocks.tag_of(last, block) is Tag.END:
            with suppress(ParseError):
                return Summary(head.about, *blocks.parse_end(last, block))
    return Summary(head.about, None, "")
