"""Buffers: large enough for a long fat link with the settings that everybody has, and bounded against all."""

import random
import tracemalloc
from collections.abc import Callable

import pytest
from helpers.fat_link import HEADERS, FatLink
from helpers.tcp import Bench

from tcpviz.tcp.config import MILLISECOND, SECOND, Config
from tcpviz.wire.segment import ACK, SYN, Segment
from tcpviz.wire.seq import Seq, add

RATE = 100_000_000
PAYLOAD = 1448
MIB = 1 << 20


@pytest.mark.parametrize(("sender", "control"), [(0, "reno"), (1, "cubic")], ids=["upload", "download"])
def test_a_long_fat_link_is_filled(sender: int, control: str) -> None:
    """200 ms and 100 Mbit/s: 2.5 MB have to be on their way, on either side."""
    config = Config(congestion_control=control)
    link = FatLink(config, rate=RATE, delay=100 * MILLISECOND, sender=sender)
    link.run(2500 * MILLISECOND)
    before = link.received
    link.run(3 * SECOND)
    possible = RATE // 8 // 2 * PAYLOAD // (PAYLOAD + HEADERS)
    assert link.received - before > 0.97 * possible


def hoarder(rng: random.Random) -> None:
    """A peer that fills the window with holes, again and again, and an application that does not read."""
    bench = opened()
    for _ in range(3000):
        look = bench.connection.snapshot()
        at = add(look.rcv_nxt, rng.randrange(-2000, look.rcv_wnd + 2000))
        bench.deliver(stamped(bench, at, look.snd_una, rng.randbytes(rng.choice((1, 1, 10, 1460)))))
        bench.events()


def flatterer(rng: random.Random) -> None:
    """A peer that has tiny segments sent by the thousands, and reports every second one as received."""
    bench = opened(mss=1)
    data = bytes(10_000)
    for _ in range(500):
        while bench.connection.writable and bench.connection.send(data, bench.now):
            pass
        bench.sent()
        look = bench.connection.snapshot()
        flight = (look.snd_nxt - look.snd_una) % 2**32
        ack = add(look.snd_una, rng.randrange(0, flight + 1) if flight < 100_000 else flight // 2)
        left = add(ack, rng.randrange(1, 1000))
        segment = stamped(bench, look.rcv_nxt, ack, b"", sack=((left, add(left, rng.randrange(1, 2000))),))
        bench.now += MILLISECOND
        bench.deliver(segment)
        bench.events()


def forger(rng: random.Random) -> None:
    """Segments that nobody should send, each of which wants an answer that nobody fetches."""
    bench = opened()
    for _ in range(2000):
        look = bench.connection.snapshot()
        segment = stamped(bench, add(look.rcv_nxt, rng.randrange(-5, 50_000)), look.snd_una, b"x")
        segment.flags = rng.choice((ACK, SYN, SYN | ACK, ACK))
        bench.connection.on_segment(segment, bench.now)
        bench.connection.events()


def opened(mss: int = 1460) -> Bench:
    """ESTABLISHED with the settings that everybody has, to a peer with the largest window there is."""
    bench = Bench(Config())
    bench.connect()
    syn_times = (1, 0)
    bench.peer(0, 1, SYN, mss=mss, window=0xFFFF, window_scale=14, sack_permitted=True, timestamps=syn_times)
    return bench


def stamped(bench: Bench, seq: Seq, ack: Seq, data: bytes, sack: tuple[tuple[Seq, Seq], ...] = ()) -> Segment:
    return Segment(seq, ack, ACK, 0xFFFF, data, timestamps=(2, 0), sack=sack)


@pytest.mark.parametrize("peer", [hoarder, flatterer, forger])
def test_no_peer_takes_our_memory(peer: Callable[[random.Random], None]) -> None:
    """Its buffers, and a record for each of its segments: at most as many octets as `Config` allows."""
    tracemalloc.start()
    try:
        peer(random.Random(1))
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()
