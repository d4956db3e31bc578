"""What an impairment is to do, as a value, and the short text that a user writes for it.

Knows no frame and no link.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

_TOO_MUCH = 1 << 63
"""What times and rates have to be below: 292 years in nanoseconds."""
SMALLEST_MTU = 68
"""What every link takes (RFC 791 3.2)."""

Value = float | int | tuple[int, ...]

_UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_RATES = {"bit": 1, "kbit": 1_000, "Mbit": 1_000_000, "Gbit": 1_000_000_000}
_GRAMMAR = (
    "write loss=5%, dup=1%, reorder=2%, corrupt=0.1%, mark=5%, delay=20ms, jitter=5ms, rate=2Mbit, mtu=1400"
    " or drop=3:7 (packet numbers), separated by commas, each with in. or out. in front for one direction"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What happens to the packets of one direction. Probabilities from 0 to 1, times in ns."""

    loss: float = 0.0
    dup: float = 0.0
    reorder: float = 0.0
    """The probability that a packet waits until the next one has overtaken it."""
    corrupt: float = 0.0
    mark: float = 0.0
    """The probability that a packet that can be marked (ECN, RFC 3168) tells of congestion."""
    delay: int = 0
    jitter: int = 0
    """A packet's delay lies within `jitter` of `delay`, evenly: packets may overtake each other."""
    rate: int = 0
    """Bits per second; packets queue before it without limit. 0: no limit."""
    mtu: int = 0
    """Octets of the largest IP packet that passes; larger ones vanish without a word. 0: no limit."""
    drop: tuple[int, ...] = ()
    """The packets that are lost in any case, counted from 1."""

    def __str__(self) -> str:
        return ",".join(self.tokens())

    def tokens(self) -> list[str]:
        """The rules that are not at rest, each as `parse_plan` reads it."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return [f"{name}={_READERS[name].written(value)}" for name, value in named if value]


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of both directions; `str()` gives the spec that `parse_plan` reads."""

    outgoing: Rules = Rules()
    incoming: Rules = Rules()

    def __str__(self) -> str:
        if self.outgoing == self.incoming:
            return str(self.outgoing)
        out = [f"out.{token}" for token in self.outgoing.tokens()]
        return ",".join(out + [f"in.{token}" for token in self.incoming.tokens()])


def parse_plan(spec: str) -> Plan:
    """The plan that a spec such as `loss=5%,out.drop=2:7,delay=20ms` describes.

    A rule without prefix is for both directions. Probabilities are written 5% or 0.05, times 20ms
    (ns, us, ms, s), `drop` as packet numbers: 3 or 3:7. A rule given twice: the last one counts.
    Raises ValueError that names the token and says what to write, the nearest rule where there is one.
    """
    sides = {"out": Rules(), "in": Rules()}
    for token in filter(None, map(str.strip, spec.split(","))):
        name, _, text = token.partition("=")
        side, dot, rule = name.rpartition(".")
        if rule not in _READERS or (dot and side not in sides):
            raise ValueError(f"{token!r} is no impairment: {_advice(name, text)}")
        value: dict[str, Any] = {rule: _read(token, rule, text)}
        for target in [side] if dot else list(sides):
            sides[target] = replace(sides[target], **value)
    return Plan(sides["out"], sides["in"])


def _advice(name: str, text: str) -> str:
    """What to write instead of a rule that there is not."""
    side, dot, rule = name.rpartition(".")
    letters = rule.rstrip("0123456789%")
    near = get_close_matches(letters, _READERS, n=1)
    if not near or (dot and side not in ("in", "out")):
        return _GRAMMAR
    value = text or rule[len(letters) :]
    right = value if value and _is_readable(near[0], value) else _READERS[near[0]].example
    return f"did you mean {side}{dot}{near[0]}={right}?"


def _read(token: str, rule: str, text: str) -> Value:
    reader = _READERS[rule]
    try:
        return reader.read(text)
    except (ValueError, ArithmeticError):
        meant = f"{text}{reader.unit}"
        guess = f" Did you mean {rule}={meant}?" if _is_readable(rule, meant) else ""
        raise ValueError(f"{token!r}: {rule} takes {reader.allowed}.{guess}") from None


def _is_readable(rule: str, text: str) -> bool:
    try:
        _READERS[rule].read(text)
    except (ValueError, ArithmeticError):
        return False
    return True


def _probability(text: str) -> float:
    value = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise ValueError
    return float(value)


def _duration(text: str) -> int:
    return _with_unit(text, _UNITS)


def _rate(text: str) -> int:
    return _with_unit(text, _RATES)


def _with_unit(text: str, units: Mapping[str, int]) -> int:
    number = text.rstrip("".join(units))
    value = Decimal(number) * units.get(text[len(number) :], -1)
    if not 0 <= value < _TOO_MUCH:  # before it is an int: 1e999980 would be one for hours
        raise ValueError
    return round(value)


def _octets(text: str) -> int:
    value = int(text)
    if value < SMALLEST_MTU:
        raise ValueError
    return value


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(sorted({int(number) for number in text.split(":")}))
    if numbers[0] < 1:
        raise ValueError
    return numbers


def _largest_unit(value: int, units: Mapping[str, int]) -> str:
    unit = max((unit for unit in units if value % units[unit] == 0), key=units.__getitem__)
    return f"{value // units[unit]}{unit}"


class _Rule(NamedTuple):
    """How a kind of value is read and written."""

    read: Callable[[str], Value]
    written: Callable[[Any], str]
    allowed: str
    unit: str
    """What is easily forgotten behind the number."""
    example: str


_A_PROBABILITY = _Rule(
    _probability,
    lambda value: f"{(Decimal(repr(value)) * 100).normalize():f}%",
    "a probability from 0% to 100%, such as 5% or 0.05",
    "%",
    "5%",
)
_A_DURATION = _Rule(
    _duration,
    lambda value: _largest_unit(value, _UNITS),
    "a time with its unit (ns, us, ms, s), such as 20ms",
    "ms",
    "20ms",
)

_READERS: dict[str, _Rule] = {
    "loss": _A_PROBABILITY,
    "dup": _A_PROBABILITY,
    "reorder": _A_PROBABILITY,
    "corrupt": _A_PROBABILITY,
    "mark": _A_PROBABILITY,
    "delay": _A_DURATION,
    "jitter": _A_DURATION,
    "rate": _Rule(
        _rate,
        lambda value: _largest_unit(value, _RATES),
        "bits per second with their unit (bit, kbit, Mbit, Gbit), such as 2Mbit",
        "Mbit",
        "2Mbit",
    ),
    "mtu": _Rule(_octets, str, f"octets, {SMALLEST_MTU} at least, such as 1400", "", "1400"),
    "drop": _Rule(
        _numbers,
        lambda value: ":".join(map(str, value)),
        "packet numbers from 1 on, such as 3 or 3:7",
        "",
        "3",
    ),
}
