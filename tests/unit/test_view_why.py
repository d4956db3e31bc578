import dataclasses
import re
from collections.abc import Iterator
from enum import Enum

import pytest
from helpers import runs
from helpers.runs import MS, RunBuilder, ours, read_whole, small_run, theirs

from tcpviz.analysis import Flag
from tcpviz.link.base import Fate
from tcpviz.session.gate import BY_HAND
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.session.world import check
from tcpviz.tcp import events as e
from tcpviz.tcp.state import TRANSITIONS, State, Trigger
from tcpviz.view import why_events, why_observer, why_texts
from tcpviz.view.moment import Observed
from tcpviz.view.run import RunView
from tcpviz.view.why import Why, comment, why
from tcpviz.view.why_events import Numbers, tell
from tcpviz.wire.segment import ACK, PSH, RST, SYN, Segment
from tcpviz.wire.seq import Seq

NUMBERS = Numbers(runs.ISS, runs.IRS, 100 * MS)
KINDS = [made for made in vars(e).values() if isinstance(made, type) and issubclass(made, e.Event)]
KINDS.remove(e.Event)
PLAIN: dict[object, object] = {int: 3, Seq: ours(1), str: "a word", bool: True}
ENUMS = {
    e.DropReason: why_texts.DROPPED,
    e.Cause: why_texts.CAUSES,
    e.CwndReason: why_texts.CWND,
    e.AckReason: why_texts.ACKS,
    e.CloseReason: why_texts.ENDS,
    e.MtuReason: why_texts.MTU,
    State: why_texts.STATES,
}


@pytest.fixture(scope="module")
def run() -> RunView:
    return read_whole(small_run())


def first(run: RunView, row: int) -> tuple[str, str]:
    return why(run.moment(row)).truth[0]


def examples(kind: type[e.Event]) -> Iterator[e.Event]:
    """One event of this kind for each member of each enum in it."""
    types: dict[str, object] = {field.name: field.type for field in dataclasses.fields(kind)}
    enums = [name for name, made in types.items() if isinstance(made, type) and issubclass(made, Enum)]
    plain = {name: PLAIN[types[name]] for name in types if name not in enums}
    chosen = enums[-1:]
    rest = {name: next(iter(_members(types[name]))) for name in enums[:-1]}
    for member in _members(types[chosen[0]]) if chosen else [None]:
        yield kind(**plain, **rest, **({chosen[0]: member} if chosen else {}))


def _members(made: object) -> list[Enum]:
    assert isinstance(made, type)
    assert issubclass(made, Enum)
    return list(made)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_is_told_with_its_section(kind: type[e.Event]) -> None:
    for event in examples(kind):
        for numbers in (NUMBERS, Numbers()):
            text, rfc = tell(event, numbers)
            assert re.fullmatch(r"[A-Z0-9].*\.", text)
            assert re.fullmatch(r"RFC \d+ [\d.]+( note \d)?", rfc)
            assert "  " not in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_has_its_place(kind: type[e.Event]) -> None:
    for event in examples(kind):
        assert why_events.by_importance([event]) == [event]


def test_of_a_refusal_the_first_thing_told_is_that_nobody_listens() -> None:
    refused = [e.ResetReceived(), e.Ended(e.CloseReason.REFUSED)]
    assert why_events.by_importance(refused)[0] == refused[1]
    reset = [e.ResetReceived(), e.Ended(e.CloseReason.RESET)]
    assert why_events.by_importance(reset) == reset


@pytest.mark.parametrize(("members", "texts"), ENUMS.items())
def test_every_member_has_words(members: type[Enum], texts: dict[Enum, object]) -> None:
    assert set(texts) == set(members)


@pytest.mark.parametrize("texts", [why_texts.TIMERS_SET, why_texts.TIMERS_EXPIRED, why_texts.TIMER_NAMES])
def test_every_timer_has_words(texts: dict[e.Timer, object]) -> None:
    assert set(texts) == set(e.Timer)


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_of_the_observer_has_words(flag: Flag) -> None:
    told = why_observer.inference(Observed(0, flag, 0, 0, 0, 0))
    assert len(told) == 1
    assert told[0].text.endswith(".")


