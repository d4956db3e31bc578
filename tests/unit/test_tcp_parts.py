"""The engine's parts, each by itself."""

import random
from itertools import pairwise

import pytest

from tcpviz.tcp.config import MILLISECOND, SECOND
from tcpviz.tcp.congestion import CONTROLS
from tcpviz.tcp.congestion.base import UNLIMITED, initial_window
from tcpviz.tcp.congestion.reno import Reno
from tcpviz.tcp.events import Cause, Timer
from tcpviz.tcp.flight import Fate, Flight
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.isn import initial_sequence
from tcpviz.tcp.options import window_shift
from tcpviz.tcp.reassembly import MAX_PIECES, Reassembly
from tcpviz.tcp.replies import reset_for
from tcpviz.tcp.right_sizing import FIRST_BUFFER, RightSizing, send_capacity
from tcpviz.tcp.rtt import MAX_RTO, RttEstimator
from tcpviz.tcp.send_buffer import SendBuffer
from tcpviz.tcp.timers import Timers
from tcpviz.wire.segment import ACK, FIN, RST, SYN, Segment
from tcpviz.wire.seq import Seq, add, diff, seq

BEFORE_WRAP = Seq(0xFFFF_FFF0)


def octets(start: int, end: int) -> bytes:
    """Octets that tell where they belong."""
    return bytes(number % 251 for number in range(start, end))


class TestTimers:
    def test_the_earliest_deadline_is_next(self) -> None:
        timers = Timers()
        timers.start(Timer.RETRANSMIT, 30)
        timers.start(Timer.DELAYED_ACK, 10)
        assert timers.next_deadline() == 10
        assert timers.deadlines == {Timer.RETRANSMIT: 30, Timer.DELAYED_ACK: 10}

    def test_expired_timers_stop_and_come_in_order(self) -> None:
        timers = Timers()
        timers.start(Timer.RETRANSMIT, 30)
        timers.start(Timer.DELAYED_ACK, 10)
        timers.start(Timer.USER, 31)
        assert timers.take_expired(30) == [Timer.DELAYED_ACK, Timer.RETRANSMIT]
        assert timers.take_expired(30) == []
        assert timers.next_deadline() == 31

    def test_starting_again_moves_the_deadline(self) -> None:
        timers = Timers()
        timers.start(Timer.PERSIST, 5)
        timers.start(Timer.PERSIST, 9)
        assert timers.take_expired(8) == []
        timers.stop(Timer.PERSIST)
        assert not timers.runs(Timer.PERSIST)
        assert timers.next_deadline() is None


class TestRtt:
    def test_first_sample(self) -> None:
        """RFC 6298 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4*RTTVAR."""
        rtt = RttEstimator(200 * MILLISECOND)
        assert rtt.rto == SECOND
        rtt.sample(100 * MILLISECOND)
        assert (rtt.srtt, rtt.rttvar) == (100 * MILLISECOND, 50 * MILLISECOND)
        assert rtt.rto == 300 * MILLISECOND

    def test_next_sample(self) -> None:
        """RFC 6298 2.3: alpha 1/8, beta 1/4, RTTVAR with the old SRTT."""
        rtt = RttEstimator(0)
        rtt.sample(100 * MILLISECOND)
        rtt.sample(180 * MILLISECOND)
        assert rtt.srtt == 110 * MILLISECOND
        assert rtt.rttvar == 57_500_000

    def test_many_samples_a_round_trip_dilute_each_other(self) -> None:
        """RFC 7323 appendix G."""
        rtt = RttEstimator(0)
        rtt.sample(100 * MILLISECOND)
        rtt.sample(180 * MILLISECOND, expected=10)
        assert rtt.srtt == 101 * MILLISECOND

    def test_backoff_doubles_up_to_the_limit_and_a_sample_ends_it(self) -> None:
        rtt = RttEstimator(200 * MILLISECOND)
        for _ in range(3):
            rtt.back_off()
        assert (rtt.rto, rtt.backoff) == (8 * SECOND, 3)
        for _ in range(10):
            rtt.back_off()
        assert rtt.rto == MAX_RTO
        rtt.sample(10 * MILLISECOND)
        assert (rtt.rto, rtt.backoff) == (200 * MILLISECOND, 0)


