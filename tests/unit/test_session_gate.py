"""The gate: a queue that lets out what the user takes out, and what was delayed."""

from tcpviz.link.base import Direction
from tcpviz.session.gate import DELAY, Gate, Waiting


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
