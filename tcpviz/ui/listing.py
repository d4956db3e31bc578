"""Which packets the list shows: all of a run, or those that pass a display filter.

A row is a line of the list, a position counts all packets of the run.
"""

from typing import Protocol

from tcpviz.view.filtered import FilteredPackets
from tcpviz.view.run import RunView


class Listing(Protocol):
    """Some packets of a run, in order; there may be more at each look."""

    def __len__(self) -> int:
        """How many rows there are."""

    def position(self, row: int) -> int:
        """The packet that this row shows."""

    def row(self, position: int) -> int:
        """The row of the packet, or of the last one before it; -1 when there is none."""


class NoPackets:
    """Before there is a run."""

    def __len__(self) -> int:
        return 0

    def position(self, row: int) -> int:
        """See Listing."""
        raise IndexError(row)

    def row(self, position: int) -> int:
        """See Listing."""
        return -1


class AllPackets:
    """Every packet has its row."""

    def __init__(self, run: RunView) -> None:
        self._packets = run.packets

    def __len__(self) -> int:
        return len(self._packets)

    def position(self, row: int) -> int:
        """See Listing."""
        return row

    def row(self, position: int) -> int:
        """See Listing."""
        return position


class PassingPackets:
    """Those that were found to pass a filter."""

    def __init__(self, found: FilteredPackets) -> None:
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    def position(self, row: int) -> int:
        """See Listing."""
        return self._found.positions[row]

    def row(self, position: int) -> int:
        """See Listing."""
        return self._found.index(position)


def shows(listing: Listing, position: int) -> bool:
    """Whether the packet has a row."""
    row = listing.row(position)
    return row >= 0 and listing.position(row) == position


def nearest(listing: Listing, position: int) -> int:
    """The listed packet that is nearest to `position`: itself, if it is listed. There has to be one."""
    row = listing.row(position)
    around = [listing.position(each) for each in (row, row + 1) if 0 <= each < len(listing)]
    return min(around, key=lambda each: abs(each - position))


def step(listing: Listing, position: int, by: int) -> int | None:
    """The packet `by` rows on from `position`, or the first one; None beyond the last row."""
    row = listing.row(position) + by
    if by < 0 and not shows(listing, position):
        row += 1  # the row before it is already one back
    if row >= len(listing):
        return None
    return listing.position(max(row, 0))
