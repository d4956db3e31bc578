"""Files that others made, or damaged: captures, packed or not, and our own runs."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz.target import Target
from helpers.carriers import carriers, write_pcapng
from helpers.runs import read_whole, small_run
from helpers.torture import frames, write_pcap

from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.subjects import subjects
from tcpviz.recording import Recording, RecordingError, blocks, extras, told
from tcpviz.recording.blocks import Head, Tag
from tcpviz.view.glyphs import UNICODE
from tcpviz.view.replay import Replay
from tcpviz.view.run import RunView
from tcpviz.view.status import parts
from tcpviz.view.why import why
from tcpviz.view.why_events import Numbers, tell
from tcpviz.view.why_peer import tell_of_peer
from tcpviz.wire import pcapng
from tcpviz.wire.errors import ParseError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_SHARED = Path(__file__).parents[2] / ".." / "shared" / "captures"
_SMALL = 4000
_SOME_ROWS = 50
_FOLDER = TemporaryDirectory(prefix="tcpviz-fuzz-")
_FILE = Path(_FOLDER.name, "input")


def capture(data: bytes) -> None:
    """`tcpviz analyze`: every frame of a capture is looked for TCP, and what is found is judged."""
    _FILE.write_bytes(data)
    with suppress(ParseError):
        for _ in subjects(CaptureFile(_FILE)):
            pass


def run(data: bytes) -> None:
    """`tcpviz open`: what the screen asks of the rows of a file."""
    _FILE.write_bytes(data)
    with suppress(RecordingError):
        recording = Recording.open(_FILE)
        try:
            _look(read_whole(recording))
        finally:
            recording.close()


def _look(view: RunView) -> None:
    replay = Replay(UNICODE)
    for index in range(min(len(view), _SOME_ROWS)):
        moment = view.moment(index)
        why(moment)
        parts(view, moment, None)
        view.path(index, moment.flow)
        view.peer_path(index, moment.flow)
    for position in range(min(len(view.packets), _SOME_ROWS)):
        view.line(position)
        replay(view, position)
    view.density(80)


def told_row(data: bytes) -> None:
    """The events and words of a row: what was read can be written, and is the same when read again."""
    with suppress(ParseError):
        found = told.unpack(data)
        assert told.unpack(told.pack(found.events, found.text, found.peer_events)) == found
        for event in (*found.events, *found.peer_events):
            tell(event, Numbers.of(None, 0))
            tell_of_peer(event)


def head(data: bytes) -> None:
    """The block about a run."""
    file = blocks.build(Tag.HEAD, data)
    with suppress(ParseError):
        assert isinstance(blocks.parse_head(file, next(pcapng.blocks(file))).epoch, int)


def extras_row(data: bytes) -> None:
    """The variable parts of a row's snapshot, likewise."""
    with suppress(ParseError):
        found = extras.unpack(data)
        assert extras.unpack(extras.pack(found)) == found


def _captures() -> Iterator[bytes]:
    write_pcapng(_FILE, ((linktype, data) for _, linktype, data in carriers()))
    yield _FILE.read_bytes()
    for seed in range(3):
        write_pcap(_FILE, frames(seed, 20))
        plain = _FILE.read_bytes()
        yield (plain, gzip.compress(plain, mtime=0), zstd.compress(plain))[seed]
    for path in sorted(_SHARED.rglob("*.pcap*")):
        if path.stat().st_size <= _SMALL:
            yield path.read_bytes()


def _runs() -> Iterator[bytes]:
    recording = small_run()
    recording.save(_FILE)
    recording.close()
    yield _FILE.read_bytes()
    yield from _captures()


def _told_rows() -> Iterator[bytes]:
    recording = small_run()
    for row in map(recording.told, range(len(recording))):
        yield told.pack(row.events, "text", row.events)
    recording.close()


def _heads() -> Iterator[bytes]:
    file = blocks.build_head(Head("sim", 1_700_000_000_000_000_000))
    yield file[blocks.DATA : -4]


def _extras_rows() -> Iterator[bytes]:
    yield extras.pack((((1, 2),), ((3, 4), (5, 6)), (), (), ((7, 8),)))


TARGETS = {
    "capture": Target(capture, _captures),
    "run": Target(run, _runs),
    "head": Target(head, _heads),
    "told": Target(told_row, _told_rows),
    "extras": Target(extras_row, _extras_rows),
}
