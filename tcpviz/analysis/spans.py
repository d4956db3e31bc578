"""Sets of octets as sorted spans that don't touch; the numbers may be of any size."""

from collections.abc import Iterable
from typing import TypeAlias

Spans: TypeAlias = list[tuple[int, int]]
"""[start, end) each."""


def added(spans: Spans, start: int, end: int) -> Spans:
    """With [start, end) too."""
    if start >= end:
        return spans
    if not spans or spans[-1][1] < start:
        return [*spans, (start, end)]
    touching = [span for span in spans if span[0] <= end and start <= span[1]]
    whole = (
        min(start, *(span[0] for span in touching), start),
        max(end, *(span[1] for span in touching), end),
    )
    return sorted([*(span for span in spans if span not in touching), whole])


def beyond(spans: Spans, start: int) -> Spans:
    """What lies at or after `start`."""
    if not spans or spans[0][0] >= start:
        return spans
    return [(max(first, start), end) for first, end in spans if end > start]


def common(spans: Spans, start: int, end: int) -> Spans:
    """What lies in [start, end)."""
    return [(max(first, start), min(last, end)) for first, last in spans if first < end and start < last]


def holes(spans: Iterable[tuple[int, int]], start: int, end: int) -> Spans:
    """What of [start, end) is in none of the spans."""
    found = []
    for first, last in spans:
        if start < first:
            found.append((start, min(first, end)))
        start = max(start, last)
    return [*found, (start, end)] if start < end else found


def octets(spans: Iterable[tuple[int, int]]) -> int:
    """How many there are."""
    return sum(end - start for start, end in spans)
