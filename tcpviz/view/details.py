"""One packet in full: the dissection as lines of a tree, and its octets beside it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tcpviz.view.moment import Observed
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.wire.dissect import ETHERNET, Node, dissect

OCTETS_PER_LINE = 16

_LISTED = {"Sequence number": "seq", "Acknowledgment number": "ack", "Window": "window"}
"""Fields of a TCP header that the packet list shows otherwise: relative, or scaled."""


class TreeLine(NamedTuple):
    """One visible line of the tree. The field is the octets from `start` up to `end` of the frame."""

    depth: int
    expanded: bool | None
    """None for a line that has nothing below it."""
    label: SafeText
    value: SafeText
    start: int
    end: int


class DumpLine(NamedTuple):
    """Sixteen octets: the offset, and the same octets as hexadecimal and as ASCII in runs of one role."""

    offset: SafeText
    octets: tuple[tuple[SafeText, Role], ...]
    text: tuple[tuple[SafeText, Role], ...]


class Details:
    """The tree of one frame and which of its branches are open. Dissected when it is first looked at."""

    def __init__(
        self,
        frame: bytes,
        expanded: frozenset[str] = frozenset(),
        linktype: int = ETHERNET,
        observed: Observed | None = None,
    ) -> None:
        """`observed`: what the packet list tells of the frame's numbers."""
        self.frame = frame
        self._observed = observed
        self._linktype = linktype
        self._labels = set(expanded)
        self._nodes: Sequence[Node] | None = None

    @property
    def expanded(self) -> frozenset[str]:
        """The labels of the open branches: the next frame's `Details` takes them to look alike."""
        return frozenset(self._labels)

    def lines(self) -> list[TreeLine]:
        """The visible lines from top to bottom."""
        if self._nodes is None:
            self._nodes = dissect(self.frame, self._linktype) if self.frame else ()
        return list(self._visible(self._nodes))

    def toggle(self, line: TreeLine) -> None:
        """Open or fold the branch at `line`; nothing where there is none."""
        if line.expanded is not None:
            self._labels ^= {line.label}

    def reveal(self, octet: int) -> int:
        """Open the branches above the smallest field that has this octet of the frame.

        Returns its place among the lines, or -1 where no field has it.
        """
        self.lines()
        found, nodes = None, self._nodes or ()
        while holding := [node for node in nodes if node.start <= octet < node.end]:
            if found:
                self._labels.add(safe(found.label))
            found = min(holding, key=lambda node: node.end - node.start)
            nodes = found.children
        fields = [(line.label, line.start, line.end) for line in self.lines()]
        return fields.index((safe(found.label), found.start, found.end)) if found else -1

    def dump(
        self, start: int = 0, end: int = 0, *, first: int = 0, count: int | None = None
    ) -> list[DumpLine]:
        """The octets of the frame, `count` lines (None: all) from line `first`; [start, end) is marked."""
        offsets = range(0, len(self.frame), OCTETS_PER_LINE)[first : None if count is None else first + count]
        return [_dump_line(self.frame, offset, range(start, end)) for offset in offsets]

    def _visible(self, nodes: Sequence[Node], *above: str) -> Iterator[TreeLine]:
        for node in nodes:
            label = safe(node.label)
            expanded = label in self._labels if node.children else None
            value = self._value(node) if above == ("TCP",) else node.value
            yield TreeLine(len(above), expanded, label, safe(value), node.start, node.end)
            if expanded:
                yield from self._visible(node.children, *above, node.label)

    def _value(self, node: Node) -> str:
        """A field of the TCP header, with what the packet list has for it."""
        if self._observed is None or node.label not in _LISTED:
            return node.value
        listed = str(getattr(self._observed, _LISTED[node.label]))
        return node.value if listed == node.value else f"{node.value} ({listed} in the list)"


def _dump_line(frame: bytes, offset: int, marked: range) -> DumpLine:
    at = range(offset, min(offset + OCTETS_PER_LINE, len(frame)))
    hexadecimal = [(SafeText(f"{frame[i]:02x}{_gap(i - offset)}"), _role(i, marked)) for i in at]
    text = [(safe(frame[i : i + 1]), _role(i, marked)) for i in at]
    return DumpLine(SafeText(f"{offset:04x}"), _merged(hexadecimal), _merged(text))


def _gap(column: int) -> str:
    return "  " if column == OCTETS_PER_LINE // 2 - 1 else " "


def _role(at: int, marked: range) -> Role:
    return Role.MARKED if at in marked else Role.TEXT


def _merged(cells: list[tuple[SafeText, Role]]) -> tuple[tuple[SafeText, Role], ...]:
    runs: list[tuple[SafeText, Role]] = []
    for text, role in cells:
        if runs and runs[-1][1] is role:
            runs[-1] = (SafeText(runs[-1][0] + text), role)
        else:
            runs.append((text, role))
    return tuple(runs)
