"""Blocking calls from other threads: an application that does what they ask, when the run comes to it.

A call is tried in each round until it has its answer, it fails, or its time is up; the thread that made it
waits, and touches nothing that belongs to the run.
"""

import errno
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from tcpviz.client import goodbye
from tcpviz.host.flow import Flow
from tcpviz.tcp.config import SECOND

T = TypeVar("T")
Attempt = Callable[[int], T | None]
"""What is to be done, at a moment: the answer, or None where there is none yet. May raise OSError."""


class Pending(Protocol):
    """What a call may have to wait for beside packets."""

    def next_deadline(self) -> int | None:
        """When the call must be tried even if no packet arrives."""


class Asked(Protocol):
    """A call, whatever its answer is."""

    def begin(self, now: int) -> None:
        """Its time runs from now on."""

    def step(self, now: int) -> bool:
        """Try it; whether it is decided."""

    def next_deadline(self) -> int | None:
        """When it has to be tried even if no packet arrives."""

    def finish(self, error: OSError | None = None) -> None:
        """Let the caller go on, with the answer or with `error`."""


class Call(Generic[T]):
    """One blocking call. `timeout` is in seconds of the run's time; 0: now or never, None: for ever."""

    def __init__(
        self, attempt: Attempt[T], timeout: float | None = None, pending: Pending | None = None
    ) -> None:
        self._attempt = attempt
        self._timeout = timeout
        self._pending = pending
        self._until: int | None = None
        self._answer: T | None = None
        self._error: OSError | None = None
        self._withdrawn = False
        self._over = threading.Event()

    # From the thread that called

    def result(self) -> T:
        """Wait for the answer. Raises OSError."""
        try:
            self._over.wait()
        except BaseException:
            self._withdrawn = True  # Ctrl-C
            raise
        if self._error is not None:
            try:
                raise self._error
            finally:
                del self  # or the error would keep itself alive, and what it holds with it
        assert self._answer is not None
        return self._answer

    # From the run's

    def begin(self, now: int) -> None:
        if self._timeout is not None:
            self._until = now + round(self._timeout * SECOND)

    def step(self, now: int) -> bool:
        if self._withdrawn:
            return True
        try:
            self._answer = self._attempt(now)
        except OSError as error:
            self._error = error
        if self._answer is None and self._error is None and self._until is not None and now >= self._until:
            self._error = _too_late(self._timeout)
        return self._answer is not None or self._error is not None

    def next_deadline(self) -> int | None:
        return earliest(self._until, self._pending.next_deadline() if self._pending else None)

    def finish(self, error: OSError | None = None) -> None:
        self._error = error or self._error
        self._over.set()


class Calls:
    """The application of a run whose connections other threads use: an `Application`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` has the run come to a round soon."""
        self._wake = wake
        self._asked: SimpleQueue[Asked] = SimpleQueue()
        self._waiting: list[Asked] = []
        self._decided: list[Asked] = []
        self._flows: list[Flow] = []
        self._notes: list[str] = []
        self._end: OSError | None = None

    def ask(self, call: Call[T]) -> Call[T]:
        """Have it done. From any thread, and from a finalizer too: nothing here locks."""
        self._asked.put(call)
        self._wake()
        if self._end is not None:
            self._refuse(self._end)
        return call

    # From the run's thread

    @property
    def waiting(self) -> bool:
        """Whether anybody waits for something to happen."""
        return bool(self._waiting)

    @property
    def flows(self) -> Sequence[Flow]:
        """The connections that are open, or have ended in this round."""
        return self._flows

    def opened(self, flow: Flow) -> None:
        """There is one more."""
        self._flows.append(flow)

    def tell(self, text: str) -> None:
        """Something for the recording."""
        self._notes.append(text)

    def step(self, now: int) -> None:
        """Try all calls, in their order."""
        self._flows = [flow for flow in self._flows if not flow.connection.closed]
        for call in self._new():
            call.begin(now)
            self._waiting.append(call)
        decided = [call for call in self._waiting if call.step(now)]
        self._waiting = [call for call in self._waiting if call not in decided]
        self._decided += decided

    def answer(self) -> None:
        """Let those go on whose calls are decided: not before the round is over, and recorded."""
        for call in self._decided:
            call.finish()
        self._decided.clear()

    def next_deadline(self) -> int | None:
        """When a call's time is up, or it has to be tried again."""
        return earliest(*(call.next_deadline() for call in self._waiting))

    def notes(self) -> list[str]:
        """What was told since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def abandon(self, now: int) -> None:
        """A RST on every connection that is open."""
        goodbye.abort(self._flows, now)

    def end(self, error: OSError) -> None:
        """The run is over: this is the answer to all that was asked and will be."""
        self.answer()
        self._end = error
        for call in self._waiting:
            call.finish(error)
        self._waiting.clear()
        self._refuse(error)

    def _refuse(self, error: OSError) -> None:
        for call in self._new():
            call.finish(error)

    def _new(self) -> list[Asked]:
        calls: list[Asked] = []
        try:
            while True:
                calls.append(self._asked.get_nowait())
        except Empty:
            return calls


def earliest(*moments: int | None) -> int | None:
    """The first of these; None where there is none."""
    return min((moment for moment in moments if moment is not None), default=None)


def _too_late(timeout: float | None) -> OSError:
    if timeout == 0:
        return BlockingIOError(errno.EAGAIN, "nothing can be done without waiting")
    return TimeoutError(f"timed out after {timeout:g} s")
