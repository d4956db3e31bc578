"""Follow stream: what both ends of a connection say, as text, as bytes or read as HTTP.

A line leads to its packet.
"""

import time
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tcpviz.ui.caption import Hint, set_subtitle, set_title
from tcpviz.ui.keys import Topic, bindings, same_keys
from tcpviz.ui.moment_pane import MomentPane, Shown
from tcpviz.ui.prompts import FindPrompt
from tcpviz.view.canvas import Canvas
from tcpviz.view.conversation import Conversation, Side, stream_at
from tcpviz.view.http_lines import HttpLine, http_lines
from tcpviz.view.http_reader import HttpReader
from tcpviz.view.moment import Moment
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.stream_lines import Finder, Place, StreamLine, StreamLines, is_encrypted

GUTTER = 9
"""Direction and number of the packet."""

_SIDES = (None, Side.CLIENT, Side.SERVER)
_SIDE_NAMES = {None: "both", Side.CLIENT: "client", Side.SERVER: "server"}
_ROLES = {Side.CLIENT: Role.CLIENT, Side.SERVER: Role.SERVER}

_PIECES_A_TICK = 500
"""How many pieces a search looks at before the screen is drawn again."""

ENCRYPTED = "Encrypted by TLS: only the two ends can read what its records say."
DECRYPTING = "To read the HTTP in it: fetch with --keys, save, and open that in Wireshark."


