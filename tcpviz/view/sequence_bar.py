"""One bar of sequence space: octets mapped to cells, ranges as marks, pointers with labels above it.

Knows nothing of TCP's variables: `sequence_space` says what lies where. All offsets are octets from the
left end of what the bar shows.
"""

from itertools import product
from typing import NamedTuple

from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import Glyphs
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe

PAST_CELLS = 3
OUTSIDE_CELLS = 4
_CELLS_PER_SEGMENT = 4


class Span(NamedTuple):
    """Octets [start, end) shown as `glyph`."""

    start: int
    end: int
    glyph: SafeText
    role: Role


class Pointer(NamedTuple):
    """A place with a name and a number, e.g. SND.UNA."""

    offset: int
    name: str
    value: int


class Scale(NamedTuple):
    """Octets to cells: the first `focus` octets get `focus_cells`, the rest what is left of the bar."""

    total: int
    focus: int
    cells: int
    focus_cells: int

    @classmethod
    def choose(cls, total: int, focus: int, cells: int, segment: int) -> "Scale":
        """A scale for `total` octets of which the first `focus` matter most.

        Where these would be hard to see, each of their segments gets a few cells, up to half of the bar.
        """
        cells = max(cells, 1)
        wanted = min(-(-focus // max(segment, 1)) * _CELLS_PER_SEGMENT, cells // 2)
        if 0 < focus < total and focus * cells // total < wanted:
            return cls(total, focus, cells, wanted)
        return cls(total, total, cells, cells)

    @property
    def broken(self) -> bool:
        """Whether there are two scales."""
        return self.focus < self.total

    def cell(self, offset: int) -> int:
        """The cell in which the octet at `offset` lies (the bar's end for what lies beyond)."""
        if offset <= 0:
            return 0
        if offset >= self.total:
            return self.cells
        if offset < self.focus or not self.broken:
            return offset * self.focus_cells // self.focus
        rest, room = self.total - self.focus, self.cells - self.focus_cells
        return self.focus_cells + (offset - self.focus) * room // rest

    def octets_per_cell(self) -> tuple[float, float]:
        """How much a cell stands for, before and after the break."""
        rest = max(self.cells - self.focus_cells, 1)
        return self.focus / max(self.focus_cells, 1), (self.total - self.focus) / rest


def paint_bar(canvas: Canvas, glyphs: Glyphs, x: int, y: int, scale: Scale, spans: list[Span]) -> None:
    """Draw what is past, the spans (later ones over earlier ones, each at least a cell), and outside."""
    canvas.hline(x, y, PAST_CELLS, glyphs.past, Role.ACKED)
    left = x + PAST_CELLS
    canvas.hline(left, y, scale.cells + OUTSIDE_CELLS, glyphs.outside, Role.OUTSIDE)
    for span in spans:
        if span.end <= span.start:
            continue
        start = min(scale.cell(span.start), scale.cells - 1)
        end = max(scale.cell(span.end), start + 1)
        canvas.hline(left + start, y, end - start, span.glyph, span.role)
    if scale.broken:
        canvas.put(left + scale.focus_cells, y, glyphs.cut, Role.POINTER)


def paint_pointers(
    canvas: Canvas, glyphs: Glyphs, x: int, y: int, scale: Scale, pointers: list[Pointer]
) -> None:
    """Name the places above the bar. Pointers at the same octet share a label; close labels move apart."""
    marks: list[tuple[int, str, int]] = []
    for pointer in sorted(pointers, key=lambda pointer: pointer.offset):
        column = x + PAST_CELLS + scale.cell(pointer.offset)
        if marks and marks[-1][2] == pointer.value:
            marks[-1] = (marks[-1][0], f"{marks[-1][1]}={pointer.name}", pointer.value)
        else:
            marks.append((column, pointer.name, pointer.value))
    for start, text in _place(canvas.width, glyphs, marks):
        canvas.put(start, y, safe(text), Role.POINTER)


def _place(width: int, glyphs: Glyphs, marks: list[tuple[int, str, int]]) -> list[tuple[int, str]]:
    """Where each label stands: to the right or the left of its arrow, with its number where that fits."""
    for numbers in (True, False):
        texts = [f"{name} {value}" if numbers else name for _, name, value in marks]
        for sides in product((False, True), repeat=len(marks)):
            placed = [
                (column - len(text), text + glyphs.down) if left else (column, glyphs.down + text)
                for (column, _, _), text, left in zip(marks, texts, sides, strict=True)
            ]
            if _apart(placed, width):
                return placed
    return _spread(width, glyphs, marks)


def _spread(width: int, glyphs: Glyphs, marks: list[tuple[int, str, int]]) -> list[tuple[int, str]]:
    """Names alone, moved off their places until they stand apart: to the right, then back inside."""
    texts = [glyphs.down + name for _, name, _ in marks]
    starts: list[int] = []
    free = 0
    for (column, _, _), text in zip(marks, texts, strict=True):
        starts.append(max(column, free))
        free = starts[-1] + len(text) + 1
    limit = width
    for index in reversed(range(len(starts))):
        starts[index] = max(min(starts[index], limit - len(texts[index])), 0)
        limit = starts[index] - 1
    return list(zip(starts, texts, strict=True))


def _apart(placed: list[tuple[int, str]], width: int) -> bool:
    free = 0
    for start, text in placed:
        if start < free:
            return False
        free = start + len(text) + 1
    return free <= width + 1
