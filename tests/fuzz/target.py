"""What is fuzzed: a function that takes any octets, and octets to begin with."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class Target(NamedTuple):
    """`run` must return for any input; whatever it raises is a finding."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    """Small inputs that reach far."""


def pieces(data: bytes) -> Iterator[bytes]:
    """An input as a list: each piece stands behind its length in two octets, the last one may be short."""
    at = 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        yield data[at + 2 : end]
        at = end


def joined(parts: Iterable[bytes]) -> bytes:
    """The input that `pieces` takes apart again."""
    return b"".join(len(part).to_bytes(2) + part for part in parts)