class StreamPane(MomentPane):
    """Keeps the place in the conversation; `view` finds and reads the octets."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *same_keys({"up": "move(-1)", "down": "move(1)"}),
        *same_keys({"page-up": "move_page(-1)", "page-down": "move_page(1)"}),
        *same_keys({"first": "move_first", "live": "move_last"}),
        *bindings(Topic.STREAM),
        Binding("enter", "choose", "Go to packet", show=False),
    ]

    title = "Stream"
    empty = "No TCP connection yet."

    class Chosen(Message):
        """The user wants to see the packet at `position`."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    exchange = False
    """Show the HTTP exchange instead of the octets."""
    conversation: Conversation | None = None
    _reader: HttpReader | None = None
    _lines: StreamLines | None = None
    _finder: Finder | None = None
    _hexadecimal = False
    _only: Side | None = None
    _wanted = ""
    _note = ""
    _found = False
    """The search has ended at a match."""
    _place: Place | None = None
    _top: Place | None = None
    _row = 0
    """The chosen line of the exchange."""
    _top_row = 0
    _position = -1
    """The packet that the place was brought to."""
    _arrived = True
    """The conversation has been read as far as that packet."""
    _followed = True

    # What is shown

    def show(self, shown: Shown) -> None:
        """See MomentPane."""
        self._follow(shown)
        super().show(shown)

    def advance(self, budget: int) -> bool:
        """Read on in the conversation for at most `budget` ns; whether there was anything new."""
        if not self.display or self.conversation is None:
            return False
        grew = self.conversation.advance(budget, time.monotonic_ns)
        if not self._arrived:
            self._go_to_packet(self._position)
        if self.exchange and self._reader:
            grew = self._reader.advance(budget, time.monotonic_ns) or grew
        return self._search() or grew

    def _follow(self, shown: Shown) -> None:
        """Take the connection of the moment, and bring the place there when the moment has moved."""
        run, moment = shown.run, shown.moment
        if self.conversation is not None and self.conversation.run is not run:
            self._begin(None)  # nobody may have said anything in the new run
        stream = stream_at(run, moment.index) if moment else None
        if moment is None or stream is None:
            return
        if self.conversation is None or self.conversation.stream != stream:
            self._begin(Conversation(run, stream))
        position = run.packets.position(moment.index)
        if position != self._position or self._place is None:
            self._position = position
            if not shown.follows or self._followed:
                self._go_to_packet(position)

    def _begin(self, conversation: Conversation | None) -> None:
        self.conversation = conversation
        self._reader = None if conversation is None else HttpReader(conversation)
        self._finder, self._place, self._top, self._lines = None, None, None, None
        self._row = self._top_row = 0
        self._followed = True
        if conversation is None:
            set_title(self, safe(self.headed(self.title)))
            set_subtitle(self, safe(""), [])
        elif self.shown is None or self.display:
            conversation.advance(0, lambda: 0)

    def _go_to_packet(self, position: int) -> None:
        lines = self._made_lines()
        if lines is None or self.conversation is None:
            return
        read = len(self.conversation.run.packets) - self.conversation.behind
        self._arrived = read > position
        piece = lines.piece_at_or_before(self.conversation.at(position))
        self._place = None if piece is None else Place(piece, 0)

    def _made_lines(self) -> StreamLines | None:
        """The lines as wide as the pane is now."""
        if self.conversation is None:
            return None
        width, made = max(self.size.width - GUTTER, 1), self._lines
        if made is None or (made.width, made.hexadecimal, made.only) != (
            width,
            self._hexadecimal,
            self._only,
        ):
            self._lines = made = StreamLines(
                self.conversation, width, hexadecimal=self._hexadecimal, only=self._only
            )
            if self._place:
                piece = made.piece_at_or_before(self._place.piece)
                self._place = None if piece is None else Place(piece, 0)
            self._top = self._place
        return made

    # Painting

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        lines = self._made_lines()
        if lines is None or self.conversation is None:
            canvas.put(1, 0, safe(self.empty), Role.DIM)
            return
        y = self._paint_head(canvas, self.conversation)
        if self.exchange:
            self._paint_exchange(canvas, y)
        else:
            self._paint_lines(canvas, y, lines, shown.run)

    def repaint(self) -> None:
        """See Pane: the caption tells the form, too."""
        if self.conversation is not None:
            self._caption(self.conversation)
        super().repaint()

    def _caption(self, conversation: Conversation) -> None:
        said = [f"{conversation.said(side):,}" for side in Side]
        form = "HTTP" if self.exchange else "hex" if self._hexadecimal else "text"
        title = (
            f"{self.headed(self.title)} {conversation.stream}: {form}, client {said[0]} B, server {said[1]} B"
        )
        if conversation.behind:
            title = f"{title}, {conversation.behind:,} packets to read"
        hints = [] if self._note else self._hints()
        if self._found:
            hints = [Hint(safe(f"{self.keys['stream-next']}: next match"), "find_next")]
        note = safe("" if hints else self._note)
        narrow = self.parent is not None and self.parent.has_class("-narrow")
        set_title(self, safe(f"{title}  {note}" if narrow and note else title), hints if narrow else ())
        set_subtitle(self, note, hints)

    def _hints(self) -> list[Hint]:
        if self.exchange:
            return [
                Hint(safe("Enter: packet"), "choose"),
                Hint(safe(f"{self.keys['stream']} bytes"), "screen.follow"),
            ]
        return [
            Hint(safe(f"{self.keys['stream-hex']} {'text' if self._hexadecimal else 'hex'}"), "hexadecimal"),
            Hint(safe(f"{self.keys['stream-sides']} {_SIDE_NAMES[self._only]}"), "sides"),
            Hint(safe(f"{self.keys['stream-find']} find"), "find"),
            Hint(safe(f"{self.keys['http']} HTTP"), "screen.exchange"),
        ]

    def _paint_head(self, canvas: Canvas, conversation: Conversation) -> int:
        if not is_encrypted(conversation):
            return 0
        canvas.put(1, 0, safe(ENCRYPTED), Role.WARN)
        return 1

    def _paint_lines(self, canvas: Canvas, y: int, lines: StreamLines, run: RunView) -> None:
        self._place = self._place or lines.first()
        if self._place is None:
            canvas.put(1, y, safe("Nothing was said so far."), Role.DIM)
            return
        self._scroll(lines, self._place, canvas.height - y)
        assert self._top
        for row, line in enumerate(lines.from_place(self._top, canvas.height - y), y):
            self._paint_line(canvas, row, line, run)

    def _scroll(self, lines: StreamLines, place: Place, height: int) -> None:
        """Move the top no further than needed to have the place in sight."""
        lowest = lines.step(place, 1 - max(height, 1))
        if self._top is None or place < self._top:
            self._top = place
        elif self._top < lowest:
            self._top = lowest

    def _paint_line(self, canvas: Canvas, y: int, line: StreamLine, run: RunView) -> None:
        assert self.conversation
        role = _ROLES[line.side]
        chosen = line.place == self._place
        if line.place.line == 0:
            sign = self.glyphs.right if line.side is Side.CLIENT else self.glyphs.left
            number = run.recording.row(run.packets.row(self.conversation[line.place.piece].position)).number
            canvas.put(0, y, sign, role)
            canvas.put_right(GUTTER - 1, y, safe(str(number or "-")), Role.DIM)
        canvas.put(GUTTER, y, line.text, role)
        for x in _places(line.text, self._wanted):
            canvas.put(GUTTER + x, y, SafeText(line.text[x : x + len(self._wanted)]), Role.MARKED)
        if chosen:
            canvas.put(GUTTER - 1, y, self.glyphs.playhead, Role.PLAYHEAD)

    def _paint_exchange(self, canvas: Canvas, y: int) -> None:
        entries = self._entries()
        if not entries:
            sealed = self.conversation is not None and is_encrypted(self.conversation)
            canvas.put(1, y, safe(DECRYPTING if sealed else "Nothing here can be read as HTTP."), Role.DIM)
            return
        height = max(canvas.height - y, 1)
        self._row = min(self._row, len(entries) - 1)
        self._top_row = min(max(self._top_row, self._row - height + 1), self._row)
        for row, entry in enumerate(entries[self._top_row : self._top_row + height], y):
            chosen = self.has_focus and self._top_row + row - y == self._row
            if chosen:
                canvas.hline(0, row, canvas.width, safe(" "), Role.MARKED)
            canvas.put(1, row, entry.text, Role.MARKED if chosen else entry.role)

    def _entries(self) -> list[HttpLine]:
        if self._reader is None or is_encrypted(self._reader.conversation):
            return []
        return http_lines(self._reader)

    # Moving

    def _move(self, by: int) -> None:
        self._followed, self._arrived = False, True
        if self.exchange:
            self._row = max(self._row + by, 0)
        elif (lines := self._made_lines()) and self._place:
            self._place = lines.step(self._place, by)
        self.repaint()

    def action_move(self, by: int) -> None:
        """Up, down."""
        self._move(by)

    def action_move_page(self, by: int) -> None:
        """Page keys."""
        self._move(by * max(self.size.height - 1, 1))

    def action_move_first(self) -> None:
        """Home."""
        lines = self._made_lines()
        self._place, self._row, self._followed = lines.first() if lines else None, 0, False
        self.repaint()

    def action_move_last(self) -> None:
        """End."""
        lines = self._made_lines()
        self._place, self._row, self._followed = lines.last() if lines else None, len(self._entries()), True
        self.repaint()

    def action_choose(self) -> None:
        """Enter: to the packet of the line."""
        if self.exchange:
            entries = self._entries()
            position = entries[self._row].position if self._row < len(entries) else None
        else:
            at = self._place
            position = self.conversation[at.piece].position if at and self.conversation else None
        if position is not None:
            self._position = position
            self.post_message(self.Chosen(position))

    def on_click(self, event: events.Click) -> None:
        """Choose the line under the mouse, and go to its packet."""
        offset = event.get_content_offset(self)
        if offset is None or self.conversation is None:
            return
        y = offset.y - (1 if is_encrypted(self.conversation) else 0)
        if self.exchange:
            self._row = min(max(self._top_row + y, 0), max(len(self._entries()) - 1, 0))
        elif (lines := self._made_lines()) and self._top:
            self._place = lines.step(self._top, max(y, 0))
        self._followed = False
        self.action_choose()
        self.repaint()

    def on_mouse_scroll_up(self) -> None:
        """Look further up."""
        self._move(-3)

    def on_mouse_scroll_down(self) -> None:
        """Look further down."""
        self._move(3)

    # How it is shown

    def action_hexadecimal(self) -> None:
        """Text or bytes."""
        self._hexadecimal, self.exchange = not self._hexadecimal, False
        self.repaint()

    def action_sides(self) -> None:
        """Both sides, the client, the server."""
        self._only, self.exchange = _SIDES[(_SIDES.index(self._only) + 1) % len(_SIDES)], False
        self.repaint()

    # Finding

    def action_find(self) -> None:
        """Ask for a text."""
        self.app.push_screen(FindPrompt(self._wanted, self.keys), self._find)

    def _find(self, wanted: str | None) -> None:
        if wanted is None:
            return
        self._wanted, self.exchange = wanted, False
        self.action_find_next()

    def action_find_next(self) -> None:
        """To the next place where it stands."""
        lines = self._made_lines()
        self._note, self._found = "", False
        if self._wanted and lines and self._place:
            here = lines.find_in(self._place.piece, self._wanted, self._place.line)
            if here:
                self._place, self._followed = here, False
            else:
                self._finder = Finder(lines, self._wanted, self._place.piece)
                self._search()
        self.repaint()

    def _search(self) -> bool:
        """Look on; True when there is something new to show."""
        finder = self._finder
        if finder is None:
            return False
        if not finder.advance(_PIECES_A_TICK):
            self._note = "searching ..."
            return True
        self._finder = None
        if finder.found is None:
            self._note = f"{self._wanted}: not found below ({self.keys['first']}: from the top)"
        elif lines := self._made_lines():
            self._note, self._found = "", True
            self._place = lines.find_in(finder.found, self._wanted) or Place(finder.found, 0)
            self._followed = False
        return True

    def on_focus(self) -> None:
        """Show what is chosen."""
        self.repaint()

    def on_blur(self) -> None:
        """Hide it."""
        self.repaint()


def _places(text: SafeText, wanted: str) -> list[int]:
    """Where `wanted` stands in a line, whatever its case."""
    found, at = [], -1
    while wanted and (at := text.lower().find(wanted.lower(), at + 1)) >= 0:
        found.append(at)
    return found
