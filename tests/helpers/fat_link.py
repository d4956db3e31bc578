"""Two connections over a long fat link, on a virtual clock: one sends without end, the other reads it all."""

import random
from collections import deque

from tcpviz.tcp.config import SECOND, Config
from tcpviz.tcp.connection import Connection
from tcpviz.wire.segment import Segment
from tcpviz.wire.seq import Seq

HEADERS = 66
"""Of Ethernet, IPv4 and TCP with timestamps."""
_CHUNK = bytes(1 << 16)


class FatLink:
    """`rate` in bits a second, `delay` in ns, each way; nothing is lost. Number 0 opens, `sender` sends."""

    def __init__(self, config: Config, *, rate: int, delay: int, sender: int) -> None:
        self.ends = Connection(config, random.Random(1)), Connection(config, random.Random(2))
        self.received = 0
        self._rate, self._delay, self._sender = rate, delay, sender
        self._now = 0
        self._free_at = [0, 0]
        self._lanes: tuple[deque[tuple[int, Segment]], ...] = (deque(), deque())
        self.ends[1].listen(Seq(2))
        self.ends[0].connect(Seq(1), 0)
        self._settle(0)

    def run(self, until: int) -> None:
        """Everything that happens up to this time."""
        while (now := self._next()) <= until:
            self._now = now
            for who, lane in enumerate(self._lanes):
                while lane and lane[0][0] <= now:
                    self.ends[who].on_segment(lane.popleft()[1], now)
                    self._settle(who)
                deadline = self.ends[who].next_deadline()
                if deadline is not None and deadline <= now:
                    self.ends[who].on_deadline(now)
                    self._settle(who)

    def _next(self) -> int:
        times = [lane[0][0] for lane in self._lanes if lane]
        times += [at for end in self.ends if (at := end.next_deadline()) is not None]
        return max(self._now, min(times))

    def _settle(self, who: int) -> None:
        end = self.ends[who]
        if who == self._sender:
            while end.writable and end.send(_CHUNK, self._now):
                pass
        else:
            self.received += len(end.receive(1 << 20, self._now))
        for segment in end.segments(self._now):
            octets = len(segment.payload) + HEADERS
            self._free_at[who] = max(self._now, self._free_at[who]) + octets * 8 * SECOND // self._rate
            self._lanes[1 - who].append((self._free_at[who] + self._delay, segment))
        end.events()
