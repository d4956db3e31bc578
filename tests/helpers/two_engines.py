"""Two engines over a path of chaos, on a virtual clock; a world for each seed, the same each time.

What has to hold is looked at whenever a segment leaves, whenever time moves, and in the end.
"""

import random
from heapq import heappop, heappush

from helpers.chaos import Lane, Path, path_of

from tcpviz.tcp.config import MILLISECOND, MINUTE, SECOND, Config
from tcpviz.tcp.congestion import CONTROLS
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.segment import Segment
from tcpviz.wire.seq import Seq, add, diff, le, seq

__all__ = ["HOUR", "LONG_MSL", "End", "Path", "World", "world_of"]

HOUR = 60 * MINUTE
LONG_MSL = 10 * MINUTE
"""So that no TIME-WAIT ends before the other side's FIN has come through."""
MOST_STEPS = 40_000
PATIENCE = 30 * MINUTE
"""Something has to get on within this time: more than a blackout and a few of the longest timeouts."""
_OVER = frozenset({State.CLOSED, State.TIME_WAIT})


class End:
    """One engine with an application that writes `data`, reads everything, and closes.

    `slow`: it reads now and then only. `pause`: it reads nothing before that time. `last`: it closes after
    the other one has. `both`: it closes both directions once everything is read.
    """

    def __init__(
        self,
        config: Config,
        data: bytes,
        rng: random.Random,
        *,
        slow: bool,
        pause: int = 0,
        last: bool = False,
        both: bool = False,
    ) -> None:
        self.config = config
        self.connection = Connection(config, rng)
        self.data = data
        self.written = 0
        self.received = bytearray()
        self.slow = slow
        self.pause = pause
        self.last = last
        self.both = both
        self.rng = rng

    def run(self, now: int) -> None:
        """What the application does whenever something happened."""
        connection = self.connection
        if connection.state is State.LISTEN:
            return
        if connection.readable and now >= self.pause and not (self.slow and self.rng.random() < 0.8):
            self.received += connection.receive(self.rng.randrange(1, 5000), now)
        if self.written < len(self.data) and connection.writable:
            self.written += connection.send(self.data[self.written :], now)
        if self.written == len(self.data):
            self._close(now)

    def _close(self, now: int) -> None:
        connection = self.connection
        if connection.state in (State.ESTABLISHED, State.CLOSE_WAIT) and (connection.at_eof or not self.last):
            connection.shutdown(now)
        if self.both and connection.at_eof and connection.state not in _OVER:
            connection.close(now)


