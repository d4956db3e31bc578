"""A conversation as lines of text or hexadecimal, of which only those in sight are made.

Each piece begins a new line: a line belongs to one packet.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from tcpviz.view.conversation import Conversation, Side
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.units import octets
from tcpviz.wire import tls

WIDE_DUMP = 8 + 3 * 16 + 2 + 16
"""Cells that sixteen octets take; where there are fewer, a line has eight."""

_KEPT = 256
"""Pieces whose lines are kept."""


class Place(NamedTuple):
    """A line: its piece, and which of the piece's lines it is."""

    piece: int
    line: int


class StreamLine(NamedTuple):
    """What stands in it."""

    place: Place
    side: Side
    text: SafeText


class StreamLines:
    """The lines of a conversation, `width` cells wide; `only`: those of one side."""

    def __init__(
        self, conversation: Conversation, width: int, *, hexadecimal: bool = False, only: Side | None = None
    ) -> None:
        self.conversation = conversation
        self.width = max(width, 1)
        self.only = only
        self.hexadecimal = hexadecimal
        self._lines = lru_cache(_KEPT)(self._make_lines)

    def piece_at_or_before(self, index: int) -> int | None:
        """The last piece up to `index` that is shown; the first one where there is none before it."""
        if index >= 0 and (found := self.preceding(index + 1)) is not None:
            return found
        return self.following(-1)

    def step(self, place: Place, by: int) -> Place:
        """The place `by` lines on or back, as far as there are lines."""
        piece, line = place.piece, place.line + by
        while line < 0:
            before = self.preceding(piece)
            if before is None:
                return Place(piece, 0)
            piece, line = before, line + len(self._lines(before))
        while line >= (count := len(self._lines(piece))):
            after = self.following(piece)
            if after is None:
                return Place(piece, count - 1)
            piece, line = after, line - count
        return Place(piece, line)

    def from_place(self, place: Place, count: int) -> list[StreamLine]:
        """At most `count` lines from `place` on."""
        return list(islice(self._from(place), count))

    def find_in(self, piece: int, wanted: str, after: int = -1) -> Place | None:
        """The first line of a piece, behind the line `after`, in which a text stands."""
        lines = self._lines(piece)
        found = (at for at in range(after + 1, len(lines)) if wanted.lower() in lines[at].lower())
        return next((Place(piece, at) for at in found), None)

    def first(self) -> Place | None:
        """The first line; None where nothing was said."""
        piece = self.following(-1)
        return None if piece is None else Place(piece, 0)

    def last(self) -> Place | None:
        """The last line so far."""
        piece = self.preceding(len(self.conversation))
        return None if piece is None else Place(piece, len(self._lines(piece)) - 1)

    def _from(self, place: Place) -> Iterator[StreamLine]:
        piece: int | None = place.piece
        first = place.line
        while piece is not None:
            side = self.conversation[piece].side
            for number, text in enumerate(self._lines(piece)[first:], first):
                yield StreamLine(Place(piece, number), side, text)
            piece, first = self.following(piece), 0

    def following(self, piece: int) -> int | None:
        """The next piece that is shown; None where there is none yet."""
        if self.only is None:
            return piece + 1 if piece + 1 < len(self.conversation) else None
        found = self.conversation.sides.find(self.only, piece + 1)
        return found if found >= 0 else None

    def preceding(self, piece: int) -> int | None:
        """The one before it."""
        if self.only is None:
            return piece - 1 if piece else None
        found = self.conversation.sides.rfind(self.only, 0, piece)
        return found if found >= 0 else None

    def _make_lines(self, index: int) -> Sequence[SafeText]:
        """The lines of a piece: never none."""
        piece = self.conversation[index]
        if piece.gap:
            return (safe(f"[{octets(piece.length)} that were not captured]"),)
        data = self.conversation.data(index)
        lines = list(self._dump(data, piece.start) if self.hexadecimal else _text(data, self.width))
        if missing := piece.length - len(data):
            lines.append(safe(f"[{octets(missing)} cut off in the capture]"))
        return lines

    def _dump(self, data: bytes, start: int) -> Iterator[SafeText]:
        count = 16 if self.width >= WIDE_DUMP else 8
        for at in range(0, len(data), count):
            part = data[at : at + count]
            pairs = f"{part[:8].hex(' '):23}  {part[8:].hex(' ')}" if count > 8 else part.hex(" ")
            yield SafeText(f"{start + at:06x}  {pairs:{3 * count}}  {safe(part)}")


def _text(data: bytes, width: int) -> Iterator[SafeText]:
    """The lines that the octets themselves make, wrapped."""
    lines = data.split(b"\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    for line in lines:
        shown = safe(line.removesuffix(b"\r"))
        yield from (SafeText(shown[at : at + width]) for at in range(0, max(len(shown), 1), width))


class Finder:
    """Looks for a text in what was said, whatever its case, a little at a time."""

    def __init__(self, lines: StreamLines, wanted: str, after: int) -> None:
        """Begins behind the piece `after`."""
        self._lines = lines
        self._wanted = wanted.encode().lower()
        self._piece = after
        self._tails = [b"", b""]
        self.found: int | None = None
        """The piece in which it ends."""
        self.over = False

    def advance(self, pieces: int) -> bool:
        """Look at so many more pieces; True once it is found, or nowhere."""
        for _ in range(pieces):
            following = self._lines.following(self._piece)
            if following is None:
                self.over = True
                return True
            self._piece = following
            if self._holds(following):
                self.found, self.over = following, True
                return True
        return False

    def _holds(self, index: int) -> bool:
        conversation = self._lines.conversation
        side = conversation.sides[index]
        data = self._tails[side] + conversation.data(index).lower()
        self._tails[side] = data[len(data) - len(self._wanted) + 1 :] if len(self._wanted) > 1 else b""
        return self._wanted in data


def is_encrypted(conversation: Conversation) -> bool:
    """Whether the client begins with a record of TLS."""
    first = conversation.sides.find(Side.CLIENT)
    return first >= 0 and next(tls.records(conversation.data(first)), None) is not None
