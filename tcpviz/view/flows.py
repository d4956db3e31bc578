"""Where in the recording each connection has its rows, and how both ends' states went."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

from tcpviz.recording import Row
from tcpviz.tcp.events import StateChanged
from tcpviz.tcp.state import State

_T = TypeVar("_T")


class Flows:
    """All connections of ours; rows are told in their order."""

    def __init__(self) -> None:
        self._rows: dict[int, array[int]] = {}
        self._switches: list[tuple[int, int]] = []
        self._paths: dict[int, list[tuple[int, StateChanged]]] = {}
        self._peers: dict[int, list[tuple[int, State]]] = {}
        self._round_trips: dict[int, tuple[array[int], array[int]]] = {}

    def add(self, index: int, row: Row) -> None:
        """The next row."""
        if not row.flow:
            return
        self._rows.setdefault(row.flow, array("I")).append(index)
        if not self._switches or self._switches[-1][1] != row.flow:
            self._switches.append((index, row.flow))
        if row.peer_state is not None:
            peer = self._peers.setdefault(row.flow, [])
            if not peer or peer[-1][1] is not row.peer_state:
                peer.append((index, row.peer_state))

    @property
    def numbers(self) -> Sequence[int]:
        """Of all connections, in the order of their first rows."""
        return tuple(self._rows)

    def changed(self, index: int, flow: int, event: StateChanged) -> None:
        """A state of ours changed in row `index`."""
        self._paths.setdefault(flow, []).append((index, event))

    def measured(self, time: int, flow: int, rtt: int) -> None:
        """We measured a round trip (ns)."""
        times, values = self._round_trips.setdefault(flow, (array("q"), array("q")))
        times.append(time)
        values.append(rtt)

    def round_trips(self, flow: int) -> tuple[Sequence[int], Sequence[int]]:
        """When they were measured, and how long each took (ns)."""
        return self._round_trips.get(flow, ((), ()))

    def span(self, flow: int) -> tuple[int, int] | None:
        """The first and the last row; None where there is none."""
        rows = self._rows.get(flow)
        return (rows[0], rows[-1]) if rows else None

    def active(self, index: int) -> int:
        """The connection that had the last row up to `index`; the first one before that, 0 for none."""
        at = bisect_right(self._switches, index, key=_first)
        return self._switches[max(at - 1, 0)][1] if self._switches else 0

    def last_row(self, flow: int, index: int) -> int | None:
        """The last row of a connection up to `index`; None before it began."""
        rows = self._rows.get(flow, ())
        at = bisect_right(rows, index)
        return rows[at - 1] if at else None

    def path(self, flow: int, index: int) -> Sequence[tuple[int, StateChanged]]:
        """The changes of our state up to row `index`, each with its row."""
        return _until(self._paths.get(flow, []), index)

    def changes(self) -> Iterator[tuple[int, StateChanged]]:
        """Those of all connections."""
        return chain.from_iterable(self._paths.values())

    def peer_path(self, flow: int, index: int) -> Sequence[tuple[int, State]]:
        """The other end's states up to row `index`, each with its first row."""
        return _until(self._peers.get(flow, []), index)

    def peer_state(self, flow: int, index: int) -> State | None:
        """The other end's state after row `index`; None where it is not known."""
        path = self.peer_path(flow, index)
        return path[-1][1] if path else None


def _first(entry: tuple[int, object]) -> int:
    return entry[0]


def _until(entries: list[tuple[int, _T]], index: int) -> list[tuple[int, _T]]:
    return entries[: bisect_right(entries, index, key=_first)]
