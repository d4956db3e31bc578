"""Both ends' states, inferred from segments alone: all ways to open and to close, captures with holes."""

import pytest

from tcpviz.analysis.ends import Ends, Seen
from tcpviz.tcp.state import TRANSITIONS, State, Trigger
from tcpviz.wire.segment import ACK, FIN, RST, SYN

S, T = State, Trigger
HANDSHAKE = "> S 0 -, < SA 0 1, > A 1 1"
FLAGS = {"S": SYN, "A": ACK, "F": FIN, "R": RST}


def follow(script: str) -> Ends:
    """Segments in one line each: direction, flags, sequence number, acknowledgment or "-", octets, "out"."""
    ends = Ends()
    for line in script.split(","):
        direction, flags, seq, ack, *rest = line.split()
        seen = Seen(
            flags=sum(FLAGS[flag] for flag in flags),
            seq=int(seq) & 0xFFFF_FFFF,
            length=int(rest[0]) if rest else 0,
            ack=None if ack == "-" else int(ack) & 0xFFFF_FFFF,
            in_window="out" not in rest,
        )
        ends.take(seen, from_client=direction == ">")
    return ends


def states(script: str) -> tuple[State | None, State | None]:
    ends = follow(script)
    return ends.client.state, ends.server.state


@pytest.mark.parametrize(
    ("script", "client", "server"),
    [
        ("> S 0 -", S.SYN_SENT, None),
        ("> S 0 -, > S 0 -", S.SYN_SENT, None),
        ("> S 0 -, < SA 0 1", S.SYN_SENT, S.SYN_RECEIVED),
        ("< SA 0 1", S.SYN_SENT, S.SYN_RECEIVED),
        (HANDSHAKE, S.ESTABLISHED, S.ESTABLISHED),
        # the SYN,ACK was not captured
        ("> S 0 -, > A 1 1", S.ESTABLISHED, S.ESTABLISHED),
        # the ACK was lost on its way: the SYN,ACK comes again
        (f"{HANDSHAKE}, < SA 0 1", S.ESTABLISHED, S.SYN_RECEIVED),
        (f"{HANDSHAKE}, < SA 0 1, > A 1 1", S.ESTABLISHED, S.ESTABLISHED),
        # only the server was captured: nothing but the ACK of his SYN lets him go on
        ("< SA 0 1, < A 1 101", S.ESTABLISHED, S.ESTABLISHED),
        ("< SA 0 1, < SA 0 1", S.SYN_SENT, S.SYN_RECEIVED),
        # simultaneous open (RFC 9293 figure 7)
        ("> S 0 -, < S 0 -", S.SYN_SENT, S.SYN_SENT),
        ("> S 0 -, < S 0 -, > SA 0 1", S.SYN_RECEIVED, S.SYN_SENT),
        ("> S 0 -, < S 0 -, > SA 0 1, < SA 0 1", S.ESTABLISHED, S.SYN_RECEIVED),
        ("> S 0 -, < S 0 -, > SA 0 1, < SA 0 1, > A 1 1, < A 1 1", S.ESTABLISHED, S.ESTABLISHED),
        # refused, and tried again with the same number
        ("> S 0 -, < RA 0 1", S.CLOSED, S.CLOSED),
        ("> S 0 -, < RA 0 1, > S 0 -, < SA 0 1, > A 1 1", S.ESTABLISHED, S.ESTABLISHED),
        # a SYN scan
        ("> S 0 -, < SA 0 1, > R 1 -", S.CLOSED, S.LISTEN),
        # an old connection's ACK is answered with a reset, and the SYN is still out (RFC 9293 figure 9)
        ("> S 0 -, < A 500 7000, > R 7000 -", S.SYN_SENT, S.ESTABLISHED),
    ],
)
def test_opening(script: str, client: State, server: State | None) -> None:
    assert states(script) == (client, server)


