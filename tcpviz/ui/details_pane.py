"""Details: every field of the packet as a tree, and its bytes; the selected field's bytes are marked."""

import asyncio
import threading
from contextlib import suppress
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from tcpviz.analysis.layers import ETHERNET
from tcpviz.ui.caption import set_title
from tcpviz.ui.keys import Topic, bindings, same_keys
from tcpviz.ui.moment_pane import MomentPane, Shown
from tcpviz.view.canvas import Canvas
from tcpviz.view.details import OCTETS_PER_LINE, Details, DumpLine, TreeLine
from tcpviz.view.moment import Moment, Observed
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.wire.dissect import dissect

HEXADECIMAL_AT = 6
TEXT_AT = HEXADECIMAL_AT + 3 * OCTETS_PER_LINE + 2
DUMP_WIDTH = TEXT_AT + OCTETS_PER_LINE
"""Offset, hexadecimal, text."""

WHEEL_LINES = 3

SIDE_BY_SIDE = DUMP_WIDTH + 40
"""The width from which on the bytes stand beside the tree."""


loaded = threading.Event()
"""Set when the dissector has been imported, which takes most of a second."""


class DetailsPane(MomentPane):
    """The tree above the bytes, or beside them where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *same_keys({"up": "select(-1)", "down": "select(1)"}),
        *bindings(Topic.DETAILS),
        Binding("enter", "fold", "Open or fold", show=False),
    ]

    title = "Details"
    empty = "No packet at this moment."

    _details = Details(b"", frozenset({"TCP"}))
    _selected = 0
    _tree_top = 0
    _tree_size = (0, 0)

    def on_mount(self) -> None:
        """Get the dissector ready once the screen stands, for it would keep the screen waiting."""
        self.call_after_refresh(self._begin_to_load)

    def _begin_to_load(self) -> None:
        """In a thread that keeps nobody from quitting."""
        threading.Thread(target=self._load, args=(asyncio.get_running_loop(),), daemon=True).start()

    def _load(self, loop: asyncio.AbstractEventLoop) -> None:
        dissect(b"")
        loaded.set()
        with suppress(RuntimeError):  # the app has ended meanwhile
            loop.call_soon_threadsafe(self.repaint)

    def show(self, shown: Shown) -> None:
        """Dissect a packet only when it is another one, with the same branches open."""
        frame, linktype, observed, which = _packet(shown)
        if frame != self._details.frame:
            self._details = Details(frame, self._details.expanded, linktype, observed)
            self._selected = 0
        set_title(self, safe(self.headed(f"{self.title} of {which}" if which else self.title)))
        super().show(shown)

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        if not self._details.frame:
            canvas.put(1, 0, safe(self.empty), Role.DIM)
            return
        if not loaded.is_set():
            canvas.put(1, 0, safe("Getting the dissector ready ..."), Role.DIM)
            return
        lines = self._details.lines()
        self._selected = min(self._selected, len(lines) - 1)
        tree, dump, at = self._areas(canvas, len(lines))
        self._tree_size = tree.width, tree.height
        self._dump_at = at
        self._paint_tree(tree, lines)
        self._paint_dump(dump, lines[self._selected])
        canvas.paste(tree, 0, 0)
        canvas.paste(dump, *at)

    def _areas(self, canvas: Canvas, lines: int) -> tuple[Canvas, Canvas, tuple[int, int]]:
        """The parts for tree and bytes, and where the bytes stand."""
        if canvas.width >= SIDE_BY_SIDE:
            wide = canvas.width - DUMP_WIDTH - 1
            return Canvas(wide, canvas.height), Canvas(DUMP_WIDTH, canvas.height), (wide + 1, 0)
        high = min(lines, max(canvas.height * 3 // 5, 1))
        return Canvas(canvas.width, high), Canvas(canvas.width, canvas.height - high), (0, high)

    def _paint_tree(self, canvas: Canvas, lines: list[TreeLine]) -> None:
        self._tree_top = min(max(self._tree_top, self._selected - canvas.height + 1), self._selected)
        for y, line in enumerate(lines[self._tree_top : self._tree_top + canvas.height]):
            chosen = self._tree_top + y == self._selected and self.has_focus
            if chosen:
                canvas.hline(0, y, canvas.width, safe(" "), Role.MARKED)
            x = 2 * line.depth
            canvas.put(x, y, self._fold_sign(line), Role.MARKED if chosen else Role.DIM)
            label = safe(f"{line.label}: ") if line.value else line.label
            canvas.put(x + 2, y, label, Role.MARKED if chosen else Role.LABEL if line.depth else Role.TITLE)
            canvas.put(x + 2 + len(label), y, line.value, Role.MARKED if chosen else Role.VALUE)

    def _fold_sign(self, line: TreeLine) -> SafeText:
        if line.expanded is None:
            return safe(" ")
        return self.glyphs.down if line.expanded else self.glyphs.right

    def _paint_dump(self, canvas: Canvas, line: TreeLine) -> None:
        start, end = (line.start, line.end) if self.has_focus else (0, 0)
        lines = -(-len(self._details.frame) // OCTETS_PER_LINE)
        self._dump_top = top = min(start // OCTETS_PER_LINE, max(lines - canvas.height, 0))
        for y, octets in enumerate(self._details.dump(start, end, first=top, count=canvas.height)):
            _paint_octets(canvas, y, octets)

    def action_select(self, by: int) -> None:
        """Up, down."""
        self._selected = min(max(self._selected + by, 0), max(len(self._details.lines()) - 1, 0))
        self.repaint()

    def action_fold(self) -> None:
        """Enter."""
        lines = self._details.lines()
        if self._selected < len(lines):
            self._details.toggle(lines[self._selected])
            self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Select the field under the mouse, and open or fold it; in the dump the field of the octet."""
        offset = event.get_content_offset(self)
        if offset is None or not loaded.is_set():
            return
        width, height = self._tree_size
        if offset.x < width and offset.y < height:
            row = self._tree_top + offset.y
            if row < len(self._details.lines()):
                self._selected = row
                self.action_fold()
        else:
            self._select_octet(offset.x - self._dump_at[0], offset.y - self._dump_at[1])

    def _select_octet(self, x: int, y: int) -> None:
        column = _column(x)
        octet = (self._dump_top + y) * OCTETS_PER_LINE + column
        if y >= 0 and column >= 0 and (row := self._details.reveal(octet)) >= 0:
            self._selected = row
            self.repaint()

    def on_mouse_scroll_up(self) -> None:
        """Look further up."""
        self.action_select(-WHEEL_LINES)

    def on_mouse_scroll_down(self) -> None:
        """Look further down."""
        self.action_select(WHEEL_LINES)

    def on_focus(self) -> None:
        """Show what is selected."""
        self.repaint()

    def on_blur(self) -> None:
        """Hide it."""
        self.repaint()


