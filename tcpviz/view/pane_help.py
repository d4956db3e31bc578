"""What each pane draws: its marks, colours and words."""

from collections.abc import Callable
from typing import NamedTuple

from tcpviz.view.glyphs import Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe


class Mark(NamedTuple):
    """A sign as it is drawn, and what it stands for."""

    sign: Callable[[Glyphs], SafeText]
    role: Role
    meaning: str


class PaneHelp(NamedTuple):
    """The explanation of one pane; {action} in its text stands for the key of the action."""

    title: str
    text: str
    marks: tuple[Mark, ...] = ()


def _word(word: str) -> Callable[[Glyphs], SafeText]:
    return lambda glyphs: safe(word)


PANES: dict[str, PaneHelp] = {
    "packets": PaneHelp(
        "Packets",
        "Each row is a packet, in Wireshark's words. Seq and Ack count from 0 at the start of each "
        "direction; Win is in octets, scaled. Where the cursor stands is the moment that every pane "
        "shows.",
        (
            Mark(_word("data"), Role.DATA, "carries octets of the stream"),
            Mark(_word("ACK"), Role.ACK, "carries nothing"),
            Mark(_word("SYN"), Role.SYN, "opens the connection"),
            Mark(_word("FIN"), Role.FIN, "closes one direction"),
            Mark(_word("RST"), Role.RESET, "ends the connection at once"),
            Mark(_word("retransmission"), Role.RETRANSMISSION, "was sent before"),
            Mark(_word("duplicate ACK"), Role.DUPLICATE_ACK, "asks again for the same octet"),
            Mark(_word("out of order"), Role.OUT_OF_ORDER, "came before what precedes it"),
            Mark(_word("zero window"), Role.ZERO_WINDOW, "the receiver has no room"),
            Mark(_word("lost"), Role.LOST, "the network ate it: no capture at the other end has it"),
            Mark(_word("at the gate"), Role.PENDING, "waits for you: it has not taken effect yet"),
        ),
    ),
    "state": PaneHelp(
        "State machine",
        "The states of RFC 9293's figure and the ways between them, each with what causes it: what the "
        "application does, what is received (rcv) and what is sent (snd). The last line is the step just "
        "made. Of a capture, both ends' states are inferred from the packets; the way drawn is the client's. "
        "A click on a state goes to where the connection came to it.",
        (
            Mark(
                lambda glyphs: glyphs.ours,
                Role.STATE_CURRENT,
                "our end is in this state; in a capture, the client",
            ),
            Mark(lambda glyphs: glyphs.peer, Role.STRONG, "the other end, where it is known"),
            Mark(_word("state"), Role.STATE_VISITED, "was passed on the way here"),
        ),
    ),
    "sequence": PaneHelp(
        "Sequence space",
        "Two bars: what we send and what we receive, by sequence number. UNA is the oldest octet without "
        "an ACK, NXT the next one, WND the room that the receiver offers. Below, every dot is a segment "
        "over time. Of a capture: what the client sends (C>S), and the server (S>C), as far as packets tell.",
        (
            Mark(lambda glyphs: glyphs.past, Role.ACKED, "done: acknowledged, or read"),
            Mark(lambda glyphs: glyphs.in_flight, Role.IN_FLIGHT, "in flight: sent, no ACK yet"),
            Mark(lambda glyphs: glyphs.sacked, Role.SACKED, "SACKed: arrived behind a hole"),
            Mark(lambda glyphs: glyphs.lost, Role.ALERT, "held to be lost; in a capture, not seen"),
            Mark(lambda glyphs: glyphs.retransmitted, Role.RETRANSMISSION, "sent again"),
            Mark(lambda glyphs: glyphs.held, Role.HELD, "held: came out of order"),
            Mark(lambda glyphs: glyphs.usable, Role.USABLE, "may be sent, or received"),
            Mark(lambda glyphs: glyphs.outside, Role.OUTSIDE, "outside the window"),
        ),
    ),
    "alerts": PaneHelp(
        "Alerts",
        "What went wrong, how often and where first; then the latest ones up to this moment. Enter or a "
        "click goes there. Where our stack knows why something was sent again, that counts, not a guess.",
    ),
    "why": PaneHelp(
        "Why",
        "First what our stack did and why, as it knows itself, with the RFC section; then what the "
        "server's stack says, where it runs here too; then what an observer of the packets alone would "
        "say, and why the two differ where they do. {more} tells more about the rule.",
    ),
    "details": PaneHelp(
        "Details",
        "Every field of the packet, outermost header first, and its octets. {up} and {down} choose a field "
        "and mark its octets; Enter opens a branch.",
        (Mark(_word("45 00"), Role.MARKED, "the octets of the field that is chosen"),),
    ),
    "ladder": PaneHelp(
        "Ladder",
        "Time runs down; our host stands on the left, the peer on the right, and each packet is an "
        "arrow. One that the network ate ends with a cross on the way. From a packet that was sent again "
        "a line leads back to the one that it repeats. RTT is the time from our sending to the ACK for "
        "it. A dotted arrow waits at the gate, and a click on an arrow goes to that packet.",
    ),
    "graphs": PaneHelp(
        "Graphs",
        "The whole connection over time, with a line at the moment that is shown. Sequence numbers: "
        "every dot is a segment of the side that sends the data, the stairs below it are the ACKs. Send "
        "window: the smaller one of cwnd and the peer's window limits what is in flight; above ssthresh, "
        "cwnd grows more slowly. Round trips: RTO is what the retransmission timer waits. Throughput: "
        "what got across. A click goes to the packet of that time.",
    ),
    "stream": PaneHelp(
        "Stream",
        "What both ends say, in order of delivery: what arrived behind a hole comes after the packet "
        "that filled it. The number is the packet that carries the octets. {stream-hex}: text or hex; "
        "{stream-sides}: both sides or one; {stream-find} finds a text and {stream-next} the next one; Enter "
        "or a click goes to the packet; {http} reads it as HTTP.",
        (
            Mark(lambda glyphs: glyphs.right, Role.CLIENT, "the client says"),
            Mark(lambda glyphs: glyphs.left, Role.SERVER, "the server says"),
            Mark(lambda glyphs: glyphs.playhead, Role.PLAYHEAD, "the chosen line"),
        ),
    ),
}
"""By the id of the pane."""
