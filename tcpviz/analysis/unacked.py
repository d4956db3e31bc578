"""The segments of one direction that the other has not acknowledged yet, as an observer counts them."""

from collections import deque

_MASK = 0xFFFF_FFFF
_HALF = 0x8000_0000
_MOST = 10_000

Sent = tuple[int, int, int, int]
"""Frame, first sequence number, the one after the last, time."""


class Unacked:
    """Segments in the order in which they were seen, at most 10,000 of them.

    As long as each begins where the one before ended, or later (nearly always), an acknowledgment looks at
    the oldest alone; once a repeated or late one came in, at all of them, until they are in order again.
    """

    __slots__ = ("_in_order", "_settled", "entries")

    def __init__(self) -> None:
        self.entries: deque[Sent] = deque()
        self._in_order = True
        self._settled = -1  # the acknowledgment that would change nothing, as all entries lie behind it

    def push(self, frame: int, start: int, end: int, time: int) -> bool:
        """Adds a segment that occupies [start, end) of the sequence space. False where there is no room."""
        entries = self.entries
        if entries:
            if len(entries) >= _MOST:
                return False
            if (start - entries[-1][2]) & _MASK >= _HALF or (end - entries[0][1]) & _MASK >= _HALF:
                self._in_order = False
        else:
            self._in_order = True
        if (start - self._settled) & _MASK >= _HALF or (self._settled - end) & _MASK < _HALF:
            self._settled = -1
        entries.append((frame, start, end, time))
        return True

    def acknowledge(self, ack: int) -> Sent | None:
        """Takes away what `ack` covers. Gives the segment that ends exactly there, the oldest of several."""
        entries = self.entries
        while entries and self._in_order:
            sent = entries[0]
            if (ack - sent[2]) & _MASK >= _HALF:  # it ends after ack
                if (ack - entries[-1][2]) & _MASK < _HALF:  # the last doesn't: they are half the space apart
                    break
                if (sent[1] - ack) & _MASK >= _HALF:
                    entries[0] = (sent[0], ack, sent[2], sent[3])
                return None
            entries.popleft()
            if sent[2] == ack:
                return sent
        return self._acknowledge_any(ack) if entries else None

    def _acknowledge_any(self, ack: int) -> Sent | None:
        if ack == self._settled:
            return None
        found: Sent | None = None
        kept: deque[Sent] = deque()
        in_order = True
        for sent in self.entries:
            frame, start, end, time = sent
            if end == ack:
                found = found or sent
            elif (ack - end) & _MASK >= _HALF:
                if (start - ack) & _MASK >= _HALF:
                    start, sent = ack, (frame, ack, end, time)
                if kept and ((start - kept[-1][2]) & _MASK >= _HALF or (end - kept[0][1]) & _MASK >= _HALF):
                    in_order = False
                kept.append(sent)
        self.entries = kept
        self._in_order = in_order
        self._settled = ack
        return found

    def span(self, base: int) -> int:
        """Octets from the lowest start to the highest end, both counted from `base` modulo 2^32."""
        entries = self.entries
        first = (entries[0][1] - base) & _MASK
        last = (entries[-1][2] - base) & _MASK
        if self._in_order and first < last:
            return last - first
        return max((sent[2] - base) & _MASK for sent in entries) - min(
            (sent[1] - base) & _MASK for sent in entries
        )
