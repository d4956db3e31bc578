"""The timers of one connection: a table with one slot for each `Timer`, and nothing that ticks.

It does not know what a timer is for; it keeps deadlines (ns of the run) and says which have passed.
"""

from tcpviz.tcp.events import Timer


class Timers:
    """At most one deadline a timer."""

    __slots__ = ("deadlines",)

    def __init__(self) -> None:
        self.deadlines: dict[Timer, int] = {}
        """Of the timers that run. To be looked at only: `start` and `stop` change it."""

    def start(self, timer: Timer, deadline: int) -> None:
        """Let `timer` go off at `deadline`, instead of when it was to go off before."""
        self.deadlines[timer] = deadline

    def stop(self, timer: Timer) -> None:
        """Let `timer` not go off."""
        self.deadlines.pop(timer, None)

    def stop_all(self) -> None:
        """Let none go off."""
        self.deadlines.clear()

    def runs(self, timer: Timer) -> bool:
        """Whether `timer` has a deadline."""
        return timer in self.deadlines

    def next_deadline(self) -> int | None:
        """The earliest deadline; None when no timer runs."""
        return min(self.deadlines.values()) if self.deadlines else None

    def take_expired(self, now: int) -> list[Timer]:
        """Stop the timers whose deadline has come, and name them, earliest first."""
        expired = sorted((at, timer) for timer, at in self.deadlines.items() if at <= now)
        for _, timer in expired:
            del self.deadlines[timer]
        return [timer for _, timer in expired]
