"""Fragments put together, and those that nobody honest sends refused."""

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.host.errors import DropError
from tcpviz.host.fragments import (
    MOST_DATAGRAMS,
    MOST_OCTETS,
    MOST_PIECES,
    TIMEOUT,
    Fragments,
    Piece,
    Whole,
)
from tcpviz.wire.segment import CE, ECT_0, NOT_ECT

ICMP, TCP, UDP = 1, 6, 17
DATA = bytes(range(64))


def piece(
    start: int,
    end: int,
    *,
    data: bytes = DATA,
    more: bool | None = None,
    protocol: int = UDP,
    ecn: int = NOT_ECT,
) -> Piece:
    """The octets of `data` from `start` to `end`, in a packet that is named after them."""
    last = end >= len(data)
    packet = b"packet %d" % start
    return Piece(protocol, start, not last if more is None else more, data[start:end], ecn, packet)


def refusal(fragments: Fragments, wrong: Piece, now: int = 0) -> str:
    with pytest.raises(DropError) as caught:
        fragments.add("key", wrong, now)
    return str(caught.value)


@given(seed=st.integers(0, 1 << 16), size=st.sampled_from([8, 16, 24]))
def test_pieces_in_any_order_and_some_twice_make_the_whole(seed: int, size: int) -> None:
    fragments = Fragments()
    pieces = [piece(at, min(at + size, len(DATA))) for at in range(0, len(DATA), size)]
    order = random.Random(seed).sample(pieces, len(pieces))
    for each in order[:-1]:
        assert fragments.add("key", each, 0) is None
        assert fragments.add("key", each, 0) is None
    assert fragments.add("key", order[-1], 0) == Whole(b"packet 0", UDP, NOT_ECT, DATA)
    assert fragments.next_deadline() is None


def test_datagrams_do_not_mix() -> None:
    fragments = Fragments()
    assert fragments.add("one", piece(0, 32), 0) is None
    assert fragments.add("other", piece(32, 64), 0) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [((0, 24), (16, 64)), ((16, 64), (0, 24)), ((0, 32), (0, 24)), ((8, 16), (0, 64)), ((0, 64), (8, 16))],
    ids=["into the next", "into the one before", "same start", "around", "inside"],
)
def test_an_overlap_costs_the_whole_datagram_and_what_comes_later(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    fragments = Fragments()
    fragments.add("key", piece(*first, more=True), 0)
    assert "overlap" in refusal(fragments, piece(*second, more=True))
    for start, end in ((0, 32), (32, 64)):
        assert "overlap" in refusal(fragments, piece(start, end), TIMEOUT - 1)
    assert fragments.on_deadline(TIMEOUT) == [None]
    assert fragments.add("key", piece(0, 32), TIMEOUT) is None
    assert fragments.add("key", piece(32, 64), TIMEOUT) is not None


def test_the_same_octets_with_another_content_are_no_copy() -> None:
    fragments = Fragments()
    fragments.add("key", piece(0, 32), 0)
    assert "overlap" in refusal(fragments, piece(0, 32, data=bytes(64)))


@pytest.mark.parametrize(
    ("first", "second"),
    [(piece(32, 64), piece(64, 72, data=bytes(72))), (piece(32, 64), piece(0, 24, data=DATA[:24]))],
    ids=["beyond the end", "another end"],
)
def test_two_ends_are_one_too_many(first: Piece, second: Piece) -> None:
    fragments = Fragments()
    fragments.add("key", first, 0)
    assert "end" in refusal(fragments, second)


def test_an_end_before_what_is_there_already_is_refused() -> None:
    fragments = Fragments()
    fragments.add("key", piece(32, 48), 0)
    assert "end" in refusal(fragments, piece(8, 24, data=DATA[:24]))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (piece(0, 12), "12 octets"),
        (piece(8, 8), "nothing in it"),
        (Piece(UDP, 65528, False, bytes(8), NOT_ECT, b""), "beyond"),
        (piece(0, 16, protocol=TCP), "too short"),
    ],
    ids=["no unit", "empty", "too large", "tiny"],
)
def test_a_piece_that_no_sender_makes_is_refused_by_itself(wrong: Piece, reason: str) -> None:
    fragments = Fragments()
    assert reason in refusal(fragments, wrong)
    assert fragments.next_deadline() is None


def test_after_a_minute_the_rest_is_not_waited_for() -> None:
    fragments = Fragments()
    fragments.add("key", piece(0, 32), 5)
    fragments.add("other", piece(32, 64), 7)
    assert fragments.next_deadline() == TIMEOUT + 5
    assert fragments.on_deadline(TIMEOUT + 4) == []
    assert fragments.on_deadline(TIMEOUT + 7) == [b"packet 0", None]
    assert fragments.next_deadline() is None


def test_the_oldest_makes_room_for_a_new_datagram() -> None:
    fragments = Fragments()
    for number in range(MOST_DATAGRAMS + 1):
        fragments.add(number, piece(0, 32), number)
    assert fragments.add(1, piece(32, 64), 99) is not None
    assert fragments.add(0, piece(32, 64), 99) is None


def test_the_oldest_makes_room_for_many_octets() -> None:
    fragments = Fragments()
    half = 32768
    many = MOST_OCTETS // half
    for number in range(many + 1):
        fragments.add(number, Piece(UDP, 0, True, bytes(half), NOT_ECT, b""), 0)
    end = Piece(UDP, half, False, bytes(8), NOT_ECT, b"")
    assert fragments.add(0, end, 0) is None
    assert fragments.add(many, end, 0) is not None


@pytest.mark.parametrize(
    ("first", "second", "whole"), [(ECT_0, CE, CE), (ECT_0, ECT_0, ECT_0), (NOT_ECT, NOT_ECT, NOT_ECT)]
)
def test_one_mark_of_a_router_marks_the_whole(first: int, second: int, whole: int) -> None:
    fragments = Fragments()
    fragments.add("key", piece(0, 32, ecn=first), 0)
    joined = fragments.add("key", piece(32, 64, ecn=second), 0)
    assert joined is not None
    assert joined.ecn == whole


def test_marks_on_what_no_router_may_mark_are_refused() -> None:
    fragments = Fragments()
    fragments.add("key", piece(0, 32, ecn=CE), 0)
    assert "ECN" in refusal(fragments, piece(32, 64, ecn=NOT_ECT))


def test_crumbs_are_refused() -> None:
    fragments = Fragments()
    for number in range(MOST_PIECES):
        fragments.add("key", Piece(UDP, number * 16, True, bytes(8), NOT_ECT, b""), 0)
    assert "pieces" in refusal(fragments, Piece(UDP, MOST_PIECES * 16, True, bytes(8), NOT_ECT, b""))


pieces = st.builds(
    Piece,
    st.sampled_from([ICMP, TCP, UDP]),
    st.integers(0, 8191).map(lambda units: units * 8),
    st.booleans(),
    st.binary(max_size=80),
    st.integers(0, 3),
    st.just(b""),
)


@given(st.lists(st.tuples(st.integers(0, 2), pieces), max_size=40))
def test_any_pieces_give_a_whole_or_a_reason(arriving: list[tuple[int, Piece]]) -> None:
    fragments = Fragments()
    for key, each in arriving:
        with suppress(DropError):
            whole = fragments.add(key, each, 0)
            assert whole is None or 0 < len(whole.data) <= 0xFFFF
