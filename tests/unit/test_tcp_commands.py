"""Commands of the application: what they do in each state, and where they are misuse."""

from collections.abc import Callable

import pytest
from helpers.tcp import (
    OUR_ISS,
    REACH,
    Bench,
    closed,
    closing,
    established,
    fin_wait_1,
    fin_wait_2,
    last_ack,
    listening,
    syn_received,
    syn_sent,
    time_wait,
    with_options,
)

from tcpviz.tcp.config import SECOND
from tcpviz.tcp.errors import LocalError
from tcpviz.tcp.events import CloseReason, Ended, IcmpReceived
from tcpviz.tcp.icmp import IcmpError
from tcpviz.tcp.state import State
from tcpviz.wire.segment import ACK, FIN, RST, SYN
from tcpviz.wire.seq import Seq


def over() -> Bench:
    """CLOSED again."""
    bench = established()
    bench.abort()
    return bench


@pytest.mark.parametrize(
    "make",
    [closed, fin_wait_1, fin_wait_2, closing, last_ack, time_wait, over],
    ids=lambda make: make.__name__,
)
def test_sending_where_nothing_can_be_sent(make: Callable[[], Bench]) -> None:
    """RFC 9293 3.10.2: "connection does not exist" and "connection closing"."""
    bench = make()
    assert bench.connection.writable == 0
    with pytest.raises(LocalError, match=str(bench.state)) as raised:
        bench.send(b"data")
    assert raised.value.state is bench.state


def test_misuse_names_the_state() -> None:
    with pytest.raises(LocalError, match="connect is not possible in ESTABLISHED"):
        established().connect()
    with pytest.raises(LocalError, match="connect is not possible in CLOSED"):
        over().connect()
    with pytest.raises(LocalError, match="listen is not possible in LISTEN"):
        listening().listen()
    for command in (Bench.shutdown, Bench.abort, Bench.receive):
        with pytest.raises(LocalError, match="CLOSED"):
            command(closed())


def test_data_queued_before_the_handshake_leaves_after_it() -> None:
    bench = syn_sent()
    assert bench.send(b"request") == []
    (segment,) = bench.peer(0, 1, SYN)
    assert segment.payload == b"request"
    assert segment.flags & ACK


def test_sending_in_listen_makes_the_open_active() -> None:
    """RFC 9293 3.10.2."""
    bench = listening()
    (segment,) = bench.send(b"hello")
    assert (segment.flags, segment.seq, bytes(segment.payload)) == (SYN, OUR_ISS, b"")


def test_the_send_buffer_takes_what_it_has_room_for() -> None:
    bench = established(with_options(send_buffer=1500))
    assert bench.connection.writable == 1500
    assert bench.connection.send(bytes(2000), bench.now) == 1500
    assert bench.connection.send(b"more", bench.now) == 0
    bench.sent()
    bench.peer(1, 1001)
    assert bench.connection.writable == 1000


def test_a_second_shutdown_has_no_effect() -> None:
    """RFC 9293 3.10.4: "as long as a second FIN is not emitted"."""
    for make in (fin_wait_1, fin_wait_2, closing, last_ack, time_wait):
        assert make().shutdown() == []


def test_what_came_in_order_can_be_read_after_a_normal_end() -> None:
    bench = established()
    bench.peer(1, 1, FIN, b"the last of it")
    bench.shutdown()
    bench.peer(16, 2)
    assert bench.connection.end is CloseReason.NORMAL
    assert not bench.connection.at_eof
    assert bench.receive() == b"the last of it"
    assert bench.connection.at_eof
    assert bench.receive() == b""


def test_a_reset_flushes_what_was_not_read() -> None:
    """RFC 9293 3.10.7.4, second: "All segment queues should be flushed"."""
    bench = established()
    bench.peer(1, 1, data=b"text")
    bench.peer(5, flags=RST)
    assert bench.connection.readable == 0
    assert bench.events(Ended) == [Ended(CloseReason.RESET)]


@pytest.mark.parametrize("state", list(State)[1:], ids=lambda state: state.name)
def test_abort_resets_where_the_peer_would_wait(state: State) -> None:
    """RFC 9293 3.10.5."""
    bench = REACH[state]()
    resets = [State.SYN_RECEIVED, State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT]
    out = bench.abort()
    assert [segment.flags for segment in out] == [RST] * (state in resets)
    assert bench.connection.end is CloseReason.ABORTED
    assert bench.connection.next_deadline() is None
    assert bench.wait(1000 * SECOND) == []


def icmp(bench: Bench, code: int, seq: Seq = OUR_ISS) -> list[object]:
    bench.events()
    bench.connection.on_icmp(IcmpError(3, code, seq), bench.now)
    bench.sent()
    return list(bench.events(IcmpReceived))


def test_a_hard_icmp_error_ends_an_attempt_only() -> None:
    """RFC 9293 3.9.2.2 and RFC 5927 5.2: in synchronized states it is taken for soft."""
    bench = syn_sent()
    assert icmp(bench, 3)
    assert bench.connection.end is CloseReason.UNREACHABLE
    bench = established()
    bench.send(b"data")
    assert icmp(bench, 3, bench.ours(1)) == [IcmpReceived(3, 3, hard=False)]
    assert bench.connection.end is None


def test_a_soft_icmp_error_is_only_remembered() -> None:
    bench = syn_sent()
    assert icmp(bench, 1)
    assert bench.state is State.SYN_SENT
    bench.wait(400 * SECOND)
    assert bench.connection.end is CloseReason.UNREACHABLE


def test_an_icmp_error_about_nothing_in_flight_is_ignored() -> None:
    """RFC 5927 4.1."""
    bench = established()
    assert icmp(bench, 3, bench.ours(1)) == []
    bench.send(b"data")
    assert icmp(bench, 3, bench.ours(5)) == []
    assert icmp(bench, 3, bench.ours(0)) == []


def test_a_failed_passive_open_listens_again_with_another_iss() -> None:
    """RFC 9293 3.10.7.4, second."""
    bench = syn_received()
    bench.peer(1, flags=RST)
    assert bench.state is State.LISTEN
    assert bench.connection.next_deadline() is None
    (answer,) = bench.peer(700, flags=SYN)
    assert answer.flags == SYN | ACK
    assert answer.seq != OUR_ISS
    assert answer.ack == bench.theirs(701)
