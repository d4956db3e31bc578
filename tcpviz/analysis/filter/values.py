"""The kinds of values that fields have, and how a literal of each is written.

Every literal is a pair, the lowest and the highest value that are equal to it: the two differ for networks
such as 10.0.0.0/8. Values of a kind compare as Python compares them: numbers and times (in ns) are ints,
addresses and octets are bytes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from typing import Final, NamedTuple, TypeAlias

Value: TypeAlias = int | bytes | str
Span: TypeAlias = tuple[Value, Value]

_SECOND: Final = 1_000_000_000


class Literal(NamedTuple):
    """What stands at one side of a comparison, without its quotes."""

    text: str
    quoted: bool
    column: int
    length: int


@dataclass(frozen=True)
class Kind:
    """A kind of values. `span` reads a literal and raises ValueError, with an advice, where it is none."""

    name: str
    span: Callable[[Literal], Span]


def unsigned(bits: int) -> Kind:
    """Numbers of so many bits."""
    largest = (1 << bits) - 1

    def span(literal: Literal) -> Span:
        number = _integer(literal)
        if number > largest:
            raise ValueError(f"{literal.text} is too big for this field, whose maximum is {largest}")
        return number, number

    return Kind("a number", span)


def one_of(*words: str) -> Kind:
    """Strings of which all are known."""

    def span(literal: Literal) -> Span:
        if literal.text not in words:
            near = get_close_matches(literal.text, words, 1)
            advice = f': did you mean "{near[0]}"?' if near else f", but {', '.join(words)}"
            raise ValueError(f'there is no "{literal.text}"{advice}')
        return literal.text, literal.text

    return Kind("a word", span)


def _integer(literal: Literal) -> int:
    text = literal.text.lower()
    if literal.quoted:
        raise ValueError(f'this field is a number: write {literal.text}, not "{literal.text}"')
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{literal.text} is no number")
    return int(text, 8) if _OCTAL.fullmatch(text) else int(text, 0)


def _boolean(literal: Literal) -> Span:
    word = literal.text.lower()
    if word in _TRUTHS:
        return _TRUTHS[word], _TRUTHS[word]
    try:
        truth = int(_integer(literal) != 0)
    except ValueError:
        raise ValueError(f"{literal.text} is neither 1 (True) nor 0 (False)") from None
    return truth, truth


def _ipv4(literal: Literal) -> Span:
    try:
        network = IPv4Network(literal.text, strict=False)
    except ValueError:
        raise ValueError(f"{literal.text} is no IPv4 address, e.g. 192.0.2.1, nor 192.0.2.0/24") from None
    return network.network_address.packed, network.broadcast_address.packed


def _ipv6(literal: Literal) -> Span:
    try:
        if "%" in literal.text:
            raise ValueError
        network = IPv6Network(literal.text, strict=False)
    except ValueError:
        raise ValueError(f"{literal.text} is no IPv6 address, e.g. 2001:db8::1, nor 2001:db8::/32") from None
    return network.network_address.packed, network.broadcast_address.packed


def _ethernet(literal: Literal) -> Span:
    octets = octets_of(literal)
    if len(octets) != 6:
        raise ValueError(f"{literal.text} is no Ethernet address, e.g. 00:00:5e:00:53:01")
    return octets, octets


def octets_of(literal: Literal) -> bytes:
    """The octets that a literal stands for: the characters of a string, or pairs of hexadecimal digits."""
    if literal.quoted:
        return literal.text.encode("utf-8", "surrogatepass")
    if not _OCTETS.fullmatch(literal.text):
        raise ValueError(f'{literal.text} is no string of octets, e.g. 0d:0a or "text"')
    return bytes.fromhex(re.sub("^0[xX]|[:.-]", "", literal.text))


def _octets(literal: Literal) -> Span:
    octets = octets_of(literal)
    return octets, octets


def _string(literal: Literal) -> Span:
    return literal.text, literal.text


def _seconds(literal: Literal) -> Span:
    if literal.quoted or not _DECIMAL.fullmatch(literal.text):
        raise ValueError(f"{literal.text} is no time in seconds, e.g. 0.2")
    nanoseconds = int(Decimal(literal.text) * _SECOND)
    return nanoseconds, nanoseconds


def _date(literal: Literal) -> Span:
    """A date and a time, local where no zone is said, with up to nine decimal places."""
    found = _FRACTION.fullmatch(literal.text)
    if not found:
        raise ValueError(_NO_DATE)
    text, fraction, zone = found.group(1), found.group(2) or "", found.group(3) or ""
    try:
        when = datetime.fromisoformat(text + zone)
    except ValueError:
        when = _english_date(text, zone)
    try:
        seconds = int((when.astimezone(UTC) - _EPOCH).total_seconds())
    except (OverflowError, ValueError, OSError):
        raise ValueError(_NO_DATE) from None
    nanoseconds = seconds * _SECOND + int(fraction[:9].ljust(9, "0"))
    return nanoseconds, nanoseconds


def _english_date(text: str, zone: str) -> datetime:
    found = _ENGLISH.fullmatch(text)
    if zone or not found or found.group(1) not in _MONTHS:
        raise ValueError(_NO_DATE)
    month = _MONTHS.index(found.group(1)) + 1
    day, year, hour, minute, second = (int(part or 0) for part in found.groups()[1:])
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise ValueError(_NO_DATE) from None


def _nothing(literal: Literal) -> Span:
    raise ValueError("this field has no value: it is there or it isn't")


_NUMBER: Final = re.compile(r"-?(0x[0-9a-f]+|0b[01]+|0[0-7]+|0|[1-9][0-9]*)", re.ASCII)
_OCTAL: Final = re.compile(r"-?0[0-7]+", re.ASCII)
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]*)?", re.ASCII)
_OCTETS: Final = re.compile(r"(0[xX])?[0-9a-fA-F]{2}([:.-]?[0-9a-fA-F]{2})*", re.ASCII)
_FRACTION: Final = re.compile(r"([^.]*\d)(?:\.(\d+))?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_ENGLISH: Final = re.compile(r"(\w{3}) +(\d{1,2}), (\d{4}) (\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TRUTHS: Final = {"true": 1, "set": 1, "false": 0, "not set": 0}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_DATE: Final = 'this is no date, e.g. "2026-11-22 14:00:00"'

BOOLEAN: Final = Kind("true or false", _boolean)
IPV4: Final = Kind("an IPv4 address", _ipv4)
IPV6: Final = Kind("an IPv6 address", _ipv6)
ETHER: Final = Kind("an Ethernet address", _ethernet)
OCTETS: Final = Kind("octets", _octets)
STRING: Final = Kind("a string of characters", _string)
SECONDS: Final = Kind("a time in seconds", _seconds)
DATE: Final = Kind("a date", _date)
NOTHING: Final = Kind("nothing", _nothing)
U8, U16, U24, U32, U64 = (unsigned(bits) for bits in (8, 16, 24, 32, 64))

NUMBERS: Final = frozenset({U8, U16, U24, U32, U64})
SLICED: Final = frozenset({OCTETS, ETHER, IPV4, IPV6, STRING})
"""The kinds that are octets, or have an encoding in octets."""


def comparable(one: Kind, other: Kind) -> bool:
    """Whether fields of the two kinds compare with each other."""
    return one is other or (one in NUMBERS and other in NUMBERS)
