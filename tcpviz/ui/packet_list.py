"""The packet list: any number of rows, of which only those in sight are made.

It is not a ScrollView: without a scroll bar a row offset of its own is all it needs, and a growing list
costs no layout of the screen.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tcpviz.ui.caption import set_subtitle, set_title
from tcpviz.ui.cursor import Cursor
from tcpviz.ui.errors import log_error
from tcpviz.ui.framed import Framed
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.listing import Listing, NoPackets
from tcpviz.ui.strips import Run, strip
from tcpviz.ui.themes import Palette
from tcpviz.ui.words import fixed
from tcpviz.view.packets import COMPACT, FULL, MIXED, Column, Line
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, cells, fit, fit_right, safe, shortened

TITLE = "Packets"

WHEEL_ROWS = 3
FULL_WIDTH = 130
"""The inner width from which on Wireshark's columns leave room for what they say."""

LineAt = Callable[[int], Line]


class Columns:
    """The columns of a list and their widths, which grow with what stands in them."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._widths = {column.field: len(column.title) for column in columns if column.width}

    def grow(self, line: Line) -> bool:
        """Make room for a line; numbers in full, texts up to their column's width. True if it took any."""
        grown = False
        for column in self._columns:
            if column.width:
                length = cells(getattr(line, column.field))
                needed = length if column.right else min(length, column.width)
                if needed > self._widths[column.field]:
                    self._widths[column.field] = needed
                    grown = True
        return grown

    def header(self, width: int) -> Run:
        """The titles."""
        return self._joined((column.title for column in self._columns), width), Role.DIM

    def line(self, line: Line, width: int) -> Run:
        """One packet."""
        return self._joined((getattr(line, column.field) for column in self._columns), width), line.role

    def _joined(self, texts: Iterable[SafeText], width: int) -> SafeText:
        """One text and not one for each column: all that Textual does, it does for each text."""
        fields = (self._cell(column, text, width) for column, text in zip(self._columns, texts, strict=True))
        return SafeText("".join(fields))

    def _cell(self, column: Column, text: SafeText, width: int) -> SafeText:
        """A field in its column, and the gap behind it."""
        if not column.width:
            return fit(text, max(width - sum(self._widths.values()) - len(self._widths), 0))
        room = self._widths[column.field]
        fitted = (fit_right if column.right else fit)(shortened(text, room) if column.address else text, room)
        return SafeText(fitted + " ")


