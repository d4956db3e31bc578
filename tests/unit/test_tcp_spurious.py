"""Repairs that were not needed: found by timestamps (Eifel, RFC 3522) and undone (RFC 4015)."""

import pytest
from helpers.tcp import MSS, RTT, Bench, with_options

from tcpviz.tcp.config import MILLISECOND, SECOND
from tcpviz.tcp.events import CwndChanged, CwndReason, Retransmitted
from tcpviz.wire.segment import SYN, Segment

ROOM = MSS - 12  # what the timestamps leave of a segment
WINDOW = 10 * ROOM


def stamped(*, sack: bool = True) -> Bench:
    """ESTABLISHED with timestamps, after a round trip of RTT."""
    bench = Bench(with_options(timestamps=True))
    bench.connect()
    bench.now += RTT
    bench.peer(0, 1, SYN, timestamps=(1000, 0), sack_permitted=sack)
    return bench


def echoing(bench: Bench, segment: Segment, ack: int, **fields: object) -> list[Segment]:
    """An ACK that `segment` brought about."""
    assert segment.timestamps is not None
    return bench.peer(1, ack, timestamps=(1001, segment.timestamps[0]), **fields)


def reasons(bench: Bench) -> list[CwndReason]:
    return [event.why for event in bench.events(CwndChanged) if isinstance(event, CwndChanged)]


def test_a_timeout_that_came_too_early_is_undone() -> None:
    bench = stamped(sack=False)
    first, *_ = bench.send(bytes(5 * ROOM))
    (again,) = bench.wait(250 * MILLISECOND)
    assert again.seq == first.seq
    assert bench.connection.snapshot().cwnd == ROOM
    bench.events()
    assert echoing(bench, first, 1 + ROOM) == []  # nothing more is sent again
    assert reasons(bench) == [CwndReason.UNDO]
    look = bench.connection.snapshot()
    assert look.cwnd >= WINDOW
    assert (look.lost, look.backoff) == ((), 0)


def test_the_ack_of_the_repeat_itself_undoes_nothing() -> None:
    bench = stamped(sack=False)
    bench.send(bytes(5 * ROOM))
    (again,) = bench.wait(250 * MILLISECOND)
    bench.events()
    assert len(echoing(bench, again, 1 + ROOM)) == 2
    assert CwndReason.UNDO not in reasons(bench)


def test_only_the_first_ack_after_the_repeat_tells() -> None:
    bench = stamped(sack=False)
    _, second, *_ = bench.send(bytes(5 * ROOM))
    (again,) = bench.wait(250 * MILLISECOND)
    echoing(bench, again, 1 + ROOM)
    echoing(bench, second, 1 + 2 * ROOM)
    assert CwndReason.UNDO not in reasons(bench)


def test_reordering_taken_for_loss_is_undone_and_remembered() -> None:
    bench = stamped()
    out = bench.send(bytes(6 * ROOM))
    bench.now += RTT
    ends = [1 + (number + 1) * ROOM for number in range(6)]
    blocks = [(1 + ROOM, ends[-1])]
    (again,) = echoing(bench, out[1], 1, sack=blocks)
    assert again.seq == out[0].seq
    bench.events()
    bench.now += MILLISECOND
    echoing(bench, out[0], ends[-1])
    assert CwndReason.UNDO in reasons(bench)
    bench.now += SECOND
    bench.send(bytes(5 * ROOM))
    bench.events()
    bench.now += RTT
    bench.peer(1, ends[-1], timestamps=(1002, 0), sack=[(ends[-1] + ROOM, ends[-1] + 5 * ROOM)])
    assert not bench.events(Retransmitted)  # three reports are not enough any more


def test_a_repeat_that_was_under_way_before_tells_nothing_of_the_next_loss() -> None:
    bench = stamped()
    ends = [1 + number * ROOM for number in range(31)]
    out = bench.send(bytes(30 * ROOM))
    assert len(out) == 10
    bench.now += RTT
    (first_again,) = echoing(bench, out[0], 1, sack=[(ends[1], ends[5])])
    bench.now += MILLISECOND
    out += echoing(bench, out[0], 1, sack=[(ends[1], ends[10])])
    assert len(out) > 11
    bench.now += RTT
    left = echoing(bench, first_again, ends[10], sack=[(ends[11], ends[12])])
    (repeat,) = (segment for segment in left if segment.seq == out[10].seq)
    out += (segment for segment in left if segment is not repeat)
    bench.now += MILLISECOND
    bench.events()
    echoing(bench, first_again, ends[10], sack=[(ends[13], ends[16]), (ends[11], ends[12])])
    assert CwndReason.FAST_RETRANSMIT in reasons(bench)  # the next loss: segment 12
    bench.now += RTT
    echoing(bench, repeat, ends[12], sack=[(ends[13], ends[16])])
    assert CwndReason.UNDO not in reasons(bench)


@pytest.mark.parametrize("echo", [0, 5, 0xFFFF_FFFF])
def test_an_echo_of_nothing_that_we_sent_measures_nothing(echo: int) -> None:
    bench = stamped(sack=False)
    bench.send(bytes(ROOM))
    bench.wait(250 * MILLISECOND)
    before = bench.connection.snapshot()
    bench.peer(1, 1 + ROOM, timestamps=(1001, echo))
    after = bench.connection.snapshot()
    assert (after.srtt, after.rttvar) == (before.srtt, before.rttvar)
