"""The help screen: every key, the legend of the colours and signs, and how to read the panes."""

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tcpviz.ui.keys import ELSEWHERE, KEYS, Topic
from tcpviz.ui.themes import Palette
from tcpviz.view.role import Role

READING = (
    "Each row of the list is one packet, with Wireshark's columns and words. Sequence numbers count from "
    "0 at the start of each direction. Where the cursor stands is the moment that every pane shows: the "
    "state of our own TCP right after that packet.",
    "At the live end the screen follows the traffic. Move up and you look back, while the traffic goes on; "
    "End takes you to the live end again. Press space to hold: then nothing passes until you let it, one "
    "packet at a time.",
)

PANES = (
    (
        "6 Ladder",
        "Time runs down; our host stands on the left, the peer on the right, and each packet is an arrow. "
        "One that the network ate ends with a cross on the way. From a packet that was sent again a line "
        "leads back to the one that it repeats. RTT is the time from our sending to the ACK for it. A dotted "
        "arrow waits at the gate, and a click on an arrow goes to that packet.",
    ),
    (
        "7 Graphs",
        "The whole connection over time, with a line at the moment that is shown. Sequence numbers: every "
        "dot is a segment of the side that sends the data, the stairs below it are the ACKs. Send window: "
        "the smaller one of cwnd and the peer's window limits what is in flight; above ssthresh, cwnd "
        "grows more slowly. Round trips: RTO is what the retransmission timer waits. Throughput: what "
        "got across.",
    ),
)

LEGEND = (
    (Role.DATA, "data", "carries octets of the stream"),
    (Role.ACK, "acknowledgment", "carries nothing"),
    (Role.SYN, "SYN", "opens the connection"),
    (Role.FIN, "FIN", "closes one direction"),
    (Role.RESET, "RST", "ends the connection at once"),
    (Role.RETRANSMISSION, "retransmission", "was sent before"),
    (Role.DUPLICATE_ACK, "duplicate ACK", "asks again for the same octet"),
    (Role.OUT_OF_ORDER, "out of order", "came before what precedes it"),
    (Role.ZERO_WINDOW, "zero window", "the receiver has no room"),
    (Role.LOST, "lost", "the network ate it: no capture at the other end has it"),
    (Role.PENDING, "at the gate", "waits for you: it has not taken effect yet"),
)


class HelpScreen(ModalScreen[None]):
    """All keys and what the screen means."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Close"),
    ]

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        with VerticalScroll(id="help", classes="dialog") as page:
            page.border_title = Content("Help")
            page.border_subtitle = Content("Escape closes")
            yield Static(Content("\n").join(self._page()))

    def _page(self) -> Iterator[Content]:
        for paragraph in READING:
            yield Content(paragraph)
            yield Content("")
        for topic in Topic:
            yield Content.styled(topic.value, "bold")
            yield from self._keys(topic)
            yield Content("")
        for name, drawn in PANES:
            yield Content.styled(name, "bold")
            yield Content(drawn)
            yield Content("")
        yield Content.styled("Colours in the list", "bold")
        for role, name, meaning in LEGEND:
            sample = Text(f" {name:<15}", self._palette[role])
            yield Content.assemble("  ", Content.from_rich_text(sample), "  ", meaning)

    def _keys(self, topic: Topic) -> Iterator[Content]:
        listed = [(key.display, key.help) for key in KEYS if key.topic is topic]
        listed += [(keys, meaning) for keys, meaning, about in ELSEWHERE if about is topic]
        for keys, meaning in listed:
            yield Content.assemble("  ", (f"{keys:<16}", "bold $primary"), meaning)
