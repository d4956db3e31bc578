"""The connection states and every way from one to another, as data (RFC 9293 section 3.3.2, figure 5).

The engine, the diagram on the screen and the exhaustive test all read `TRANSITIONS`; nothing else
decides which state follows which. This module does not know what a segment is: the engine finds out
which `Trigger` happened and asks here.
"""

from enum import Enum, IntEnum
from typing import NamedTuple


class State(IntEnum):
    """The eleven states; `str()` gives the RFC's spelling."""

    CLOSED = 0
    LISTEN = 1
    SYN_SENT = 2
    SYN_RECEIVED = 3
    ESTABLISHED = 4
    FIN_WAIT_1 = 5
    FIN_WAIT_2 = 6
    CLOSE_WAIT = 7
    CLOSING = 8
    LAST_ACK = 9
    TIME_WAIT = 10

    def __str__(self) -> str:
        return self.name.replace("_", "-")


class Trigger(Enum):
    """What can move a connection from one state to another; the value is the label of the edge."""

    ACTIVE_OPEN = "active open"
    PASSIVE_OPEN = "passive open"
    SEND = "send"
    CLOSE = "close"
    ABORT = "abort"
    RCV_SYN = "rcv SYN"
    RCV_SYN_ACK = "rcv SYN,ACK"
    RCV_ACK_OF_SYN = "rcv ACK of SYN"
    RCV_FIN = "rcv FIN"
    RCV_ACK_OF_FIN = "rcv ACK of FIN"
    RCV_FIN_AND_ACK_OF_FIN = "rcv FIN + ACK of FIN"
    RCV_RST = "rcv RST"
    RCV_RST_OF_PASSIVE_OPEN = "rcv RST (passive open)"
    RCV_SYN_AGAIN = "rcv another SYN (passive open)"
    RCV_ICMP_ERROR = "rcv ICMP error"
    FIN_WAIT_2_OVER = "no FIN came"
    TIME_WAIT_OVER = "2MSL over"
    USER_TIMEOUT = "user timeout"


class Transition(NamedTuple):
    """One edge: where it leads, what is sent on the way (for the diagram), and the RFC's words for it."""

    new: State
    sends: str
    rfc: str


S, T = State, Trigger