@pytest.mark.parametrize(("state", "trigger"), TRANSITIONS)
def test_every_transition_cites_its_own_row(state: State, trigger: Trigger) -> None:
    row = TRANSITIONS[state, trigger]
    text, rfc = tell(e.StateChanged(state, row.new, trigger), NUMBERS)
    assert text.startswith(f"{state} to {row.new} ({trigger.value})")
    assert rfc == row.rfc


def test_numbers_are_relative_to_the_first_of_their_side() -> None:
    assert "2449 to 2897" in tell(e.Held(theirs(2449), theirs(2897)), NUMBERS).text
    assert "1 to 30" in tell(e.Retransmitted(ours(1), ours(30), e.Cause.TIMEOUT, 1), NUMBERS).text
    assert "ACK of 30" in tell(e.DuplicateAck(ours(30), 2), NUMBERS).text


def test_numbers_are_left_out_where_nothing_is_known() -> None:
    for kind in KINDS:
        for event in examples(kind):
            assert str(ours(1)) not in tell(event, Numbers()).text


def test_a_row_without_events_is_told_from_the_segment(run: RunView) -> None:
    assert first(run, runs.ROW_DATA) == (
        "1,448 octets in order: RCV.NXT moves from 1 to 1449; "
        "the ACK waits up to 40 ms for a second segment.",
        "RFC 9293 3.8.6.3",
    )
    assert first(run, runs.ROW_REQUEST) == (
        "29 octets from 1: 29 are in flight now, of 14,480 that may be (cwnd 14,480, peer's window 65,160).",
        "RFC 5681 3.1",
    )
    assert first(run, runs.ROW_ACK)[0] == "We have everything up to 1 and take 65,535 octets more."
    assert first(run, runs.ROW_ARP)[0].startswith("192.0.2.2 asks everybody on the link")


def test_an_event_that_tells_all_stands_alone(run: RunView) -> None:
    truth = why(run.moment(runs.ROW_BEYOND)).truth
    assert [told.text for told in truth] == [
        "448 octets (2449 to 2897) came out of order: they wait here until the hole before them is filled."
    ]


def test_what_matters_most_comes_first(run: RunView) -> None:
    truth = why(run.moment(runs.ROW_SYN_ACK)).truth
    assert [told.text.split()[0] for told in truth] == ["SYN-SENT", "The", "A"]


def test_an_acknowledgment_is_told_by_what_it_moves() -> None:
    builder = RunBuilder()
    builder.moves(
        state=State.ESTABLISHED, irs=runs.IRS, rcv_nxt=theirs(1), snd_una=ours(1), snd_nxt=ours(3001)
    )
    builder.sent(0, Segment(ours(1), theirs(1), payload=b"x" * 1000))
    builder.moves(snd_una=ours(1001), snd_wnd=500)
    builder.came(1, Segment(theirs(1), ours(1001), ACK, 500))
    builder.moves(snd_wnd=900)
    builder.came(2, Segment(theirs(1), ours(1001), ACK, 900))
    builder.came(3, Segment(theirs(1), ours(1001), ACK, 900))
    builder.recording.commit()
    run = read_whole(builder.recording)
    assert [first(run, row)[0] for row in (1, 2, 3)] == [
        "The peer has 1,000 octets more: SND.UNA moves from 1 to 1001, 2,000 stay in flight.",
        "The peer's window goes from 500 to 900 octets: so much may be in flight.",
        "It changes nothing: all that it says was known.",
    ]


@pytest.mark.parametrize("fate", Fate)
def test_the_fate_comes_first(fate: Fate) -> None:
    builder = RunBuilder()
    builder.sent(0, Segment(runs.ISS, flags=RST), fate=fate)
    builder.came(1, Segment(runs.IRS, flags=RST), fate=fate)
    builder.recording.commit()
    run = read_whole(builder.recording)
    told = [why(run.moment(row)).truth for row in (0, 1)]
    if fate is Fate.PASSED:
        assert told[0][0].text == "We tell the peer that this connection is gone."
    else:
        assert len({sentences[0].text for sentences in told} | {"We tell"}) >= 2
        assert told[0][1].text == "We tell the peer that this connection is gone."


def test_a_packet_that_no_capture_has(run: RunView) -> None:
    told = why(run.moment(runs.ROW_LOST))
    assert told.inference == ()
    assert "on its way to us" in told.truth[0].text
    assert told.difference == "No capture at our end can have it: it was lost before it came here."