class TestSendBuffer:
    def test_it_takes_what_fits(self) -> None:
        buffer = SendBuffer(BEFORE_WRAP)
        assert buffer.append(b"0123456", 10) == 7
        assert buffer.append(b"789abc", 3) == 3
        assert buffer.append(b"x", 0) == 0
        assert buffer.read(BEFORE_WRAP, len(buffer)) == b"0123456789"

    def test_reading_and_releasing_across_the_wrap(self) -> None:
        buffer = SendBuffer(BEFORE_WRAP)
        buffer.append(octets(0, 40), 100)
        assert buffer.read(add(BEFORE_WRAP, 10), 20) == octets(10, 30)
        buffer.release(add(BEFORE_WRAP, 20))
        assert buffer.start == 4
        assert buffer.end == 24
        assert buffer.read(Seq(4), 20) == octets(20, 40)

    def test_a_fin_beyond_the_end_is_no_octet(self) -> None:
        buffer = SendBuffer(Seq(0))
        buffer.append(b"abc", 100)
        buffer.release(Seq(4))
        assert len(buffer) == 0
        assert buffer.end == 3

    def test_releasing_what_is_gone_changes_nothing(self) -> None:
        buffer = SendBuffer(Seq(50))
        buffer.append(b"abc", 100)
        buffer.release(Seq(40))
        assert buffer.read(Seq(50), 3) == b"abc"


