"""The timers of one connection: a table with one slot for each `Timer`, and nothing that ticks.

It does not know what a timer is for; it keeps deadlines (ns of the run) and says which have passed.
"""

from tcpviz.tcp.events import Timer

Deadlines = tuple[tuple[int, int], ...]


class Timers:
    """At most one deadline a timer."""

    __slots__ = ("_deadlines",)

    def __init__(self) -> None:
        self._deadlines: dict[Timer, int] = {}

    def start(self, timer: Timer, deadline: int) -> None:
        """Let `timer` go off at `deadline`, instead of when it was to go off before."""
        self._deadlines[timer] = deadline

    def stop(self, timer: Timer) -> None:
        """Let `timer` not go off."""
        self._deadlines.pop(timer, None)

    def stop_all(self) -> None:
        """Let none go off."""
        self._deadlines.clear()

    def runs(self, timer: Timer) -> bool:
        """Whether `timer` has a deadline."""
        return timer in self._deadlines

    def next_deadline(self) -> int | None:
        """The earliest deadline; None when no timer runs."""
        return min(self._deadlines.values()) if self._deadlines else None

    def take_expired(self, now: int) -> list[Timer]:
        """Stop the timers whose deadline has come, and name them, earliest first."""
        expired = sorted((at, timer) for timer, at in self._deadlines.items() if at <= now)
        for _, timer in expired:
            del self._deadlines[timer]
        return [timer for _, timer in expired]

    def running(self) -> Deadlines:
        """(timer, deadline) of every timer that runs."""
        return tuple(self._deadlines.items()) if self._deadlines else ()
