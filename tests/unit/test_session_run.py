"""A run by hand, on the lab's clock: what passes the gate, what becomes of it, what the recording says."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from tcpviz.client.fetch import Fetch
from tcpviz.link.base import Direction, Fate
from tcpviz.link.plan import parse_plan
from tcpviz.recording import Kind, Recording
from tcpviz.session.fetching import errands_of, fetch_in
from tcpviz.session.gate import CAPACITY, DELAY, GateAction, Waiting
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Discard
from tcpviz.session.run import Run
from tcpviz.session.world import World, check, clock_for, open_world
from tcpviz.tcp.events import Cause, Negotiated, Retransmitted, StateChanged
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.seq import diff

OPTIONS = check(RunOptions("http://lab/"))
SYN, SYN_ACK = 2, 0x12


class Lab:
    """One run of the lab and its clock."""

    def __init__(self, options: RunOptions = OPTIONS) -> None:
        self.clock = clock_for(options)
        self.world: World = open_world(options)
        self.recording = Recording.create(link="sim", epoch=0)
        errands = errands_of(options, [Discard()])
        self.run: Run[Fetch] = fetch_in(self.world, options, errands, self.recording)
        self.now = 0

    def hold(self) -> None:
        self.run.gate.held = True

    def go(self) -> None:
        """On until a frame waits at the gate, or nothing will ever happen again."""
        self._round()
        while not self.run.gate.queue and (due := self.run.next_deadline()) is not None:
            self.now = max(self.now, due)
            self._round()

    def let(self, action: GateAction = GateAction.PASS) -> None:
        """One frame through the gate, and on to the next."""
        self.run.let_through(action, self.now)
        self.go()

    @property
    def at_gate(self) -> Waiting:
        return self.run.gate.queue[0]

    def _round(self) -> None:
        self.run.round(self.now)
        if name := self.run.application.wants:
            address = self.world.address_of(name)
            assert not isinstance(address, str)
            assert address
            self.run.application.resolved([address])
            self.run.round(self.now)

    def frames(self) -> list[tuple[Direction, Fate, int]]:
        rows = [self.recording.row(i) for i in range(len(self.recording))]
        return [(row.direction, row.fate, row.number) for row in rows if row.kind is Kind.FRAME]

    def states(self) -> list[State]:
        snapshots = [self.recording.snapshot(i) for i in range(len(self.recording))]
        return list(dict.fromkeys(each.state for each in snapshots if each))

    def causes(self) -> list[Cause]:
        events = [event for i in range(len(self.recording)) for event in self.recording.events(i)]
        return [event.cause for event in events if isinstance(event, Retransmitted)]


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.recording.close()


def tcp_flags(waiting: Waiting) -> int:
    return waiting.data[47] if waiting.data[12:14] == b"\x08\x00" else 0


def step_to(lab: Lab, flags: int) -> None:
    """Let frames through until one with these flags is at the gate."""
    while tcp_flags(lab.at_gate) != flags:
        lab.let()


def test_a_free_run_reaches_its_end(lab: Lab) -> None:
    lab.go()
    assert lab.run.application.failure is None
    assert lab.states()[0] is State.SYN_SENT
    assert {State.ESTABLISHED, State.FIN_WAIT_1, State.TIME_WAIT} <= set(lab.states())
    assert [number for _, _, number in lab.frames()] == list(range(1, len(lab.frames()) + 1))


def test_a_shut_gate_lets_nothing_through_and_the_lab_stands_still(lab: Lab) -> None:
    lab.hold()
    lab.go()
    states = lab.states()
    then, frames = lab.now, len(lab.frames())
    lab.go()
    assert (lab.now, len(lab.frames()), lab.states()) == (then, frames, states)
    assert tcp_flags(lab.at_gate) == SYN


def test_frames_pass_one_at_a_time_in_both_directions(lab: Lab) -> None:
    lab.hold()
    lab.go()
    before = len(lab.frames())
    seen = []
    for count in range(1, 6):
        seen.append(lab.at_gate.direction)
        lab.let()
        assert len(lab.frames()) == before + count
    assert [direction for direction, _, _ in lab.frames()[before:]] == seen
    assert set(seen) == {Direction.IN, Direction.OUT}


def test_a_frame_at_the_gate_has_had_no_effect(lab: Lab) -> None:
    lab.hold()
    lab.go()
    step_to(lab, SYN_ACK)
    assert lab.states() == [State.SYN_SENT]
    lab.let()
    assert lab.states() == [State.SYN_SENT, State.ESTABLISHED]


def test_arp_passes_a_shut_gate(lab: Lab) -> None:
    lab.hold()
    lab.go()
    assert [direction for direction, _, _ in lab.frames()] == [Direction.OUT, Direction.IN]
    assert lab.run.host.flows


def test_a_full_gate_loses_what_comes_and_holds_no_more(lab: Lab) -> None:
    lab.hold()
    lab.go()
    syn = lab.at_gate
    lab.run.gate.queue.extend([syn] * (CAPACITY - 1))
    lab.now += 2_000_000_000  # the retransmission timer
    lab.run.round(lab.now)
    assert len(lab.run.gate.queue) == CAPACITY
    assert lab.frames()[-1][:2] == (Direction.OUT, Fate.LOST)


def test_stepping_through_a_run_gives_the_same_packets_as_letting_it_run(lab: Lab) -> None:
    free = Lab()
    free.go()
    lab.hold()
    lab.go()
    while lab.run.gate.queue:
        lab.let()
    assert lab.frames() == free.frames()


def test_a_dropped_syn_is_sent_again_when_the_timer_says_so(lab: Lab) -> None:
    lab.hold()
    lab.go()
    step_to(lab, SYN)
    lab.let(GateAction.DROP)
    assert lab.frames()[-1][:2] == (Direction.OUT, Fate.LOST)
    assert tcp_flags(lab.at_gate) == SYN
    lab.let()
    assert lab.causes() == [Cause.TIMEOUT]


def test_an_incoming_frame_that_is_dropped_has_no_number(lab: Lab) -> None:
    lab.hold()
    lab.go()
    step_to(lab, SYN_ACK)
    lab.let(GateAction.DROP)
    assert (Direction.IN, Fate.LOST, 0) in lab.frames()


def test_a_duplicated_frame_arrives_twice(lab: Lab) -> None:
    lab.hold()
    lab.go()
    step_to(lab, SYN_ACK)
    before = len(lab.frames())
    lab.let(GateAction.DUPLICATE)
    copies = lab.frames()[before:][:2]
    assert [fate for _, fate, _ in copies] == [Fate.PASSED, Fate.DUPLICATED]
    events = [lab.recording.events(i) for i in range(len(lab.recording))]
    assert sum(isinstance(event, Negotiated) for told in events for event in told) == 1
    assert lab.states()[-1] is State.ESTABLISHED


def test_a_corrupted_frame_changes_nothing_and_comes_again(lab: Lab) -> None:
    lab.hold()
    lab.go()
    step_to(lab, SYN_ACK)
    lab.let(GateAction.CORRUPT)
    assert lab.frames()[-1][1] is Fate.CORRUPTED
    assert lab.states() == [State.SYN_SENT]


def test_a_delayed_frame_passes_by_itself_later(lab: Lab) -> None:
    lab.hold()
    lab.go()
    step_to(lab, SYN_ACK)
    then = lab.now
    lab.let(GateAction.DELAY)
    times = [
        lab.recording.time(i) for i in range(len(lab.recording)) if lab.recording.row(i).fate is Fate.DELAYED
    ]
    assert times == [then + DELAY]
    assert lab.states()[-1] is State.ESTABLISHED


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_at_the_gate_the_rows_never_go_back_to_an_earlier_state(seed: int) -> None:
    """A frame that was held back comes with the state that its connection has by then."""
    lab, rng = Lab(check(RunOptions("http://lab/bytes/20000"))), Random(seed)
    lab.hold()
    lab.go()
    for _ in range(300):
        if lab.run.gate.queue:
            lab.let(rng.choices(list(GateAction), (50, 8, 5, 30, 3))[0])
    state, delayed = State.CLOSED, 0
    before: Snapshot | None = None
    for index in range(len(lab.recording)):
        snapshot = lab.recording.snapshot(index)
        if snapshot is None:
            continue
        for event in lab.recording.events(index):
            if isinstance(event, StateChanged):
                assert event.old is state
                state = event.new
        assert snapshot.state is state
        if before and before.state >= State.ESTABLISHED:
            assert diff(snapshot.snd_una, before.snd_una) >= 0
            assert diff(snapshot.rcv_nxt, before.rcv_nxt) >= 0
        row, before = lab.recording.row(index), snapshot
        delayed += row.direction is Direction.OUT and row.fate is Fate.DELAYED
    assert delayed
    lab.recording.close()


def test_an_opened_gate_lets_everything_through(lab: Lab) -> None:
    lab.hold()
    lab.go()
    lab.run.open_gate(lab.now)
    lab.go()
    assert State.TIME_WAIT in lab.states()


def test_nothing_at_the_gate_nothing_happens(lab: Lab) -> None:
    lab.run.let_through(GateAction.DROP, 0)
    assert lab.frames() == []


def test_an_abandoned_run_resets_its_connection(lab: Lab) -> None:
    lab.hold()
    lab.go()
    step_to(lab, SYN_ACK)
    lab.let()
    lab.run.abandon(lab.now)
    assert lab.recording.data(len(lab.recording) - 1)[47] & 4  # RST


def test_what_the_impairment_does_is_in_the_rows() -> None:
    lab = Lab(
        check(
            replace(
                OPTIONS,
                url="http://lab/bytes/200000",
                ecn=True,
                impair="loss=4%,dup=4%,corrupt=3%,reorder=4%,mark=4%",
            )
        )
    )
    lab.go()
    fates = {fate for _, fate, _ in lab.frames()}
    assert fates == set(Fate)
    assert lab.run.application.failure is None
    for direction, fate, number in lab.frames():
        assert (number == 0) == (direction is Direction.IN and fate is Fate.LOST)
    lab.recording.close()


def test_what_was_impaired_before_the_gate_is_in_the_rows_too() -> None:
    options = check(replace(OPTIONS, url="http://lab/bytes/200000", impair="in.dup=10%,in.corrupt=5%"))
    held = Lab(options)
    held.hold()
    held.go()
    while held.run.gate.queue:
        held.let()
    assert {fate for _, fate, _ in held.frames()} == {Fate.PASSED, Fate.DUPLICATED, Fate.CORRUPTED}
    held.recording.close()


def test_rules_change_while_it_runs(lab: Lab) -> None:
    lab.hold()
    lab.go()
    lab.run.impair(parse_plan("out.drop=1"), lab.now)
    lab.let()
    assert (Direction.OUT, Fate.LOST, 3) in lab.frames()
    lab.run.impair(parse_plan("in.corrupt=100%"), lab.now)
    lab.let()
    lab.let()
    assert Fate.CORRUPTED in {fate for _, fate, _ in lab.frames()}
    lab.run.impair(parse_plan(""), lab.now)
    lab.run.open_gate(lab.now)
    lab.go()
    assert lab.states()[-1] in (State.CLOSED, State.TIME_WAIT)
    told = [lab.recording.text(i) for i in range(len(lab.recording))]
    assert "the network from here on: out.drop=1" in told
    assert "the network from here on: nothing goes wrong" in told
