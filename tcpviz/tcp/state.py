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
    RCV_ICMP_ERROR = "rcv ICMP error"
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
}
