"""What a run can be stopped at, and where that is in a record: a packet, an alert, a change of state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tcpviz.analysis.filter import Filter, Subject
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Row, Told
from tcpviz.session.watch import Watch
from tcpviz.tcp.events import Event, StateChanged
from tcpviz.tcp.state import TRANSITIONS, State, Trigger
from tcpviz.view.alerts import AlertKind, kinds
from tcpviz.view.run import RunView


@dataclass(frozen=True, slots=True)
class AtFilter:
    """A packet that passes a display filter."""

    wanted: Filter

    @property
    def text(self) -> str:
        """See Watch."""
        return f"packet: {self.wanted.text}"

    def before(self, subject: Subject) -> bool:
        """See Watch."""
        return self.wanted.holds(subject)

    def after(self, events: Sequence[Event], fate: Fate) -> bool:
        """See Watch."""
        return False


@dataclass(frozen=True, slots=True)
class AtAlert:
    """An alert of one kind: before the packet that shows it, or right after our stack noticed."""

    kind: AlertKind

    @property
    def text(self) -> str:
        """See Watch."""
        return f"alert: {self.kind.title}"

    def before(self, subject: Subject) -> bool:
        """See Watch."""
        flags = int(subject.verdict.flags) if subject.verdict else 0
        return self.kind in kinds(_row(subject.direction or Direction.IN), Told(tuple(subject.events)), flags)

    def after(self, events: Sequence[Event], fate: Fate) -> bool:
        """See Watch."""
        return self.kind in kinds(_row(Direction.OUT, fate), Told(tuple(events)), 0)

    def next_row(self, run: RunView, row: int) -> int | None:
        """The first row of a record after `row` that has it."""
        return run.alerts.next(row, self.kind)


@dataclass(frozen=True, slots=True)
class AtState:
    """A change of our state: one edge of the table."""

    old: State
    trigger: Trigger

    @property
    def text(self) -> str:
        """See Watch."""
        new = TRANSITIONS[self.old, self.trigger].new
        return f"state: {self.old} to {new} ({self.trigger.value})"

    def before(self, subject: Subject) -> bool:
        """See Watch."""
        return self._among(subject.events)

    def after(self, events: Sequence[Event], fate: Fate) -> bool:
        """See Watch."""
        return self._among(events)

    def next_row(self, run: RunView, row: int) -> int | None:
        """The first row of a record after `row` that has it."""
        changes = (index for index, event in run.state_changes() if index > row and self._among([event]))
        return min(changes, default=None)

    def _among(self, events: Iterable[Event]) -> bool:
        return any(
            isinstance(event, StateChanged) and event.old is self.old and event.trigger is self.trigger
            for event in events
        )


Stop = AtFilter | AtAlert | AtState


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """One entry of the user's list."""

    stop: Stop
    enabled: bool = True


def watches(breakpoints: Iterable[Breakpoint]) -> tuple[Watch, ...]:
    """What a session is to watch for."""
    return tuple(each.stop for each in breakpoints if each.enabled)


def _row(direction: Direction, fate: Fate = Fate.PASSED) -> Row:
    """A row that nobody has written yet."""
    return Row(0, Kind.FRAME, direction, fate, 1, 0, 1, None)
