"""What is kept of every packet of a run: columns of numbers, 44 octets a packet, no objects.

A million packets have to fit in memory, and the garbage collector must not walk them.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress

from tcpviz.analysis import Flag
from tcpviz.view.moment import Observed

_NO_STREAM = 0xFFFF_FFFF


class Packets:
    """The packet list's rows by position: which row of the recording, when, and what an observer says."""

    def __init__(self) -> None:
        self._rows = array("I")
        self._times = array("q")
        self._streams = array("I")
        self._flags = array("I")
        self._seqs = array("I")
        self._acks = array("I")
        self._windows = array("I")
        self._lengths = array("I")
        self._acked = array("I")
        self._flights = array("I")
        self._remarked = _Remarks()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, time: int, observed: Observed | None) -> None:
        """The next packet; None for one that is no TCP."""
        seen = observed or _NOTHING
        if seen[_REMARKS:] != _NO_REMARKS:
            self._remarked.add(len(self._rows), seen)
        self._rows.append(row)
        # A capture's clock may go back; what is searched by bisection must not.
        self._times.append(max(time, self._times[-1]) if self._times else time)
        self._streams.append(seen.stream)
        self._flags.append(seen.flags)
        self._seqs.append(seen.seq)
        self._acks.append(seen.ack)
        self._windows.append(seen.window)
        self._lengths.append(seen.length)
        self._acked.append(seen.acks_frame)
        self._flights.append(seen.in_flight)

    @property
    def times(self) -> Sequence[int]:
        """When each packet was, in ns, never going back."""
        return self._times

    def row(self, position: int) -> int:
        """The recording's row of the packet at `position`."""
        return self._rows[position]

    def position(self, row: int) -> int:
        """The position of the last packet not after `row`; -1 when there is none yet."""
        return bisect_right(self._rows, row) - 1

    def at_time(self, time: int) -> int:
        """The position of the last packet not after `time`; -1 when there is none yet."""
        return bisect_right(self._times, time) - 1

    def parts(self, start: int, end: int, width: int) -> list[range]:
        """The positions in each of `width` equal parts of the time from `start` up to and with `end`."""
        edges = [start + (end - start) * part // width for part in range(width)]
        starts = [bisect_left(self._times, edge) for edge in edges]
        stops = [*starts[1:], bisect_right(self._times, end)]
        return [range(start, stop) for start, stop in zip(starts, stops, strict=True)]

    def same_start(self, position: int, reach: int) -> Iterator[int]:
        """Those of the `reach` packets before `position` that have its stream and its sequence number."""
        return self.starting(self._streams[position], self._seqs[position], position, reach)

    def starting(self, stream: int, seq: int, stop: int, reach: int) -> Iterator[int]:
        """Those of the `reach` packets before position `stop` that have this stream and sequence number."""
        at = max(stop - reach, 0)
        with suppress(ValueError):
            while True:
                at = self._seqs.index(seq, at, stop)
                if self._streams[at] == stream:
                    yield at
                at += 1

    def length(self, position: int) -> int:
        """The octets of payload of the packet at `position`; 0 where it is no TCP."""
        return self._lengths[position]

    def of_stream(self, stream: int, start: int, stop: int = sys.maxsize) -> Iterator[int]:
        """The positions of a stream's packets from `start` on, up to `stop`."""
        at = start
        with suppress(ValueError):
            while True:
                at = self._streams.index(stream, at, stop)
                yield at
                at += 1

    def stream_near(self, position: int) -> int | None:
        """The stream of the packet at `position`, or of the nearest one before it, or after it; None where no
        packet is TCP."""
        before = range(min(position, len(self._streams) - 1), -1, -1)
        after = range(position + 1, len(self._streams))
        streams = (self._streams[at] for each in (before, after) for at in each)
        return next((stream for stream in streams if stream != _NO_STREAM), None)

    def stream_before(self, position: int, reach: int) -> int | None:
        """The stream of the packet at `position`, or of the nearest TCP packet of the `reach` before it."""
        for at in range(position, max(position - reach, -1), -1):
            if self._streams[at] != _NO_STREAM:
                return self._streams[at]
        return None

    def judged(self, start: int, stop: int) -> Iterator[tuple[int | None, int, int]]:
        """Stream, flags and octets of payload of the packets from `start` up to `stop`; no stream: no TCP."""
        part = slice(start, stop)
        for stream, flags, length in zip(
            self._streams[part], self._flags[part], self._lengths[part], strict=True
        ):
            yield None if stream == _NO_STREAM else stream, flags, length

    def observed(self, position: int) -> Observed | None:
        """What an observer says of the packet at `position`; None where it is no TCP."""
        stream = self._streams[position]
        if stream == _NO_STREAM:
            return None
        return Observed(
            stream,
            Flag(self._flags[position]),
            self._seqs[position],
            self._acks[position],
            self._windows[position],
            self._lengths[position],
            self._acked[position],
            self._flights[position],
            *self._remarked.at(position),
        )


_NOTHING = Observed(_NO_STREAM, Flag(0), 0, 0, 0, 0)
_REMARKS = Observed._fields.index("dup_ack_num")
_NO_REMARKS = _NOTHING[_REMARKS:]


class _Remarks:
    """The fields of `Observed` that few packets have."""

    def __init__(self) -> None:
        self._positions = array("I")
        self._values = [array("q") for _ in _NO_REMARKS]

    def add(self, position: int, observed: Observed) -> None:
        self._positions.append(position)
        for column, value in zip(self._values, observed[_REMARKS:], strict=True):
            column.append(value)

    def at(self, position: int) -> tuple[int, ...]:
        at = bisect_left(self._positions, position)
        if at < len(self._positions) and self._positions[at] == position:
            return tuple(column[at] for column in self._values)
        return _NO_REMARKS