class World:
    """Both ends, the packets on their way, and the clock."""

    def __init__(self, ends: tuple[End, End], path: Path, rng: random.Random) -> None:
        self.ends = ends
        self.rng = rng
        self.now = 0
        self.packets: list[tuple[int, int, int, Segment]] = []
        self.count = 0
        self._lanes = Lane(path, rng), Lane(path, rng)
        self._edges: list[Seq | None] = [None, None]
        """The right edge of each end's window, as it was last offered."""
        self._progress: tuple[object, int] = (None, 0)
        """How far both had come, and since when."""

    def transmit(self, source: int) -> None:
        for segment in self.ends[source].connection.segments(self.now):
            look = self.ends[source].connection.snapshot()
            self._check(source, look)
            self._check_window(source, look, segment)
            for at, copy in self._lanes[source].travel(segment, self.now):
                self.count += 1
                heappush(self.packets, (at, self.count, 1 - source, copy))

    def _check(self, who: int, look: Snapshot) -> None:
        """What has to hold at any time."""
        config = self.ends[who].config
        flight = diff(look.snd_nxt, look.snd_una)
        assert 0 <= flight <= config.send_buffer + 2, "SND.UNA and SND.NXT"
        assert look.cwnd > 0
        assert look.unsent <= config.send_buffer
        held = look.unread + sum(diff(end, start) for start, end in look.held)
        assert held <= 2 * config.receive_buffer, "memory has no bound"
        if look.state is State.CLOSED:
            return
        assert look.deadlines or not flight, "something is outstanding and nothing would ever repeat it"
        if look.irs:
            edge, before = seq(look.rcv_nxt + look.rcv_wnd), self._edges[who]
            assert before is None or diff(edge, before) >= 0, "the window was shrunk"
            self._edges[who] = edge

    def _check_window(self, source: int, look: Snapshot, segment: Segment) -> None:
        """Nothing is sent beyond what the other end has offered, but for a probe of one octet."""
        edge = self._edges[1 - source]
        if edge is None or not segment.payload:
            return
        if look.snd_wnd == 0 and len(segment.payload) == 1:
            edge = add(edge, 1)
        assert le(add(segment.seq, len(segment.payload)), edge), "outside of the peer's window"

    def step(self) -> bool:
        """Everything that happens at the next moment; False when nothing is to come."""
        times = [self.packets[0][0]] if self.packets else []
        for end in self.ends:
            deadline = end.connection.next_deadline()
            times += [] if deadline is None else [deadline]
            times += [max(end.pause, self.now + MILLISECOND)] if end.connection.readable else []
        if not times:
            return False
        self.now = max(self.now, min(times))
        while self.packets and self.packets[0][0] <= self.now:
            _, _, target, segment = heappop(self.packets)
            self.ends[target].connection.on_segment(segment, self.now)
            if self.rng.random() < 0.7:
                self.settle(target)
        for who, end in enumerate(self.ends):
            end.connection.on_deadline(self.now)
            self.settle(who)
        self._check_progress()
        return True

    def settle(self, who: int) -> None:
        self.ends[who].run(self.now)
        self.transmit(who)
        self.ends[who].connection.events()
        self._check_stream(who)

    def _check_stream(self, who: int) -> None:
        """What was read is what was written, at any time."""
        mine, other = self.ends[who], self.ends[1 - who]
        assert other.data.startswith(mine.received), "other octets than were sent"

    def _check_progress(self) -> None:
        looks = [end.connection.snapshot() for end in self.ends]
        for who, look in enumerate(looks):
            self._check(who, look)
        so_far = [(look.state, look.snd_una, look.rcv_nxt, look.unread) for look in looks]
        if so_far != self._progress[0]:
            self._progress = so_far, self.now
        waits = all(look.state in _OVER for look in looks)
        assert waits or self.now - self._progress[1] <= PATIENCE, "nothing gets on"

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
            assert bytes(mine.received) + rest == other.data, "not all has arrived"
            assert mine.connection.state is State.CLOSED
            assert mine.connection.end is CloseReason.NORMAL


def world_of(seed: int) -> World:
    """A world whose every choice follows from `seed`."""
    rng = random.Random(seed)
    path = path_of(rng)
    last = rng.choice((None, None, 0, 1))
    tiny = rng.random() < 0.05
    first, second = (
        End(
            _config_of(rng, tiny=tiny),
            rng.randbytes(rng.randrange(50 if tiny else rng.choice((100, 5_000, 5_000, 40_000)))),
            random.Random(rng.getrandbits(32)),
            slow=rng.random() < 0.3,
            pause=rng.choice((0, 0, 0, 0, 100 * SECOND)),
            last=who == last,
            both=rng.random() < 0.3,
        )
        for who in range(2)
    )
    first.connection.connect(seq(rng.randrange(-5000, 5000)), 0)
    if rng.random() < 0.3:
        second.connection.connect(seq(rng.randrange(-5000, 5000)), 0)
    else:
        second.connection.listen(seq(rng.randrange(-5000, 5000)))
    return World((first, second), path, rng)


def _config_of(rng: random.Random, *, tiny: bool) -> Config:
    return Config(
        mss=rng.choice((200, 536, 1460)),
        receive_buffer=rng.choice((1, 2, 10) if tiny else (300, 3000, 20_000, 200_000, 4 << 20)),
        send_buffer=rng.choice((500, 100_000, 4 << 20)),
        window_scaling=rng.random() < 0.5,
        sack=rng.random() < 0.7,
        timestamps=rng.random() < 0.5,
        ecn=rng.random() < 0.5,
        nagle=rng.random() < 0.5,
        delayed_ack=rng.choice((0, 40, 400)) * MILLISECOND,
        keep_alive=rng.random() < 0.2,
        keep_alive_idle=20 * SECOND,
        congestion_control=rng.choice(sorted(CONTROLS)),
        user_timeout=HOUR,
        fin_wait_2=HOUR,
        msl=LONG_MSL,
    )