@pytest.mark.parametrize(
    ("script", "client", "server"),
    [
        ("> FA 1 1", S.FIN_WAIT_1, S.ESTABLISHED),
        ("> FA 1 1, < A 1 2", S.FIN_WAIT_2, S.CLOSE_WAIT),
        ("> FA 1 1, < A 1 2, < A 1 2 100", S.FIN_WAIT_2, S.CLOSE_WAIT),
        ("> FA 1 1, < A 1 2, < FA 1 2", S.FIN_WAIT_2, S.LAST_ACK),
        ("> FA 1 1, < A 1 2, < FA 1 2, > A 2 2", S.TIME_WAIT, S.CLOSED),
        # the last ACK was lost: the FIN comes again
        ("> FA 1 1, < A 1 2, < FA 1 2, > A 2 2, < FA 1 2", S.TIME_WAIT, S.LAST_ACK),
        ("> FA 1 1, < A 1 2, < FA 1 2, > A 2 2, < FA 1 2, > A 2 2", S.TIME_WAIT, S.CLOSED),
        # FIN and ACK of FIN in one segment
        ("> FA 1 1, < FA 1 2", S.FIN_WAIT_1, S.LAST_ACK),
        ("> FA 1 1, < FA 1 2, > A 2 2", S.TIME_WAIT, S.CLOSED),
        # the server closes first
        ("< FA 1 1, > A 1 2", S.CLOSE_WAIT, S.FIN_WAIT_2),
        ("< FA 1 1, > FA 1 2, < A 2 2", S.CLOSED, S.TIME_WAIT),
        # simultaneous close (RFC 9293 figure 13)
        ("> FA 1 1, < FA 1 1", S.FIN_WAIT_1, S.FIN_WAIT_1),
        ("> FA 1 1, < FA 1 1, > A 2 2", S.CLOSING, S.FIN_WAIT_1),
        ("> FA 1 1, < FA 1 1, > A 2 2, < A 2 2", S.TIME_WAIT, S.TIME_WAIT),
        # the client's FIN was lost behind the capture, its ACK was not: the server goes on without it
        ("< FA 1 1, > FA 1 1, > A 2 2, < A 2 1", S.CLOSING, S.FIN_WAIT_2),
        # a FIN after data, before which something is missing: the ACK below it ends nothing
        ("> FA 101 1 50, < A 1 1", S.FIN_WAIT_1, S.ESTABLISHED),
        ("> FA 101 1 50, < A 1 1, > A 1 1 100, < A 1 152", S.FIN_WAIT_2, S.CLOSE_WAIT),
        # the FIN's ACK was lost
        ("> FA 1 1, < A 1 2, > FA 1 1", S.FIN_WAIT_1, S.CLOSE_WAIT),
        # resets: who sends one has no connection any more; the other believes one in his window alone
        ("> RA 1 1", S.CLOSED, S.CLOSED),
        ("< FA 1 1, > R 1 -", S.CLOSED, S.CLOSED),
        ("> RA 90000 1 0 out", S.CLOSED, S.ESTABLISHED),
        # who goes on sending was not reset
        ("< R 1 -, > A 1 1 10, < A 1 11", S.ESTABLISHED, S.ESTABLISHED),
    ],
)
def test_closing(script: str, client: State, server: State) -> None:
    assert states(f"{HANDSHAKE}, {script}") == (client, server)


@pytest.mark.parametrize(
    ("script", "client", "server"),
    [
        ("> A 1 1 100", S.ESTABLISHED, S.ESTABLISHED),
        ("> FA 1 1", S.FIN_WAIT_1, S.ESTABLISHED),
        ("> FA 1 1, < FA 1 2, > A 2 2", S.TIME_WAIT, S.CLOSED),
        ("< R 1 -", None, S.CLOSED),
    ],
)
def test_captures_that_begin_in_the_middle(script: str, client: State | None, server: State) -> None:
    assert states(script) == (client, server)
    assert follow("> A 1 1 100").from_middle
    assert not follow(HANDSHAKE).from_middle


def test_a_connection_with_the_numbers_of_the_one_before_starts_anew() -> None:
    closed = f"{HANDSHAKE}, > FA 1 1, < FA 1 2, > A 2 2"
    assert states(f"{closed}, > S 0 -, < SA 0 1") == (S.SYN_SENT, S.SYN_RECEIVED)
    assert states(f"{closed}, {HANDSHAKE}, > A 1 1 9") == (S.ESTABLISHED, S.ESTABLISHED)


def test_in_a_simultaneous_close_both_ends_pass_closing() -> None:
    """RFC 9293 figure 13: a FIN that was sent before an ACK comes before it, too."""
    ends = follow(f"{HANDSHAKE}, > FA 1 1, < FA 1 1, > A 2 2, < A 2 2")
    for end in (ends.client, ends.server):
        assert [step.trigger for step in end.path][-3:] == [T.CLOSE, T.RCV_FIN, T.RCV_ACK_OF_FIN]


def test_the_numbers_may_wrap() -> None:
    assert states(f"{HANDSHAKE}, > FA -1 1, < A 1 0") == (S.FIN_WAIT_2, S.CLOSE_WAIT)
    assert states(f"{HANDSHAKE}, > FA -1 1, < A 1 -1") == (S.FIN_WAIT_1, S.ESTABLISHED)


def test_the_way_is_one_of_the_table_from_its_start() -> None:
    ends = follow(f"{HANDSHAKE}, > A 1 1 10, < FA 1 11, > FA 11 2, < A 2 12")
    for end, ways in (
        (ends.client, [T.ACTIVE_OPEN, T.RCV_SYN_ACK, T.RCV_FIN, T.CLOSE, T.RCV_ACK_OF_FIN]),
        (ends.server, [T.PASSIVE_OPEN, T.RCV_SYN, T.RCV_ACK_OF_SYN, T.CLOSE, T.RCV_FIN_AND_ACK_OF_FIN]),
    ):
        assert [step.trigger for step in end.path] == ways
        state = S.CLOSED
        for step in end.path:
            assert step.old is state
            state = TRANSITIONS[step.old, step.trigger].new
            assert step.new is state
        assert end.state is state
