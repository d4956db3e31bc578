"""Frames that come together are taken at once where nobody looks at them on their way, else one by one."""

import random
from collections.abc import Iterable, Iterator, Sequence

import pytest
from helpers.host import OUR_MAC, Peer, established, make_host, read_segment

from tcpviz.host.flow import Flow
from tcpviz.link.base import Direction, Fate, LinkInfo
from tcpviz.link.plan import parse_plan
from tcpviz.recording import Recording
from tcpviz.session.gate import GateAction
from tcpviz.session.run import Run
from tcpviz.tcp.events import Event
from tcpviz.wire.frame import Frame

COUNT, SIZE = 20, 1400


class Hand:
    """A link whose frames are put there by hand."""

    info = LinkInfo(name="hand", mac=OUR_MAC, mtu=1500)

    def __init__(self) -> None:
        self.arriving: list[Frame] = []
        self.sent: list[bytes] = []

    def frames(self, now: int) -> list[Frame]:
        frames, self.arriving = self.arriving, []
        return frames

    def send(self, frames: Iterable[bytes], now: int) -> None:
        self.sent += frames

    def fileno(self) -> int:
        return -1

    def next_deadline(self) -> int | None:
        return None

    def close(self) -> None:
        pass


class Nothing:
    """An application that does nothing."""

    def __init__(self, flow: Flow) -> None:
        self.flows = [flow]

    def step(self, now: int) -> None:
        pass

    def next_deadline(self) -> int | None:
        return None

    def notes(self) -> list[str]:
        return []

    def abandon(self, now: int) -> None:
        pass


class Never:
    """A breakpoint that no frame meets."""

    text = "never"

    def before(self, subject: object) -> bool:
        return False

    def after(self, events: Sequence[Event], fate: Fate) -> bool:
        return False


class Setting:
    """A run whose peer has sent COUNT segments that arrive together."""

    def __init__(self) -> None:
        host = make_host()
        self.peer: Peer = established(host)
        self.peer.flow.connection.events()
        self.link = Hand()
        self.recording = Recording.create(link="hand", epoch=0)
        self.run: Run[Nothing] = Run(
            link=self.link,
            host=host,
            application=Nothing(self.peer.flow),
            recording=self.recording,
            rng=random.Random(1),
        )
        self.first = self.peer.snd_nxt
        self.link.arriving = [Frame(5, self.peer.data(bytes(SIZE))) for _ in range(COUNT)]

    def received(self) -> list[int]:
        """By the snapshots, how much had come when each frame was there."""
        rows = [i for i in range(len(self.recording)) if self.recording.row(i).direction is Direction.IN]
        looks = [self.recording.snapshot(i) for i in rows]
        return [look.rcv_nxt - self.first for look in looks if look]

    def acknowledged(self) -> list[int]:
        return [read_segment(frame)[2].ack - self.first for frame in self.link.sent]


@pytest.fixture
def setting() -> Iterator[Setting]:
    setting = Setting()
    yield setting
    setting.recording.close()


def test_together_each_has_its_row_and_all_one_ack(setting: Setting) -> None:
    setting.run.round(5)
    assert setting.received() == [SIZE * i for i in range(1, COUNT + 1)]
    assert setting.acknowledged() == [COUNT * SIZE]
    assert [setting.recording.row(i).number for i in range(COUNT + 1)] == list(range(1, COUNT + 2))


def one_by_one(setting: Setting) -> None:
    assert setting.received() == [SIZE * i for i in range(1, COUNT + 1)]
    assert setting.acknowledged() == [SIZE * i for i in range(2, COUNT + 1, 2)]


def test_at_a_shut_gate_each_waits_for_itself(setting: Setting) -> None:
    setting.run.hold()
    setting.run.round(5)
    assert len(setting.run.gate.queue) == COUNT
    assert setting.received() == []
    setting.run.let_through(GateAction.PASS, 6)
    assert setting.received() == [SIZE]


def test_with_breakpoints_each_is_looked_at(setting: Setting) -> None:
    setting.run.watch_for([Never()])
    setting.run.round(5)
    one_by_one(setting)


def test_on_an_impaired_network_each_has_its_fate(setting: Setting) -> None:
    setting.run.impair(parse_plan("out.delay=0ms"), 5)
    setting.run.round(5)
    one_by_one(setting)
