"""Which packet is looked at. Knows positions in the packet list and nothing else."""

from dataclasses import dataclass


@dataclass(slots=True)
class Cursor:
    """A position in a growing list of packets. While it follows, it stands at the last one."""

    position: int = 0
    follows: bool = True
    count: int = 0
    """How many packets there are."""

    @property
    def last(self) -> int:
        """The position of the last packet."""
        return max(self.count - 1, 0)

    def grow(self, count: int) -> None:
        """There are `count` packets now."""
        self.count = count
        if self.follows:
            self.position = self.last

    def go(self, position: int) -> None:
        """Stand still at `position`, or at the nearest that exists."""
        self.position = min(max(position, 0), self.last)
        self.follows = False

    def live(self) -> None:
        """Stand at the end and follow it."""
        self.follows = True
        self.position = self.last
