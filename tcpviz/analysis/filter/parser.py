"""The grammar of display filters, and what makes a predicate of each of its sentences."""

import re
import warnings
from functools import cache
from typing import Final, NamedTuple, TypeAlias, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

from tcpviz.analysis.filter import operand, relations
from tcpviz.analysis.filter.errors import FilterError
from tcpviz.analysis.filter.fields import FIELDS
from tcpviz.analysis.filter.operand import Operand
from tcpviz.analysis.filter.relations import Predicate
from tcpviz.analysis.filter.strings import unquoted
from tcpviz.analysis.filter.values import (
    ETHER,
    OCTETS,
    STRING,
    Literal,
    Span,
    Value,
    comparable,
    octets_of,
)

_GRAMMAR: Final = r"""
?start: either
?either: both (_OR both)*
?both: negation (_AND negation)*
?negation: _NOT negation -> inverted
    | "(" either ")"
    | relation
?relation: term -> presence
    | term COMPARISON term -> comparison
    | QUANTIFIER term COMPARISON term -> quantified
    | term _IN "{" _elements "}" -> membership
    | term _NOT _IN "{" _elements "}" -> exclusion
    | term _CONTAINS literal -> containment
    | term _MATCHES literal -> match

?term: WORD SLICE -> sliced
    | WORD "&" WORD -> masked
    | literal
literal: WORD | STRING
_elements: element ("," element)*
element: literal (".." literal)?

_OR: /\|\||or(?![\w.])/
_AND.2: /&&|and(?![\w.])/
_NOT.3: /!(?!=)|not(?![\w.])/
_IN: /in(?![\w.])/
_CONTAINS: /contains(?![\w.])/
_MATCHES: /matches(?![\w.])|~(?!=)/
QUANTIFIER.3: /(any|all)(?![\w.])/
COMPARISON: /===|==|!==|!=|~=|<=|>=|<|>|(?:(?:any_|all_)?(?:eq|ne)|lt|le|gt|ge)(?![\w.])/
SLICE: /\[[^\]]*\]/
STRING.2: /r"[^"]*"|"(?:[^"\\]|\\.)*"/
WORD: /(?:[\w:\/+-]|\.(?!\.))+/
%ignore /[ \t\r\n]+/
"""
_DEEPEST: Final = 100
"""Levels of nesting: Python itself has a limit, and no filter that means anything comes near this one."""

Term: TypeAlias = "Operand | Literal"


class _Test(NamedTuple):
    holds: Predicate
    depth: int = 1


def parse(text: str) -> Predicate:
    """The predicate that a filter describes. FilterError, with the place, when it describes none."""
    try:
        test = cast(_Test, _parser().parse(text))
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    return test.holds


def _unexpected(error: UnexpectedInput, text: str) -> FilterError:
    if isinstance(error, UnexpectedToken):
        token = error.token
        if token.type == "$END":
            return FilterError("the filter ends too early", len(text))
        return FilterError(f"{token} was not expected here", token.start_pos or 0, len(token))
    at = error.pos_in_stream or 0
    if text[at] == '"':
        return FilterError("the string has no end", at, len(text) - at)
    return FilterError(f"{text[at]} was not expected here", at)


