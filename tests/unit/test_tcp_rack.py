"""RACK by itself: which arrival counts, how long it waits, what is lost (RFC 8985 section 6.2)."""

from tcpviz.tcp.config import MILLISECOND
from tcpviz.tcp.events import Cause
from tcpviz.tcp.flight import Fate, Flight, Sent
from tcpviz.tcp.rack import Rack
from tcpviz.wire.seq import Seq

RTT = 100 * MILLISECOND


def flight_of(count: int) -> tuple[Flight, list[Sent]]:
    """Segments of 1000 octets, sent a millisecond apart."""
    flight = Flight()
    for number in range(count):
        flight.sent(Seq(1000 * number), Seq(1000 * number + 1000), 0, number * MILLISECOND)
    return flight, list(flight.records)


def test_an_arrival_sooner_than_any_round_trip_was_of_an_earlier_transmission() -> None:
    """Step 2."""
    flight, (first, second) = flight_of(2)
    rack = Rack()
    rack.delivered(second, RTT, None)
    flight.sent_again(first, RTT)
    rack.delivered(first, RTT + RTT // 2, None)
    assert (rack.sent_at, rack.end) == (second.sent_at, second.end)
    rack.delivered(first, 2 * RTT, None)
    assert (rack.sent_at, rack.end) == (first.sent_at, first.end)


def test_the_echo_tells_of_an_earlier_transmission_too() -> None:
    """Step 2."""
    flight, (first, second) = flight_of(2)
    rack = Rack()
    rack.delivered(second, RTT, None)
    flight.sent_again(first, RTT)
    rack.delivered(first, 2 * RTT, 0)
    assert rack.sent_at == second.sent_at
    rack.delivered(first, 2 * RTT, RTT // MILLISECOND)
    assert rack.sent_at == RTT


def test_who_waits_waits_a_quarter_of_the_shortest_round_trip() -> None:
    """Steps 4 and 5: what was sent before the one that has arrived, and only that."""
    flight, (first, second, third) = flight_of(3)
    rack = Rack()
    flight.mark(second, Fate.SACKED)
    rack.delivered(second, RTT, None)
    window = rack.window(1, RTT, repairing=False)
    assert window == rack.min_rtt // 4
    assert rack.detect(flight, window, RTT) == (False, first.sent_at + rack.rtt + window - RTT)
    assert rack.detect(flight, window, first.sent_at + rack.rtt + window) == (True, 0)
    assert (first.fate, first.cause) == (Fate.LOST, Cause.RACK)
    assert third.fate is Fate.IN_FLIGHT


def test_a_needless_repeat_lets_it_wait_longer_for_sixteen_recoveries() -> None:
    """Step 4: one quarter more for each round trip with D-SACKs, never more than a smoothed round trip."""
    _, (first,) = flight_of(1)
    rack = Rack()
    rack.delivered(first, RTT, None)
    rack.widen(Seq(0), Seq(5000))
    rack.widen(Seq(1000), Seq(6000))  # of the same round trip
    assert rack.window(0, RTT, repairing=False) == RTT // 2
    for ack in range(5000, 50_000, 5000):
        rack.widen(Seq(ack), Seq(ack + 5000))
    assert rack.window(0, RTT, repairing=False) == RTT
    for _ in range(16):
        rack.recovered()
    assert rack.window(0, RTT, repairing=False) == RTT // 4
