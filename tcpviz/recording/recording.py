"""The record of one run: written by one thread, read by any other. The file: docs/recording.md."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import NamedTuple, Self

from tcpviz.link.base import Direction, Fate
from tcpviz.recording import blocks, extras, opening, told
from tcpviz.recording.blocks import Tag
from tcpviz.recording.errors import RecordingError
from tcpviz.recording.journal import Journal
from tcpviz.recording.linktypes import Linktypes
from tcpviz.recording.rows import Kind, Row, Rows
from tcpviz.recording.told import Told
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire import pcapng
from tcpviz.wire.errors import ParseError
from tcpviz.wire.seq import add

Explain = Callable[[Sequence[Event]], str]
_Added = tuple[
    int,
    Kind,
    Direction,
    Fate,
    bytes,
    int,
    State | None,
    Snapshot | None,
    Sequence[Event],
    str,
    Sequence[Event],
]
"""A row that is not packed yet: a plain tuple, as several hundred thousand are made in a second."""


class _Run(NamedTuple):
    """Rows that are not packed yet, of frames that were taken as one arrival."""

    time: int
    frames: Sequence[bytes]
    octets: int
    flow: int
    snapshot: Snapshot


_LONGEST_WORDS = 500
_READ_SIZE = 512
"""Enough for nearly every block of ours."""
# Members are looked up slowly before Python 3.12, and these are needed for every frame.
_FRAME, _PASSED, _LOST, _IN = Kind.FRAME, Fate.PASSED, Fate.LOST, Direction.IN
_PCAPNG_DIRECTION = (0, pcapng.OUTBOUND, pcapng.INBOUND)
"""By Direction."""


class Recording:
    """A list of rows that only grows.

    The writer adds rows with `frame` and `moment`; they become visible together with `commit`, which
    raises the length last. Readers may stand in any other thread; a row once seen never changes.
    When the file can't be written any more, `commit` says so with a RecordingError, once; the rows up to
    the commit before stay readable, and everything after is ignored.
    """

    def __init__(
        self,
        journal: Journal,
        rows: Rows,
        head: blocks.Head,
        *,
        linktypes: Linktypes | None = None,
        explain: Explain | None = None,
        reading: opening.Reading | None = None,
    ) -> None:
        self.link = head.link
        """The name of the link that the frames passed."""
        self.epoch = head.epoch
        """The wall clock at time 0, in ns since 1970."""
        self.ours = head.ours
        """Whether it is a run of ours; else a capture, of which nothing but frames is known."""
        self.loss = ""
        """What could not be read of an opened file, in a few words; empty when all was."""
        self.read = 0.0 if reading else 1.0
        """Which part of an opened file has been read, from 0 to 1."""
        self._journal = journal
        self._rows = rows
        self._linktypes = linktypes or Linktypes()
        self._reading = reading
        self._length = len(rows)
        self._explain = explain
        self._added: list[_Added | _Run] = []
        self._captured = 0
        self._extras: extras.Extras | None = None
        self._extras_at = 0
        self._secrets = ""
        self._stopped = False

    @classmethod
    def create(
        cls,
        *,
        link: str,
        epoch: int,
        path: Path | None = None,
        explain: Explain | None = None,
        about: str = "",
        spare: bool = False,
    ) -> Self:
        """A new recording in a file at `path`, or in a temporary one that is gone after `close`.

        `about` says what is fetched. `explain` turns the events of a frame into its packet comment. With
        `spare` it goes on in a temporary file when that at `path` can't be written any more. RecordingError
        when there can't be such a file.
        """
        head = blocks.Head(link, epoch, about=about)
        try:
            file = _temporary() if path is None else FileIO(path, "w+")
            journal = Journal(file, _temporary if spare else None)
            journal.append(pcapng.section_header("tcpviz"))
            journal.append(pcapng.interface_description(link))
            journal.append(blocks.build_head(head))
            journal.flush()
        except OSError as cause:
            place = path or "a temporary file"
            advice = "" if path else "; set TMPDIR to a directory that has room"
            raise RecordingError(f"can't record to {place}: {cause.strerror}{advice}") from cause
        return cls(journal, Rows(), head, explain=explain)

    @classmethod
    def begin(cls, path: Path) -> Self:
        """As `open`, but without any row yet: `read_on` brings them."""
        journal, rows, linktypes, head, reading = opening.begin(path)
        return cls(journal, rows, head, linktypes=linktypes, reading=reading)

    @classmethod
    def open(cls, path: Path) -> Self:
        """A run that was recorded, with everything in it, or any pcap or pcapng, also packed by gzip or zstd.

        Of such a capture there are frames only; time 0 is that of its first one. RecordingError when the
        file can't be read or is something else. Nothing can be added.
        """
        recording = cls.begin(path)
        while recording.read_on():
            pass
        return recording

    def read_on(self) -> bool:
        """Read some more rows of a file that was begun, for the readers to see; False when it had no more.

        One thread may do so, as only one may write.
        """
        if self._reading is None:
            return False
        before = self._length
        try:
            self.read = next(self._reading)
        except StopIteration as end:
            self.loss, self.read, self._reading = end.value, 1.0, None
        self._length = len(self._rows)
        return self._reading is not None or self._length > before

    def frame(
        self,
        time: int,
        direction: Direction,
        data: bytes,
        *,
        fate: Fate = Fate.PASSED,
        flow: int = 0,
        snapshot: Snapshot | None = None,
        events: Sequence[Event] = (),
        peer_state: State | None = None,
        text: str = "",
        peer_events: Sequence[Event] = (),
    ) -> None:
        """Add a frame, with the state of the connection after it and what it caused.

        `peer_events`: what its sender's stack did, where that is known.

        An outgoing frame is captured even if it was lost afterwards: the stack sent it. An incoming frame
        that was lost never reached us: it has no number, and no other program will show it.
        """
        self._added.append(
            (time, _FRAME, direction, fate, data, flow, peer_state, snapshot, events, text, peer_events)
        )

    def run(self, time: int, frames: Sequence[bytes], octets: int, flow: int, snapshot: Snapshot) -> None:
        """Add frames of equal length that came in as one arrival and brought `octets` each, with the state of
        the connection after the last of them."""
        self._added.append(_Run(time, frames, octets, flow, snapshot))

    def moment(
        self,
        time: int,
        kind: Kind,
        *,
        flow: int = 0,
        snapshot: Snapshot | None = None,
        events: Sequence[Event] = (),
        text: str = "",
        peer_state: State | None = None,
    ) -> None:
        """Add something that is no frame: a timer, a call, a note."""
        self._added.append(
            (time, kind, Direction.OUT, Fate.PASSED, b"", flow, peer_state, snapshot, events, text, ())
        )

    def secrets(self, key_log: str) -> None:
        """Let others decrypt the TLS of the frames that are not committed yet, and of all that follow."""
        self._secrets += key_log

    @property
    def moved(self) -> str:
        """Why it goes on in a temporary file instead of that which was asked for; empty: it does not."""
        return self._journal.moved

    def end(self, how: str) -> None:
        """The run is over: write how it ended, for those who list recordings. Nothing comes after it."""
        if not self._stopped:
            self._journal.append(blocks.build_end(blocks.End(self._captured, how[:_LONGEST_WORDS])))
            with suppress(OSError, ValueError):  # full, or closed meanwhile
                self._journal.flush()
            self.stop()

    def stop(self) -> None:
        """Ignore whatever is added from now on."""
        self._stopped = True

    def commit(self) -> None:
        """Write what was added and let the readers see it."""
        added, self._added = self._added, []
        if self._stopped or not added:
            return
        if self._secrets:
            self._journal.append(pcapng.tls_secrets(self._secrets))
            self._secrets = ""
        self._pack(added)
        total = len(self._rows)
        for rows in self._rows.packed(self._length, total):
            self._journal.append(blocks.build_rows(self._journal.end, rows))
        try:
            self._journal.flush()
        except OSError as cause:
            self._stopped = True
            raise RecordingError(f"the recording ends here: {cause.strerror}") from cause
        self._length = total

    def _pack(self, added: list[_Added | _Run]) -> None:
        """A row for each, and what it points to. Here and not as it is added: first the ACK has to leave."""
        journal, epoch = self._journal, self.epoch
        add_row, around = self._rows.append, pcapng.around_packet
        for entry in added:
            if isinstance(entry, _Run):
                self._pack_run(entry)
                continue
            time, kind, direction, fate, data, flow, peer_state, snapshot, events, text, peer_events = entry
            number = data_at = 0
            size = len(data)
            if kind is not _FRAME:
                pass
            elif fate is _LOST and direction is _IN:
                data_at = journal.append(blocks.build(Tag.LOST, data)) + blocks.DATA
            else:
                number = self._captured = self._captured + 1
                comment = self._explain(events) if events and self._explain else ""
                start, end = around(epoch + time, _PCAPNG_DIRECTION[direction], size, comment)
                length = pcapng.PACKET_DATA + size + len(end)
                data_at = journal.extend((start, data, end), length) + pcapng.PACKET_DATA
            extras_at = self._add_extras(snapshot) if snapshot and extras.any_in(snapshot) else 0
            told_at = self._add_told(events, text, peer_events) if events or text or peer_events else 0
            places = (data_at, size, extras_at, told_at)
            add_row(time, kind, direction, fate, number, size, flow, peer_state, places, snapshot)

    def _pack_run(self, run: _Run) -> None:
        time, frames, octets, flow, snapshot = run
        number, size = self._captured + 1, len(frames[0])
        start, end = pcapng.around_packet(self.epoch + time, pcapng.INBOUND, size)
        block = b"".join((start, (end + start).join(frames), end))
        data_at = self._journal.append(block) + pcapng.PACKET_DATA
        extras_at = self._add_extras(snapshot) if extras.any_in(snapshot) else 0
        behind = octets * (len(frames) - 1)
        first = snapshot._replace(
            rcv_nxt=add(snapshot.rcv_nxt, -behind),
            rcv_wnd=snapshot.rcv_wnd + behind,
            unread=snapshot.unread - behind,
        )
        places = (data_at, size, extras_at, 0)
        self._rows.append(time, _FRAME, _IN, _PASSED, number, size, flow, None, places, first)
        self._rows.repeat(len(frames) - 1, len(block) // len(frames), octets)
        self._captured += len(frames)

    def _add_told(self, events: Sequence[Event], text: str, peer_events: Sequence[Event]) -> int:
        """Where they stand."""
        return self._journal.append(blocks.build(Tag.TOLD, told.pack(events, text, peer_events)))

    def _add_extras(self, snapshot: Snapshot) -> int:
        """Where its variable parts stand: many have the same ones as the row before."""
        parts = extras.of(snapshot)
        if parts != self._extras:
            self._extras = parts
            self._extras_at = self._journal.append(blocks.build(Tag.EXTRAS, extras.pack(parts)))
        return self._extras_at

    def __len__(self) -> int:
        return self._length

    def row(self, i: int) -> Row:
        """Row `i`, counted from 0; IndexError beyond the last."""
        return self._rows.row(self._index(i))

    def time(self, i: int) -> int:
        """The time of row `i`, in ns since the run's start."""
        return self._rows.time(self._index(i))

    def linktype(self, i: int) -> int:
        """The LINKTYPE number of the header that the frame of row `i` begins with."""
        return self._linktypes[self._index(i)]

    def data(self, i: int) -> bytes:
        """The frame of row `i`, as far as it was captured; empty when it is none."""
        places = self._rows.places(self._index(i))
        return self._journal.read(places.data, places.size) if places.size else b""

    def snapshot(self, i: int) -> Snapshot | None:
        """The state of the row's connection just after it; None when it has no connection or nobody knows."""
        snapshot = self._rows.snapshot(self._index(i))
        at = self._rows.places(i).extras
        if snapshot is None or not at:
            return snapshot
        with suppress(ParseError):  # a damaged file: the scalars are still right
            return extras.join(snapshot, extras.unpack(self._read_block(at)))
        return snapshot

    def events(self, i: int) -> tuple[Event, ...]:
        """What happened in row `i`, in its order."""
        return self.told(i).events

    def text(self, i: int) -> str:
        """The words of row `i`: a note, what was called."""
        return self.told(i).text

    def told(self, i: int) -> Told:
        """Events, words and the peer's events of row `i` at once."""
        at = self._rows.places(self._index(i)).told
        if at:
            with suppress(ParseError):  # a damaged file: the row is still right
                return told.unpack(self._read_block(at))
        return Told()

    def save(self, path: Path) -> None:
        """Copy what is committed to `path`, whole or not at all. OSError on failure."""
        self._journal.save(path)

    def close(self) -> None:
        """Give the file back; nothing can be read any more, and `read_on` must have come back."""
        self._reading = None
        self._journal.close()

    def _index(self, i: int) -> int:
        if not 0 <= i < self._length:
            raise IndexError(f"row {i} of {self._length}")
        return i

    def _read_block(self, at: int) -> bytes:
        """The data of our block that stands there."""
        data = self._journal.read(at, _READ_SIZE)
        length = pcapng.block_length(data)
        if length > _READ_SIZE:
            data = self._journal.read(at, length)
        return data[blocks.DATA : length - 4]


def _temporary() -> FileIO:
    """A file without a name: nothing is left of it even when the process is killed."""
    return tempfile.TemporaryFile(buffering=0)
