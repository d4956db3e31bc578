"""A grid of cells to draw on, and two pens for it: lines that join, and dots finer than a cell.

Everything clips: whatever the coordinates, nothing is written outside and nothing raises. Knows roles,
not colours, and no terminal: a widget turns `rows()` into what it writes.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise, repeat

from tcpviz.view.glyphs import EAST, NORTH, SOUTH, WEST, Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import STAND_IN, SafeText

_ONE_CELL = frozenset(
    chr(code)
    for start, end in (
        (0x20, 0x7E),
        (0xA1, 0xAC),
        (0xAE, 0x17F),
        (0x2500, 0x25FC),  # box drawing, blocks, geometric shapes
        (0x2800, 0x28FF),  # braille
    )
    for code in range(start, end + 1)
)
"""Printable characters of exactly one cell: the only ones that ever enter a canvas."""


class Canvas:
    """`width` by `height` cells, each a character and the role it has. (0, 0) is the upper left one."""

    __slots__ = ("_chars", "_roles", "height", "width")

    def __init__(self, width: int, height: int) -> None:
        self.width = max(width, 0)
        self.height = max(height, 0)
        self._chars = [[" "] * self.width for _ in range(self.height)]
        self._roles = [[Role.TEXT] * self.width for _ in range(self.height)]

    def put(self, x: int, y: int, text: SafeText, role: Role = Role.TEXT) -> None:
        """Write `text` from (x, y) to the right."""
        if not 0 <= y < self.height:
            return
        start, end = max(x, 0), min(x + len(text), self.width)
        if start >= end:
            return
        shown: str = text[start - x : end - x]
        if not _ONE_CELL.issuperset(shown):
            # A wide or combining character would shift all that stands to the right of it.
            shown = "".join(char if char in _ONE_CELL else STAND_IN for char in shown)
        self._chars[y][start:end] = shown
        self._roles[y][start:end] = [role] * (end - start)

    def mark(self, x: int, y: int, glyph: SafeText, role: Role) -> None:
        """Write one cell: `put` for those who write many."""
        if 0 <= y < self.height and 0 <= x < self.width and glyph in _ONE_CELL:
            self._chars[y][x] = glyph
            self._roles[y][x] = role

    def put_right(self, x: int, y: int, text: SafeText, role: Role = Role.TEXT) -> None:
        """Write `text` so that it ends just before `x`."""
        self.put(x - len(text), y, text, role)

    def hline(self, x: int, y: int, length: int, glyph: SafeText, role: Role) -> None:
        """`glyph` repeated from (x, y) to the right."""
        start, end = max(x, 0), min(x + length, self.width)
        self.put(start, y, SafeText(glyph * (end - start)), role)

    def vline(self, x: int, y: int, length: int, glyph: SafeText, role: Role) -> None:
        """`glyph` repeated from (x, y) downward."""
        for row in range(max(y, 0), min(y + length, self.height)):
            self.put(x, row, glyph, role)

    def fill(self, x: int, y: int, width: int, height: int, glyph: SafeText, role: Role) -> None:
        """`glyph` in every cell of a rectangle."""
        for row in range(max(y, 0), min(y + height, self.height)):
            self.hline(x, row, width, glyph, role)

    def paste(self, other: "Canvas", x: int, y: int) -> None:
        """Copy another canvas here, its upper left cell to (x, y)."""
        for row, runs in enumerate(other.rows()):
            column = x
            for text, role in runs:
                self.put(column, y + row, SafeText(text), role)
                column += len(text)

    def rows(self) -> list[list[tuple[str, Role]]]:
        """Every row as runs of cells with the same role; the texts of a row are `width` cells together."""
        return [_runs(chars, roles) for chars, roles in zip(self._chars, self._roles, strict=True)]

    def text(self) -> str:
        """The characters alone, a line a row."""
        return "\n".join("".join(row) for row in self._chars)


def _runs(chars: Sequence[str], roles: Sequence[Role]) -> list[tuple[str, Role]]:
    line = "".join(chars)
    runs = []
    start = 0
    for role, cells in groupby(roles):
        end = start + len(list(cells))
        runs.append((line[start:end], role))
        start = end
    return runs


class Wires:
    """Lines along rows and columns that join where they meet.

    `order` names the roles that are used, the weakest first: where two lines share a cell it belongs to
    the stronger one. Roles in `heavy` are drawn with the heavy signs, so that a path shows without colour.
    """

    __slots__ = ("_cells", "_heavy", "_order")

    def __init__(self, order: Sequence[Role], heavy: Iterable[Role] = ()) -> None:
        self._order = tuple(order)
        self._heavy = frozenset(self._order.index(role) for role in heavy)
        self._cells: dict[tuple[int, int], tuple[int, int]] = {}

    def path(self, corners: Sequence[tuple[int, int]], role: Role) -> None:
        """A line from corner to corner; each lies in the row or the column of the one before it."""
        rank = self._order.index(role)
        for (x, y), (to_x, to_y) in pairwise(corners):
            if y == to_y:
                left, right = min(x, to_x), max(x, to_x)
                for column in range(left, right + 1):
                    self._join(column, y, (column < right) * EAST | (column > left) * WEST, rank)
            else:
                top, bottom = min(y, to_y), max(y, to_y)
                for row in range(top, bottom + 1):
                    self._join(x, row, (row < bottom) * SOUTH | (row > top) * NORTH, rank)

    def _join(self, x: int, y: int, sides: int, rank: int) -> None:
        there, strongest = self._cells.get((x, y), (0, 0))
        self._cells[x, y] = (there | sides, max(strongest, rank))

    def paint(self, canvas: Canvas, glyphs: Glyphs) -> None:
        """Draw all lines."""
        for (x, y), (sides, rank) in self._cells.items():
            table = glyphs.heavy if rank in self._heavy else glyphs.light
            canvas.mark(x, y, table[sides], self._order[rank])


# Unicode numbers the dots of a braille cell column by column, but the lowest row after all others.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Braille:
    """Dots, 2 by 4 to a cell: `width` by `height` cells. Dot (0, 0) is the upper left one.

    `order` names the roles that are used, the weakest first: a cell takes its strongest dot's role.
    """

    __slots__ = ("_masks", "_order", "_ranks", "dots_high", "dots_wide", "height", "width")

    def __init__(self, width: int, height: int, order: Sequence[Role]) -> None:
        self.width = max(width, 0)
        self.height = max(height, 0)
        self.dots_wide = 2 * self.width
        self.dots_high = 4 * self.height
        self._order = tuple(order)
        self._masks = bytearray(self.width * self.height)
        self._ranks = bytearray(self.width * self.height)

    def plot(self, dots: Iterable[tuple[int, int]], role: Role) -> None:
        """Set dots; those outside are left out."""
        rank = self._order.index(role)
        masks, ranks, width = self._masks, self._ranks, self.width
        wide, high = self.dots_wide, self.dots_high
        for x, y in dots:
            if 0 <= x < wide and 0 <= y < high:
                cell = (y >> 2) * width + (x >> 1)
                masks[cell] |= _DOTS[y & 3][x & 1]
                if rank > ranks[cell]:
                    ranks[cell] = rank

    def steps(self, dots: Iterable[tuple[int, int]], role: Role) -> None:
        """A staircase through the dots, which are in order of x: each height holds until the next dot."""
        line: list[tuple[int, int]] = []
        for (x, y), (to_x, to_y) in pairwise(dots):
            line += zip(range(max(x, 0), min(to_x, self.dots_wide)), repeat(y))
            low, high = max(min(y, to_y), 0), min(max(y, to_y), self.dots_high - 1)
            line += zip(repeat(to_x), range(low, high + 1))
        self.plot(line, role)

    def paint(self, canvas: Canvas, x: int, y: int, glyphs: Glyphs) -> None:
        """Draw every cell that has a dot, the upper left one at (x, y)."""
        for cell, mask in enumerate(self._masks):
            if mask:
                row, column = divmod(cell, self.width)
                canvas.mark(x + column, y + row, glyphs.braille[mask], self._order[self._ranks[cell]])
