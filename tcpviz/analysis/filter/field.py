"""What a field is, and the makers of those that stand at a fixed place in a header."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.values import BOOLEAN, Kind, Value

Values: TypeAlias = Sequence[Value]
Getter: TypeAlias = Callable[[Subject], Values]

ABSENT: Final = ()
THERE: Final = (1,)
_TRUE: Final = (1,)
_FALSE: Final = (0,)


class Field(NamedTuple):
    """A name of the filter language: its values in a packet, none where it is absent."""

    kind: Kind
    values: Getter
    sought: Getter | None = None
    """Where `contains` and `matches` look, if that is more than the values: behind a protocol's header."""


def truth(value: object) -> Values:
    """A boolean field that is there."""
    return _TRUE if value else _FALSE


def octets(protocol: str, offset: int, size: int) -> Getter:
    """Octets at a fixed place in a header."""

    def values(subject: Subject) -> Values:
        return [
            data[start + offset : start + offset + size]
            for _, data, start, end in subject.places(protocol)
            if start + offset + size <= end
        ]

    return values


def number(
    protocol: str, offset: int, size: int = 1, shift: int = 0, mask: int = -1, unit: int = 1
) -> Getter:
    """The bits of `mask`, after a shift to the right, of the number at a fixed place in a header."""

    def values(subject: Subject) -> Values:
        return [
            (int.from_bytes(data[start + offset : start + offset + size]) >> shift & mask) * unit
            for _, data, start, end in subject.places(protocol)
            if start + offset + size <= end
        ]

    return values


def bit(protocol: str, offset: int, place: int) -> Field:
    """One bit of an octet, `place` from the lowest."""
    return Field(BOOLEAN, number(protocol, offset, 1, place, 1))


def both(first: Getter, second: Getter) -> Getter:
    """The values of two fields: those of either end."""
    return lambda subject: [*first(subject), *second(subject)]


def header(protocol: str, size: Callable[[bytes, int], int]) -> Getter:
    """The octets of a protocol's header; `size` tells its length from the frame and the header's place."""

    def values(subject: Subject) -> Values:
        return [
            data[start : min(end, start + size(data, start))]
            for _, data, start, end in subject.places(protocol)
            if start < end
        ]

    return values


def rest(protocol: str) -> Getter:
    """A protocol's header and all behind it."""

    def values(subject: Subject) -> Values:
        return [data[start:end] for _, data, start, end in subject.places(protocol)]

    return values
