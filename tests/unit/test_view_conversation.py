"""The octets of a connection in order of delivery, whatever the packets did on their way."""

import random

from helpers import runs
from helpers.runs import REQUEST, RESPONSE, RunBuilder, ours, read_whole, small_run, theirs
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.link.base import Fate
from tcpviz.recording import Recording
from tcpviz.view.conversation import Conversation, Side, stream_at
from tcpviz.wire.segment import ACK, PSH, SYN, Segment


def followed(recording: Recording) -> Conversation:
    run = read_whole(recording)
    stream = stream_at(run, 0)
    assert stream is not None
    conversation = Conversation(run, stream)
    while conversation.behind:
        conversation.advance(0, lambda: 0)
    return conversation


def said(conversation: Conversation, side: Side) -> bytes:
    pieces = range(len(conversation))
    return b"".join(conversation.data(i) for i in pieces if conversation[i].side is side)


def test_both_sides_say_what_they_sent() -> None:
    conversation = followed(small_run())
    assert said(conversation, Side.CLIENT) == REQUEST
    assert said(conversation, Side.SERVER) == RESPONSE
    assert conversation.said(Side.SERVER) == len(RESPONSE)


def test_what_waited_for_a_hole_comes_with_the_packet_that_fills_it() -> None:
    conversation = followed(small_run())
    packets = conversation.run.packets
    order = [packets.row(conversation[i].position) for i in range(len(conversation))]
    assert order == [runs.ROW_REQUEST, runs.ROW_DATA, runs.ROW_AGAIN, runs.ROW_BEYOND]
    assert conversation.at(packets.position(runs.ROW_BEYOND)) == 1
    assert conversation.at(packets.position(runs.ROW_AGAIN)) == 3
    assert conversation.at(packets.position(runs.ROW_SYN)) == -1


def test_what_a_capture_has_missed_is_a_gap_once_it_is_acknowledged() -> None:
    run = RunBuilder()
    run.sent(0, Segment(ours(0), flags=SYN))
    run.came(1, Segment(theirs(0), ours(1), SYN | ACK))
    run.came(2, Segment(theirs(1), ours(1), ACK, payload=b"one"))
    run.came(3, Segment(theirs(9), ours(1), ACK, payload=b"three"))
    run.recording.commit()
    before = followed(run.recording)
    assert said(before, Side.SERVER) == b"one"
    run.sent(4, Segment(ours(1), theirs(14), ACK))
    run.recording.commit()
    after = followed(run.recording)
    pieces = [after[i] for i in range(len(after))]
    assert [(piece.gap, piece.start, piece.length) for piece in pieces] == [
        (False, 0, 3),
        (True, 3, 5),
        (False, 8, 5),
    ]
    assert after.data(1) == b""


def test_what_the_network_ate_or_broke_was_not_said() -> None:
    run = RunBuilder()
    run.sent(0, Segment(ours(0), flags=SYN))
    run.sent(1, Segment(ours(1), theirs(1), ACK, payload=b"lost"), fate=Fate.LOST)
    run.sent(2, Segment(ours(1), theirs(1), ACK, payload=b"bent"), fate=Fate.CORRUPTED)
    run.sent(3, Segment(ours(1), theirs(1), ACK, payload=b"well"))
    run.recording.commit()
    conversation = followed(run.recording)
    assert said(conversation, Side.CLIENT) == b"well"
    assert len(conversation) == 1


def test_a_capture_that_begins_in_the_middle_takes_the_higher_port_for_the_client() -> None:
    run = RunBuilder()
    run.came(0, Segment(theirs(500), ours(7), ACK, payload=b"answer"))
    run.sent(1, Segment(ours(7), theirs(506), PSH | ACK, payload=b"question"))
    run.recording.commit()
    conversation = followed(run.recording)
    assert said(conversation, Side.SERVER) == b"answer"
    assert said(conversation, Side.CLIENT) == b"question"


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=300), st.integers(0, 1 << 30))
def test_any_order_overlap_and_repetition_gives_the_same_octets(data: bytes, seed: int) -> None:
    rng = random.Random(seed)
    run = RunBuilder()
    run.came(0, Segment(theirs(0), ours(1), SYN | ACK))
    spans = [(at, at + 20) for at in range(0, len(data), 20)]
    spans += [(at := rng.randrange(len(data)), at + rng.randint(1, 50)) for _ in range(10)]
    rng.shuffle(spans)
    for time, (start, end) in enumerate(spans, 1):
        run.came(time, Segment(theirs(1 + start), ours(1), ACK, payload=data[start:end]))
    run.recording.commit()
    conversation = followed(run.recording)
    assert said(conversation, Side.SERVER) == data
    starts = [conversation[i].start for i in range(len(conversation))]
    assert starts == sorted(starts)
