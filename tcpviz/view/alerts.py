"""Everything that went wrong, gathered while a run is read: what, how often, where first, and where next."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from tcpviz.analysis import Flag
from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Row, Told
from tcpviz.session.gate import BY_HAND
from tcpviz.tcp.events import (
    Cause,
    CongestionMarked,
    CwndChanged,
    CwndReason,
    Event,
    PeerWindowChanged,
    ResetReceived,
    ResetSent,
    Retransmitted,
)
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText


class AlertKind(IntEnum):
    """What can be worth an alert, in the order in which the feed lists it."""

    RESET = 0
    TIMEOUT = 1
    FAST = 2
    TAIL_LOSS = 3
    SPURIOUS = 4
    RETRANSMISSION = 5
    LOST = 6
    DROPPED = 7
    CORRUPTED = 8
    CONGESTION = 9
    UNSEEN = 10
    ACKED_UNSEEN = 11
    OUT_OF_ORDER = 12
    DUPLICATE_ACK = 13
    ZERO_WINDOW = 14
    WINDOW_FULL = 15
    WINDOW_PROBE = 16
    REUSED_PORTS = 17

    @property
    def title(self) -> SafeText:
        """What the feed calls it."""
        return SafeText(_TITLES[self])

    @property
    def role(self) -> Role:
        """How bad it is."""
        return Role.ALERT if self <= AlertKind.CORRUPTED else Role.WARN


_K = AlertKind

_TITLES = {
    _K.RESET: "Connection reset",
    _K.TIMEOUT: "Retransmission: timeout",
    _K.FAST: "Retransmission: fast",
    _K.TAIL_LOSS: "Retransmission: tail-loss probe",
    _K.SPURIOUS: "Retransmission: spurious",
    _K.RETRANSMISSION: "Retransmission",
    _K.LOST: "Lost by the network",
    _K.DROPPED: "Dropped by you",
    _K.CORRUPTED: "Checksum error",
    _K.CONGESTION: "Congestion experienced (ECN)",
    _K.UNSEEN: "Previous segment missing",
    _K.ACKED_UNSEEN: "ACK of an unseen segment",
    _K.OUT_OF_ORDER: "Out of order",
    _K.DUPLICATE_ACK: "Duplicate ACK",
    _K.ZERO_WINDOW: "Zero window",
    _K.WINDOW_FULL: "Window full",
    _K.WINDOW_PROBE: "Zero window probe",
    _K.REUSED_PORTS: "Port numbers reused",
}

_BY_CAUSE = {
    Cause.TIMEOUT: _K.TIMEOUT,
    Cause.FAST: _K.FAST,
    Cause.PARTIAL_ACK: _K.FAST,
    Cause.SACK: _K.FAST,
    Cause.RACK: _K.FAST,
    Cause.TAIL_LOSS_PROBE: _K.TAIL_LOSS,
    Cause.WINDOW_PROBE: _K.WINDOW_PROBE,
    Cause.PATH_MTU: _K.RETRANSMISSION,
    Cause.SYN_CROSSED: _K.RETRANSMISSION,
}

_REPETITIONS = (
    (Flag.SPURIOUS_RETRANSMISSION, _K.SPURIOUS),
    (Flag.FAST_RETRANSMISSION, _K.FAST),
    (Flag.RETRANSMISSION, _K.RETRANSMISSION),
    (Flag.OUT_OF_ORDER, _K.OUT_OF_ORDER),
)
"""The first that fits: they are names for one thing."""

_OTHERS = (
    (Flag.LOST_SEGMENT, _K.UNSEEN),
    (Flag.ACK_LOST_SEGMENT, _K.ACKED_UNSEEN),
    (Flag.DUPLICATE_ACK, _K.DUPLICATE_ACK),
    (Flag.ZERO_WINDOW, _K.ZERO_WINDOW),
    (Flag.WINDOW_FULL, _K.WINDOW_FULL),
    (Flag.REUSED_PORTS, _K.REUSED_PORTS),
)


@dataclass(frozen=True, slots=True)
class Alert:
    """All alerts of one kind: how many, and the rows of the first and the last."""

    kind: AlertKind
    title: SafeText
    count: int
    first: int
    last: int


class Alerts:
    """The feed. Rows are added in their order and never change."""

    def __init__(self) -> None:
        self._rows = array("I")
        self._kinds = bytearray()
        self._totals: dict[AlertKind, Alert] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, kinds: Iterable[AlertKind]) -> None:
        """Row `row`, not before the last one, is an alert of these kinds."""
        for kind in kinds:
            self._rows.append(row)
            self._kinds.append(kind)
            total = self._totals.get(kind) or Alert(kind, kind.title, 0, row, row)
            self._totals[kind] = replace(total, count=total.count + 1, last=row)

    @property
    def rows(self) -> Sequence[int]:
        """The row of every alert, in order."""
        return self._rows

    @property
    def totals(self) -> list[Alert]:
        """One entry a kind that occurred, the worst first."""
        return [self._totals[kind] for kind in sorted(self._totals)]

    def next(self, row: int, kind: AlertKind | None = None) -> int | None:
        """The first row after `row` with an alert, of this kind."""
        at = bisect_right(self._rows, row)
        if kind is not None:
            at = self._kinds.find(kind, at)
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def previous(self, row: int) -> int | None:
        """The last row before `row` with an alert."""
        at = bisect_left(self._rows, row)
        return self._rows[at - 1] if at else None

    def at(self, row: int) -> list[AlertKind]:
        """The kinds of alert in `row`."""
        start, stop = bisect_left(self._rows, row), bisect_right(self._rows, row)
        return [AlertKind(kind) for kind in self._kinds[start:stop]]

    def recent(self, row: int, limit: int) -> list[tuple[int, AlertKind]]:
        """The last `limit` alerts up to `row`, the latest first, each with its row."""
        stop = bisect_right(self._rows, row)
        latest = range(stop - 1, max(stop - limit, 0) - 1, -1)
        return [(self._rows[at], AlertKind(self._kinds[at])) for at in latest]

    def any_between(self, start: int, stop: int) -> bool:
        """Whether there is an alert in the rows from `start` up to `stop`."""
        return bisect_left(self._rows, start) < bisect_left(self._rows, stop)


def kinds(row: Row, told: Told, flags: int) -> list[AlertKind]:
    """What is worth an alert in one row.

    Why something was sent again, only the sender's stack knows; where that does not tell, an observer can
    only guess.
    """
    sent_again = [event for event in told.peer_events if isinstance(event, Retransmitted)]
    truth = [*_told(told.events), *_told(sent_again)]
    if sent_again or (row.direction is Direction.OUT and row.flow):
        flags &= ~_GUESSES
    found = [*truth, *(inferred(flags) if flags else ())]
    if row.fate is Fate.LOST:
        found.append(_K.DROPPED if told.text == BY_HAND else _K.LOST)
    elif row.fate is Fate.CORRUPTED:
        found.append(_K.CORRUPTED)
    elif row.fate is Fate.MARKED:
        found.append(_K.CONGESTION)
    return list(dict.fromkeys(found))


_GUESSES = int(
    Flag.RETRANSMISSION | Flag.FAST_RETRANSMISSION | Flag.SPURIOUS_RETRANSMISSION | Flag.OUT_OF_ORDER
)


def _told(events: Iterable[Event]) -> Iterator[AlertKind]:
    for event in events:
        match event:
            case Retransmitted():
                yield _BY_CAUSE[event.cause]
            case CwndChanged(why=CwndReason.UNDO):
                yield _K.SPURIOUS
            case CwndChanged(why=CwndReason.ECN) | CongestionMarked():
                yield _K.CONGESTION
            case PeerWindowChanged(new=0):
                yield _K.ZERO_WINDOW
            case ResetReceived() | ResetSent():
                yield _K.RESET


def inferred(flags: int) -> Iterator[AlertKind]:
    """What an observer's flags of one packet say of it."""
    for flag, kind in _REPETITIONS:
        if flags & flag:
            yield kind
            break
    for flag, kind in _OTHERS:
        if flags & flag:
            yield kind
