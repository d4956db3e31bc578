"""Frames that come together, taken as one arrival: all but the number of calls is as one by one."""

import random
from collections.abc import Callable, Iterator

from helpers.host import MS, OUR_MAC, PEER_MAC, THIRD_MAC, arp_frame
from helpers.twins import LENGTH, MSS, Twins
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.tcp.config import Config
from tcpviz.wire import arp
from tcpviz.wire.checksum import internet_checksum
from tcpviz.wire.frame import Frame
from tcpviz.wire.runs import LIMIT
from tcpviz.wire.segment import ACK, CE, ECE, FIN, PSH, RST, URG
from tcpviz.wire.seq import diff

Change = Callable[[bytes], bytes]


def with_bytes(frame: bytes, at: int, octets: bytes) -> bytes:
    return frame[:at] + octets + frame[at + len(octets) :]


def with_header(frame: bytes, at: int, octets: bytes) -> bytes:
    """Another field of the IPv4 header, its checksum right."""
    changed = with_bytes(with_bytes(frame, at, octets), 24, bytes(2))
    return with_bytes(changed, 24, internet_checksum(changed[14:34]).to_bytes(2, "big"))


CHANGES: dict[str, Change] = {
    "a wrong TCP checksum": lambda frame: with_bytes(frame, 50, bytes((frame[50] ^ 1,))),
    "a wrong IP checksum": lambda frame: with_bytes(frame, 24, bytes((frame[24] ^ 1,))),
    "a damaged octet": lambda frame: with_bytes(frame, len(frame) - 1, bytes((frame[-1] ^ 1,))),
    "congestion experienced": lambda frame: with_header(frame, 15, bytes((CE,))),
    "another identification": lambda frame: with_header(frame, 18, b"\x12\x34"),
    "another TTL": lambda frame: with_header(frame, 22, b"\x05"),
    "for somebody else": lambda frame: with_header(frame, 33, bytes((frame[33] + 1,))),
    "another MAC address": lambda frame: with_bytes(frame, 6, THIRD_MAC),
    "a fragment": lambda frame: with_header(frame, 20, b"\x20\x00"),
    "UDP": lambda frame: with_header(frame, 23, b"\x11"),
    "padding": lambda frame: frame + bytes(6),
    "cut short": lambda frame: frame[:-1],
    "ARP": lambda frame: arp_frame(arp.REQUEST, PEER_MAC, bytes(4), bytes(6), bytes(4), to=OUR_MAC),
}
"""What may be odd about a frame, beside what its segment says."""


class Story:
    """What the peer sends, at random: mostly the next segment of the stream, now and then something odd."""

    def __init__(self, twins: Twins, rng: random.Random, oddness: float) -> None:
        self.twins, self.rng, self.oddness = twins, rng, oddness
        self.now = 0
        self.next = 0
        self.missing: list[tuple[int, int]] = []
        self.size = rng.choice((MSS, MSS, 400))

    def read(self) -> list[Frame]:
        """The frames of one read."""
        room = self.twins.window
        vouched = self.rng.random() < 0.5
        frames: list[Frame] = []
        if self.rng.random() < 0.6:
            frames += [self._frame(*each, vouched) for each in self.missing]
            self.missing.clear()
        if self.rng.random() < 0.3:
            self.next = self._acked  # what was lost on its way, and perhaps more
        for _ in range(self.rng.choice((1, 2, 3, 20, 80))):
            if self.rng.random() < self.oddness:
                frames += self._odd(vouched)
            elif self.next + self.size - self._acked <= room and self.next < LENGTH - 100_000:
                frames.append(self._data(vouched))
        return frames

    @property
    def _acked(self) -> int:
        """Position in the stream of what has been acknowledged."""
        return min(self.next, self.next - (self._seq(self.next) - self.twins.acked & 0xFFFF_FFFF))

    def _seq(self, at: int) -> int:
        return self.twins.segment(at, 0).seq

    def _data(self, vouched: bool, flags: int = ACK) -> Frame:
        frame = self._frame(self.next, self.size, vouched, flags)
        self.next += self.size
        return frame

    def _frame(self, at: int, size: int, vouched: bool, flags: int = ACK, window: int = 8000) -> Frame:
        frame = self.twins.frame(self.twins.segment(at, size, flags, window))
        # What never crossed a wire has no checksum yet.
        return Frame(self.now, with_bytes(frame, 50, bytes(2)) if vouched else frame, vouched)

    def _odd(self, vouched: bool) -> Iterator[Frame]:
        rng, twins = self.rng, self.twins
        match rng.randrange(12):
            case 0:  # lost: it comes later
                self.missing.append((self.next, self.size))
                self.next += self.size
            case 1 if self.missing:
                yield self._frame(*self.missing.pop(0), vouched)
            case 2 if self.next > 3 * MSS:  # again
                yield self._frame(self.next - rng.choice((MSS, 1, 3 * MSS)), self.size, vouched)
            case 3:
                yield self._data(vouched, rng.choice((ACK | PSH, ACK | ECE, ACK | URG)))
            case 4:  # an ACK alone, with another window
                yield self._frame(self.next, 0, vouched, ACK, rng.choice((0, 7999, 8000, 8000)))
            case 5:
                self.size = rng.choice((MSS, MSS, 1, 500, 4000))
            case 6:
                twins.stamp += rng.choice((1, 1, -5))
            case 7:
                yield self._data(vouched)._replace(time=self.now + 1)
            case 8:
                yield self._data(not vouched)
            case 9 if rng.random() < 0.1:
                yield self._frame(self.next, 0, vouched, rng.choice((ACK | FIN, RST | ACK, ACK | FIN | PSH)))
            case 10 if self.next:  # out of the window
                yield self._frame(self.next + rng.choice((1 << 20, -(1 << 18))) % LENGTH // 2, MSS, vouched)
            case 11:
                change = CHANGES[rng.choice(list(CHANGES))]
                frame = self._data(vouched=False)
                yield frame._replace(data=change(frame.data))


def tell(seed: int, config: Config, oddness: float) -> Twins:
    """A whole story, the same in both hosts; returns them."""
    rng = random.Random(seed)
    twins = Twins(config)
    story = Story(twins, rng, oddness)
    for _ in range(20):
        story.now += rng.choice((0, MS, 50 * MS))
        twins.wait(story.now)
        twins.arrive(story.read())
        if rng.random() < 0.8:
            twins.read(rng.choice((100, 5000, LENGTH, LENGTH, LENGTH)), story.now)
        if rng.random() < 0.2:
            twins.send(rng.choice((10, 5000)), story.now)
    twins.finish()
    return twins


@settings(max_examples=50)
@given(
    seed=st.integers(0, 2**32),
    timestamps=st.booleans(),
    delayed_ack=st.sampled_from((0, 40 * MS)),
    buffer=st.sampled_from((20_000, 400_000)),
    oddness=st.sampled_from((0.0, 0.01, 0.1)),
)
def test_together_is_one_by_one(
    seed: int, timestamps: bool, delayed_ack: int, buffer: int, oddness: float
) -> None:
    config = Config(timestamps=timestamps, delayed_ack=delayed_ack, receive_buffer=buffer, ecn=True)
    twins = tell(seed, config, oddness)
    if not oddness:
        assert twins.longest_silence <= LIMIT + 2 * MSS
        assert diff(twins.together.flow.connection.snapshot().rcv_nxt, twins.acked) < 2 * MSS


def test_most_of_what_is_ordinary_is_taken_together() -> None:
    twins = tell(1, Config(), oddness=0.0)
    assert twins.runs > 5
    assert twins.longest_silence > 10 * MSS
