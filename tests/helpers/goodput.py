"""Goodput of one bulk transfer between two engines through a bottleneck that loses packets at random.

On a virtual clock, so that a figure takes a fraction of a second and comes out the same everywhere. Beside
each of them stands what theory expects of the congestion control alone.
"""

import random
from collections import deque
from heapq import heappop, heappush
from math import sqrt

from tcpviz.tcp.config import MILLISECOND, SECOND, Config
from tcpviz.tcp.connection import Connection
from tcpviz.wire.segment import Segment
from tcpviz.wire.seq import Seq

LOSSES = (0.0, 0.001, 0.01, 0.03, 0.05, 0.1)
ROUND_TRIPS = (10, 40, 200)
"""In ms, without queueing."""
CONTROLS = ("reno", "cubic")

RATE = 20_000_000
"""Of the bottleneck, in bits a second."""
QUEUE = 100
"""Packets that wait before it; one more is lost."""
SEGMENTS = 2000
"""How many full segments are transferred: enough for some tens of losses where there are any."""
_PAYLOAD = 1448
_HEADERS = 66
"""Of Ethernet, IPv4 and TCP with timestamps."""
_SEEDS = (1, 2, 3)


def row(rtt: int, loss: float) -> str:
    """The row for a round trip (ms) and a loss rate: goodput and theory of each congestion control."""
    figures = [figure(control, loss, rtt) for control in CONTROLS for figure in (goodput, theory)]
    return " | ".join([head(rtt, loss), *(f"{each:.2f}" for each in figures)]) + " |"


def head(rtt: int, loss: float) -> str:
    """How that row begins."""
    return f"| {rtt} ms | {loss:.1%}"


def goodput(control: str, loss: float, rtt: int) -> float:
    """Mbit/s of data, from the SYN to the last acknowledgment: the mean time of some seeds."""
    seeds = _SEEDS if loss else _SEEDS[:1]  # without loss nothing is left to chance
    times = [_Transfer(control, loss, rtt * MILLISECOND, seed).run() for seed in seeds]
    return SEGMENTS * _PAYLOAD * 8 * len(times) / sum(times) * 1000


def theory(control: str, loss: float, rtt: int) -> float:
    """Mbit/s that the average window gives, by RFC 9438's equations for independent losses, at most what
    the bottleneck takes. No timeouts, no slow start, no queue."""
    most = RATE / 1e6 * _PAYLOAD / (_PAYLOAD + _HEADERS)
    if not loss:
        return most
    seconds = rtt / 1000
    window = sqrt(3 / 2 / loss)  # Mathis et al., and 4.3 for CUBIC where it behaves as Reno
    if control == "cubic":
        window = max(window, 1.054 * (seconds / loss) ** 0.75)  # RFC 9438 5.1
    return min(most, window * _PAYLOAD * 8 / seconds / 1e6)


class _Transfer:
    """Sender, receiver and what lies between them. Data may be lost, ACKs are not."""

    def __init__(self, control: str, loss: float, rtt: int, seed: int) -> None:
        self._loss = loss
        self._delay = rtt // 2
        self._rng = random.Random(f"{loss} {rtt} {seed}")
        size = SEGMENTS * _PAYLOAD
        config = Config(congestion_control=control)
        self._ends = Connection(config, random.Random(1)), Connection(config, random.Random(2))
        self._unsent = self._left = size
        self._now = 0
        self._free_at = 0
        self._queue: deque[int] = deque()
        """When each packet before the bottleneck will have passed it."""
        self._packets: list[tuple[int, int, int, Segment]] = []
        self._count = 0

    def run(self) -> int:
        """Nanoseconds until everything is acknowledged."""
        sender, receiver = self._ends
        receiver.listen(Seq(2))
        sender.connect(Seq(1), 0)
        self._departures(0)
        while self._left or sender.snapshot().snd_una != sender.snapshot().snd_nxt:
            self._step()
        return self._now

    def _step(self) -> None:
        deadlines = [end.next_deadline() for end in self._ends]
        due = [at for at in deadlines if at is not None] + [packet[0] for packet in self._packets[:1]]
        self._now = now = max(self._now, min(due))
        if self._packets and self._packets[0][0] <= now:
            _, _, who, segment = heappop(self._packets)
            self._ends[who].on_segment(segment, now)
            self._departures(who)
        for who, at in enumerate(deadlines):
            if at is not None and at <= now:
                self._ends[who].on_deadline(now)
                self._departures(who)

    def _departures(self, who: int) -> None:
        end = self._ends[who]
        if who:
            self._left -= len(end.receive(1 << 30, self._now))
        elif self._unsent and end.writable:
            self._unsent -= end.send(bytes(min(self._unsent, end.writable)), self._now)
        for segment in end.segments(self._now):
            passed = self._now if who else self._pass(len(segment.payload) + _HEADERS)
            if passed is not None:
                self._count += 1
                heappush(self._packets, (passed + self._delay, self._count, 1 - who, segment))
        end.events()

    def _pass(self, octets: int) -> int | None:
        """When a packet of this size is through the bottleneck; None: never."""
        while self._queue and self._queue[0] <= self._now:
            self._queue.popleft()
        if self._rng.random() < self._loss or len(self._queue) >= QUEUE:
            return None
        self._free_at = max(self._now, self._free_at) + octets * 8 * SECOND // RATE
        self._queue.append(self._free_at)
        return self._free_at
