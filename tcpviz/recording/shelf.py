"""The folder in which runs are kept by themselves: as many as its limit allows, the oldest go first.

Several processes may use it at once: whoever adds or removes holds the folder's lock for that moment. The one
that records a run has its file locked alone, those that show it have it locked together. A lock is gone with
its process, which the kernel sees to even after kill -9.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from tcpviz.recording.summary import Summary, summary

_OURS = re.compile(r"(\d{8}-\d{6})-[\w.-]+\.pcapng")
"""What our files are called: what the user puts there under another name is not ours to remove."""

_TIME = "%Y%m%d-%H%M%S"
_LONGEST_NAME = 60


class Kept(NamedTuple):
    """A run in the folder."""

    path: Path
    start: datetime
    size: int
    running: bool
    """A process records it."""
    summary: Summary


class Shelf:
    """The runs in `folder`, which need not be there yet, of together no more than `limit` octets."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self._limit = limit
        self._held: list[int] = []
        """Descriptors of our own runs: each has the lock of its file as long as this process lives."""
        self.latest: Path | None = None
        """The file of the run that was begun last."""

    def begin(self, host: str, now: datetime) -> Path:
        """A new, empty file for a run; nobody removes it while our process lives. OSError on failure."""
        missing = [each for each in (self.folder, *self.folder.parents) if not each.exists()]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in reversed(missing):
            _give_to_owner(each)
        with self._turn():
            self._tidy()
            path = self._free_name(host, now)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._held.append(descriptor)
            _give_to_owner(path)
            self.latest = path
        return path

    def tidy(self) -> None:
        """Remove the oldest runs that are on no screen until the rest is within the limit. A run that is on a
        screen stays, even one that is larger than the limit by itself."""
        with suppress(OSError), self._turn():
            self._tidy()

    def runs(self) -> Iterator[Kept]:
        """All runs, the newest first. What can't be read is left out."""
        for path in reversed(self._paths()):
            with suppress(OSError, ValueError):
                start = datetime.strptime(path.name[:15], _TIME)
                yield Kept(path, start, path.stat().st_size, _is_recorded(path), summary(path))

    def _paths(self) -> list[Path]:
        """Our files, the oldest first."""
        with suppress(OSError):
            found = (path for path in self.folder.iterdir() if _OURS.fullmatch(path.name))
            return sorted(path for path in found if path.is_file())
        return []

    def _free_name(self, host: str, now: datetime) -> Path:
        name = f"{now:{_TIME}}-{re.sub(r'[^A-Za-z0-9.-]', '_', host)[:_LONGEST_NAME] or 'run'}"
        names = chain([name], (f"{name}-{number}" for number in count(2)))
        paths = (self.folder / f"{each}.pcapng" for each in names)
        return next(path for path in paths if not os.path.lexists(path))

    def _tidy(self) -> None:
        """As `tidy`, for who has the turn. What can't be removed stays: it may be another user's."""
        sizes = {}
        for path in self._paths():
            with suppress(FileNotFoundError):  # the user does not wait for a turn
                sizes[path] = path.stat().st_size
        total = sum(sizes.values())
        for path, size in sizes.items():
            if total <= self._limit:
                return
            with suppress(OSError):
                if not _is_shown(path):
                    path.unlink()
                    total -= size

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other process adds or removes, and be the one that does."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _give_to_owner(path: Path) -> None:
    """What root makes in another user's folder is that user's: with sudo and the user's HOME, runs are to be
    listed and removed without sudo later."""
    owner = path.parent.stat()
    if os.geteuid() == 0 != owner.st_uid:
        with suppress(OSError):  # a root of a container may not
            os.chown(path, owner.st_uid, owner.st_gid)


def _is_recorded(path: Path) -> bool:
    """Whether a process that lives writes this run."""
    return not _can_lock(path, fcntl.LOCK_SH)


def _is_shown(path: Path) -> bool:
    """Whether a process that lives writes this run, or has opened it."""
    return not _can_lock(path, fcntl.LOCK_EX)


def _can_lock(path: Path, kind: int) -> bool:
    """Whether no process has a lock on this file that excludes such a one."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
