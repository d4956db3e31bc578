"""Which link header each row's frame begins with: one for a whole file, nearly always."""

from bisect import bisect_right

ETHERNET = 1


class Linktypes:
    """LINKTYPE numbers (as in pcap files) by row. One thread adds, any thread asks."""

    def __init__(self) -> None:
        self._first_rows = [0]
        self._numbers = [ETHERNET]

    def add(self, row: int, number: int) -> None:
        """The frames from `row` on have this link header; rows come in order."""
        if number != self._numbers[-1]:
            # Whoever finds the new row finds its number, too.
            self._numbers.append(number)
            self._first_rows.append(row)

    def __getitem__(self, row: int) -> int:
        return self._numbers[bisect_right(self._first_rows, row) - 1]
