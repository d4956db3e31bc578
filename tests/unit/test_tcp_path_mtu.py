"""Path MTU discovery (RFC 1191)."""

import pytest
from helpers.tcp import Bench, established, with_options

from tcpviz.tcp.events import Cause, PathMtuChanged, Retransmitted
from tcpviz.tcp.icmp import IcmpError
from tcpviz.wire.segment import Segment


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
    assert bench.events(PathMtuChanged) == [PathMtuChanged(1040, 640)]
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
