"""The packets of a run that pass a display filter, found a little at a time."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence

from tcpviz.analysis import Analyzer, TcpPacket, Verdict
from tcpviz.analysis.filter import Filter, Subject
from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp
from tcpviz.analysis.subjects import add_record
from tcpviz.view.moment import Observed
from tcpviz.view.run import RunView
from tcpviz.wire.segment import ACK

_BATCH = 32
"""Packets between two looks at the clock."""


class FilteredPackets:
    """Some positions of `RunView.packets`, in order: those that were looked at and passed.

    It judges every packet anew, as it asks for more than a run keeps of each; so all of them have to pass
    through here once, from the first.
    """

    def __init__(self, run: RunView, wanted: Filter) -> None:
        self.wanted = wanted
        self._run = run
        self._positions = array("I")
        self._looked_at = 0
        self._previous: int | None = None
        self._analyzer = Analyzer()
        self._fragments = Fragments()

    def __len__(self) -> int:
        """How many were found so far."""
        return len(self._positions)

    @property
    def positions(self) -> Sequence[int]:
        """The positions that were found so far."""
        return self._positions

    @property
    def behind(self) -> int:
        """How many packets of the run were not looked at yet."""
        return len(self._run.packets) - self._looked_at

    def index(self, position: int) -> int:
        """Which of the found ones is the last not after `position`; -1 when there is none."""
        return bisect_right(self._positions, position) - 1

    def advance(self, budget_ns: int, clock: Callable[[], int]) -> bool:
        """Look at packets of the run until none is left or `budget_ns` have passed on `clock`.

        Returns whether another one was found.
        """
        before, deadline = len(self._positions), clock() + budget_ns
        while self.behind:
            start, self._looked_at = self._looked_at, self._looked_at + min(_BATCH, self.behind)
            for position in range(start, self._looked_at):
                if self.wanted.holds(self._subject(position)):
                    self._positions.append(position)
            if clock() >= deadline:
                break
        return len(self._positions) > before

    def _subject(self, position: int) -> Subject:
        run = self._run
        index = run.packets.row(position)
        row, data = run.recording.row(index), run.recording.data(index)
        linktype = run.recording.linktype(index)
        found = find_tcp(data, linktype, row.length, self._fragments)
        packet = found if isinstance(found, TcpPacket) else None
        subject = Subject(
            data,
            row.number,
            run.recording.epoch + row.time,
            run.since_first(row.time),
            0 if self._previous is None else row.time - self._previous,
            row.length,
            linktype,
            packet,
            whole=self._fragments.completed(),
        )
        self._previous = row.time
        if packet and row.number:
            subject.verdict = self._analyzer.add(row.number, row.time, packet)
        elif packet and (observed := run.packets.observed(position)):
            subject.verdict = _unjudged(packet, observed)
        if self.wanted.asks_record:
            add_record(subject, run.recording, index)
        return subject


def _unjudged(packet: TcpPacket, observed: Observed) -> Verdict:
    """The numbers that the list shows of a segment that no capture has."""
    ack = observed.ack if packet.flags & ACK else None
    unknown = (None,) * 10
    return Verdict(
        observed.stream, observed.flags, observed.seq, ack, observed.length, observed.window, *unknown, 0
    )
