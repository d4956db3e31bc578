"""The gate: a queue that lets out what the user takes out, and what was delayed."""

import pytest

from tcpviz.link.base import Direction
from tcpviz.session.gate import DELAY, Gate, Waiting
from tcpviz.wire import ethernet, ipv4, udp


def waiting(name: bytes) -> Waiting:
    return Waiting(Direction.IN, name, since=0)


def test_frames_come_out_in_the_order_in_which_they_came() -> None:
    gate = Gate()
    first, second = waiting(b"1"), waiting(b"2")
    gate.queue.extend((first, second))
    assert [gate.next(), gate.next(), gate.next()] == [first, second, None]


def test_a_delayed_frame_returns_when_its_time_has_come_and_not_before() -> None:
    gate = Gate()
    late = waiting(b"late")
    gate.delay(late, 5)
    assert gate.next_deadline() == 5 + DELAY
    assert list(gate.due(5 + DELAY - 1)) == []
    assert list(gate.due(5 + DELAY)) == [late]
    assert gate.next_deadline() is None


def test_delayed_frames_return_in_the_order_of_their_times() -> None:
    gate = Gate()
    names = [b"c", b"a", b"b"]
    for name, now in zip(names, (3, 1, 2), strict=True):
        gate.delay(waiting(name), now)
    assert [each.data for each in gate.due(3 + DELAY)] == [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    ("protocol", "ports", "stops"),
    [
        (ipv4.UDP, (68, 67), False),
        (ipv4.UDP, (67, 68), False),
        (ipv4.UDP, (40000, 53), True),
        (ipv4.TCP, (68, 67), True),
    ],
    ids=["to a DHCP server", "from one", "DNS", "TCP"],
)
def test_a_shut_gate_lets_dhcp_pass(protocol: int, ports: tuple[int, int], stops: bool) -> None:
    source, destination = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))
    data = udp.build(source, ports[0], destination, ports[1], b"")
    frame = ethernet.build(bytes(6), bytes(6), ethernet.IPV4, ipv4.build(source, destination, protocol, data))
    gate = Gate()
    assert not gate.stops(frame)
    gate.held = True
    assert gate.stops(frame) is stops
    assert gate.stops(frame[:23])
