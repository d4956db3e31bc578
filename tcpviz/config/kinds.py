"""The kinds of values that settings have: what is allowed, how it is read from TOML, how it is written."""

import json
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

T = TypeVar("T")


class WrongError(ValueError):
    """Not a value of this kind; the text says what is wrong, and what is allowed."""


class Kind(Generic[T]):
    """One kind of value."""

    allowed = ""
    """What may stand there, in a few words."""

    def read(self, value: object) -> T:
        """The setting of a TOML value. Raises WrongError."""
        raise NotImplementedError

    def write(self, value: T) -> str:
        """As TOML."""
        return json.dumps(value, ensure_ascii=False)

    def wrong(self, value: object, advice: str = "") -> WrongError:
        """The error for a value that is none of this kind."""
        return WrongError(f"{_toml(value)} does not do: {self.allowed}{advice}")


class Switch(Kind[bool]):
    """On or off."""

    allowed = "true or false"

    def read(self, value: object) -> bool:
        """See Kind."""
        if isinstance(value, bool):
            return value
        raise self.wrong(value)


class Number(Kind[float]):
    """No less than 0."""

    allowed = "a number from 0 on"

    def read(self, value: object) -> float:
        """See Kind."""
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and 0 <= value <= sys.float_info.max
        ):
            return float(value)
        raise self.wrong(value)


class Text(Kind[str]):
    """Any text."""

    allowed = "a text in quotes"

    def read(self, value: object) -> str:
        """See Kind."""
        if isinstance(value, str):
            return value
        raise self.wrong(value)


class Folder(Kind[str]):
    """Its name; it need not be there."""

    allowed = "a folder's name in quotes"

    def read(self, value: object) -> str:
        """See Kind."""
        if not isinstance(value, str) or "\0" in value:
            raise self.wrong(value)
        try:
            Path(value).expanduser()
        except RuntimeError:
            raise WrongError(f"{_toml(value)} does not do: nobody here has that home folder") from None
        return value


class Size(Kind[int]):
    """Octets."""

    allowed = 'a size such as "500 MB" or "2 GB"'
    _units: ClassVar[dict[str, int]] = {"TB": 10**12, "GB": 10**9, "MB": 10**6, "kB": 10**3, "B": 1}

    def read(self, value: object) -> int:
        """See Kind."""
        found = (
            re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?) ?([kMGT]?B)", value) if isinstance(value, str) else None
        )
        if found is None:
            raise self.wrong(value)
        return int(float(found[1]) * self._units[found[2]])

    def write(self, value: int) -> str:
        """In the largest unit that leaves no rest."""
        unit, octets = next(each for each in self._units.items() if value % each[1] == 0)
        return f'"{value // octets} {unit}"'


class Choice(Kind[str]):
    """One of some names."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self.allowed = "one of " + ", ".join(names)

    def read(self, value: object) -> str:
        """See Kind."""
        if isinstance(value, str) and value in self._names:
            return value
        raise self.wrong(value, nearest(value, self._names))


class Choices(Kind[tuple[str, ...]]):
    """Some names, each once, in the order that the user likes; `alone` can't stand together."""

    def __init__(self, names: Sequence[str], alone: Sequence[str]) -> None:
        self._names = names
        self._alone = alone
        self.allowed = f"a list of {', '.join(names)}, each once, and one of {' and '.join(alone)} only"

    def read(self, value: object) -> tuple[str, ...]:
        """See Kind."""
        if not isinstance(value, list):
            raise self.wrong(value)
        for each in value:
            if each not in self._names:
                raise WrongError(f"{_toml(each)} does not do: {self.allowed}{nearest(each, self._names)}")
        if len(set(value)) < len(value) or len(set(self._alone) & set(value)) > 1:
            raise self.wrong(value)
        return tuple(value)


def nearest(value: object, names: Sequence[str]) -> str:
    """A question after the name that was probably meant; empty where none is near."""
    near = get_close_matches(value, names, n=1) if isinstance(value, str) else []
    return f". Did you mean {near[0]}?" if near else ""


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
