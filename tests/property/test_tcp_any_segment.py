"""Whatever arrives, in any state: nothing raises, memory stays bounded, and the short way is the long way."""

import random
from unittest.mock import patch

from helpers.tcp import CONFIG, MSS, REACH, Bench, established, with_options
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcpviz.tcp import arrival, prediction
from tcpviz.tcp.config import MILLISECOND, Config
from tcpviz.tcp.events import Event
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.segment import ACK, PSH, SYN, Segment
from tcpviz.wire.seq import Seq, seq

OFFSETS = st.one_of(
    st.integers(-5, 5), st.sampled_from((-(2**31), 2**31, 1000, -1000, 9_999, 10_000, 10_001))
)
NUMBERS = st.integers(0, 2**32 - 1)
TIMES = st.none() | st.tuples(NUMBERS, NUMBERS)


@st.composite
def segments(draw: st.DrawFn) -> tuple[int, int, dict[str, object]]:
    """Offsets of SEG.SEQ from RCV.NXT and of SEG.ACK from SND.UNA, and the other fields."""
    blocks = draw(st.lists(st.tuples(OFFSETS, OFFSETS), max_size=4))
    return (
        draw(OFFSETS),
        draw(OFFSETS),
        {
            "flags": draw(st.integers(0, 255)),
            "window": draw(st.integers(0, 0xFFFF)),
            "payload": bytes(draw(st.sampled_from((0, 0, 1, 10, MSS, 12_000, 64_000)))),
            "urgent": draw(st.integers(0, 0xFFFF)),
            "timestamps": draw(TIMES),
            "sack": blocks,
            "mss": draw(st.none() | st.integers(0, 0xFFFF)),
            "window_scale": draw(st.none() | st.integers(0, 255)),
            "sack_permitted": draw(st.booleans()),
        },
    )


def arrives(bench: Bench, offsets: tuple[int, int], fields: dict[str, object]) -> None:
    look = bench.connection.snapshot()
    fields = dict(fields)
    fields["sack"] = [(seq(look.snd_una + left), seq(look.snd_una + right)) for left, right in fields["sack"]]  # type: ignore[attr-defined]
    segment = Segment(seq(look.rcv_nxt + offsets[0]), seq(look.snd_una + offsets[1]), **fields)  # type: ignore[arg-type]
    bench.deliver(segment)


@settings(max_examples=200)
@given(
    state=st.sampled_from(State),
    timestamps=st.booleans(),
    queued=st.sampled_from((0, 10, 5000)),
    story=st.lists(st.tuples(segments(), st.sampled_from((0, 0, 50 * MILLISECOND, 10**10))), max_size=8),
)
def test_no_segment_ever_raises(
    state: State,
    timestamps: bool,
    queued: int,
    story: list[tuple[tuple[int, int, dict[str, object]], int]],
) -> None:
    bench = REACH[state](with_options(timestamps=timestamps))
    if bench.connection.writable and state is not State.LISTEN:
        bench.send(bytes(queued))
    for (seq_offset, ack_offset, fields), pause in story:
        arrives(bench, (seq_offset, ack_offset), fields)
        bench.connection.on_icmp(IcmpError(3, seq_offset % 16, Seq(ack_offset % 2**32), 100), bench.now)
        bench.wait(pause)
        look = bench.connection.snapshot()
        assert (
            look.unread + sum((end - start) % 2**32 for start, end in look.held) <= 2 * CONFIG.receive_buffer
        )
        assert (look.snd_nxt - look.snd_una) % 2**32 <= CONFIG.send_buffer + 2


def open_with(*, timestamps: bool, scale: int) -> Bench:
    bench = Bench(Config(mss=MSS, receive_buffer=100_000, timestamps=timestamps, nagle=False))
    bench.connect()
    bench.peer(
        0, 1, SYN, timestamps=(1000, 0) if timestamps else None, window_scale=scale, sack_permitted=True
    )
    return bench


@settings(max_examples=80)
@given(timestamps=st.booleans(), scale=st.sampled_from((0, 7)), seed=st.integers(0, 2**32))
@example(timestamps=True, scale=0, seed=84645497)  # an ACK of ours behind data that came too early
def test_the_short_way_is_the_long_way(timestamps: bool, scale: int, seed: int) -> None:
    def story() -> tuple[list[Snapshot], list[Segment], list[Event]]:
        rng = random.Random(seed)
        bench = open_with(timestamps=timestamps, scale=scale)
        looks, out = [], []
        for _ in range(60):
            out += _expected_or_not(bench, rng, timestamps)
            looks.append(bench.connection.snapshot())
        return looks, out, bench.events()

    short = story()
    with patch.object(prediction, "predicted", lambda *_: False):
        long = story()
    assert short == long


def _expected_or_not(bench: Bench, rng: random.Random, timestamps: bool) -> list[Segment]:
    """One thing that happens: mostly what is expected, now and then something odd."""
    look = bench.connection.snapshot()
    bench.now += rng.choice((0, MILLISECOND, 3 * MILLISECOND, 50 * MILLISECOND))
    out = bench.wait(0)
    what = rng.random()
    if what < 0.15:
        return out + bench.send(bytes(rng.choice((1, 500, 4000))))
    if what < 0.25:
        bench.receive(rng.choice((100, 100_000)))
        return out + bench.sent()
    in_flight = (look.snd_nxt - look.snd_una) % 2**32
    acked = rng.choice((0, 0, in_flight, min(in_flight, MSS)))
    data = bytes(rng.choice((0, 0, 1, MSS, MSS, 20_000)))
    odd = rng.random() < 0.15
    segment = Segment(
        seq(look.rcv_nxt + (rng.choice((-MSS, -1, MSS, 2 * MSS)) if odd else 0)),
        seq(look.snd_una + acked),
        ACK | rng.choice((0, PSH)),
        rng.choice((50_000, 50_000, 50_000, 50_001, 0)),
        data,
        timestamps=(1000 + bench.now // MILLISECOND - rng.choice((0, 0, 0, 5)), 0) if timestamps else None,
    )
    return out + bench.deliver(segment)


def test_the_short_way_is_taken_and_leaves_no_events() -> None:
    bench = established()
    bench.send(bytes(3 * MSS))
    bench.events()
    with patch.object(arrival, "segment_arrives", side_effect=AssertionError("the long way")):
        for number in range(4):
            bench.peer(1 + number * MSS, 1, PSH, bytes(MSS))
        bench.peer(1 + 4 * MSS, 1 + 2 * MSS)
    assert bench.events() == []
    assert bench.connection.readable == 4 * MSS
    assert bench.connection.snapshot().snd_una == bench.ours(1 + 2 * MSS)