TRANSITIONS: dict[tuple[State, Trigger], Transition] = {
    (S.CLOSED, T.ACTIVE_OPEN): Transition(S.SYN_SENT, "SYN", "RFC 9293 3.10.1"),
    (S.CLOSED, T.PASSIVE_OPEN): Transition(S.LISTEN, "", "RFC 9293 3.10.1"),
    #
    (S.LISTEN, T.ACTIVE_OPEN): Transition(S.SYN_SENT, "SYN", "RFC 9293 3.10.1"),
    (S.LISTEN, T.SEND): Transition(S.SYN_SENT, "SYN", "RFC 9293 3.10.2"),
    (S.LISTEN, T.RCV_SYN): Transition(S.SYN_RECEIVED, "SYN,ACK", "RFC 9293 3.10.7.2"),
    (S.LISTEN, T.CLOSE): Transition(S.CLOSED, "", "RFC 9293 3.10.4"),
    (S.LISTEN, T.ABORT): Transition(S.CLOSED, "", "RFC 9293 3.10.5"),
    #
    (S.SYN_SENT, T.RCV_SYN_ACK): Transition(S.ESTABLISHED, "ACK", "RFC 9293 3.10.7.3"),
    (S.SYN_SENT, T.RCV_SYN): Transition(S.SYN_RECEIVED, "SYN,ACK", "RFC 9293 3.10.7.3"),
    (S.SYN_SENT, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.3"),
    (S.SYN_SENT, T.RCV_ICMP_ERROR): Transition(S.CLOSED, "", "RFC 9293 3.9.2.2"),
    (S.SYN_SENT, T.USER_TIMEOUT): Transition(S.CLOSED, "", "RFC 9293 3.10.8"),
    (S.SYN_SENT, T.CLOSE): Transition(S.CLOSED, "", "RFC 9293 3.10.4"),
    (S.SYN_SENT, T.ABORT): Transition(S.CLOSED, "", "RFC 9293 3.10.5"),
    #
    (S.SYN_RECEIVED, T.RCV_ACK_OF_SYN): Transition(S.ESTABLISHED, "", "RFC 9293 3.10.7.4"),
    (S.SYN_RECEIVED, T.CLOSE): Transition(S.FIN_WAIT_1, "FIN", "RFC 9293 3.10.4"),
    (S.SYN_RECEIVED, T.RCV_RST_OF_PASSIVE_OPEN): Transition(S.LISTEN, "", "RFC 9293 3.10.7.4"),
    (S.SYN_RECEIVED, T.RCV_SYN_AGAIN): Transition(S.LISTEN, "", "RFC 9293 3.10.7.4"),
    (S.SYN_RECEIVED, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.SYN_RECEIVED, T.USER_TIMEOUT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.8"),
    (S.SYN_RECEIVED, T.ABORT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.5"),
    #
    (S.ESTABLISHED, T.CLOSE): Transition(S.FIN_WAIT_1, "FIN", "RFC 9293 3.10.4"),
    (S.ESTABLISHED, T.RCV_FIN): Transition(S.CLOSE_WAIT, "ACK", "RFC 9293 3.10.7.4"),
    (S.ESTABLISHED, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.ESTABLISHED, T.USER_TIMEOUT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.8"),
    (S.ESTABLISHED, T.ABORT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.5"),
    #
    (S.FIN_WAIT_1, T.RCV_ACK_OF_FIN): Transition(S.FIN_WAIT_2, "", "RFC 9293 3.10.7.4"),
    (S.FIN_WAIT_1, T.RCV_FIN): Transition(S.CLOSING, "ACK", "RFC 9293 3.10.7.4"),
    (S.FIN_WAIT_1, T.RCV_FIN_AND_ACK_OF_FIN): Transition(S.TIME_WAIT, "ACK", "RFC 9293 3.3.2 note 2"),
    (S.FIN_WAIT_1, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.FIN_WAIT_1, T.USER_TIMEOUT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.8"),
    (S.FIN_WAIT_1, T.ABORT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.5"),
    #
    (S.FIN_WAIT_2, T.RCV_FIN): Transition(S.TIME_WAIT, "ACK", "RFC 9293 3.10.7.4"),
    (S.FIN_WAIT_2, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.FIN_WAIT_2, T.USER_TIMEOUT): Transition(S.CLOSED, "RST", "RFC 9293 3.8.4"),
    (S.FIN_WAIT_2, T.FIN_WAIT_2_OVER): Transition(S.CLOSED, "", "RFC 9293 3.6.1"),
    (S.FIN_WAIT_2, T.ABORT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.5"),
    #
    (S.CLOSE_WAIT, T.CLOSE): Transition(S.LAST_ACK, "FIN", "RFC 9293 3.10.4"),
    (S.CLOSE_WAIT, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.CLOSE_WAIT, T.USER_TIMEOUT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.8"),
    (S.CLOSE_WAIT, T.ABORT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.5"),
    #
    (S.CLOSING, T.RCV_ACK_OF_FIN): Transition(S.TIME_WAIT, "", "RFC 9293 3.10.7.4"),
    (S.CLOSING, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.CLOSING, T.USER_TIMEOUT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.8"),
    (S.CLOSING, T.ABORT): Transition(S.CLOSED, "", "RFC 9293 3.10.5"),
    #
    (S.LAST_ACK, T.RCV_ACK_OF_FIN): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.LAST_ACK, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.LAST_ACK, T.USER_TIMEOUT): Transition(S.CLOSED, "RST", "RFC 9293 3.10.8"),
    (S.LAST_ACK, T.ABORT): Transition(S.CLOSED, "", "RFC 9293 3.10.5"),
    #
    (S.TIME_WAIT, T.TIME_WAIT_OVER): Transition(S.CLOSED, "", "RFC 9293 3.10.8"),
    (S.TIME_WAIT, T.RCV_RST): Transition(S.CLOSED, "", "RFC 9293 3.10.7.4"),
    (S.TIME_WAIT, T.ABORT): Transition(S.CLOSED, "", "RFC 9293 3.10.5"),
}
"""Every edge there is. What a guard below forbids does not happen although its row is here."""

MAY_SEND = frozenset({S.LISTEN, S.SYN_SENT, S.SYN_RECEIVED, S.ESTABLISHED, S.CLOSE_WAIT})
"""Where SEND is no error (RFC 9293 3.10.2)."""

TAKES_TEXT = frozenset({S.ESTABLISHED, S.FIN_WAIT_1, S.FIN_WAIT_2})
"""Where the peer's data and FIN are still to come (RFC 9293 3.10.7.4, seventh)."""


def close_is_immediate(state: State, anything_queued: bool) -> bool:
    """Whether CLOSE takes its edge at once; otherwise when all that is queued has been sent.

    From SYN-RECEIVED only when nothing is queued; from CLOSE-WAIT when the FIN leaves (RFC 9293 3.10.4).
    """
    if state is S.SYN_RECEIVED:
        return not anything_queued
    return state is not S.CLOSE_WAIT


def reset_trigger(state: State, passive: bool) -> Trigger:
    """Which edge a valid RST takes: a passive open that fails goes back to LISTEN (RFC 9293 3.10.7.4)."""
    return T.RCV_RST_OF_PASSIVE_OPEN if state is S.SYN_RECEIVED and passive else T.RCV_RST


def fin_trigger(state: State, our_fin_acked: bool) -> Trigger:
    """Which edge the peer's FIN takes."""
    return T.RCV_FIN_AND_ACK_OF_FIN if state is S.FIN_WAIT_1 and our_fin_acked else T.RCV_FIN
