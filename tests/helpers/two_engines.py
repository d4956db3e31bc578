"""Two engines over a link that loses, reorders and duplicates, on a virtual clock; a world for each seed."""

import random
from dataclasses import dataclass
from heapq import heappop, heappush

from tcpviz.tcp.config import MILLISECOND, MINUTE, Config
from tcpviz.tcp.congestion import CONTROLS
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State
from tcpviz.wire.seq import diff, seq

HOUR = 60 * MINUTE
LONG_MSL = 10 * MINUTE
"""So that no TIME-WAIT ends before the other side's FIN has come through."""
MOST_STEPS = 40_000


@dataclass(frozen=True)
class Path:
    """What the link does; probabilities of one packet."""

    loss: float
    duplication: float
    reordering: float
    delay: int


class End:
    """One engine with an application that writes `data`, reads everything, and closes when it has written."""

    def __init__(self, config: Config, data: bytes, rng: random.Random, *, slow: bool) -> None:
        self.connection = Connection(config, rng)
        self.data = data
        self.written = 0
        self.received = bytearray()
        self.slow = slow
        self.rng = rng

    def run(self, now: int) -> None:
        """What the application does whenever something happened."""
        connection = self.connection
        if connection.state in (State.CLOSED, State.LISTEN):
            return
        if connection.readable and not (self.slow and self.rng.random() < 0.8):
            self.received += connection.receive(self.rng.randrange(1, 5000), now)
        if self.written < len(self.data) and connection.writable:
            self.written += connection.send(self.data[self.written :], now)
        if self.written == len(self.data) and connection.state in (State.ESTABLISHED, State.CLOSE_WAIT):
            connection.shutdown(now)


class World:
    """Both ends, the packets on their way, and the clock."""

    def __init__(self, ends: tuple[End, End], path: Path, rng: random.Random) -> None:
        self.ends = ends
        self.path = path
        self.rng = rng
        self.now = 0
        self.packets: list[tuple[int, int, int, object]] = []
        self.count = 0
        self.edges: dict[int, int] = {}

    def transmit(self, source: int) -> None:
        for segment in self.ends[source].connection.segments(self.now):
            self.check_invariants(source)
            for _ in range(1 + (self.rng.random() < self.path.duplication)):
                if self.rng.random() < self.path.loss:
                    continue
                late = self.rng.randrange(1, 1 + 3 * self.path.delay) if self._reorders() else 0
                self.count += 1
                heappush(self.packets, (self.now + self.path.delay + late, self.count, 1 - source, segment))

    def _reorders(self) -> bool:
        return bool(self.path.delay) and self.rng.random() < self.path.reordering

    def check_invariants(self, who: int) -> None:
        """What has to hold whenever something leaves."""
        look = self.ends[who].connection.snapshot()
        assert diff(look.snd_nxt, look.snd_una) >= 0
        assert look.rcv_wnd >= 0
        assert look.cwnd > 0
        timers = dict(look.deadlines)
        if look.snd_una != look.snd_nxt and look.state is not State.CLOSED:
            assert timers, "something is outstanding and nothing would ever repeat it"
        edge = look.rcv_nxt + look.rcv_wnd
        before = self.edges.get(who)
        if look.irs and before is not None and look.state is not State.CLOSED:
            assert diff(seq(edge), seq(before)) >= 0, "the window was shrunk"
        if look.irs:
            self.edges[who] = edge

    def step(self) -> bool:
        """Everything that happens at the next moment; False when nothing is to come."""
        times = [self.packets[0][0]] if self.packets else []
        for end in self.ends:
            deadline = end.connection.next_deadline()
            times += [] if deadline is None else [deadline]
        if not times:
            return False
        self.now = max(self.now, min(times))
        while self.packets and self.packets[0][0] <= self.now:
            _, _, target, segment = heappop(self.packets)
            self.ends[target].connection.on_segment(segment, self.now)  # type: ignore[arg-type]
            if self.rng.random() < 0.7:
                self.settle(target)
        for who, end in enumerate(self.ends):
            end.connection.on_deadline(self.now)
            self.settle(who)
        return True

    def settle(self, who: int) -> None:
        self.ends[who].run(self.now)
        self.transmit(who)
        self.ends[who].connection.events()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            for end in self.ends:
                if end.slow and end.connection.readable:
                    end.run(self.now)
            self.transmit(0)
            self.transmit(1)
            if not self.step():
                return
        raise AssertionError("it never comes to an end")

    def finish(self) -> None:
        """Run until both are closed; AssertionError unless each has read what the other wrote."""
        self.run(MOST_STEPS)
        for mine, other in (self.ends, self.ends[::-1]):
            rest = mine.connection.receive(1 << 20, self.now)
            assert bytes(mine.received) + rest == other.data
            assert mine.connection.state is State.CLOSED
            assert mine.connection.end is CloseReason.NORMAL


def world_of(seed: int) -> World:
    """A world whose every choice follows from `seed`."""
    rng = random.Random(seed)
    path = Path(
        loss=rng.choice((0.0, 0.02, 0.1, 0.3)),
        duplication=rng.choice((0.0, 0.1)),
        reordering=rng.choice((0.0, 0.2)),
        delay=rng.choice((0, MILLISECOND, 50 * MILLISECOND, 600 * MILLISECOND)),
    )
    first, second = (
        End(
            _config_of(rng),
            rng.randbytes(rng.randrange(60_000)),
            random.Random(rng.getrandbits(32)),
            slow=rng.random() < 0.3,
        )
        for _ in range(2)
    )
    first.connection.connect(seq(rng.randrange(-5000, 5000)), 0)
    if rng.random() < 0.3:
        second.connection.connect(seq(rng.randrange(-5000, 5000)), 0)
    else:
        second.connection.listen(seq(rng.randrange(-5000, 5000)))
    return World((first, second), path, rng)


def _config_of(rng: random.Random) -> Config:
    return Config(
        mss=rng.choice((200, 536, 1460)),
        receive_buffer=rng.choice((300, 3000, 20_000, 200_000)),
        send_buffer=rng.choice((500, 100_000)),
        window_scaling=rng.random() < 0.5,
        sack=rng.random() < 0.7,
        timestamps=rng.random() < 0.5,
        nagle=rng.random() < 0.5,
        delayed_ack=rng.choice((0, 40, 400)) * MILLISECOND,
        congestion_control=rng.choice(sorted(CONTROLS)),
        user_timeout=HOUR,
        msl=LONG_MSL,
    )
