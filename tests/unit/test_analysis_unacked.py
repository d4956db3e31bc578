"""The short ways of `Unacked` give what a look at every segment gives."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.analysis.unacked import Unacked

_MASK = 0xFFFF_FFFF
_HALF = 0x8000_0000

_near = st.integers(-4, 24).map(lambda n: n * 500 & _MASK)
_numbers = st.one_of(_near, st.integers(-3, 3).map(lambda n: _HALF + n & _MASK), st.integers(0, _MASK))
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("push"), _numbers, st.integers(1, 1500)),
        st.tuples(st.just("acknowledge"), _numbers, st.just(0)),
        st.tuples(st.just("span"), _numbers, st.just(0)),
    ),
    max_size=40,
)


class _Plain:
    """The rule as it is worded: every entry is looked at, newest to oldest."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, int, int]] = []

    def acknowledge(self, ack: int) -> tuple[int, int, int, int] | None:
        found, kept = None, []
        for sent in reversed(self.entries):
            frame, start, end, time = sent
            if end == ack:
                found = sent
            elif (ack - end) & _MASK >= _HALF:
                kept.append((frame, ack if (start - ack) & _MASK >= _HALF else start, end, time))
        self.entries = kept[::-1]
        return found

    def span(self, base: int) -> int:
        ends = [(end - base) & _MASK for _, _, end, _ in self.entries]
        starts = [(start - base) & _MASK for _, start, _, _ in self.entries]
        return max(ends) - min(starts)


@settings(max_examples=150)
@given(_steps)
def test_in_any_order_of_segments_and_acknowledgments(steps: list[tuple[str, int, int]]) -> None:
    unacked, plain = Unacked(), _Plain()
    for frame, (step, number, length) in enumerate(steps):
        if step == "push":
            end = number + length & _MASK
            unacked.push(frame, number, end, frame)
            plain.entries.append((frame, number, end, frame))
        elif step == "acknowledge":
            assert unacked.acknowledge(number) == plain.acknowledge(number)
        elif plain.entries:
            assert unacked.span(number) == plain.span(number)
        assert list(unacked.entries) == plain.entries


def test_no_more_than_ten_thousand_are_kept() -> None:
    unacked = Unacked()
    for frame in range(10_001):
        unacked.push(frame, frame * 10, frame * 10 + 10, frame)

    assert len(unacked.entries) == 10_000
    assert unacked.entries[-1][0] == 9_999