def test_inference_has_the_observers_numbers(run: RunView) -> None:
    told = why(run.moment(runs.ROW_AGAIN))
    assert told.inference[0].text == (
        "Retransmission: its octets have been seen before; frame 7 was still unacknowledged after 206 ms."
    )
    assert why(run.moment(runs.ROW_SYN_ACK)).inference[0].text == "This is an ACK of the segment in frame 2."


def repeated(delay: int, cause: e.Cause, duplicates: int = 0) -> Why:
    """Our segment 1..1001, one after it, duplicate ACKs, and the first again `delay` ns after the other."""
    builder = RunBuilder()
    builder.moves(state=State.ESTABLISHED, irs=runs.IRS, rcv_nxt=theirs(1), snd_una=ours(1))
    builder.came(0, Segment(theirs(0), ours(1), ACK, 500, b"x"))
    builder.sent(10 * MS, Segment(ours(1), theirs(1), payload=b"x" * 1000))
    builder.sent(11 * MS, Segment(ours(1001), theirs(1), payload=b"x" * 1000))
    for _ in range(duplicates):
        builder.came(11 * MS + 1, Segment(theirs(1), ours(1), ACK, 500))
    builder.sent(
        11 * MS + delay,
        Segment(ours(1), theirs(1), payload=b"x" * 1000),
        e.Retransmitted(ours(1), ours(1001), cause, 1),
    )
    builder.recording.commit()
    run = read_whole(builder.recording)
    return why(run.moment(len(run) - 1))


def test_a_quick_timeout_looks_like_reordering() -> None:
    told = repeated(2 * MS, e.Cause.TIMEOUT)
    assert (
        told.inference[0].text
        == "Out-Of-Order: it should have come earlier, and it is late by less than 3 ms."
    )
    assert told.difference == (
        "The observer takes it for a packet that was overtaken, because it is late by less than 3 ms; only "
        "the sender knows better: no acknowledgment came before the retransmission timer ran out."
    )


def test_a_timeout_that_looks_like_one_needs_no_comment() -> None:
    told = repeated(300 * MS, e.Cause.TIMEOUT)
    assert told.inference[0].text.startswith("Retransmission:")
    assert told.difference == ""


def test_a_late_fast_retransmission_looks_like_a_timeout() -> None:
    told = repeated(50 * MS, e.Cause.FAST, duplicates=4)
    assert told.inference[0].text.startswith("Retransmission:")
    assert told.difference.startswith("The observer cannot tell it from a timeout")


def test_a_timeout_soon_after_duplicate_acks_looks_fast() -> None:
    told = repeated(10 * MS, e.Cause.TIMEOUT, duplicates=4)
    assert told.inference[0].text.startswith("Fast Retransmission:")
    assert told.difference.startswith("The observer counts duplicate ACKs")


def test_a_duplicate_ack_with_nothing_in_flight_does_not_count() -> None:
    builder = RunBuilder()
    builder.moves(state=State.ESTABLISHED, irs=runs.IRS, rcv_nxt=theirs(1), snd_una=ours(1))
    builder.moves(snd_nxt=ours(1), snd_max=ours(1))
    for time in range(3):
        builder.came(time, Segment(theirs(1), ours(1), ACK, 500))
    builder.recording.commit()
    run = read_whole(builder.recording)
    told = why(run.moment(2))
    assert told.inference[0].text.startswith("Dup ACK no. 2 of frame 1")
    assert told.difference == (
        "Our TCP does not count it: nothing is in flight that could be missing (RFC 5681 2)."
    )


def test_a_dropped_segment_that_looks_harmless() -> None:
    builder = RunBuilder()
    builder.moves(state=State.ESTABLISHED, irs=runs.IRS, rcv_nxt=theirs(1), snd_una=ours(1))
    dropped = e.SegmentDropped(e.DropReason.OLD_TIMESTAMP, theirs(1), 5)
    builder.came(0, Segment(theirs(1), ours(1), PSH | ACK, 500, b"hello"), dropped)
    builder.recording.commit()
    told = why(read_whole(builder.recording).moment(0))
    assert told.truth[0].rfc == "RFC 7323 5.3"
    assert told.difference.startswith("An observer finds nothing wrong with it")


