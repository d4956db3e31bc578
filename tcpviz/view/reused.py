"""What the last painting made of single packets, for the next one: most of them are in it again."""

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Reused(Generic[K, V]):
    """Values by key for as long as they are wanted each time: never more than the last look wanted.

    For what never changes once it can be made: the key holds everything that the value depends on.
    """

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make
        self._values: dict[K, V] = {}

    def each(self, wanted: Iterable[K]) -> list[V]:
        """The values of `wanted`, in that order; those that the last look had are not made again."""
        before = self._values
        self._values = {key: before[key] if key in before else self._make(key) for key in wanted}
        return list(self._values.values())