class TestRightSizing:
    RTT = 100 * MILLISECOND

    def after(self, *taken: int, limit: int = 10_000_000) -> int:
        """The size after each of these round trips has brought so many octets, in two pieces."""
        sizing = RightSizing(limit)
        now = SECOND
        sizing.take(0, now, self.RTT)
        for octets in taken:
            sizing.take(octets // 2, now + self.RTT // 2, self.RTT)
            now += self.RTT
            sizing.take(octets - octets // 2, now, self.RTT)
        return sizing.size

    def test_it_begins_small_where_it_may_grow(self) -> None:
        assert self.after() == FIRST_BUFFER
        assert self.after(limit=5000) == 5000

    def test_it_leaves_room_for_a_sender_that_doubles(self) -> None:
        assert self.after(30_000, 60_000) == 240_000

    def test_it_is_twice_what_a_steady_sender_brings(self) -> None:
        assert self.after(60_000, 60_000, 60_000) == 240_000  # it began with a doubling
        assert self.after(70_000, 100_000, 130_000, 160_000) == 320_000

    def test_it_never_shrinks_and_never_passes_the_limit(self) -> None:
        assert self.after(60_000, 10, 10) == 240_000
        assert self.after(60_000, 120_000, 240_000, limit=300_000) == 300_000

    def test_without_a_round_trip_it_stays(self) -> None:
        sizing = RightSizing(10_000_000)
        for now in range(10):
            sizing.take(1_000_000, now * SECOND, 0)
        assert sizing.size == FIRST_BUFFER

    def test_the_send_buffer_follows_the_window(self) -> None:
        assert send_capacity(14_600, 4 << 20) == FIRST_BUFFER
        assert send_capacity(1 << 20, 4 << 20) == 2 << 20
        assert send_capacity(1 << 24, 4 << 20) == 4 << 20
        assert send_capacity(14_600, 500) == 500


class TestReassembly:
    def test_a_filled_hole_delivers_everything(self) -> None:
        queue = Reassembly()
        queue.hold(Seq(10), octets(10, 20))
        queue.hold(Seq(30), octets(30, 40))
        assert queue.has_hole
        assert queue.extend(octets(0, 10), Seq(0)) == 20
        assert queue.extend(octets(20, 30), Seq(20)) == 40
        assert queue.take(100) == octets(0, 40)
        assert not queue.has_hole
        assert queue.held_octets == 0

    def test_any_order_and_overlap_gives_the_stream(self) -> None:
        for seed in range(200):
            rng = random.Random(seed)
            base = seq(rng.randrange(-60, 60))
            queue, reached = Reassembly(), 0
            for _ in range(60):
                start = rng.randrange(reached, 120)
                end = min(120, start + rng.randrange(1, 30))
                if start == reached:
                    reached = diff(queue.extend(octets(start, end), add(base, start)), base)
                else:
                    queue.hold(add(base, start), octets(start, end))
                held = queue.ranges()
                assert queue.held_octets == sum(diff(right, left) for left, right in held)
                assert all(diff(b[0], a[1]) > 0 for a, b in pairwise(held))
                if reached == 120:
                    break
            assert queue.take(1000) == octets(0, reached)

    def test_the_latest_block_comes_first(self) -> None:
        """RFC 2018 section 4."""
        queue = Reassembly()
        for start in (10, 50, 30):
            queue.hold(Seq(start), bytes(5))
        assert queue.recent_ranges(4) == [(30, 35), (50, 55), (10, 15)]
        queue.touch(Seq(12))
        assert queue.recent_ranges(4)[0] == (10, 15)
        assert queue.ranges() == ((10, 15), (30, 35), (50, 55))

    def test_taking_a_part_leaves_the_rest(self) -> None:
        queue = Reassembly()
        queue.extend(octets(0, 10), Seq(0))
        assert queue.take(4) == octets(0, 4)
        assert queue.take(100) == octets(4, 10)

    def test_it_is_full_some_time(self) -> None:
        queue = Reassembly()
        for number in range(MAX_PIECES):
            assert not queue.full
            queue.hold(Seq(10 + 2 * number), b"x")
        assert queue.full


class TestFlight:
    def flight(self) -> Flight:
        flight = Flight()
        for number in range(5):
            flight.sent(add(BEFORE_WRAP, 10 * number), add(BEFORE_WRAP, 10 * (number + 1)), 0, number)
        return flight

    def at(self, offset: int) -> Seq:
        return add(BEFORE_WRAP, offset)

    def test_acknowledging_drops_whole_records_and_trims_one(self) -> None:
        flight = self.flight()
        newest = flight.acknowledge(self.at(25))
        assert newest is not None
        assert newest.sent_at == 1
        assert flight.records[0].start == self.at(25)
        assert flight.octets == 25

    def test_sacked_records_are_not_on_the_way(self) -> None:
        flight = self.flight()
        assert [record.start for record in flight.sack(self.at(10), self.at(30))] == [
            self.at(10),
            self.at(20),
        ]
        assert flight.sack(self.at(10), self.at(30)) == []
        assert flight.octets == 30
        assert flight.ranges(Fate.SACKED) == ((self.at(10), self.at(30)),)

    def test_a_partly_reported_record_is_not_there(self) -> None:
        flight = self.flight()
        assert flight.sack(self.at(15), self.at(29)) == []

    def test_lost_records_leave_again_one_by_one(self) -> None:
        flight = self.flight()
        flight.sack(self.at(10), self.at(20))
        flight.mark_all_lost(Cause.TIMEOUT)
        assert (flight.octets, flight.lost_count) == (0, 4)
        record = flight.first_lost()
        assert record is not None
        flight.sent_again(record, 99)
        assert (flight.octets, flight.lost_count, record.attempts) == (10, 3, 1)
        assert flight.retransmitted() == ((self.at(0), self.at(10)),)
        flight.acknowledge(self.at(50))
        assert flight.plain
        assert (flight.octets, flight.lost_count) == (0, 0)

    def test_splitting_keeps_the_sums(self) -> None:
        flight = self.flight()
        flight.mark_lost(flight.records[1], Cause.TIMEOUT)
        first = flight.split(flight.records[1], 4)
        assert (first.length, flight.records[2].length) == (4, 6)
        assert flight.lost_count == 2
        assert flight.octets == 40
        flight.acknowledge(self.at(50))
        assert flight.plain


class TestReno:
    def test_the_initial_window(self) -> None:
        """RFC 6928 section 2."""
        assert initial_window(1460) == 14600
        assert initial_window(536) == 5360
        assert initial_window(9000) == 18000

    def test_slow_start_doubles(self) -> None:
        reno = Reno(1000)
        assert reno.ssthresh == UNLIMITED
        for _ in range(10):
            reno.on_ack(1000, 0, 0)
        assert reno.cwnd == 20_000

    def test_congestion_avoidance_adds_a_segment_a_round_trip(self) -> None:
        reno = Reno(1000)
        reno.ssthresh = reno.cwnd
        for _ in range(10):
            reno.on_ack(1000, 0, 0)
        assert reno.cwnd == 11_000

    def test_a_loss_halves_the_threshold_but_not_below_two_segments(self) -> None:
        reno = Reno(1000)
        reno.on_loss(9000, 0)
        assert reno.ssthresh == 4500
        reno.on_loss(1000, 0)
        assert reno.ssthresh == 2000

    def test_only_the_first_timeout_sets_the_threshold(self) -> None:
        """RFC 5681 equation 4 and what follows it."""
        reno = Reno(1000)
        reno.on_timeout(8000, 0, again=False)
        assert (reno.cwnd, reno.ssthresh) == (1000, 4000)
        reno.on_timeout(1000, 0, again=True)
        assert (reno.cwnd, reno.ssthresh) == (1000, 4000)

    def test_an_idle_window_shrinks_to_the_initial_one(self) -> None:
        reno = Reno(1000)
        reno.cwnd = 50_000
        reno.on_idle()
        assert reno.cwnd == 10_000

    @pytest.mark.parametrize("name", CONTROLS)
    def test_a_window_that_is_not_used_says_nothing(self, name: str) -> None:
        control = CONTROLS[name](1000)
        assert control.is_used(5000)
        assert not control.is_used(4999)
        control.ssthresh = control.cwnd
        assert control.is_used(9000)
        assert not control.is_used(8000)


class TestIsn:
    ADDRESSES = (b"\xc0\x00\x02\x02", 40000, b"\xc0\x00\x02\x01", 80)

    def test_it_grows_with_a_clock_of_4_microseconds(self) -> None:
        """RFC 6528 section 3: M."""
        first = initial_sequence(b"secret", *self.ADDRESSES, 0)
        assert diff(initial_sequence(b"secret", *self.ADDRESSES, SECOND), first) == 250_000

    def test_every_connection_and_every_secret_has_its_own(self) -> None:
        address, port, remote, remote_port = self.ADDRESSES
        numbers = {
            initial_sequence(b"secret", address, port, remote, remote_port, 0),
            initial_sequence(b"secret", address, port + 1, remote, remote_port, 0),
            initial_sequence(b"secret", address, port, remote, remote_port + 1, 0),
            initial_sequence(b"secret", remote, port, address, remote_port, 0),
            initial_sequence(b"another", *self.ADDRESSES, 0),
        }
        assert len(numbers) == 5


@pytest.mark.parametrize(("buffer", "shift"), [(65535, 0), (65536, 1), (4 << 20, 7), (1 << 40, 14)])
def test_the_window_shift_is_the_smallest_that_does(buffer: int, shift: int) -> None:
    assert window_shift(buffer) == shift


@pytest.mark.parametrize(
    ("segment", "reset"),
    [
        (Segment(Seq(5), Seq(9), ACK), Segment(Seq(9), flags=RST)),
        (Segment(Seq(5), flags=SYN), Segment(Seq(0), Seq(6), RST | ACK)),
        (Segment(Seq(5), flags=FIN, payload=b"abc"), Segment(Seq(0), Seq(9), RST | ACK)),
        (Segment(Seq(5), flags=RST), None),
    ],
)
def test_the_reset_for_a_segment_of_no_connection(segment: Segment, reset: Segment | None) -> None:
    """RFC 9293 3.10.7.1."""
    assert reset_for(segment) == reset


def test_which_icmp_errors_are_hard() -> None:
    """RFC 9293 3.9.2.2: codes 0, 1 and 5 must not abort, 2 to 4 should; 4 belongs to path MTU discovery."""
    assert [IcmpError(3, code, Seq(0)).hard for code in range(6)] == [False, False, True, True, False, False]
    assert not IcmpError(11, 2, Seq(0)).hard
    assert IcmpError(3, 4, Seq(0), 1400).too_big
