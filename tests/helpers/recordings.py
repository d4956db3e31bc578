"""Rows of every kind to put into a recording, and the same rows as a reader must find them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, NamedTuple, get_type_hints

from helpers.wire import numbers, words
from hypothesis import strategies as st

from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Recording, Row
from tcpviz.tcp import events as kinds
from tcpviz.tcp.events import Event
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State

LIMIT = (1 << 63) - 1

times = st.integers(0, 1 << 60)
texts = st.text(max_size=20)
states = st.sampled_from(State)
ranges = st.lists(st.tuples(numbers, numbers), max_size=3).map(tuple)


@dataclass(frozen=True)
class Entry:
    """What is put in: the arguments of `frame`, or of `moment` where `kind` is none of a frame."""

    time: int
    kind: Kind = Kind.FRAME
    direction: Direction = Direction.OUT
    fate: Fate = Fate.PASSED
    data: bytes = b""
    flow: int = 0
    snapshot: Snapshot | None = None
    events: tuple[Event, ...] = ()
    text: str = ""
    peer_state: State | None = None

    @property
    def captured(self) -> bool:
        """Whether the file has it as a packet."""
        lost = self.direction is Direction.IN and self.fate is Fate.LOST
        return self.kind is Kind.FRAME and not lost


class Found(NamedTuple):
    """Everything that a reader can ask of one row."""

    row: Row
    data: bytes
    snapshot: Snapshot | None
    events: tuple[Event, ...]
    text: str


def write(recording: Recording, entries: Sequence[Entry]) -> None:
    """Put the entries in, without a commit."""
    for entry in entries:
        if entry.kind is Kind.FRAME:
            recording.frame(
                entry.time,
                entry.direction,
                entry.data,
                fate=entry.fate,
                flow=entry.flow,
                snapshot=entry.snapshot,
                events=entry.events,
                peer_state=entry.peer_state,
            )
        else:
            recording.moment(
                entry.time,
                entry.kind,
                flow=entry.flow,
                snapshot=entry.snapshot,
                events=entry.events,
                text=entry.text,
                peer_state=entry.peer_state,
            )


def found(recording: Recording) -> list[Found]:
    """All rows as a reader sees them."""
    return [
        Found(
            recording.row(i), recording.data(i), recording.snapshot(i), recording.events(i), recording.text(i)
        )
        for i in range(len(recording))
    ]


def expected(entries: Sequence[Entry]) -> list[Found]:
    """What `found` must give once the entries are committed."""
    rows = []
    captured = 0
    for entry in entries:
        captured += entry.captured
        row = Row(
            entry.time,
            entry.kind,
            entry.direction,
            entry.fate,
            captured if entry.captured else 0,
            len(entry.data),
            entry.flow,
            entry.peer_state,
        )
        rows.append(Found(row, entry.data, entry.snapshot, entry.events, entry.text))
    return rows


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return {bool: st.booleans(), str: texts, int: st.integers(-LIMIT, LIMIT)}.get(hint, words)


def events_of(kind: type) -> st.SearchStrategy[Event]:
    """Any event of this class."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: _values(hints[field.name]) for field in fields(kind)})


KINDS = [kind for kind in vars(kinds).values() if isinstance(kind, type) and kind.__base__ is Event]
events = st.one_of([events_of(kind) for kind in KINDS])

snapshots = st.builds(
    Snapshot,
    state=states,
    **dict.fromkeys(
        ("iss", "irs", "snd_una", "snd_nxt", "snd_max", "snd_wnd", "rcv_nxt", "rcv_wnd", "mss"), words
    ),
    **dict.fromkeys(("cwnd", "ssthresh", "srtt", "rttvar", "rto"), st.integers(0, LIMIT)),
    backoff=st.integers(0, 0xFFFF),
    **dict.fromkeys(("dup_acks", "unsent", "unread"), words),
    deadlines=st.lists(st.tuples(st.integers(0, 8), times), max_size=3).map(tuple),
    **dict.fromkeys(("sacked", "lost", "retransmitted", "held"), ranges),
)

_shared = {
    "time": times,
    "flow": st.integers(0, 3),
    "snapshot": st.none() | snapshots,
    "events": st.lists(events, max_size=3).map(tuple),
    "peer_state": st.none() | states,
}
frames = st.builds(
    Entry,
    direction=st.sampled_from(Direction),
    fate=st.sampled_from(Fate),
    data=st.binary(min_size=1, max_size=80),
    **_shared,
)
moments = st.builds(
    Entry, kind=st.sampled_from([kind for kind in Kind if kind is not Kind.FRAME]), text=texts, **_shared
)
entries = st.lists(frames | moments, max_size=8)
