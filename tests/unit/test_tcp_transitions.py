"""The transition table: each row is taken by a real stimulus, and no other edge ever is."""

import random
from collections.abc import Callable

import pytest
from helpers.tcp import (
    CONFIG,
    OUR_ISS,
    REACH,
    Bench,
    crossed_syns,
    established,
    fin_wait_1,
    fin_wait_2,
    syn_received,
    with_options,
)

from tcpviz.tcp.config import SECOND
from tcpviz.tcp.events import StateChanged, Timer
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.state import TRANSITIONS, State, Trigger
from tcpviz.wire.segment import ACK, FIN, RST, SYN

S, T = State, Trigger
Stimulus = Callable[[Bench], object]


def icmp(bench: Bench) -> None:
    bench.connection.on_icmp(IcmpError(3, 3, OUR_ISS), bench.now)
    bench.sent()


def give_up_waiting(bench: Bench) -> None:
    """Leave something unacknowledged for longer than the user timeout, or a keep-alive probe unanswered."""
    if bench.state in (S.ESTABLISHED, S.CLOSE_WAIT):
        bench.send(b"nobody answers")
    bench.wait(CONFIG.user_timeout + 1000 * SECOND)


def wait_for_no_fin(bench: Bench) -> None:
    bench.close()
    bench.wait(CONFIG.fin_wait_2)


def stimulus(state: State, trigger: Trigger) -> Stimulus:
    """What takes the row from a bench in `state`, as `REACH` leaves it."""
    rcv_nxt = 1 + (state in (S.CLOSE_WAIT, S.CLOSING, S.LAST_ACK, S.TIME_WAIT))
    acked = {S.FIN_WAIT_2: 2, S.TIME_WAIT: 2, S.SYN_RECEIVED: 1}.get(state, 1)
    table: dict[Trigger, Stimulus] = {
        T.ACTIVE_OPEN: Bench.connect,
        T.PASSIVE_OPEN: Bench.listen,
        T.SEND: lambda bench: bench.send(b"data"),
        T.CLOSE: Bench.shutdown,
        T.ABORT: Bench.abort,
        T.RCV_SYN: lambda bench: bench.peer(0, flags=SYN),
        T.RCV_SYN_ACK: lambda bench: bench.peer(0, 1, SYN),
        T.RCV_ACK_OF_SYN: lambda bench: bench.peer(1, 1),
        T.RCV_FIN: lambda bench: bench.peer(1, acked, FIN),
        T.RCV_ACK_OF_FIN: lambda bench: bench.peer(rcv_nxt, 2),
        T.RCV_FIN_AND_ACK_OF_FIN: lambda bench: bench.peer(1, 2, FIN),
        T.RCV_RST: lambda bench: bench.peer(rcv_nxt, 1, RST),
        T.RCV_RST_OF_PASSIVE_OPEN: lambda bench: bench.peer(1, flags=RST),
        T.RCV_SYN_AGAIN: lambda bench: bench.peer(5, flags=SYN),
        T.RCV_ICMP_ERROR: icmp,
        T.TIME_WAIT_OVER: lambda bench: bench.wait(2 * CONFIG.msl),
        T.FIN_WAIT_2_OVER: wait_for_no_fin,
        T.USER_TIMEOUT: give_up_waiting,
    }
    return table[trigger]


def bench_for(state: State, trigger: Trigger) -> Bench:
    if (state, trigger) == (S.SYN_RECEIVED, T.RCV_RST):
        return crossed_syns()
    if (state, trigger) == (S.FIN_WAIT_2, T.USER_TIMEOUT):
        return fin_wait_2(with_options(keep_alive=True, keep_alive_idle=10 * SECOND))
    return REACH[state]()


@pytest.mark.parametrize(("state", "trigger"), TRANSITIONS, ids=lambda value: value.name)
def test_every_row_is_taken(state: State, trigger: Trigger) -> None:
    row = TRANSITIONS[state, trigger]
    bench = bench_for(state, trigger)
    assert bench.state is state
    bench.events()
    bench.connection.events()
    sent = stimulus(state, trigger)(bench)
    bench.sent()
    changes = bench.events(StateChanged)
    assert changes[0] == StateChanged(state, row.new, trigger)
    assert bench.state is row.new
    if trigger is T.ABORT:
        assert [segment.flags for segment in sent] == [RST] * (row.sends == "RST")  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_reached_is_as_the_table_says(state: State) -> None:
    """The path of state changes to each state is one path through the table, without a gap."""
    bench = REACH[state]()
    bench.sent()
    at = State.CLOSED
    for change in bench.events(StateChanged):
        assert isinstance(change, StateChanged)
        assert change.old is at
        assert TRANSITIONS[change.old, change.trigger].new is change.new
        at = change.new
    assert at is state


