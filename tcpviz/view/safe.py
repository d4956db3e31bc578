"""The one way for bytes and text from outside onto the screen.

Neither rich nor Textual filters what it writes to a terminal: a payload could retitle the window, fill
the clipboard or turn the text direction round. Only `SafeText` goes into widgets and canvases; it holds
no control, format, surrogate, private-use or unassigned character, no character without width, and no letter
that is written from right to left: some terminals would turn round the whole line, panes and all.
"""

from typing import NewType
from unicodedata import bidirectional

from rich.cells import cell_len, get_character_cell_size, set_cell_size

SafeText = NewType("SafeText", str)

STAND_IN = "."

_OCTETS = bytes(octet if 0x20 <= octet < 0x7F else ord(STAND_IN) for octet in range(256))


_GAP = ".."


def safe(text: str | bytes | bytearray | memoryview, limit: int | None = None) -> SafeText:
    """`text` as it may be shown, at most `limit` characters of it.

    Octets become ASCII, one character each. In a `str`, white space becomes a blank and what must not
    reach a terminal becomes a full stop, so that positions stay what they were.
    """
    if not isinstance(text, str):
        return SafeText(bytes(text[:limit]).translate(_OCTETS).decode("ascii"))
    kept = text[:limit]
    if kept.isascii() and kept.isprintable():
        return SafeText(kept)
    return SafeText(kept.translate(_CHARACTERS))


def printable(text: str) -> str:
    """`text` without what a terminal could obey, each white space a blank: for a field in which a text of any
    script may be edited. Show it as `safe` nevertheless."""
    return "".join(" " if char.isspace() else char for char in text if char.isspace() or char.isprintable())


def cells(text: SafeText) -> int:
    """How many cells of the terminal `text` takes: its length, unless it has wide (CJK) characters."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: SafeText, width: int) -> SafeText:
    """`text` cut or padded on the right to exactly `width` cells."""
    if text.isascii():
        return SafeText(text[:width].ljust(width))
    return SafeText(set_cell_size(text, width))


def fit_right(text: SafeText, width: int) -> SafeText:
    """`text` at the right-hand side of exactly `width` cells; cut on the right when it is too long."""
    return fit(SafeText(" " * (width - cells(text)) + text), width)


def shortened(text: SafeText, width: int) -> SafeText:
    """`text` in at most `width` cells, its middle left out where it is longer: of an address, and of one with
    a port, both ends say the most. For text of single cells."""
    if len(text) <= width:
        return text
    head = max(width - len(_GAP), 0) // 2
    tail = max(width - len(_GAP) - head, 0)
    return SafeText((text[:head] + _GAP + text[len(text) - tail :])[:width])


def _shown(char: str) -> str:
    if char.isspace():
        return " "
    shown = char.isprintable() and get_character_cell_size(char) and bidirectional(char) not in _LEFTWARD
    return char if shown else STAND_IN


class _Characters(dict[int, str]):
    """What each character is shown as, by its number; filled as they come, up to the basic plane."""

    def __missing__(self, number: int) -> str:
        shown = _shown(chr(number))
        if number <= _BASIC_PLANE:
            self[number] = shown
        return shown


_LEFTWARD = frozenset(("R", "AL", "AN"))
"""Classes of the letters and digits of Hebrew, Arabic and their kin (Unicode annex 9)."""
_BASIC_PLANE = 0xFFFF
_CHARACTERS = _Characters()
