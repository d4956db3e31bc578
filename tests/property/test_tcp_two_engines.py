"""Two engines over a link that loses, reorders and duplicates, on a virtual clock."""

import random
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.tcp.config import MILLISECOND, MINUTE, Config
from tcpviz.tcp.congestion import CONTROLS
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State
from tcpviz.wire.seq import Seq, diff, seq

NEAR_THE_WRAP = st.integers(-5000, 5000).map(seq)
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Path:
    """What the link does; probabilities of one packet."""

    loss: float
    duplication: float
    reordering: float
    delay: int


PATHS = st.builds(
    Path,
    loss=st.sampled_from((0.0, 0.02, 0.1, 0.3)),
    duplication=st.sampled_from((0.0, 0.1)),
    reordering=st.sampled_from((0.0, 0.2)),
    delay=st.sampled_from((0, MILLISECOND, 50 * MILLISECOND, 600 * MILLISECOND)),
)
CONFIGS = st.builds(
    Config,
    mss=st.sampled_from((200, 536, 1460)),
    receive_buffer=st.sampled_from((300, 3000, 20_000, 200_000)),
    send_buffer=st.sampled_from((500, 100_000)),
    window_scaling=st.booleans(),
    sack=st.booleans(),
    timestamps=st.booleans(),
    nagle=st.booleans(),
    delayed_ack=st.sampled_from((0, 40 * MILLISECOND, 400 * MILLISECOND)),
    congestion_control=st.sampled_from(sorted(CONTROLS)),
    user_timeout=st.just(HOUR),
    msl=st.just(10 * MINUTE),  # so that no TIME-WAIT ends before the other side's FIN has come through
)


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


@settings(max_examples=40, deadline=None)
@given(
    path=PATHS,
    configs=st.tuples(CONFIGS, CONFIGS),
    isns=st.tuples(NEAR_THE_WRAP, NEAR_THE_WRAP),
    sizes=st.tuples(st.integers(0, 30_000), st.integers(0, 30_000)),
    slow=st.tuples(st.booleans(), st.booleans()),
    simultaneous=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_every_byte_arrives_in_order_and_both_close(
    path: Path,
    configs: tuple[Config, Config],
    isns: tuple[Seq, Seq],
    sizes: tuple[int, int],
    slow: tuple[bool, bool],
    simultaneous: bool,
    seed: int,
) -> None:
    rng = random.Random(seed)
    ends = (
        End(configs[0], rng.randbytes(sizes[0]), random.Random(seed + 1), slow=slow[0]),
        End(configs[1], rng.randbytes(sizes[1]), random.Random(seed + 2), slow=slow[1]),
    )
    ends[0].connection.connect(isns[0], 0)
    if simultaneous:
        ends[1].connection.connect(isns[1], 0)
    else:
        ends[1].connection.listen(isns[1])
    world = World(ends, path, rng)
    world.run(20_000)
    for mine, other in (ends, ends[::-1]):
        assert bytes(mine.received) + mine.connection.receive(1 << 20, world.now) == other.data
        assert mine.connection.state is State.CLOSED
        assert mine.connection.end is CloseReason.NORMAL


@settings(max_examples=10, deadline=None)
@given(path=PATHS, config=CONFIGS, seed=st.integers(0, 2**32))
def test_the_same_inputs_give_the_same_outputs(path: Path, config: Config, seed: int) -> None:
    def story() -> list[str]:
        rng = random.Random(seed)
        ends = (
            End(config, rng.randbytes(4000), random.Random(1), slow=False),
            End(config, rng.randbytes(4000), random.Random(2), slow=True),
        )
        ends[0].connection.connect(Seq(1), 0)
        ends[1].connection.listen(Seq(2))
        world = World(ends, replace(path, loss=0.05), rng)
        lines = []
        for _ in range(300):
            world.transmit(0)
            world.transmit(1)
            lines.append(f"{world.now} {ends[0].connection.snapshot()} {ends[1].connection.snapshot()}")
            if not world.step():
                break
        return lines

    assert story() == story()
