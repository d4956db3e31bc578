"""The left side of a relation: a field, or what is made of it by a slice or a mask."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tcpviz.analysis.filter.errors import FilterError
from tcpviz.analysis.filter.field import Getter, Values
from tcpviz.analysis.filter.fields import FIELDS, nearest
from tcpviz.analysis.filter.slices import cut
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.values import NUMBERS, OCTETS, SLICED, Kind, Literal, Span, Value


class Operand(NamedTuple):
    """Values of one kind; `sought` is where to look for a part of them."""

    kind: Kind
    values: Getter
    sought: Getter
    column: int
    length: int
    bits: bool = False
    """They are some bits of a number, which are there if any of them is set."""


def field(name: Literal) -> Operand:
    """The field of that name. FilterError, with the name that was probably meant, when there is none."""
    found = FIELDS.get(name.text)
    if found is None:
        near = nearest(name.text)
        advice = f": did you mean {near}?" if near else ""
        raise FilterError(f"there is no field {name.text}{advice}", name.column, name.length)
    return Operand(found.kind, found.values, found.sought or found.values, name.column, name.length)


def sliced(name: Literal, brackets: Literal) -> Operand:
    """A part of a field's octets."""
    whole = field(name)
    if whole.kind not in SLICED:
        raise FilterError(
            f"{name.text} has no parts: it is {whole.kind.name}", brackets.column, brackets.length
        )
    try:
        part = cut(brackets.text)
    except ValueError as error:
        raise FilterError(str(error), brackets.column, brackets.length) from None
    values = _each(whole.values, lambda value: part(value.encode() if isinstance(value, str) else value))
    return Operand(OCTETS, values, values, whole.column, brackets.column + brackets.length - whole.column)


def masked(name: Literal, mask: Literal) -> Operand:
    """The bits of a field that a mask leaves."""
    whole = field(name)
    if whole.kind not in NUMBERS:
        raise FilterError(f"{name.text} has no bits: it is {whole.kind.name}", name.column, name.length)
    bits, _ = span(whole.kind, mask)
    values = _each(whole.values, lambda value: value & bits)
    return Operand(whole.kind, values, values, whole.column, mask.column + mask.length - whole.column, True)


def span(kind: Kind, literal: Literal) -> Span:
    """What a literal stands for beside a field of that kind; FilterError when it can't."""
    try:
        return kind.span(literal)
    except ValueError as error:
        raise FilterError(str(error), literal.column, literal.length) from None


def _each(values: Getter, change: Callable[[Any], Value | None]) -> Getter:
    def changed(subject: Subject) -> Values:
        return [part for value in values(subject) if (part := change(value)) is not None]

    return changed
