"""The folder of kept runs: order, limit, several processes at once, kill -9, a disk that fails."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from helpers.screen import OPTIONS, record_run

from tcpviz.link.base import Direction
from tcpviz.link.sim import SimLink
from tcpviz.recording import Recording, RecordingError
from tcpviz.recording.rows import Kind
from tcpviz.recording.shelf import Shelf
from tcpviz.recording.summary import Summary, summary
from tcpviz.session.session import Session
from tcpviz.session.world import check
from tcpviz.view.kept import line

NOW = datetime(2026, 1, 2, 3, 4, 5)

PROCESS = """
import sys
from datetime import datetime
from pathlib import Path
from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.recording.shelf import Shelf

path = Shelf(Path(sys.argv[1]), 0).begin("other", datetime(2000, 1, 1))
recording = Recording.create(link="sim", epoch=0, path=path, about="http://other/")
recording.frame(0, Direction.OUT, bytes(100))
recording.commit()
print(path, flush=True)
sys.stdin.read()
"""


def keep(folder: Path, hours: int, octets: int = 1000) -> Path:
    """A run that nobody has on a screen."""
    path = folder / f"{NOW + timedelta(hours=hours):%Y%m%d-%H%M%S}-lab.pcapng"
    recording = Recording.create(link="sim", epoch=0, path=path, about="http://lab/")
    recording.frame(0, Direction.OUT, bytes(octets))
    recording.commit()
    recording.end("done")
    recording.close()
    return path


@contextmanager
def starting(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that puts a run on its screen."""
    process = subprocess.Popen(
        (sys.executable, "-c", PROCESS, str(folder)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def ready(process: "subprocess.Popen[str]") -> Path:
    """Its run, once it has one."""
    assert process.stdout
    return Path(process.stdout.readline().strip())


@contextmanager
def another_process(folder: Path) -> Iterator[tuple[Path, "subprocess.Popen[str]"]]:
    """One with a run on its screen."""
    with starting(folder) as process:
        yield ready(process), process


def test_runs_are_listed_the_newest_first(tmp_path: Path) -> None:
    paths = [keep(tmp_path, hours) for hours in (2, 1, 3)]
    kept = list(Shelf(tmp_path, 0).runs())
    assert [each.path for each in kept] == [paths[2], paths[0], paths[1]]
    assert kept[0].start == NOW + timedelta(hours=3)
    assert kept[0].summary == Summary("http://lab/", 1, "done")
    assert "2026-01-02 06:04:05  http://lab/: 1 packet, 1.4" in line(kept[0])


def test_a_name_says_time_and_host_and_two_of_a_second_differ(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 10**9)
    names = [shelf.begin(host, NOW).name for host in ("lab", "lab", "2001:db8::1", "../x/" + "y" * 100)]
    assert names[:3] == [
        "20260102-030405-lab.pcapng",
        "20260102-030405-lab-2.pcapng",
        "20260102-030405-2001_db8__1.pcapng",
    ]
    assert "/" not in names[3]
    assert len(names[3]) < 100
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_the_oldest_go_first_until_the_rest_is_within_the_limit(tmp_path: Path) -> None:
    paths = [keep(tmp_path, hours, 10_000) for hours in range(5)]
    Shelf(tmp_path, 25_000).begin("lab", NOW + timedelta(days=1))
    assert [path.exists() for path in paths] == [False, False, False, True, True]


def test_what_is_not_ours_is_neither_counted_nor_removed(tmp_path: Path) -> None:
    names = ("my run.pcapng", "lab-20260101-000000.pcapng", "20260101-000000-lab.pcap", "notes.txt")
    for name in names:
        (tmp_path / name).write_bytes(bytes(50_000))
    kept = keep(tmp_path, 0, 10_000)
    Shelf(tmp_path, 20_000).begin("lab", NOW + timedelta(days=1))
    assert kept.exists()
    assert all((tmp_path / name).exists() for name in names)


def test_what_cannot_be_removed_or_is_no_file_does_not_keep_a_run_from_being_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "20250101-000000-folder.pcapng").mkdir()
    os.mkfifo(tmp_path / "20250101-000000-pipe.pcapng")
    (tmp_path / "20260102-030405-lab.pcapng").symlink_to(tmp_path / "nowhere")
    theirs, ours = (keep(tmp_path, hours, 10_000) for hours in (1, 2))
    unlink = Path.unlink

    def forbidden(path: Path) -> None:
        if path == theirs:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        unlink(path)

    monkeypatch.setattr(Path, "unlink", forbidden)
    assert Shelf(tmp_path, 5000).begin("lab", NOW).name == "20260102-030405-lab-2.pcapng"
    assert (theirs.exists(), ours.exists()) == (True, False)
    assert [each.path for each in Shelf(tmp_path, 0).runs()] == [theirs]


def test_a_run_that_the_user_removes_meanwhile_does_not_keep_another_from_being_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = (keep(tmp_path, hours) for hours in (1, 2))
    monkeypatch.setattr(Shelf, "_paths", lambda _: [gone, kept])
    gone.unlink()
    assert Shelf(tmp_path, 0).begin("lab", NOW).exists()
    assert not kept.exists()


def test_a_run_that_is_on_a_screen_stays_and_is_said_to_run(tmp_path: Path) -> None:
    with another_process(tmp_path) as (theirs, _):
        mine = Shelf(tmp_path, 0)
        first = mine.begin("lab", NOW)
        second = mine.begin("lab", NOW + timedelta(hours=1))
        assert theirs.exists()
        assert first.exists()
        assert second.exists()
        [kept] = [each for each in mine.runs() if each.path == theirs]
        assert kept.running
        assert "running" in line(kept)


def test_after_kill_9_the_run_is_there_and_may_be_removed(tmp_path: Path) -> None:
    with another_process(tmp_path) as (theirs, process):
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
        [kept] = Shelf(tmp_path, 0).runs()
        assert not kept.running
        assert kept.summary == Summary("http://other/", 1, "")
        assert "cut off: tcpviz was killed" in line(kept)
        recording = Recording.open(theirs)
        assert (len(recording), recording.data(0)) == (1, bytes(100))
        recording.close()
        Shelf(tmp_path, 0).begin("lab", NOW)
        assert not theirs.exists()


def test_a_run_that_was_cut_off_amid_a_block_has_no_number_of_packets(tmp_path: Path) -> None:
    path = keep(tmp_path, 0)
    path.write_bytes(path.read_bytes()[:-50])
    assert summary(path) == Summary("http://lab/", None, "")


def test_packets_of_a_killed_run_are_counted_past_rows_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="sim", epoch=0, path=path)
    for _ in range(3):
        recording.frame(0, Direction.OUT, bytes(100))
    recording.commit()
    recording.moment(1, Kind.NOTE, text="nothing")
    recording.commit()
    assert summary(path) == Summary("", 3, "")
    recording.close()


