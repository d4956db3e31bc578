"""Two engines over a link that loses, reorders and duplicates, on a virtual clock."""

import random
from dataclasses import replace

from helpers.two_engines import HOUR, LONG_MSL, End, Path, World, world_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.tcp.config import MILLISECOND, Config
from tcpviz.tcp.congestion import CONTROLS
from tcpviz.wire.seq import Seq, seq

NEAR_THE_WRAP = st.integers(-5000, 5000).map(seq)
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
    msl=st.just(LONG_MSL),
)


@settings(max_examples=40)
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
    World(ends, path, rng).finish()


@settings(max_examples=10)
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


def test_a_seed_decides_everything() -> None:
    def story(seed: int) -> tuple[int, int]:
        world = world_of(seed)
        world.finish()
        return world.now, world.count

    assert story(1) == story(1) != story(2)
