"""Looking for the next place in a record that a run would have stopped at, a little at a time."""

from collections.abc import Callable, Sequence

from tcpviz.view.breakpoints import AtFilter, Stop
from tcpviz.view.filtered import FilteredPackets
from tcpviz.view.run import RunView


class Seeker:
    """Finds the first row after `row` that has one of `stops`.

    A filter has to see every packet from the first one on, so what was found of it is kept in `known`.
    """

    def __init__(
        self, run: RunView, row: int, stops: Sequence[Stop], known: dict[AtFilter, FilteredPackets]
    ) -> None:
        self.found: int | None = None
        """Once it is known."""
        self._run = run
        self._row = row
        self._rest: list[FilteredPackets] = []
        self._rows: list[int] = []
        for stop in stops:
            if isinstance(stop, AtFilter):
                self._rest.append(known.setdefault(stop, FilteredPackets(run, stop.wanted)))
            elif (there := stop.next_row(run, row)) is not None:
                self._rows.append(there)

    def advance(self, budget: int, clock: Callable[[], int]) -> bool:
        """Go on looking; whether it has come to an end, `found` or not."""
        for packets in list(self._rest):
            packets.advance(budget, clock)
            there = self._next(packets)
            if there is not None:
                self._rows.append(there)
            if there is not None or not packets.behind:
                self._rest.remove(packets)
        if self._rest:
            return False
        self.found = min(self._rows, default=None)
        return True

    def _next(self, packets: FilteredPackets) -> int | None:
        index = packets.index(self._run.packets.position(self._row)) + 1
        return self._run.packets.row(packets.positions[index]) if index < len(packets) else None
