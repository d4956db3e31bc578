"""Each scenario shows what it says it shows."""

from typing import TypeVar

import pytest
from helpers.world import MemorySink, World

from tcpviz.client.fetch import Fetch
from tcpviz.client.options import FetchOptions
from tcpviz.client.url import parse_url
from tcpviz.lab.network import OUR_MAC
from tcpviz.lab.scenarios import SCENARIOS, Scenario
from tcpviz.lab.server import LabPeer
from tcpviz.lab.site import answer
from tcpviz.link.base import Direction, Fate, Link
from tcpviz.link.impair import Fated, Impair, parse_plan
from tcpviz.link.sim import SimLink
from tcpviz.tcp.events import (
    Cause,
    CongestionMarked,
    DropReason,
    Event,
    Held,
    PeerWindowChanged,
    ResetReceived,
    Retransmitted,
    SegmentDropped,
    StateChanged,
    Timer,
    TimerExpired,
)
from tcpviz.tcp.state import State

EventT = TypeVar("EventT", bound=Event)


class Show:
    """One scenario from beginning to end, with all that happened on our side."""

    def __init__(self, scenario: Scenario) -> None:
        peer = LabPeer(seed=scenario.seed, config=scenario.theirs, busy=scenario.busy)
        link: Link = SimLink(peer, mac=OUR_MAC, delay_ns=scenario.delay, rate=scenario.rate)
        self._impair = Impair(link, parse_plan(scenario.impair), scenario.seed)
        self.events: list[Event] = []
        self.fates: list[Fated] = []
        self.sink = MemorySink()
        self.world = World(self._impair, seed=scenario.seed)
        self.fetch = Fetch(
            self.world.host,
            parse_url(scenario.url),
            self.sink,
            scenario.ours,
            0,
            FetchOptions(half_close=scenario.half_close),
        )
        self.world.fetch_until(self.fetch, self._done)

    def _done(self) -> bool:
        for flow in self.fetch.flows:
            self.events += flow.connection.events()
        self.fates += self._impair.fates()
        return self.fetch.done

    @property
    def states(self) -> list[State]:
        return [event.new for event in self.of(StateChanged)]

    def of(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]

    def fated(self, fate: Fate) -> list[Fated]:
        return [fated for fated in self.fates if fated.fate is fate]


def play(name: str) -> Show:
    return Show(SCENARIOS[name])


def retransmissions(show: Show) -> list[Cause]:
    return [event.cause for event in show.of(Retransmitted)]


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - {"refused", "reset"}))
def test_the_body_is_whole(name: str) -> None:
    show = play(name)
    assert show.fetch.failure is None
    wanted = b"".join(piece.data for piece in answer(SCENARIOS[name].path).body)
    assert show.sink.body == wanted


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_the_same_every_time(name: str) -> None:
    assert play(name).events == play(name).events


@pytest.mark.parametrize("name", SCENARIOS)
def test_names_and_texts(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.name == name
    assert scenario.title
    assert scenario.watch.endswith(".")


def test_handshake() -> None:
    show = play("handshake")
    assert show.states[:3] == [State.SYN_SENT, State.ESTABLISHED, State.FIN_WAIT_1]
    assert show.states[-1] is State.TIME_WAIT
    assert not show.fates


def test_syn_loss() -> None:
    show = play("syn-loss")
    assert len(show.fated(Fate.LOST)) == 1
    assert show.states[0] is State.SYN_SENT
    assert retransmissions(show) == [Cause.TIMEOUT]


def test_timeout() -> None:
    show = play("timeout")
    assert [fated.direction for fated in show.fated(Fate.LOST)] == [Direction.OUT]
    assert retransmissions(show) == [Cause.TIMEOUT]


def test_loss() -> None:
    show = play("loss")
    assert [fated.direction for fated in show.fated(Fate.LOST)] == [Direction.IN]
    assert len(show.of(Held)) >= 3


def test_lossy() -> None:
    show = play("lossy")
    assert {fated.direction for fated in show.fated(Fate.LOST)} == {Direction.IN, Direction.OUT}


def test_reorder() -> None:
    show = play("reorder")
    assert not show.fated(Fate.LOST)
    assert show.of(Held)


def test_duplicate() -> None:
    show = play("duplicate")
    assert show.fated(Fate.DUPLICATED)
    reasons = {event.reason for event in show.of(SegmentDropped)}
    assert DropReason.DUPLICATE in reasons


def test_corrupt() -> None:
    assert play("corrupt").fated(Fate.CORRUPTED)


def test_ecn() -> None:
    show = play("ecn")
    assert show.fated(Fate.MARKED)
    assert not show.fated(Fate.LOST)
    assert show.of(CongestionMarked)
    assert not retransmissions(show)


def test_zero_window() -> None:
    show = play("zero-window")
    windows = [
        (event.old > 0, event.new > 0) for event in show.events if isinstance(event, PeerWindowChanged)
    ]
    assert windows == [(True, False), (False, True)]
    probes = [event for event in show.of(TimerExpired) if event.timer is Timer.PERSIST]
    assert len(probes) >= 2


def test_small_window() -> None:
    show = play("small-window")
    assert not show.fates


def test_refused() -> None:
    show = play("refused")
    assert show.states == [State.SYN_SENT, State.CLOSED]
    assert show.fetch.failure is not None
    assert show.fetch.failure.exit_code == 7


def test_reset() -> None:
    show = play("reset")
    assert show.of(ResetReceived)
    assert show.fetch.failure is not None
    assert show.fetch.failure.exit_code == 56
    assert show.sink.body


def test_half_close() -> None:
    show = play("half-close")
    assert show.states[2:] == [State.FIN_WAIT_1, State.FIN_WAIT_2, State.TIME_WAIT]
    assert len(show.sink.body) == 50_000


def test_server_close() -> None:
    assert play("server-close").states[2:] == [State.CLOSE_WAIT, State.LAST_ACK, State.CLOSED]
