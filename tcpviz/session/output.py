"""Where a body goes: a file, a pipe, or nowhere. What can't be written now stays in the peer's hands.

Both sinks tell `room()`, the octets that they take now; at 0 the client stops reading, the receive
buffer fills and our window closes (RFC 9293 section 3.8.6): nothing piles up here.
"""

import os
import stat
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

CHUNK = 256 << 10


class Output(Protocol):
    """A sink that has an end."""

    def room(self) -> int:
        """Octets that `write` takes now. Raises OSError when writing failed."""

    def write(self, data: bytes) -> None:
        """Take these. Raises OSError when writing failed."""

    def finish(self) -> None:
        """Return when everything is written. Raises OSError when that failed."""


def output_to(descriptor: int, wake: Callable[[], None]) -> Output:
    """The sink for a descriptor; `wake` is called when a full one has room again."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return FileOutput(descriptor)
    return PipeOutput(descriptor, wake)


class Discard:
    """Takes everything: the screen shows the body from the recording."""

    def room(self) -> int:
        """Always the same."""
        return CHUNK

    def write(self, data: bytes) -> None:
        """Forget it."""

    def finish(self) -> None:
        """Nothing to wait for."""


class FileOutput:
    """A regular file: it always has room."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def room(self) -> int:
        """Always the same."""
        return CHUNK

    def write(self, data: bytes) -> None:
        """Write it all."""
        _write_all(self._descriptor, data)

    def finish(self) -> None:
        """Nothing is held back."""


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

    def finish(self) -> None:
        """Wait for the reader to take the rest."""
        self._queue.put(None)
        self._thread.join()
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