def _packet(shown: Shown) -> tuple[bytes, int, Observed | None, str]:
    """What waits at the gate, else the packet of the moment, or the last one before it; its link header, its
    numbers in the list, and which it is."""
    run, moment = shown.run, shown.moment
    if waiting := shown.at_gate:
        return waiting.data, ETHERNET, run.unjudged(waiting.data), "the packet at the gate"
    position = run.packets.position(moment.index) if moment else -1
    if position < 0:
        return b"", 0, None, ""
    index = run.packets.row(position)
    recording, observed = run.recording, run.packets.observed(position)
    number = recording.row(index).number
    which = f"packet {number}" if number else ""
    return recording.data(index), recording.linktype(index), observed, which


def _column(x: int) -> int:
    """The octet of a line of the dump at `x`, as hexadecimal or as text; -1 between them."""
    text = x - TEXT_AT
    if 0 <= text < OCTETS_PER_LINE:
        return text
    half = OCTETS_PER_LINE // 2
    columns = (HEXADECIMAL_AT + 3 * column + (column >= half) for column in range(OCTETS_PER_LINE))
    return next((column for column, at in enumerate(columns) if at <= x < at + 2), -1)


def _paint_octets(canvas: Canvas, y: int, line: DumpLine) -> None:
    canvas.put(0, y, line.offset, Role.DIM)
    for x, runs in ((HEXADECIMAL_AT, line.octets), (TEXT_AT, line.text)):
        for text, role in runs:
            canvas.put(x, y, text, role)
            x += len(text)
