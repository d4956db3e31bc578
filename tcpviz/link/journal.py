"""Settings of the kernel that a run has changed, so that they can be put back whatever becomes of it.

Before a setting is changed, a file in the folder of journals says what it was. The process that changed
it holds a lock on that file, which the kernel drops when the process dies. So a file without a lock is
what a killed run has left behind, and `undo_leftovers` puts its settings back.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TextIO

_OURS = Path("/proc/thread-self/ns/net")
_SUFFIX = ".json"


class Setting(NamedTuple):
    """A file under /proc/sys, what was in it, and what a run has put there."""

    path: str
    was: str
    now: str

    @property
    def name(self) -> str:
        """As sysctl calls it."""
        return ".".join(Path(self.path).parts[3:])

    def restore(self) -> bool:
        """Put the old value back, unless somebody else has changed it since. Raises OSError."""
        path = Path(self.path)
        if not path.exists() or path.read_text().strip() != self.now:
            return False
        path.write_text(self.was)
        return True


class Entry:
    """One file of the journal, open: what one run has changed in one network namespace.

    A file without a whole word was cut off before anything was changed.
    """

    def __init__(self, path: Path, file: TextIO) -> None:
        self.path = path
        self._file = file
        content: dict[str, Any] = {}
        with suppress(ValueError):
            content = json.load(file)
        self.namespace: int = content.get("namespace", _namespace())
        self.settings = [Setting(*fields) for fields in content.get("settings", ())]

    @property
    def is_here(self) -> bool:
        """Whether it is about the network namespace of the calling thread."""
        return self.namespace == _namespace()

    def write(self, settings: list[Setting]) -> None:
        """Note `settings`, on the disk before this returns."""
        self.settings = settings
        json.dump({"namespace": self.namespace, "settings": settings}, self._file)
        self._file.flush()
        os.fsync(self._file.fileno())

    def take(self) -> bool:
        """Lock it; False where a living process has it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Drop the lock, and leave the file as it is."""
        self._file.close()


class Journal:
    """The journals in `folder`. Its methods raise OSError where something may not be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def change(self, wanted: Mapping[str, str]) -> Entry | None:
        """Give the files `wanted` these values; None where they have them. `undo` puts them back."""
        with self._alone():
            self._undo_leftovers()
            before = self._as_they_were()
            settings = [
                Setting(path, was, now)
                for path, now in wanted.items()
                if (was := before.get(path) or Path(path).read_text().strip()) != now
            ]
            if not settings:
                return None
            entry = self._new_entry()
            entry.write(settings)
            for setting in settings:
                Path(setting.path).write_text(setting.now)
            return entry

    def undo(self, entry: Entry) -> None:
        """Put back what no other living run relies on, and forget the entry."""
        with self._alone():
            self._undo(entry)
            entry.close()

    def undo_leftovers(self) -> list[Setting]:
        """Put back what killed runs have left in this network namespace; what was put back."""
        with self._alone():
            return self._undo_leftovers()

    def leftovers(self) -> list[Setting]:
        """What killed runs have left in this network namespace. Needs no right."""
        return [
            setting
            for entry in self._entries()
            if entry.is_here and entry.take()
            for setting in entry.settings
        ]

    def _undo_leftovers(self) -> list[Setting]:
        restored: list[Setting] = []
        for entry in self._entries():
            if entry.is_here and entry.take():
                restored += self._undo(entry)
            elif not _exists(entry.namespace):
                entry.path.unlink()
        return restored

    def _undo(self, entry: Entry) -> list[Setting]:
        needed = self._as_they_were(but=entry.path)
        restored = [setting for setting in entry.settings if setting.path not in needed and setting.restore()]
        entry.path.unlink()
        return restored

    def _as_they_were(self, but: Path | None = None) -> dict[str, str]:
        """The settings that living runs have changed here, with the values from before all of them."""
        return {
            setting.path: setting.was
            for entry in self._entries()
            if entry.path != but and entry.is_here and not entry.take()
            for setting in entry.settings
        }

    def _entries(self) -> Iterator[Entry]:
        """Each in turn, closed when the next one comes."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            with suppress(FileNotFoundError), path.open() as file:
                yield Entry(path, file)

    def _new_entry(self) -> Entry:
        fd, name = tempfile.mkstemp(suffix=_SUFFIX, dir=self._folder)
        os.fchmod(fd, 0o644)
        entry = Entry(Path(name), os.fdopen(fd, "r+"))
        entry.take()
        return entry

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process changes anything meanwhile."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _namespace() -> int:
    """What the kernel calls the network namespace of the calling thread."""
    return _OURS.stat().st_ino


def _exists(namespace: int) -> bool:
    """Whether a process is in that network namespace, or a name keeps it."""
    if f"net:[{namespace}]" in Path("/proc/self/mountinfo").read_text():
        return True
    for process in Path("/proc").glob("[0-9]*/ns/net"):
        with suppress(OSError):
            if process.stat().st_ino == namespace:
                return True
    return False
