"""Path MTU discovery (RFC 1191)."""

import pytest
from helpers.tcp import Bench, established, syn_sent, with_options

from tcpviz.tcp.config import MINUTE, SECOND
from tcpviz.tcp.events import Cause, MtuReason, PathMtuChanged, Retransmitted
from tcpviz.tcp.icmp import IcmpError
from tcpviz.wire.segment import SYN, Segment


def too_big(bench: Bench, relative: int, mtu: int) -> list[Segment]:
    bench.events()
    bench.connection.on_icmp(IcmpError(3, 4, bench.ours(relative), mtu), bench.now)
    return bench.sent()


def lengths(segments: list[Segment]) -> list[int]:
    return [len(segment.payload) for segment in segments]


def test_what_was_too_large_leaves_again_in_smaller_pieces() -> None:
    bench = established()
    bench.send(bytes(2100))
    out = too_big(bench, 1, 640)
    assert lengths(out) == [600, 400, 600, 400]
    assert [segment.seq for segment in out] == [bench.ours(at) for at in (1, 601, 1001, 1601)]
    assert bench.events(PathMtuChanged) == [PathMtuChanged(1040, 640, MtuReason.ROUTER)]
    assert lengths(bench.send(bytes(700))) == [600, 100]


def test_every_repeat_says_why() -> None:
    bench = established()
    bench.send(bytes(1000))
    too_big(bench, 1, 640)
    causes = [event.cause for event in bench.events(Retransmitted) if isinstance(event, Retransmitted)]
    assert causes == [Cause.PATH_MTU, Cause.PATH_MTU]


@pytest.mark.parametrize(
    ("told", "size"),
    [(0, 1006 - 40), (68, 552 - 40), (1040, 1000), (9000, 1000)],
    ids=["a router that does not tell", "too small to believe", "as before", "larger"],
)
def test_what_is_told_is_weighed(told: int, size: int) -> None:
    bench = established()
    bench.send(bytes(1000))
    too_big(bench, 1, told)
    assert bench.connection.snapshot().mss == size


def test_a_report_about_nothing_in_flight_is_ignored() -> None:
    """RFC 5927 section 7: an attacker has to know the sequence number."""
    bench = established(with_options(nagle=False))
    bench.send(bytes(1000))
    assert too_big(bench, 5000, 640) == []
    assert bench.connection.snapshot().mss == 1000


def test_a_size_that_vanishes_again_and_again_is_given_up() -> None:
    """RFC 4821 in spirit: no router says anything."""
    bench = with_full_segments()
    sizes = lengths(bench.send(bytes(1460)) + bench.wait(4 * SECOND))
    assert sizes == [1460, 1460, 1460, 1240, 512]
    assert bench.events(PathMtuChanged) == [
        PathMtuChanged(1500, 1280, MtuReason.BLACK_HOLE),
        PathMtuChanged(1280, 552, MtuReason.BLACK_HOLE),
    ]


def with_full_segments() -> Bench:
    """ESTABLISHED, with segments of up to 1460 octets."""
    bench = syn_sent(with_options(mss=1460))
    bench.peer(0, 1, SYN, mss=1460)
    return bench


def test_small_segments_that_vanish_say_nothing_about_their_size() -> None:
    bench = with_full_segments()
    bench.send(bytes(100))
    bench.wait(60 * SECOND)
    assert bench.events(PathMtuChanged) == []


def test_after_ten_minutes_the_full_size_is_tried_again() -> None:
    """RFC 1191 6.3."""
    bench = with_full_segments()
    bench.send(bytes(1460))
    too_big(bench, 1, 640)
    bench.peer(1, 1461)
    bench.wait(10 * MINUTE)
    assert bench.events(PathMtuChanged)[-1:] == [PathMtuChanged(640, 1500, MtuReason.AGED)]
    assert lengths(bench.send(bytes(1460))) == [1460]
    assert bench.connection.snapshot().mss == 1460
