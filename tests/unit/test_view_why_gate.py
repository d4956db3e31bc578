"""What Why tells about the packet at the gate."""

import pytest
from helpers.runs import ours, tcp_frame, theirs

from tcpviz.link.base import Direction
from tcpviz.session.status import PendingFrame
from tcpviz.view.why_gate import gate_sentences
from tcpviz.wire.segment import ACK, PSH, RST, SYN, Segment

KEYS = {"next": "n", "drop": "k", "duplicate": "D", "delay": "l", "corrupt": "x"}


@pytest.mark.parametrize(
    ("direction", "segment", "what", "loss"),
    [
        (Direction.OUT, Segment(ours(0), theirs(0), SYN), "our SYN", "our retransmission timer"),
        (
            Direction.IN,
            Segment(theirs(0), ours(1), SYN | ACK),
            "the peer's SYN, ACK",
            "our timer sends our SYN",
        ),
        (
            Direction.IN,
            Segment(theirs(1), ours(1), ACK | PSH, payload=b"x" * 9),
            "9 octets",
            "peer gets no ACK",
        ),
        (Direction.OUT, Segment(ours(1), theirs(1), ACK), "our ACK", "never repeated"),
        (Direction.IN, Segment(theirs(1), ours(1), RST), "the peer's RST", "will not hear"),
    ],
)
def test_what_waits_and_what_its_loss_leads_to(
    direction: Direction, segment: Segment, what: str, loss: str
) -> None:
    told = gate_sentences(PendingFrame(tcp_frame(direction, segment), direction, 0), None, KEYS)
    text = " ".join(each.text for each in told)
    assert what in told[0].text
    assert loss in text
    assert "k drops" in told[-1].text