@v_args(inline=True)
class _Builder(Transformer[Token, _Test]):
    """Makes a value of each rule as soon as it was read, so that no tree is ever walked."""

    def either(self, *tests: _Test) -> _Test:
        return _nested(relations.either([test.holds for test in tests]), *tests)

    def both(self, *tests: _Test) -> _Test:
        return _nested(relations.both([test.holds for test in tests]), *tests)

    def inverted(self, test: _Test) -> _Test:
        return _nested(relations.inverted(test.holds), test)

    def presence(self, term: Term) -> _Test:
        values = _field(term)
        return _Test(relations.any_set(values.values) if values.bits else relations.present(values.values))

    def comparison(self, left: Term, sign: Token, right: Term) -> _Test:
        comparison = relations.ALIASES.get(sign, str(sign))
        return _compared(left, comparison, right, every=comparison in relations.ALL_BY_NATURE)

    def quantified(self, quantifier: Token, left: Term, sign: Token, right: Term) -> _Test:
        return _compared(left, relations.ALIASES.get(sign, str(sign)), right, every=quantifier == "all")

    def membership(self, term: Term, *elements: tuple[Literal, Literal]) -> _Test:
        values = _field(term)
        return _Test(relations.member(values.values, [_range(values, *element) for element in elements]))

    def exclusion(self, term: Term, *elements: tuple[Literal, Literal]) -> _Test:
        return self.inverted(self.membership(term, *elements))

    def containment(self, term: Term, literal: Literal) -> _Test:
        values = _field(term)
        return _Test(relations.contains(values.sought, _needle(values, literal)))

    def match(self, term: Term, literal: Literal) -> _Test:
        values = _field(term)
        return _Test(relations.matches(values.sought, _pattern(values, literal)))

    def sliced(self, word: Token, brackets: Token) -> Operand:
        return operand.sliced(_literal(word), _literal(brackets))

    def masked(self, word: Token, mask: Token) -> Operand:
        return operand.masked(_literal(word), _literal(mask))

    def literal(self, token: Token) -> Literal:
        return _literal(token)

    def element(self, low: Literal, high: Literal | None = None) -> tuple[Literal, Literal]:
        return low, high or low


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Builder())


def _nested(holds: Predicate, *tests: _Test) -> _Test:
    depth = 1 + max(test.depth for test in tests)
    if depth > _DEEPEST:
        raise FilterError("the filter is nested too deeply")
    return _Test(holds, depth)


def _literal(token: Token) -> Literal:
    column = token.start_pos or 0
    if token.type != "STRING":
        return Literal(str(token), False, column, len(token))
    try:
        return Literal(unquoted(token), True, column, len(token))
    except ValueError as error:
        raise FilterError(str(error), column, len(token)) from None


def _field(term: Term) -> Operand:
    return term if isinstance(term, Operand) else operand.field(term)


def _compared(left: Term, sign: str, right: Term, *, every: bool) -> _Test:
    ours = _field(left)
    if isinstance(right, Literal) and (right.quoted or right.text not in FIELDS):
        return _Test(relations.compared(sign, every, ours.values, operand.span(ours.kind, right)))
    other = _field(right)
    if not comparable(ours.kind, other.kind):
        raise FilterError(f"{ours.kind.name} and {other.kind.name} don't compare", other.column, other.length)
    return _Test(relations.compared_with_field(sign, every, ours.values, other.values))


def _range(values: Operand, low: Literal, high: Literal) -> Span:
    return operand.span(values.kind, low)[0], operand.span(values.kind, high)[1]


def _needle(values: Operand, literal: Literal) -> Value:
    if values.kind is STRING and literal.quoted:
        return literal.text
    if values.kind not in (OCTETS, ETHER):
        raise _no_parts(values, literal)
    try:
        return octets_of(literal)
    except ValueError as error:
        raise FilterError(str(error), literal.column, literal.length) from None


def _pattern(values: Operand, literal: Literal) -> re.Pattern[str] | re.Pattern[bytes]:
    """A regular expression; as in Wireshark, capitals and small letters are the same."""
    if values.kind not in (OCTETS, STRING) or not literal.quoted:
        raise _no_parts(values, literal)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what may mean something else in a later Python
            if values.kind is STRING:
                return re.compile(literal.text, re.IGNORECASE)
            return re.compile(literal.text.encode("utf-8", "surrogatepass"), re.IGNORECASE | re.DOTALL)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise FilterError(f"no regular expression: {error}", literal.column, literal.length) from None


def _no_parts(values: Operand, literal: Literal) -> FilterError:
    if values.kind in (OCTETS, STRING):
        return FilterError(f'write "{literal.text}"', literal.column, literal.length)
    return FilterError(f"there is nothing to find in {values.kind.name}", values.column, values.length)
