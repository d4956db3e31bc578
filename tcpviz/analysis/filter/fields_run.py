"""The fields of our own: what the stack recorded beside the packets of a run."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Final

from tcpviz.analysis.filter.field import ABSENT, Field, Getter, Values
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.values import SECONDS, U16, U32, U64, one_of
from tcpviz.link.base import Direction, Fate
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire import seq

_STATE: Final = one_of(*(str(state) for state in State))
_EVENT: Final = one_of(*sorted(event.__name__ for event in Event.__subclasses__()))


def _snapshot(get: Callable[[Snapshot], int]) -> Getter:
    def values(subject: Subject) -> Values:
        return (get(subject.snapshot),) if subject.snapshot else ABSENT

    return values


def _measured(field: str) -> Field:
    """A time that is 0 as long as nobody has measured it."""
    get = attrgetter(field)

    def values(subject: Subject) -> Values:
        value = get(subject.snapshot) if subject.snapshot else 0
        return (value,) if value else ABSENT

    return Field(SECONDS, values)


def _state(subject: Subject) -> Values:
    return (str(subject.snapshot.state),) if subject.snapshot else ABSENT


def _peer_state(subject: Subject) -> Values:
    return ABSENT if subject.peer_state is None else (str(subject.peer_state),)


def _direction(subject: Subject) -> Values:
    return ABSENT if subject.direction is None else (subject.direction.name.lower(),)


def _fate(subject: Subject) -> Values:
    return ABSENT if subject.fate is None else (subject.fate.name.lower(),)


def _events(subject: Subject) -> Values:
    return [type(event).__name__ for event in subject.events]


def _in_flight(snapshot: Snapshot) -> int:
    return seq.diff(snapshot.snd_max, snapshot.snd_una)


_NUMBERS: Final = (
    "iss", "irs", "snd_una", "snd_nxt", "snd_max", "snd_wnd", "rcv_nxt", "rcv_wnd", "mss", "backoff",
    "dup_acks", "unsent", "unread",
)  # fmt: skip

FIELDS: Final[Mapping[str, Field]] = {
    "tcpviz.direction": Field(one_of(*(direction.name.lower() for direction in Direction)), _direction),
    "tcpviz.fate": Field(one_of(*(fate.name.lower() for fate in Fate)), _fate),
    "tcpviz.flow": Field(U16, lambda subject: (subject.flow,) if subject.flow else ABSENT),
    "tcpviz.event": Field(_EVENT, _events),
    "tcpviz.state": Field(_STATE, _state),
    "tcpviz.peer_state": Field(_STATE, _peer_state),
    **{f"tcpviz.{name}": Field(U32, _snapshot(attrgetter(name))) for name in _NUMBERS},
    "tcpviz.cwnd": Field(U64, _snapshot(attrgetter("cwnd"))),
    "tcpviz.ssthresh": Field(U64, _snapshot(attrgetter("ssthresh"))),
    "tcpviz.in_flight": Field(U32, _snapshot(_in_flight)),
    "tcpviz.srtt": _measured("srtt"),
    "tcpviz.rttvar": _measured("rttvar"),
    "tcpviz.rto": _measured("rto"),
}
