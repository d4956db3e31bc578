"""Sequence numbers: arithmetic modulo 2^32 (RFC 9293 section 3.4).

`Seq` is a type of its own, so that mypy refuses a bare int where a sequence number is meant and
nobody compares two of them with `<`.
"""

from typing import NewType

Seq = NewType("Seq", int)

_MASK = 0xFFFF_FFFF
_HALF = 0x8000_0000


def seq(number: int) -> Seq:
    """`number` brought into sequence space (modulo 2^32)."""
    return Seq(number & _MASK)


def add(start: Seq, octets: int) -> Seq:
    """The sequence number `octets` after `start` (before it, when negative)."""
    return Seq((start + octets) & _MASK)


def diff(a: Seq, b: Seq) -> int:
    """How many octets `a` lies after `b`: negative when before, in [-2^31, 2^31)."""
    return ((a - b + _HALF) & _MASK) - _HALF


def lt(a: Seq, b: Seq) -> bool:
    """Whether `a` comes before `b`."""
    return ((a - b) & _MASK) >= _HALF


def le(a: Seq, b: Seq) -> bool:
    """Whether `a` comes before `b` or is the same."""
    return ((b - a) & _MASK) < _HALF


def gt(a: Seq, b: Seq) -> bool:
    """Whether `a` comes after `b`."""
    return ((b - a) & _MASK) >= _HALF


def ge(a: Seq, b: Seq) -> bool:
    """Whether `a` comes after `b` or is the same."""
    return ((a - b) & _MASK) < _HALF


def earlier(a: Seq, b: Seq) -> Seq:
    """The one of the two that comes first."""
    return a if lt(a, b) else b


def later(a: Seq, b: Seq) -> Seq:
    """The one of the two that comes last."""
    return b if lt(a, b) else a


def in_window(number: Seq, start: Seq, size: int) -> bool:
    """Whether start =< number < start+size, the test of RFC 9293 section 3.4."""
    return ((number - start) & _MASK) < size
