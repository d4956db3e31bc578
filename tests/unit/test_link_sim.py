from collections.abc import Iterable

from tcpviz.link.sim import SimLink
from tcpviz.wire.frame import Frame

MAC = bytes.fromhex("020000000001")
MS = 1_000_000


class Echo:
    """A peer that sends back what it gets, and `tick` whenever a deadline of its comes."""

    def __init__(self, *deadlines: int) -> None:
        self.log: list[tuple[int, bytes]] = []
        self._deadlines = list(deadlines)
        self._outbox: list[bytes] = []

    def on_frame(self, frame: Frame, now: int) -> None:
        assert frame.time == now
        self.log.append((now, frame.data))
        self._outbox.append(frame.data)

    def on_deadline(self, now: int) -> None:
        self._deadlines.pop(0)
        self.log.append((now, b"tick"))
        self._outbox.append(b"tick")

    def frames(self, now: int) -> Iterable[bytes]:
        while self._outbox:
            yield self._outbox.pop(0)

    def next_deadline(self) -> int | None:
        return self._deadlines[0] if self._deadlines else None


def test_a_frame_travels_for_the_delay_each_way() -> None:
    peer = Echo()
    link = SimLink(peer, mac=MAC, delay_ns=10 * MS)
    link.send([b"a"], MS)
    assert link.next_deadline() == 11 * MS
    assert link.frames(11 * MS) == []
    assert peer.log == [(11 * MS, b"a")]
    assert link.next_deadline() == 21 * MS
    assert link.frames(21 * MS) == [Frame(21 * MS, b"a")]
    assert link.next_deadline() is None


def test_without_delay_the_answer_is_there_at_once() -> None:
    link = SimLink(Echo(), mac=MAC)
    link.send([b"a", b"b"], 5)
    assert link.frames(5) == [Frame(5, b"a"), Frame(5, b"b")]


def test_the_peer_lives_in_exact_order_of_time_even_when_we_look_late() -> None:
    peer = Echo(2 * MS, 30 * MS)
    link = SimLink(peer, mac=MAC, delay_ns=10 * MS)
    link.send([b"a"], 0)
    link.send([b"b"], 5 * MS)
    arrived = link.frames(100 * MS)
    assert peer.log == [(2 * MS, b"tick"), (10 * MS, b"a"), (15 * MS, b"b"), (30 * MS, b"tick")]
    assert [frame.time for frame in arrived] == [12 * MS, 20 * MS, 25 * MS, 40 * MS]


def test_the_rate_spaces_frames_out() -> None:
    link = SimLink(Echo(), mac=MAC, delay_ns=MS, rate=8_000_000)  # a millisecond for 1000 octets
    link.send([bytes(1000), bytes(2000)], 0)
    assert [frame.time for frame in link.frames(100 * MS)] == [4 * MS, 7 * MS]


def test_an_idle_line_starts_at_once() -> None:
    link = SimLink(Echo(), mac=MAC, rate=8_000_000)
    link.send([bytes(1000)], 0)
    link.frames(50 * MS)
    link.send([bytes(1000)], 100 * MS)
    assert [frame.time for frame in link.frames(200 * MS)] == [102 * MS]


def test_nobody_vouches_so_that_each_end_checks_the_other() -> None:
    link = SimLink(Echo(), mac=MAC)
    link.send([b"a"], 0)
    assert not link.frames(0)[0].vouched


def test_the_clock_of_a_peer_whose_deadline_lies_behind_does_not_go_back() -> None:
    peer = Echo(50 * MS, 3 * MS)
    link = SimLink(peer, mac=MAC)
    link.frames(60 * MS)
    assert peer.log == [(50 * MS, b"tick"), (50 * MS, b"tick")]


def test_what_does_not_change_while_it_is_open() -> None:
    link = SimLink(Echo(), mac=MAC, mtu=9000)
    assert link.info.virtual_time
    assert (link.info.mac, link.info.mtu, link.fileno()) == (MAC, 9000, -1)
    link.close()
    link.close()
