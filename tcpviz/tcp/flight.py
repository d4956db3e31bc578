"""What was sent and is not acknowledged yet: the retransmission queue (RFC 9293 section 3.8.1).

One record a segment, in sequence order, with what is known of its fate. Decides nothing: the rules of
loss recovery mark records, the output sends those that are marked.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from enum import IntEnum
from itertools import islice

from tcpviz.tcp.events import Cause
from tcpviz.tcp.snapshot import Ranges
from tcpviz.wire.seq import Seq, add, diff, gt, le, lt


class Fate(IntEnum):
    """What we think became of a segment."""

    IN_FLIGHT = 0
    SACKED = 1
    LOST = 2


_IN_FLIGHT, _SACKED, _LOST = Fate  # members are looked up slowly before Python 3.12


class Sent:
    """A stretch of sequence space that was sent as one segment, SYN and FIN counted."""

    __slots__ = ("attempts", "cause", "end", "fate", "flags", "sent_at", "start")

    def __init__(self, start: Seq, end: Seq, flags: int, sent_at: int) -> None:
        self.start = start
        self.end = end
        self.flags = flags
        self.sent_at = sent_at
        self.attempts = 0
        """How often it was sent again."""
        self.fate = Fate.IN_FLIGHT
        self.cause = Cause.TIMEOUT
        """Why it is lost, if it is."""

    @property
    def length(self) -> int:
        """The sequence space it occupies."""
        return diff(self.end, self.start)


class Flight:
    """The records from SND.UNA to SND.NXT, without a gap."""

    __slots__ = (
        "lost_count",
        "octets",
        "records",
        "retransmitted_count",
        "sacked_count",
        "sacked_octets",
    )

    def __init__(self) -> None:
        self.records: deque[Sent] = deque()
        self.octets = 0
        """What is thought to be on the way: RFC 6675's pipe."""
        self.lost_count = 0
        self.sacked_count = 0
        self.sacked_octets = 0
        self.retransmitted_count = 0
        """Records that were sent again at least once."""

    @property
    def plain(self) -> bool:
        """Whether all records were sent once and nothing else is known of any."""
        return not (self.lost_count or self.sacked_count or self.retransmitted_count)

    def sent(self, start: Seq, end: Seq, flags: int, now: int) -> None:
        """New sequence space went out."""
        self.records.append(Sent(start, end, flags, now))
        self.octets += diff(end, start)

    def mark(self, record: Sent, fate: Fate) -> None:
        """Change what is thought of a record, and the sums with it."""
        self._count(record, -1)
        record.fate = fate
        self._count(record, 1)

    def _count(self, record: Sent, sign: int) -> None:
        """Add a record to the sums, or take it out of them."""
        length = sign * record.length
        if record.fate is _IN_FLIGHT:
            self.octets += length
        elif record.fate is _LOST:
            self.lost_count += sign
        else:
            self.sacked_count += sign
            self.sacked_octets += length

    def mark_lost(self, record: Sent, cause: Cause) -> None:
        """`record` has to be sent again."""
        record.cause = cause
        self.mark(record, Fate.LOST)

    def mark_all_lost(self, cause: Cause) -> None:
        """Whatever was not reported as received has to be sent again."""
        for record in self.records:
            if record.fate is not Fate.SACKED:
                self.mark_lost(record, cause)

    def mark_longer_lost(self, limit: int) -> None:
        """What is longer than `limit` octets did not get through, since the path takes no such packets."""
        for record in self.records:
            if record.length > limit and record.fate is _IN_FLIGHT:
                self.mark_lost(record, Cause.PATH_MTU)

    def first(self) -> Sent | None:
        """The record at SND.UNA."""
        return self.records[0] if self.records else None

    def first_lost(self) -> Sent | None:
        """The first record to send again."""
        if not self.lost_count:
            return None
        return next(record for record in self.records if record.fate is Fate.LOST)

    def sent_again(self, record: Sent, now: int) -> None:
        """`record` is out once more."""
        self.retransmitted_count += record.attempts == 0
        record.attempts += 1
        record.sent_at = now
        self.mark(record, Fate.IN_FLIGHT)

    def split(self, record: Sent, length: int) -> Sent:
        """Cut `record` after `length` octets, since no more fit in a segment now; the first part."""
        self._count(record, -1)
        middle = add(record.start, length)
        rest = Sent(middle, record.end, record.flags, record.sent_at)
        rest.attempts, rest.fate, rest.cause = record.attempts, record.fate, record.cause
        record.end, record.flags = middle, 0
        self.records.insert(self.records.index(record) + 1, rest)
        self.retransmitted_count += rest.attempts > 0
        self._count(record, 1)
        self._count(rest, 1)
        return record

    def acknowledge(self, ack: Seq) -> Sent | None:
        """Everything before `ack` has arrived: drop it. The last record wholly acknowledged, or None."""
        newest = None
        records = self.records
        while records and le(records[0].end, ack):
            newest = records.popleft()
            self._count(newest, -1)
            self.retransmitted_count -= newest.attempts > 0
        if records and lt(records[0].start, ack):
            self._count(records[0], -1)
            records[0].start = ack
            self._count(records[0], 1)
        return newest

    def until(self, ack: Seq) -> Iterator[Sent]:
        """The records wholly before `ack` of which no arrival is known yet."""
        for record in self.records:
            if gt(record.end, ack):
                break
            if record.fate is not _SACKED:
                yield record

    def sack(self, left: Seq, right: Seq) -> list[Sent]:
        """The peer reports [left, right) as received (RFC 2018): the records newly known to be there."""
        # The same blocks come with every ACK of a recovery: not all records are looked at each time.
        records = self.records
        begin = bisect_left(records, 0, key=lambda record: diff(record.start, left))
        end = bisect_right(records, 0, begin, key=lambda record: diff(record.end, right))
        found = [record for record in islice(records, begin, end) if record.fate is not _SACKED]
        for record in found:
            self.mark(record, Fate.SACKED)
        return found

    def find_nothing_lost(self) -> None:
        """What was held to be lost and has not left again is on its way after all."""
        for record in self.records:
            if record.fate is _LOST:
                self.mark(record, _IN_FLIGHT)

    def forget_reports(self) -> None:
        """The peer has thrown away what it had reported as received (RFC 2018 section 8)."""
        for record in self.records:
            if record.fate is _SACKED:
                self.mark(record, _IN_FLIGHT)

    def ranges(self, fate: Fate) -> Ranges:
        """What has this fate, neighbours joined."""
        return _joined([(r.start, r.end) for r in self.records if r.fate is fate])

    def retransmitted(self) -> Ranges:
        """What is out again."""
        return _joined([(r.start, r.end) for r in self.records if r.attempts and r.fate is Fate.IN_FLIGHT])


def _joined(ranges: list[tuple[Seq, Seq]]) -> Ranges:
    joined: list[tuple[Seq, Seq]] = []
    for start, end in ranges:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
