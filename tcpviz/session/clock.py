"""The two clocks a run can go by: the machine's, and the lab's own."""

import os
import select
import time
from contextlib import suppress
from typing import Protocol

TICK = 50_000_000
"""The longest wait, in ns: how soon a command or a signal is noticed at the latest."""


class Alarm:
    """Wakes the worker from another thread: a pipe whose reading end can be polled."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)

    def fileno(self) -> int:
        """The descriptor to poll for reading."""
        return self._reader

    def ring(self) -> None:
        """Wake whoever waits. Safe from any thread; a full pipe is as good as a ring."""
        with suppress(BlockingIOError):
            os.write(self._writer, b"\0")

    def clear(self) -> None:
        """Forget all rings so far."""
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)

    def __del__(self) -> None:
        """Given back with the last reference: until then any thread may ring."""
        os.close(self._reader)
        os.close(self._writer)


class Clock(Protocol):
    """A run's time in ns, 0 at its start."""

    @property
    def epoch(self) -> int:
        """The wall clock's ns at time 0."""

    def now(self) -> int:
        """The present moment."""

    def wait(self, until: int | None, descriptor: int, alarm: Alarm, pace: float) -> None:
        """Return when `until` is reached, `descriptor` is readable, the alarm rings, or a tick is over."""


class RealClock:
    """The machine's monotonic clock; nobody can hold it."""

    def __init__(self) -> None:
        self._start = time.monotonic_ns()
        self.epoch = time.time_ns()

    def now(self) -> int:
        """Nanoseconds since the run began."""
        return time.monotonic_ns() - self._start

    def wait(self, until: int | None, descriptor: int, alarm: Alarm, pace: float) -> None:
        """Wait at most one tick. `pace` has no meaning here: the world goes at its own."""
        timeout = TICK if until is None else min(TICK, until - self.now())
        if timeout <= 0:
            return
        _poll(alarm, descriptor, timeout)


class VirtualClock:
    """The lab's clock: it goes from one deadline to the next, at any pace, and stands still when asked."""

    LAB_EPOCH = 1_767_225_600_000_000_000
    """2026-01-01 00:00 UTC: the same run gives the same file, bit for bit."""

    def __init__(self) -> None:
        self.epoch = self.LAB_EPOCH
        self._now = 0

    def now(self) -> int:
        """The lab's present moment."""
        return self._now

    def wait(self, until: int | None, descriptor: int, alarm: Alarm, pace: float) -> None:
        """Go on to `until` (None: stand still for a tick). With a pace, that takes its time."""
        if until is None or (pace and until > self._now):
            ahead = TICK if until is None else (until - self._now) / pace
            began = time.monotonic_ns()
            _poll(alarm, -1, min(TICK, ahead))
            if until is not None:
                passed = (time.monotonic_ns() - began) * pace
                self._now += int(min(until - self._now, passed))  # which no pace makes too large for an int
        else:
            self._now = max(self._now, until)


def _poll(alarm: Alarm, descriptor: int, timeout: float) -> None:
    """Until `descriptor` is readable, the alarm rings or `timeout` ns are over."""
    poller = select.poll()
    poller.register(alarm.fileno(), select.POLLIN)
    if descriptor >= 0:
        poller.register(descriptor, select.POLLIN)
    if any(ready == alarm.fileno() for ready, _ in poller.poll(timeout / 1e6)):
        alarm.clear()
