"""Writing a recording: what readers see and when, and what happens when the disk is full."""

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.recordings import Entry, expected, found, write

from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Recording, RecordingError, Row
from tcpviz.recording.rows import CHUNK_ROWS, ROW_SIZE
from tcpviz.tcp.events import ResetReceived
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.seq import Seq

ONE = Seq(1)
ESTABLISHED = Snapshot(
    State.ESTABLISHED, ONE, ONE, ONE, ONE, ONE, 65535, ONE, 65535, 1460, 14600, 1 << 40, 1, 2, 3, 0, 0, 0, 0
)


@pytest.fixture
def recording() -> Iterator[Recording]:
    recording = Recording.create(link="sim", epoch=10**18)
    yield recording
    recording.close()


def test_rows_are_seen_after_the_commit(recording: Recording) -> None:
    recording.frame(5, Direction.OUT, b"frame")
    assert len(recording) == 0
    with pytest.raises(IndexError):
        recording.row(0)
    recording.commit()
    assert len(recording) == 1
    assert recording.row(0) == Row(5, Kind.FRAME, Direction.OUT, Fate.PASSED, 1, 5, 0, None)
    assert recording.time(0) == 5
    assert recording.data(0) == b"frame"


@pytest.mark.parametrize("i", [-1, 1])
def test_there_are_no_rows_outside(recording: Recording, i: int) -> None:
    recording.moment(0, Kind.NOTE, text="only one")
    recording.commit()
    for look in (recording.row, recording.time, recording.data, recording.snapshot, recording.events):
        with pytest.raises(IndexError):
            look(i)


def test_numbers_are_those_of_the_captured_frames(recording: Recording) -> None:
    recording.frame(0, Direction.OUT, b"a", fate=Fate.LOST)
    recording.frame(1, Direction.IN, b"b", fate=Fate.LOST)
    recording.moment(2, Kind.TIMER)
    recording.frame(3, Direction.IN, b"c")
    recording.commit()
    assert [recording.row(i).number for i in range(4)] == [1, 0, 0, 2]
    assert [recording.data(i) for i in range(4)] == [b"a", b"b", b"", b"c"]


def test_rows_over_several_chunks(recording: Recording) -> None:
    entries = [Entry(time=i, data=i.to_bytes(4, "big"), snapshot=ESTABLISHED) for i in range(CHUNK_ROWS + 2)]
    write(recording, entries[:5])
    recording.commit()
    write(recording, entries[5:])
    recording.commit()
    assert found(recording) == expected(entries)


def test_equal_variable_parts_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="sim", epoch=0, path=path)
    snapshot = ESTABLISHED._replace(sacked=((ONE, Seq(2)),) * 100)
    write(recording, [Entry(time=0, kind=Kind.CALL, snapshot=snapshot)])
    recording.commit()
    one = path.stat().st_size
    write(recording, [Entry(time=i, kind=Kind.CALL, snapshot=snapshot) for i in range(100)])
    recording.commit()
    assert path.stat().st_size - one < 100 * ROW_SIZE + 100
    assert recording.snapshot(100) == snapshot
    recording.close()


def test_a_temporary_recording_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    recording = Recording.create(link="sim", epoch=0)
    recording.frame(0, Direction.OUT, b"frame")
    recording.commit()
    recording.save(tmp_path / "saved.pcapng")
    recording.close()
    assert [path.name for path in tmp_path.iterdir()] == ["saved.pcapng"]


def test_saved_while_it_goes_on(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    path.write_bytes(b"an older file")
    recording.frame(0, Direction.OUT, b"first", events=[ResetReceived()])
    recording.commit()
    recording.frame(1, Direction.IN, b"not committed yet")
    recording.save(path)
    saved = Recording.open(path)
    assert found(saved) == found(recording)
    saved.close()


def test_saving_to_its_own_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="sim", epoch=0, path=path)
    recording.save(path)
    recording.frame(0, Direction.OUT, b"after saving")
    recording.commit()
    recording.close()
    opened = Recording.open(path)
    assert opened.data(0) == b"after saving"
    opened.close()


def test_saving_fails_and_leaves_nothing(recording: Recording, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        recording.save(tmp_path / "missing" / "run.pcapng")
    assert list(tmp_path.iterdir()) == []


def test_no_file_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="missing"):
        Recording.create(link="sim", epoch=0, path=tmp_path / "missing" / "run.pcapng")


def test_no_temporary_file_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    with pytest.raises(RecordingError, match=r"to a temporary file: No usable .* found; set TMPDIR"):
        Recording.create(link="sim", epoch=0)


def test_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="sim", epoch=0, path=path)
    recording.frame(0, Direction.OUT, b"before")
    recording.commit()
    size = path.stat().st_size
    write_whole = os.write
    room = [20, 10]

    def full(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_whole(descriptor, data[: room.pop()])

    def part(descriptor: int, parts: list[bytes]) -> int:
        return full(descriptor, b"".join(parts))

    recording.frame(1, Direction.OUT, b"too much")
    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        patch.setattr("os.writev", part)
        with pytest.raises(RecordingError, match="No space left"):
            recording.commit()
    recording.frame(2, Direction.OUT, b"after")
    recording.moment(3, Kind.NOTE, text="after")
    recording.commit()
    assert found(recording) == expected([Entry(time=0, data=b"before")])
    assert path.stat().st_size == size
    recording.close()


def test_a_reader_in_another_thread_sees_whole_rows_only(recording: Recording) -> None:
    """Every row carries its own index in all its parts; the reader compares them while rows are written."""
    total = 2 * CHUNK_ROWS
    seen: list[int] = []
    wrong: list[int] = []

    def read() -> None:
        known = 0
        while known < total:
            length = len(recording)
            for i in range(known, length, max(1, (length - known) // 50)):
                snapshot = recording.snapshot(i)
                parts = (
                    recording.time(i),
                    int.from_bytes(recording.data(i), "big"),
                    snapshot and snapshot.snd_nxt,
                    snapshot and snapshot.held[0][0],
                    int(recording.text(i) or i),
                )
                if parts != (i,) * len(parts):
                    wrong.append(i)
            seen.append(length)
            known = length

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(total):
        snapshot = ESTABLISHED._replace(snd_nxt=Seq(i), held=((Seq(i), Seq(i)),))
        recording.frame(i, Direction.IN, i.to_bytes(60, "big"), snapshot=snapshot)
        if i % 100 == 99 or i == total - 1:
            recording.commit()
    reader.join()
    assert wrong == []
    assert seen[-1] == total
