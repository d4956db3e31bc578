"""One engine and a peer that the test plays: stimuli in relative numbers, and what comes back."""

import random
from collections.abc import Sequence
from dataclasses import replace

from tcpviz.tcp.config import MILLISECOND, SECOND, Config
from tcpviz.tcp.connection import Connection
from tcpviz.tcp.events import Event
from tcpviz.tcp.state import State
from tcpviz.wire.segment import ACK, FIN, SYN, Segment
from tcpviz.wire.seq import Seq, add

OUR_ISS = Seq(0xFFFF_FF00)
"""Close enough to the wrap that every test of some length crosses it."""
PEER_ISS = Seq(0xFFFF_FE00)
RTT = 10 * MILLISECOND
MSS = 1000
CONFIG = Config(
    mss=MSS,
    receive_buffer=10_000,
    send_buffer=100_000,
    window_scaling=False,
    timestamps=False,
    nagle=False,
    msl=SECOND,
)


class Bench:
    """A connection on a virtual clock. Sequence numbers are relative to the two ISNs: 0 is the SYN."""

    def __init__(self, config: Config = CONFIG, *, seed: int = 1) -> None:
        self.connection = Connection(config, random.Random(seed))
        self.now = SECOND
        self.happened: list[Event] = []

    @property
    def state(self) -> State:
        return self.connection.state

    def ours(self, relative: int) -> Seq:
        """A sequence number of the engine's."""
        return add(OUR_ISS, relative)

    def theirs(self, relative: int) -> Seq:
        """A sequence number of the peer's."""
        return add(PEER_ISS, relative)

    def connect(self) -> list[Segment]:
        self.connection.connect(OUR_ISS, self.now)
        return self.sent()

    def listen(self) -> None:
        self.connection.listen(OUR_ISS)

    def send(self, data: bytes) -> list[Segment]:
        assert self.connection.send(data, self.now) == len(data)
        return self.sent()

    def shutdown(self) -> list[Segment]:
        self.connection.shutdown(self.now)
        return self.sent()

    def close(self) -> list[Segment]:
        self.connection.close(self.now)
        return self.sent()

    def abort(self) -> list[Segment]:
        self.connection.abort(self.now)
        return self.sent()

    def receive(self, limit: int = 1 << 20) -> bytes:
        return self.connection.receive(limit, self.now)

    def segment(
        self,
        seq: int,
        ack: int | None = None,
        flags: int = 0,
        data: bytes = b"",
        *,
        window: int = 50_000,
        sack: Sequence[tuple[int, int]] = (),
        mss: int | None = None,
        timestamps: tuple[int, int] | None = None,
        window_scale: int | None = None,
        sack_permitted: bool = False,
        urgent: int = 0,
    ) -> Segment:
        """A segment of the peer's; `ack=None` leaves the ACK flag out."""
        return Segment(
            self.theirs(seq),
            Seq(0) if ack is None else self.ours(ack),
            flags | (0 if ack is None else ACK),
            window,
            data,
            sack=[(self.ours(left), self.ours(right)) for left, right in sack],
            mss=MSS if flags & SYN and mss is None else mss,
            timestamps=timestamps,
            window_scale=window_scale,
            sack_permitted=sack_permitted,
            urgent=urgent,
        )

    def deliver(self, segment: Segment) -> list[Segment]:
        """The segment arrives; what is sent at once."""
        self.connection.on_segment(segment, self.now)
        return self.sent()

    def peer(self, *args: object, **fields: object) -> list[Segment]:
        """`deliver(segment(...))`."""
        return self.deliver(self.segment(*args, **fields))  # type: ignore[arg-type]

    def sent(self) -> list[Segment]:
        """All that is to be sent now."""
        pending = self.connection.pending
        out = list(self.connection.segments(self.now))
        assert pending or not out, "who trusts `pending` would not have asked"
        self.happened += self.connection.events()
        return out

    def wait(self, duration: int) -> list[Segment]:
        """Let time pass, timers going off exactly when they should; what is sent meanwhile."""
        end, out = self.now + duration, []
        while (deadline := self.connection.next_deadline()) is not None and deadline <= end:
            self.now = deadline
            self.connection.on_deadline(deadline)
            out += self.sent()
        self.now = end
        return out

    def events(self, *kinds: type[Event]) -> list[Event]:
        """What happened since the last call, of these kinds only where some are named."""
        happened, self.happened = self.happened, []
        return [event for event in happened if not kinds or isinstance(event, kinds)]


def closed(config: Config = CONFIG) -> Bench:
    """CLOSED, never opened."""
    return Bench(config)


def listening(config: Config = CONFIG) -> Bench:
    bench = Bench(config)
    bench.listen()
    return bench


def syn_sent(config: Config = CONFIG) -> Bench:
    bench = Bench(config)
    bench.connect()
    bench.now += RTT
    return bench


def syn_received(config: Config = CONFIG) -> Bench:
    """By a passive open."""
    bench = listening(config)
    bench.peer(0, flags=SYN, sack_permitted=True)
    bench.now += RTT
    return bench


def crossed_syns(config: Config = CONFIG) -> Bench:
    """SYN-RECEIVED by an active open that met the peer's."""
    bench = syn_sent(config)
    bench.peer(0, flags=SYN, sack_permitted=True)
    bench.now += RTT
    return bench


def established(config: Config = CONFIG, *, window: int = 50_000) -> Bench:
    bench = syn_sent(config)
    bench.peer(0, 1, SYN, window=window, sack_permitted=True)
    bench.now += RTT
    return bench


def fin_wait_1(config: Config = CONFIG) -> Bench:
    bench = established(config)
    bench.shutdown()
    bench.now += RTT
    return bench


def fin_wait_2(config: Config = CONFIG) -> Bench:
    bench = fin_wait_1(config)
    bench.peer(1, 2)
    return bench


def close_wait(config: Config = CONFIG) -> Bench:
    bench = established(config)
    bench.peer(1, 1, FIN)
    return bench


def closing(config: Config = CONFIG) -> Bench:
    bench = fin_wait_1(config)
    bench.peer(1, 1, FIN)
    return bench


def last_ack(config: Config = CONFIG) -> Bench:
    bench = close_wait(config)
    bench.shutdown()
    bench.now += RTT
    return bench


def time_wait(config: Config = CONFIG) -> Bench:
    bench = fin_wait_2(config)
    bench.peer(1, 2, FIN)
    return bench


REACH = {
    State.CLOSED: closed,
    State.LISTEN: listening,
    State.SYN_SENT: syn_sent,
    State.SYN_RECEIVED: syn_received,
    State.ESTABLISHED: established,
    State.FIN_WAIT_1: fin_wait_1,
    State.FIN_WAIT_2: fin_wait_2,
    State.CLOSE_WAIT: close_wait,
    State.CLOSING: closing,
    State.LAST_ACK: last_ack,
    State.TIME_WAIT: time_wait,
}
"""How to get a bench into each state."""


def with_options(**changes: object) -> Config:
    """CONFIG with some settings changed."""
    return replace(CONFIG, **changes)  # type: ignore[arg-type]
