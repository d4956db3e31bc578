"""The relations of the filter language as predicates on the values of fields.

A field may have several values in a packet (`tcp.port` has two). As in Wireshark 4.0, a relation holds if it
holds for any of them; `!=` if it holds for all of them; and none holds where the field is absent.
"""

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from tcpviz.analysis.filter.field import Getter
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.values import Span, Value

Predicate: TypeAlias = Callable[[Subject], bool]
Check: TypeAlias = Callable[[Any], bool]

ALL_BY_NATURE: Final = frozenset({"!=", "==="})
"""The comparisons that hold only if they do for all values."""

ALIASES: Final = {
    "eq": "==", "any_eq": "==", "all_eq": "===", "ne": "!=", "all_ne": "!=", "any_ne": "!==", "~=": "!==",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip

_PAIRS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq, "===": operator.eq, "!=": operator.ne, "!==": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def present(values: Getter) -> Predicate:
    """The field is there."""
    return lambda subject: bool(values(subject))


def any_set(values: Getter) -> Predicate:
    """Any of the bits that are left of the field is set."""
    return lambda subject: any(values(subject))


def either(tests: Sequence[Predicate]) -> Predicate:
    """One of the tests holds."""

    def holds(subject: Subject) -> bool:
        for test in tests:  # noqa: SIM110 - a generator takes twice as long
            if test(subject):
                return True
        return False

    return holds


def both(tests: Sequence[Predicate]) -> Predicate:
    """All tests hold."""

    def holds(subject: Subject) -> bool:
        for test in tests:  # noqa: SIM110
            if not test(subject):
                return False
        return True

    return holds


def inverted(test: Predicate) -> Predicate:
    """The test does not hold."""
    return lambda subject: not test(subject)


def compared(sign: str, every: bool, values: Getter, span: Span) -> Predicate:
    """The field compares so with a literal."""
    low, high = span
    if sign == "==" and not every and low == high:
        return lambda subject: low in values(subject)
    return _holds(every, values, _check(sign, low, high))


def _check(sign: str, low: Any, high: Any) -> Check:
    """A literal that stands for several values is equal to each of them, and none lies beside it."""
    match sign:
        case "==" | "===":
            return lambda value: bool(low <= value <= high)
        case "!=" | "!==":
            return lambda value: not low <= value <= high
        case "<":
            return lambda value: bool(value < low)
        case "<=":
            return lambda value: bool(value <= high)
        case ">":
            return lambda value: bool(value > high)
        case _:
            return lambda value: bool(value >= low)


def compared_with_field(sign: str, every: bool, left: Getter, right: Getter) -> Predicate:
    """Two fields of the packet compare so."""
    compare, quantify = _PAIRS[sign], all if every else any

    def holds(subject: Subject) -> bool:
        ours, others = left(subject), right(subject)
        return bool(ours and others) and quantify(compare(our, other) for our in ours for other in others)

    return holds


def member(values: Getter, spans: Sequence[Span]) -> Predicate:
    """The field is in a set of values and ranges."""
    ranges: Sequence[tuple[Any, Any]] = spans

    def check(value: Value) -> bool:
        return any(low <= value <= high for low, high in ranges)

    return _holds(False, values, check)


def contains(values: Getter, needle: Value) -> Predicate:
    """The field has these octets or characters in it."""
    part: Any = needle
    return _holds(False, values, lambda value: part in value)


def matches(values: Getter, pattern: re.Pattern[str] | re.Pattern[bytes]) -> Predicate:
    """The pattern is found in the field."""
    search: Callable[[Any], object] = pattern.search
    return _holds(False, values, lambda value: search(value) is not None)


def _holds(every: bool, values: Getter, check: Check) -> Predicate:
    def any_of(subject: Subject) -> bool:
        return any(map(check, values(subject)))

    def all_of(subject: Subject) -> bool:
        found = values(subject)
        return bool(found) and all(map(check, found))

    return all_of if every else any_of
