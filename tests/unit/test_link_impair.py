import random

import pytest
from helpers.links import MemoryLink, packet, packet_number
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.link.base import Direction, Fate
from tcpviz.link.impair import Fated, Impair, corrupt, parse_plan
from tcpviz.wire import ipv4, ipv6
from tcpviz.wire.frame import Frame
from tcpviz.wire.segment import CE, ECT_0, ECT_1, NOT_ECT

MS = 1_000_000
ARP_FRAME = bytes(12) + b"\x08\x06" + bytes(28)


def impaired(spec: str, seed: int = 1) -> tuple[MemoryLink, Impair]:
    inner = MemoryLink()
    return inner, Impair(inner, parse_plan(spec), seed)


def arrive(inner: MemoryLink, link: Impair, count: int, now: int = 0) -> list[int]:
    """The numbers of the packets that come out when `count` go in at `now`."""
    inner.arriving = [Frame(now, packet(number)) for number in range(1, count + 1)]
    return [packet_number(frame.data) for frame in link.frames(now)]


def run_dry(link: Impair) -> list[Frame]:
    """Everything that is still on its way, each at its time."""
    frames = []
    while (due := link.next_deadline()) is not None:
        frames += link.frames(due)
    return frames


def test_without_rules_everything_passes_at_once() -> None:
    inner, link = impaired("")
    assert arrive(inner, link, 3) == [1, 2, 3]
    link.send([packet(1)], 5)
    assert inner.sent == [(5, packet(1))]
    assert link.fates() == []


def test_the_nth_packet_is_lost_in_one_direction() -> None:
    inner, link = impaired("out.drop=2:3")
    lost = packet(2)
    link.send([packet(1), lost, packet(3), packet(4)], 7)
    assert [packet_number(data) for _, data in inner.sent] == [1, 4]
    fates = link.fates()
    assert fates[0] == Fated(7, Direction.OUT, lost, Fate.LOST)
    assert fates[0].data is lost
    assert arrive(inner, link, 4) == [1, 2, 3, 4]


def test_fates_are_told_once() -> None:
    inner, link = impaired("in.drop=1")
    arrive(inner, link, 1)
    assert [fated.fate for fated in link.fates()] == [Fate.LOST]
    assert link.fates() == []


def test_arp_passes_and_is_not_counted() -> None:
    inner, link = impaired("out.drop=1,loss=0%")
    link.send([ARP_FRAME, packet(1), packet(2)], 0)
    assert [data for _, data in inner.sent] == [ARP_FRAME, packet(2)]


def test_all_is_lost_at_one_hundred_percent() -> None:
    inner, link = impaired("in.loss=100%")
    assert arrive(inner, link, 5) == []
    assert [packet_number(fated.data) for fated in link.fates()] == [1, 2, 3, 4, 5]


def test_a_delay_keeps_order_and_is_no_incident() -> None:
    inner, link = impaired("delay=20ms")
    assert arrive(inner, link, 3) == []
    assert link.next_deadline() == 20 * MS
    assert link.frames(20 * MS - 1) == []
    assert [packet_number(frame.data) for frame in link.frames(20 * MS)] == [1, 2, 3]
    assert link.next_deadline() is None
    assert link.fates() == []


def test_a_delayed_frame_leaves_at_its_deadline() -> None:
    inner, link = impaired("out.delay=20ms")
    link.send([packet(1)], MS)
    assert inner.sent == []
    link.frames(21 * MS)
    assert inner.sent == [(21 * MS, packet(1))]


def test_a_frame_that_arrives_late_has_the_time_of_its_arrival() -> None:
    inner, link = impaired("in.delay=20ms")
    arrive(inner, link, 1)
    assert [frame.time for frame in link.frames(20 * MS)] == [20 * MS]


def test_a_reordered_packet_is_overtaken_by_the_next_one() -> None:
    inner, link = impaired("in.reorder=50%", seed=4)
    order = arrive(inner, link, 20) + [packet_number(frame.data) for frame in run_dry(link)]
    held = [packet_number(fated.data) for fated in link.fates() if fated.fate is Fate.DELAYED]
    assert sorted(order) == list(range(1, 21))
    assert held
    assert held != list(range(1, 21))
    for number in range(1, 20):
        later = order.index(number) > order.index(number + 1)
        assert later == (number in held and number + 1 not in held)


def test_a_reordered_packet_that_nothing_overtakes_is_not_kept_for_ever() -> None:
    inner, link = impaired("in.reorder=100%")
    assert arrive(inner, link, 2) == []
    assert [packet_number(frame.data) for frame in run_dry(link)] == [1, 2]


def test_a_duplicate_follows_at_once_and_is_an_object_of_its_own() -> None:
    inner, link = impaired("in.dup=100%")
    inner.arriving = [Frame(0, packet(1))]
    first, second = link.frames(0)
    assert first.data == second.data
    (fated,) = link.fates()
    assert fated.fate is Fate.DUPLICATED
    assert fated.data is second.data
    assert fated.data is not first.data


def test_a_duplicate_of_what_we_send_is_told_of_the_frame_that_was_given() -> None:
    inner, link = impaired("out.dup=100%")
    data = packet(1)
    link.send([data], 0)
    assert len(inner.sent) == 2
    (fated,) = link.fates()
    assert fated.data is data