def test_the_comment_in_the_capture_has_every_event_and_no_raw_numbers() -> None:
    text = comment(
        [
            e.RttSampled(20 * MS, 20 * MS, 10 * MS, 200 * MS),
            e.Retransmitted(Seq(5), Seq(9), e.Cause.TIMEOUT, 2),
        ]
    )
    assert text == (
        "Sent again for the 2nd time: no acknowledgment came before the retransmission timer ran out. "
        "(RFC 6298 5.4)\n"
        "A round trip took 20 ms: the smoothed time is 20 ms, which makes an RTO of 60 ms; we wait 200 ms "
        "for an ACK, our least, as Linux does (RFC 6298 2.4 would have 1 s). (RFC 6298 2.2)"
    )
    assert comment([]) == ""


def test_a_round_trip_beyond_the_floor_tells_the_rto_alone() -> None:
    text = tell(e.RttSampled(200 * MS, 200 * MS, 100 * MS, 600 * MS), NUMBERS).text
    assert (
        text == "A round trip took 200 ms: the smoothed time is 200 ms, and we wait 600 ms for an ACK (RTO)."
    )


def test_a_round_trip_of_what_was_sent_twice_tells_how_it_could_be_measured() -> None:
    text = tell(e.RttSampled(300 * MS, 80 * MS, 90 * MS, 440 * MS, repeated=True), NUMBERS).text
    assert text.startswith(
        "A round trip took 300 ms (by the timestamp that comes back: it tells which of the transmissions is "
        "answered): the smoothed"
    )


def test_after_a_lost_syn_the_window_is_told_once_and_why() -> None:
    session = Session(check(RunOptions("", scenario="syn-loss")))
    session.run()
    run = read_whole(session.recording)
    told = [each.text for i in range(len(run)) for each in why(run.moment(i)).truth]
    windows = [text for text in told if text.startswith("The congestion window")]
    assert windows[0] == (
        "The congestion window is 1,448 octets: our SYN was sent again after a timeout, so only one segment, "
        "not the usual ten, may be sent before the first acknowledgment."
    )
    assert not [text for text in windows if "threshold" in text or "14,480" in text]


@pytest.mark.parametrize(
    ("segment", "remedy"),
    [
        (Segment(runs.ISS, payload=b"x"), "Without an ACK we send it again, after 1 s at the latest."),
        (Segment(runs.ISS, flags=SYN), "Without an ACK we send it again, after 1 s at the latest."),
        (Segment(runs.ISS), "The next ACK makes up for it: each one covers all that has arrived."),
    ],
)
def test_how_a_lost_packet_of_ours_will_be_made_good(segment: Segment, remedy: str) -> None:
    builder = RunBuilder()
    builder.sent(0, segment, fate=Fate.LOST)
    builder.recording.commit()
    told = why(read_whole(builder.recording).moment(0))
    assert told.truth[0].text == f"The network lost this packet: the peer never sees it. {remedy}"


@pytest.mark.parametrize(
    ("fate", "told"),
    [
        (Fate.LOST, "You dropped it"),
        (Fate.CORRUPTED, "You turned one bit over"),
        (Fate.DELAYED, "You held it up"),
    ],
)
def test_what_the_user_did_is_told_as_such(fate: Fate, told: str) -> None:
    builder = RunBuilder()
    builder.came(0, Segment(theirs(1), theirs(1), ACK), fate=fate, text=BY_HAND)
    builder.recording.commit()
    assert why(read_whole(builder.recording).moment(0)).truth[0].text.startswith(told)


def test_the_simulated_server_says_itself_why_it_sent_again() -> None:
    session = Session(check(RunOptions("http://lab/bytes/30000", impair="in.drop=3:4:5:6:7:8:9:10:11:12:13")))
    session.run()
    recording = session.recording
    run = read_whole(recording)
    peers = [why(run.moment(i)) for i in range(len(run)) if recording.told(i).peer_events]
    told = " ".join(sentence.text for each in peers for sentence in each.peer)
    assert "The server's RTO no. 1 fired" in told
    assert "The server sends it again, for the 1st time" in told
    assert not [each for each in peers if "known to the peer alone" in each.difference]