def test_what_has_grown_over_the_limit_goes_while_a_run_goes_on_and_the_run_stays(tmp_path: Path) -> None:
    old = keep(tmp_path, 0)
    shelf = Shelf(tmp_path, 5000)
    mine = shelf.begin("lab", NOW + timedelta(hours=1))
    assert old.exists()
    mine.write_bytes(bytes(6000))
    shelf.tidy()
    assert (old.exists(), mine.exists()) == (False, True)


def test_a_kept_run_that_somebody_opened_stays_until_it_is_closed(tmp_path: Path) -> None:
    path = keep(tmp_path, 0)
    shown = Recording.open(path)
    Shelf(tmp_path, 0).tidy()
    [kept] = Shelf(tmp_path, 0).runs()
    assert not kept.running
    shown.close()
    Shelf(tmp_path, 0).tidy()
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_keeps_in_the_home_of_a_user_belongs_to_that_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 12_345, 12_346)
    path = Shelf(tmp_path / "share" / "runs", 10**9).begin("lab", NOW)
    for each in (path, path.parent, path.parent.parent):
        assert (each.stat().st_uid, each.stat().st_gid) == (12_345, 12_346)


def test_what_a_user_keeps_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    monkeypatch.setattr(os, "chown", lambda *arguments: given.append(arguments))
    Shelf(tmp_path / "runs", 10**9).begin("lab", NOW)
    assert given == []


def test_screens_that_begin_at_the_same_time_have_a_run_each(tmp_path: Path) -> None:
    with ExitStack() as processes:
        begun = [processes.enter_context(starting(tmp_path)) for _ in range(4)]
        paths = [ready(process) for process in begun]
        assert len(set(paths)) == 4
        assert [kept.running for kept in Shelf(tmp_path, 0).runs()] == [True] * 4


def test_a_file_that_is_no_recording_is_not_listed(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"abc", bytes(1000))):
        (tmp_path / f"20260101-00000{number}-lab.pcapng").write_bytes(content)
    assert list(Shelf(tmp_path, 0).runs()) == []
    assert list(Shelf(tmp_path / "none", 0).runs()) == []


def test_a_session_says_what_it_fetched_and_how_it_ended(tmp_path: Path) -> None:
    url = "http://user:secret@lab/bytes/5?x=1"
    for wanted in (url, "http://lab:81/"):
        path = tmp_path / "run.pcapng"
        session = Session(check(replace(OPTIONS, url=wanted)), record=path)
        session.run()
        session.recording.close()
        told = summary(path)
        if wanted is url:
            assert told == Summary("http://lab/bytes/5?x=1", told.packets, "done")
            assert told.packets
        else:
            assert "refused" in told.ended


def test_how_a_run_ended_is_written_before_its_link_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.pcapng"
    ends = []
    monkeypatch.setattr(SimLink, "close", lambda _: ends.append(summary(path).ended))
    session = Session(check(OPTIONS), record=path)
    session.run()
    session.recording.close()
    assert ends == ["done"]


def test_nothing_that_tls_hides_is_told(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    session = Session(check(replace(OPTIONS, url="https://lab/secret?token=1")), record=path)
    session.run()
    session.recording.close()
    assert summary(path).about == "https://lab/"


def test_a_saved_run_opens_with_its_end_in_it(tmp_path: Path) -> None:
    path = record_run(tmp_path / "run.pcapng", "http://lab/")
    assert summary(path).ended == "done"
    recording = Recording.open(path)
    assert recording.loss == ""
    recording.close()


@pytest.mark.parametrize("spare", [True, False])
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spare: bool) -> None:
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="sim", epoch=0, path=path, spare=spare)
    recording.frame(0, Direction.OUT, b"first" * 20)
    recording.commit()
    inode, write = path.stat().st_ino, os.write

    def full(descriptor: int, data: bytes) -> int:
        if os.fstat(descriptor).st_ino == inode:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(os, "writev", lambda descriptor, parts: full(descriptor, b"".join(parts)))
    recording.frame(1, Direction.OUT, b"second" * 20)
    if not spare:
        with pytest.raises(RecordingError, match="No space left"):
            recording.commit()
        assert len(recording) == 1
        return
    recording.commit()
    assert recording.moved == "No space left on device"
    assert [recording.data(0), recording.data(1)] == [b"first" * 20, b"second" * 20]
    recording.end("done")
    recording.save(tmp_path / "saved.pcapng")
    recording.close()
    for kept, rows in ((path, 1), (tmp_path / "saved.pcapng", 2)):
        again = Recording.open(kept)
        assert len(again) == rows
        again.close()