VARIABLES = {
    #                   SND.UNA, SND.NXT, SND.WND, RCV.NXT
    S.SYN_SENT: (0, 1, 0, None),
    S.SYN_RECEIVED: (0, 1, 50_000, 1),
    S.ESTABLISHED: (1, 1, 50_000, 1),
    S.FIN_WAIT_1: (1, 2, 50_000, 1),
    S.FIN_WAIT_2: (2, 2, 50_000, 1),
    S.CLOSE_WAIT: (1, 1, 50_000, 2),
    S.CLOSING: (1, 2, 50_000, 2),
    S.LAST_ACK: (1, 2, 50_000, 2),
    S.TIME_WAIT: (2, 2, 50_000, 2),
}
RUNNING: dict[State, set[Timer]] = {
    state: {Timer.RETRANSMIT, Timer.USER}
    for state in (S.SYN_SENT, S.SYN_RECEIVED, S.FIN_WAIT_1, S.CLOSING, S.LAST_ACK)
}
RUNNING[S.TIME_WAIT] = {Timer.TIME_WAIT}


@pytest.mark.parametrize("state", VARIABLES, ids=lambda state: state.name)
def test_what_is_reached_is_what_the_rfc_would_build(state: State) -> None:
    bench = REACH[state]()
    look = bench.connection.snapshot()
    una, nxt, window, rcv_nxt = VARIABLES[state]
    assert (look.snd_una, look.snd_nxt, look.snd_wnd) == (bench.ours(una), bench.ours(nxt), window)
    assert rcv_nxt is None or (look.irs, look.rcv_nxt) == (bench.theirs(0), bench.theirs(rcv_nxt))
    assert {timer for timer, _ in look.deadlines} == RUNNING.get(state, set())
    assert look.iss == OUR_ISS
    assert (look.unsent, look.unread, look.held, look.backoff) == (0, 0, (), 0)


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_no_other_edge_is_ever_taken(state: State) -> None:
    """Whatever comes, a change of state is a row of the table, and the state is where the rows lead."""
    rng = random.Random(state)
    flags = [0, ACK, SYN, FIN, RST, SYN | ACK, FIN | ACK, RST | ACK, SYN | FIN, SYN | RST, FIN | RST]
    for _ in range(300):
        bench = REACH[state]()
        bench.sent()
        bench.events()
        at = state
        for _ in range(4):
            seq, ack = rng.choice((-1, 0, 1, 2, 5, 20_000)), rng.choice((-1, 0, 1, 2, 3, 50_000))
            segment = bench.segment(seq, ack, data=rng.choice((b"", b"", b"text")))
            segment.flags = rng.choice(flags)
            bench.deliver(segment)
        for change in bench.events(StateChanged):
            assert isinstance(change, StateChanged)
            assert change.old is at
            at = TRANSITIONS[change.old, change.trigger].new
            assert change.new is at
        assert bench.state is at


def test_close_waits_for_the_queue_in_syn_received() -> None:
    """RFC 9293 3.10.4: with data queued CLOSE takes effect in ESTABLISHED only."""
    bench = syn_received()
    bench.send(b"queued")
    bench.shutdown()
    assert bench.events(StateChanged)[-1:] == [StateChanged(S.LISTEN, S.SYN_RECEIVED, T.RCV_SYN)]
    out = bench.peer(1, 1)
    assert bench.state is S.FIN_WAIT_1
    assert [(segment.payload, segment.flags & FIN) for segment in out] == [(b"queued", FIN)]


def test_close_wait_is_left_when_the_fin_leaves() -> None:
    """RFC 9293 3.10.4: "until all preceding SENDs have been segmentized"."""
    bench = established(window=100)
    bench.peer(1, 1, FIN, window=100)
    bench.send(bytes(150))
    bench.shutdown()
    assert bench.connection.snapshot().state is S.CLOSE_WAIT
    bench.peer(2, 101, window=100)
    assert bench.state is S.LAST_ACK


def test_fin_wait_1_to_time_wait_in_one_step() -> None:
    """RFC 9293 figure 5, note 2: FIN and the ACK of our FIN in one segment."""
    bench = fin_wait_1()
    bench.events()
    bench.peer(1, 2, FIN, b"last words")
    assert bench.events(StateChanged) == [StateChanged(S.FIN_WAIT_1, S.TIME_WAIT, T.RCV_FIN_AND_ACK_OF_FIN)]
    assert bench.receive() == b"last words"
