"""Where a body goes: a file, a pipe, or nowhere. What can't be written now stays in the peer's hands.

Both sinks tell `room()`, the octets that they take now; at 0 the client stops reading, the receive
buffer fills and our window closes (RFC 9293 section 3.8.6): nothing piles up here.
"""

import os
import stat
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, Protocol

from tcpviz.client.failure import ExitCode, Failure, FetchError
from tcpviz.client.url import UrlError, parse_url

CHUNK = 256 << 10
PATIENCE = 0.05
"""Seconds after which `finish` looks whether it should give up."""


class Output(Protocol):
    """A sink that has an end."""

    def room(self) -> int:
        """Octets that `write` takes now. Raises OSError when writing failed."""

    def write(self, data: bytes) -> None:
        """Take these. Raises OSError when writing failed."""

    def finish(self, give_up: Callable[[], bool], *, whole: bool) -> None:
        """Return when everything is written, or `give_up` says so. Raises OSError when writing failed.

        `whole`: the body came to its end.
        """


def output_to(descriptor: int, wake: Callable[[], None]) -> Output:
    """The sink for an open descriptor; `wake` is called when a full one has room again. May raise OSError."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return FileOutput(lambda: descriptor)
    return PipeOutput(descriptor, wake)


class Target(NamedTuple):
    """Where a body is to go."""

    path: Path | None = None
    """None: stdout."""
    fresh: bool = False
    """There must be no such file yet."""


def targets_of(urls: Sequence[str], paths: Sequence[Path], *, remote_name: bool) -> list[Target]:
    """Where the bodies of `urls` go: the first into the first of `paths`; those beyond the last to stdout, or
    with `remote_name` into files that are named after them. Raises FetchError."""
    named = [Target(None if str(path) == "-" else path) for path in paths[: len(urls)]]
    rest = urls[len(named) :]
    return [*named, *(remote_target(url) if remote_name else Target() for url in rest)]


def remote_target(url: str) -> Target:
    """A new file in the working directory with the name that `url` ends with.

    Raises FetchError where it has no name or there is such a file already.
    """
    try:
        name = parse_url(url).target.partition("?")[0].rpartition("/")[2]
    except UrlError as error:
        raise FetchError(Failure(error.exit_code, str(error), error.advice)) from None
    problem = ""
    if name in ("", ".", ".."):
        problem = "the URL ends with no name for a file"
    elif os.path.lexists(name):
        problem = f"there is a file {name} already"
    if problem:
        raise FetchError(Failure(ExitCode.WRITE_FAILED, problem, "choose a name with -o"))
    return Target(Path(name), fresh=True)


def output_to_file(path: Path, *, fresh: bool = False) -> Output:
    """The sink for a file, which is not touched before there is something to write or all has gone well.

    `fresh`: to open one that is there already is an error.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if fresh else os.O_TRUNC)
    return FileOutput(partial(os.open, path, flags, 0o666))


class Discard:
    """Takes everything: the screen shows the body from the recording."""

    def room(self) -> int:
        """Always the same."""
        return CHUNK

    def write(self, data: bytes) -> None:
        """Forget it."""

    def finish(self, give_up: Callable[[], bool], *, whole: bool) -> None:
        """Nothing to wait for."""


class FileOutput:
    """A regular file: it always has room."""

    def __init__(self, opened: Callable[[], int]) -> None:
        self._opened = opened
        self._descriptor: int | None = None

    def room(self) -> int:
        """Always the same."""
        return CHUNK

    def write(self, data: bytes) -> None:
        """Write it all."""
        if self._descriptor is None:
            self._descriptor = self._opened()
        _write_all(self._descriptor, data)

    def finish(self, give_up: Callable[[], bool], *, whole: bool) -> None:
        """Nothing is held back; a body that is whole and empty makes an empty file."""
        if whole:
            self.write(b"")


class PipeOutput:
    """A pipe, terminal or socket: a thread writes, for the reader may stop for as long as it likes and
    TCP must go on answering meanwhile. It never holds more than `CHUNK` octets."""

    def __init__(self, descriptor: int, wake: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._wake = wake
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._held = 0
        self._lock = threading.Lock()
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def room(self) -> int:
        """What is left of `CHUNK`."""
        if self._error:
            raise self._error
        return CHUNK - self._held

    def write(self, data: bytes) -> None:
        """Hand it to the thread."""
        with self._lock:
            self._held += len(data)
        self._queue.put(data)

    def finish(self, give_up: Callable[[], bool], *, whole: bool) -> None:
        """Wait for the reader to take the rest."""
        self._queue.put(None)
        while self._thread.is_alive() and not give_up():
            self._thread.join(PATIENCE)
        if self._error:
            raise self._error

    def _work(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                if self._error is None:
                    _write_all(self._descriptor, data)
            except OSError as error:
                self._error = error
            with self._lock:
                self._held -= len(data)
            self._wake()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
