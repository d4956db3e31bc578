"""What Why tells about the packet at the gate."""

import pytest
from helpers.runs import BASE, ours, tcp_frame, theirs

from tcpviz.link.base import Direction
from tcpviz.session.status import PendingFrame
from tcpviz.tcp.state import State
from tcpviz.view.why_gate import gate_sentences
from tcpviz.wire.segment import ACK, FIN, PSH, RST, SYN, Segment

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


@pytest.mark.parametrize(
    ("state", "segment", "effect"),
    [
        (State.SYN_SENT, Segment(theirs(0), ours(9), SYN | ACK), "SYN-SENT -> ESTABLISHED"),
        (State.SYN_SENT, Segment(theirs(0), ours(9), SYN), "SYN-SENT -> SYN-RECEIVED"),
        (State.SYN_RECEIVED, Segment(theirs(1), ours(9), ACK), "SYN-RECEIVED -> ESTABLISHED"),
        (State.ESTABLISHED, Segment(theirs(1), ours(9), FIN | ACK), "ESTABLISHED -> CLOSE-WAIT"),
        (State.ESTABLISHED, Segment(theirs(1), ours(9), ACK, payload=b"x"), "ESTABLISHED stays"),
        (State.ESTABLISHED, Segment(theirs(3), ours(9), ACK, payload=b"x"), "held until the 2 octets"),
        (State.ESTABLISHED, Segment(theirs(0), ours(9), ACK, payload=b"x"), "we have all its data already"),
        (State.ESTABLISHED, Segment(theirs(0), ours(9), ACK, payload=b"xy"), "gets what is new of its data"),
        (State.FIN_WAIT_1, Segment(theirs(1), ours(9), ACK), "FIN-WAIT-1 -> FIN-WAIT-2"),
        (State.FIN_WAIT_1, Segment(theirs(1), ours(8), FIN | ACK), "FIN-WAIT-1 -> CLOSING"),
        (State.FIN_WAIT_1, Segment(theirs(1), ours(9), FIN | ACK), "FIN-WAIT-1 -> TIME-WAIT"),
        (State.FIN_WAIT_2, Segment(theirs(1), ours(9), FIN | ACK), "FIN-WAIT-2 -> TIME-WAIT"),
        (State.CLOSING, Segment(theirs(2), ours(9), ACK), "CLOSING -> TIME-WAIT"),
        (State.LAST_ACK, Segment(theirs(2), ours(9), ACK), "LAST-ACK -> CLOSED"),
        (State.FIN_WAIT_2, Segment(theirs(1), ours(9), RST), "FIN-WAIT-2 -> CLOSED"),
    ],
)
def test_what_passing_does_to_our_end(state: State, segment: Segment, effect: str) -> None:
    before = BASE._replace(state=state, irs=theirs(0), rcv_nxt=theirs(1), snd_una=ours(1), snd_max=ours(9))
    frame = PendingFrame(tcp_frame(Direction.IN, segment), Direction.IN, 0)
    assert effect in gate_sentences(frame, before, {})[1].text


def test_an_ack_while_data_and_our_fin_are_still_to_be_sent_changes_no_state() -> None:
    before = BASE._replace(state=State.FIN_WAIT_1, snd_una=ours(1), snd_max=ours(9), unsent=5)
    frame = PendingFrame(tcp_frame(Direction.IN, Segment(theirs(1), ours(9), ACK)), Direction.IN, 0)
    assert not any("If it passes" in each.text for each in gate_sentences(frame, before, {}))


def test_a_syn_ack_that_came_before_asks_for_the_ack_that_it_missed() -> None:
    frame = PendingFrame(tcp_frame(Direction.IN, Segment(theirs(0), ours(1), SYN | ACK)), Direction.IN, 0)
    told = gate_sentences(frame, BASE._replace(state=State.ESTABLISHED), {}, again=True)
    assert "misses our ACK" in told[-1].text


@pytest.mark.parametrize("again", [True, False])
def test_what_goes_again_is_called_so(again: bool) -> None:
    frame = PendingFrame(tcp_frame(Direction.OUT, Segment(ours(0), theirs(0), SYN)), Direction.OUT, 0)
    first = gate_sentences(frame, None, {}, again=again)[0].text
    assert first.startswith(
        "At the gate waits our SYN, sent again." if again else "At the gate waits our SYN."
    )