class PacketList(Framed, can_focus=True):
    """A header, the packets of the listing, and below them those that wait at the gate."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "details", "Details", show=False)]

    class Chosen(Message):
        """The user clicked on the packet at `position`."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    class Scrolled(Message):
        """The user turned the wheel: the list stands still now."""

    class Opened(Message):
        """The user asked for the details of the packet under the cursor."""

    def __init__(
        self, palette: Palette, columns: Sequence[Column] = (), keyboard: Keyboard | None = None
    ) -> None:
        """`columns`: those to show; none: Wireshark's where they have room, else those for one connection."""
        super().__init__("packets")
        self.border_title = fixed(TITLE)
        self.palette = palette
        self._keyboard = keyboard or Keyboard()
        self._cursor = Cursor()
        self._line_at: LineAt | None = None
        self._listing: Listing = NoPackets()
        self.caption = SafeText("")
        """What there is to say of the filter; empty without one."""
        self._note = SafeText("")
        self._pending: Sequence[Line] = ()
        self._top = 0
        self._drawn: tuple[int, int, Sequence[Line], int] = (0, 0, (), 0)
        self._wanted = columns
        self._mixed = False
        self._columns = Columns(columns or COMPACT)
        self._cache: LRUCache[tuple[int, bool], Strip] = LRUCache(512)

    def use(self, line_at: LineAt, cursor: Cursor, listing: Listing) -> None:
        """Show another run."""
        self._line_at, self._cursor = line_at, cursor
        self._pending = ()
        self._choose_columns()
        self.list_only(listing)

    def tell_apart(self, mixed: bool) -> None:
        """Whether the packets are of several connections."""
        if mixed != self._mixed:
            self._mixed = mixed
            self._choose_columns()

    def list_only(self, listing: Listing) -> None:
        """Show other packets of the run."""
        self._listing, self._top = listing, 0
        self.refresh()

    @property
    def _cursor_row(self) -> int:
        """The row of the packet that is looked at, or of the last one before it."""
        return self._listing.row(self._cursor.position)

    def repaint(self) -> None:
        """Make every row anew (the theme has changed)."""
        self._cache.clear()
        self.refresh()

    @property
    def page(self) -> int:
        """How many rows are in sight."""
        return max(self.size.height - 1, 1)

    @property
    def top(self) -> int:
        """The position of the uppermost row in sight."""
        return self._top

    def update(self, pending: Sequence[Line] = ()) -> None:
        """The list has grown, or what waits at the gate has changed."""
        self._pending = pending
        if self._cursor.follows:
            self._top = self._lowest_top()
        self._caption()
        self._refresh_changed()

    def _refresh_changed(self) -> None:
        """Draw what differs from what was drawn: often the two rows between which the cursor moved."""
        drawn, self._drawn = (
            self._drawn,
            (self._top, len(self._listing), self._pending, self._cursor_row),
        )
        if drawn[:3] != self._drawn[:3]:
            self.refresh()
        elif drawn != self._drawn:
            for row in (drawn[3], self._drawn[3]):
                self.refresh(Region(0, row - self._top + 1, self.size.width, 1))

    def note(self, text: SafeText) -> None:
        """Say in the title what must be known of this link's packets; empty for nothing."""
        self._note = text
        self._caption()

    def reveal(self) -> None:
        """The cursor has moved: scroll no further than needed to have it in sight."""
        at = max(self._cursor_row, 0)
        self._top = min(max(self._top, at - self.page + 1), at, self._lowest_top())
        self.update(self._pending)

    def _lowest_top(self) -> int:
        return max(len(self._listing) + len(self._pending) - self.page, 0)

    def _caption(self) -> None:
        count = len(self._listing)
        note = safe(f"{count:,} of {self._cursor.count:,}, {self.caption}") if self.caption else self._note
        set_title(self, safe(f"{TITLE}: {note}" if note else TITLE))
        text = f"{min(self._cursor_row + 1, count):,} of {count:,}"
        if self.caption:
            text = f"{text} shown, {self._cursor.count:,} in all   {self._keyboard.names['all-packets']}: all"
        below = count + len(self._pending) - self._top - self.page
        if below > 0:
            text += f"   +{below:,} below ({self._keyboard.names['live']}: to the last)"
        set_subtitle(self, safe(text))

    def render_line(self, y: int) -> Strip:
        """The header or one packet. See Widget.render_line."""
        width = self.size.width
        if y == 0:
            return strip([self._columns.header(width)], width, self.palette)
        row = self._top + y - 1
        if row < len(self._listing):
            return self._row(self._listing.position(row), width)
        waiting = row - len(self._listing)
        if waiting < len(self._pending):
            return self._strip(self._pending[waiting], width)
        return Strip.blank(width, self.palette.base)

    def _row(self, position: int, width: int) -> Strip:
        key = (position, position == self._cursor.position)
        if (made := self._cache.get(key)) is None:
            made = self._cache[key] = self._strip(self._line(position), width, selected=key[1])
        return made

    def _strip(self, line: Line, width: int, *, selected: bool = False) -> Strip:
        if self._columns.grow(line):
            self.repaint()  # the rows that are made already stand in narrower columns
        return strip([self._columns.line(line, width)], width, self.palette, selected=selected)

    def _line(self, position: int) -> Line:
        """A packet that can't be shown must not take the screen with it."""
        assert self._line_at
        try:
            return self._line_at(position)
        except Exception as error:
            where = log_error(f"showing packet {position}", error)
            told = safe(f"This packet could not be shown; the report is in {where}")
            blank = SafeText("")
            return Line(*(blank,) * 15, SafeText("!"), Role.ALERT)._replace(info=told, note=told)

    def on_resize(self) -> None:
        """Choose the columns that fit, and keep the cursor in sight."""
        self._choose_columns()
        self.reveal()

    def _choose_columns(self) -> None:
        narrow = MIXED if self._mixed else COMPACT
        self._columns = Columns(self._wanted or (FULL if self.size.width >= FULL_WIDTH else narrow))
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a packet."""
        offset = event.get_content_offset(self)
        if offset and offset.y > 0 and self._top + offset.y - 1 < len(self._listing):
            self.post_message(self.Chosen(self._listing.position(self._top + offset.y - 1)))

    def on_mouse_scroll_up(self) -> None:
        """Look further up."""
        self._scroll(-WHEEL_ROWS)

    def on_mouse_scroll_down(self) -> None:
        """Look further down."""
        self._scroll(WHEEL_ROWS)

    def _scroll(self, by: int) -> None:
        self._cursor.go(self._cursor.position)
        self.post_message(self.Scrolled())
        self._top = min(max(self._top + by, 0), self._lowest_top())
        self._caption()
        self.refresh()

    def action_details(self) -> None:
        """Enter."""
        self.post_message(self.Opened())
