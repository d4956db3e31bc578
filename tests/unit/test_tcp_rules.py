"""Rules of RFC 9293 that no scenario shows by itself; docs/rfc9293.md says which."""

import pytest
from helpers.tcp import MSS, REACH, Bench, closed, established, syn_sent, with_options

from tcpviz.tcp.config import MINUTE, SECOND, Config
from tcpviz.tcp.events import CloseReason, IcmpReceived, Timer, TimerExpired, UrgentReceived
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.right_sizing import FIRST_BUFFER
from tcpviz.tcp.state import State
from tcpviz.wire.segment import PSH, SYN, URG


@pytest.mark.parametrize(("told", "shift"), [(0, 0), (14, 14), (15, 14), (255, 14)])
def test_windows_are_unsigned_numbers_of_32_bits(told: int, shift: int) -> None:
    """MUST-1, REC-1; a shift of more than 14 counts as 14 (RFC 7323 2.3)."""
    bench = Bench(Config(mss=MSS))
    bench.connect()
    bench.peer(0, 1, SYN, window_scale=told)
    bench.peer(1, 1, window=0xFFFF)
    assert bench.connection.snapshot().snd_wnd == 0xFFFF << shift


def test_the_mss_option_is_on_a_syn_only() -> None:
    """MUST-65."""
    bench = closed()
    (syn,) = bench.connect()
    assert syn.mss == MSS
    later = bench.peer(0, 1, SYN) + bench.send(bytes(100)) + bench.shutdown()
    assert [segment.mss for segment in later] == [None] * 3


def test_the_last_segment_of_what_was_queued_has_the_push_flag() -> None:
    """MUST-61, and SHLD-27: one for all that was sent at once."""
    bench = established()
    assert [segment.flags & PSH for segment in bench.send(bytes(2500))] == [0, 0, PSH]


def test_nothing_of_ours_is_urgent() -> None:
    """SHLD-13."""
    bench = established()
    bench.peer(1, 1, URG, b"data", urgent=2)
    assert not any(segment.flags & URG for segment in bench.send(bytes(2500)) + bench.shutdown())


def test_urgent_data_is_told_once() -> None:
    """MUST-32: the same pointer again says nothing new."""
    bench = established()
    bench.peer(1, 1, URG, b"data", urgent=100)
    assert bench.events(UrgentReceived) == [UrgentReceived(bench.theirs(101))]
    bench.peer(5, 1, URG, b"data", urgent=96)
    bench.peer(9, 1, URG, b"data", urgent=50)
    assert bench.events(UrgentReceived) == []
    bench.peer(13, 1, URG, b"data", urgent=100)
    assert bench.events(UrgentReceived) == [UrgentReceived(bench.theirs(113))]


def test_an_attempt_goes_on_for_three_minutes_at_least() -> None:
    """MUST-23."""
    bench = syn_sent(Config())
    bench.wait(3 * MINUTE)
    assert bench.state is State.SYN_SENT
    bench.wait(2 * MINUTE)
    assert bench.connection.end is CloseReason.TIMED_OUT


def test_data_is_repeated_for_a_hundred_seconds_at_least() -> None:
    """SHLD-11, and SHLD-9: every repeat is told."""
    bench = established()
    bench.send(b"data")
    bench.wait(100 * SECOND)
    assert bench.state is State.ESTABLISHED
    told = [event.count for event in bench.events(TimerExpired) if isinstance(event, TimerExpired)]
    assert told == list(range(1, len(told) + 1))
    assert len(told) > 3


def test_keep_alive_is_off_and_waits_for_two_hours() -> None:
    """MUST-25, MUST-28."""
    assert not Config().keep_alive
    assert Config().keep_alive_idle >= 120 * MINUTE


def test_progress_is_what_the_user_timeout_counts_from() -> None:
    bench = established(with_options(user_timeout=10 * SECOND))
    bench.send(bytes(3000))
    for number in range(1, 4):
        bench.wait(9 * SECOND)
        bench.peer(1, 1 + number * MSS)
    assert not {Timer.USER, Timer.RETRANSMIT} & dict(bench.connection.snapshot().deadlines).keys()
    assert bench.state is State.ESTABLISHED


@pytest.mark.parametrize(
    ("icmp_type", "code"), [(3, 0), (3, 1), (3, 5), (11, 0), (12, 0)], ids=lambda value: str(value)
)
@pytest.mark.parametrize("state", [State.SYN_SENT, State.FIN_WAIT_1], ids=lambda state: state.name)
def test_soft_icmp_errors_are_told_and_end_nothing(state: State, icmp_type: int, code: int) -> None:
    """MUST-56, SHLD-25."""
    bench = REACH[state]()
    bench.connection.on_icmp(IcmpError(icmp_type, code, bench.connection.snapshot().snd_una), bench.now)
    bench.sent()
    assert bench.events(IcmpReceived) == [IcmpReceived(icmp_type, code, False)]
    assert bench.state is state


def test_a_source_quench_is_discarded_silently() -> None:
    """MUST-55."""
    bench = syn_sent()
    bench.events()
    bench.connection.on_icmp(IcmpError(4, 0, bench.ours(0)), bench.now)
    assert bench.sent() == []
    assert bench.events() == []
    bench.wait(6 * MINUTE)
    assert bench.connection.end is CloseReason.TIMED_OUT


def test_a_window_that_the_peer_takes_back() -> None:
    """MUST-34, SHLD-15, SHLD-16, SHLD-17: nothing new leaves, the old is repeated and not given up while
    ACKs come."""
    bench = established(with_options(user_timeout=20 * SECOND))
    assert len(bench.send(bytes(5 * MSS))) == 5
    bench.peer(1, 1, window=2 * MSS)
    assert bench.send(bytes(MSS)) == []
    again = bench.wait(SECOND)
    assert {segment.seq for segment in again} <= {bench.ours(1 + number * MSS) for number in range(5)}
    assert bench.ours(1) in {segment.seq for segment in again}
    bench.peer(1, 1 + 2 * MSS, window=0)
    for _ in range(20):
        bench.wait(10 * SECOND)
        bench.peer(1, 1 + 2 * MSS, window=0)
    assert bench.state is State.ESTABLISHED


def test_a_window_rounded_up_again_and_again_takes_no_memory_without_end() -> None:
    """What was offered is rounded up to the window's scale, lest it shrinks (SHLD-14, RFC 7323 2.4)."""
    bench = Bench(Config(mss=MSS, delayed_ack=0))  # a buffer of up to 4 MiB: a scale of 128 octets
    bench.connect()
    bench.peer(0, 1, SYN, window_scale=7)
    for _ in range(1200):
        bench.peer(1 + bench.connection.readable, 1, data=bytes(127))
    assert FIRST_BUFFER < bench.connection.readable <= 2 * FIRST_BUFFER


def test_the_timestamp_clock_ticks_in_milliseconds_from_anywhere() -> None:
    """RFC 7323 5.4: so that nobody reads from it how long we have been up, or what else we talk to."""
    first = {}
    for seed in (1, 2):
        bench = Bench(Config(mss=MSS), seed=seed)
        (syn,) = bench.connect()
        bench.peer(0, 1, SYN, timestamps=(7, 0))
        bench.now += 3 * SECOND
        (data,) = bench.send(b"x")
        assert syn.timestamps
        assert data.timestamps
        assert data.timestamps[0] - syn.timestamps[0] & 0xFFFF_FFFF == 3000
        first[seed] = syn.timestamps[0]
    assert first[1] != first[2]