def test_nobody_vouches_for_a_corrupted_frame() -> None:
    inner, link = impaired("in.corrupt=100%")
    inner.arriving = [Frame(0, packet(1), vouched=True)]
    (frame,) = link.frames(0)
    assert not frame.vouched
    assert frame.data != packet(1)
    (fated,) = link.fates()
    assert fated.fate is Fate.CORRUPTED
    assert fated.data is frame.data


def carrying(ecn: int) -> bytes:
    """A whole IPv4 packet with these ECN bits, in Ethernet."""
    return bytes(12) + b"\x08\x00" + ipv4.build(bytes(4), bytes(4), ipv4.TCP, b"data", tos=0x20 | ecn)


@pytest.mark.parametrize("ecn", [ECT_0, ECT_1])
def test_a_mark_says_congestion_and_nothing_else(ecn: int) -> None:
    inner, link = impaired("mark=100%")
    sent = carrying(ecn)
    link.send([sent], 0)
    assert inner.sent == [(0, carrying(CE))]
    assert link.fates() == [Fated(0, Direction.OUT, sent, Fate.MARKED)]


def test_a_mark_on_ipv6() -> None:
    packets = [ipv6.build(bytes(16), bytes(16), ipv6.TCP, b"data", traffic_class=ecn) for ecn in (ECT_0, CE)]
    assert ipv6.mark(packets[0]) == packets[1] == ipv6.mark(packets[1])


@pytest.mark.parametrize("frame", [carrying(NOT_ECT), carrying(CE), packet(1), ARP_FRAME])
def test_what_cannot_be_marked_passes(frame: bytes) -> None:
    inner, link = impaired("mark=100%")
    link.send([frame], 0)
    assert inner.sent == [(0, frame)]
    assert link.fates() == []


def test_marks_change_nothing_about_whom_the_other_rules_hit() -> None:
    def lost(spec: str) -> list[int]:
        inner, link = impaired(spec)
        return arrive(inner, link, 200)

    assert lost("loss=20%,dup=5%") == lost("loss=20%,dup=5%,mark=50%")


def test_what_the_link_vouches_for_stays_so() -> None:
    inner, link = impaired("in.delay=1ms")
    inner.arriving = [Frame(0, packet(1), vouched=True)]
    link.frames(0)
    assert [frame.vouched for frame in link.frames(MS)] == [True]


@given(st.binary(min_size=15, max_size=80), st.randoms(use_true_random=False))
def test_corrupt_turns_one_bit_over_beyond_the_ethernet_header(data: bytes, rng: random.Random) -> None:
    damaged = corrupt(data, rng)
    assert damaged[:14] == data[:14]
    difference = int.from_bytes(data, "big") ^ int.from_bytes(damaged, "big")
    assert difference.bit_count() == 1


def test_corrupt_does_the_same_with_the_same_seed() -> None:
    assert corrupt(packet(1), random.Random(3)) == corrupt(packet(1), random.Random(3))


def test_one_direction_does_not_change_the_other() -> None:
    inner, link = impaired("loss=50%")
    alone = arrive(inner, link, 50)
    inner, link = impaired("loss=50%")
    link.send([packet(number) for number in range(9)], 0)
    assert arrive(inner, link, 50) == alone


def test_a_further_rule_does_not_change_whom_the_others_hit() -> None:
    inner, link = impaired("in.loss=20%")
    lost = set(range(1, 101)) - set(arrive(inner, link, 100))
    inner, link = impaired("in.loss=20%,in.dup=30%,in.delay=1ms")
    arrive(inner, link, 100)
    assert lost == set(range(1, 101)) - {packet_number(frame.data) for frame in run_dry(link)}


def test_the_rest_is_the_link_s_own() -> None:
    inner, link = impaired("")
    assert link.info is inner.info
    assert link.fileno() == -1
    link.close()
    assert inner.closed


SPECS = ["reorder=30%", "delay=3ms,jitter=3ms", "reorder=9%,jitter=1ms"]
moments = st.lists(st.integers(0, 5 * MS), min_size=1, max_size=30).map(sorted)


@given(
    moments,
    st.integers(0, 2**32),
    st.sampled_from(["reorder=30%", "delay=3ms,jitter=3ms", "reorder=9%,jitter=1ms"]),
)
def test_without_loss_every_packet_comes_out_exactly_once(times: list[int], seed: int, spec: str) -> None:
    inner, link = impaired(spec, seed)
    came: list[int] = []
    for number, now in enumerate(times):
        inner.arriving = [Frame(now, packet(number))]
        came += (packet_number(frame.data) for frame in link.frames(now))
        link.send([packet(number)], now)
    came += (packet_number(frame.data) for frame in run_dry(link))
    assert sorted(came) == list(range(len(times)))
    assert sorted(packet_number(data) for _, data in inner.sent) == list(range(len(times)))


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_does_the_same_again(seed: int) -> None:
    spec = "loss=20%,dup=20%,reorder=20%,corrupt=20%,delay=2ms,jitter=1ms"
    runs = []
    for _ in range(2):
        inner, link = impaired(spec, seed)
        link.send([packet(number) for number in range(50)], 0)
        arrive(inner, link, 50)
        runs.append((run_dry(link), inner.sent, link.fates()))
    assert runs[0] == runs[1]
