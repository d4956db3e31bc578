"""The one way for bytes and text from outside onto the screen.

Neither rich nor Textual filters what it writes to a terminal: a payload could retitle the window, fill
the clipboard or turn the text direction round. Only `SafeText` goes into widgets and canvases; it holds
no control, format, surrogate, private-use or unassigned character, no letter that is written from right to
left (some terminals would turn round the whole line, panes and all), and no character that does not take the
same room in every terminal: one that has no width, that joins its neighbour, whose width is disputed, or that
is too new or too rare for every terminal to know it.
"""

from typing import NewType
from unicodedata import bidirectional, category, east_asian_width

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
    shown = char.isprintable() and bidirectional(char) not in _LEFTWARD and _has_one_width(char)
    return char if shown else STAND_IN


def _has_one_width(char: str) -> bool:
    """Whether each terminal gives `char` the same room, whatever stands beside it."""
    number = ord(char)
    if category(char) in _JOINING or any(number in span for span in _DISPUTED):
        return False
    if number > _BASIC_PLANE and not any(number in span for span in _WELL_KNOWN):
        return False
    return get_character_cell_size(char) == (2 if east_asian_width(char) in _WIDE else 1)


class _Characters(dict[int, str]):
    """What each character is shown as, by its number; filled as they come, up to the basic plane."""

    def __missing__(self, number: int) -> str:
        shown = _shown(chr(number))
        if number <= _BASIC_PLANE:
            self[number] = shown
        return shown


_LEFTWARD = frozenset(("R", "AL", "AN"))
"""Classes of the letters and digits of Hebrew, Arabic and their kin (Unicode annex 9)."""
_JOINING = frozenset(("Mn", "Mc", "Me"))
"""Marks: with a width of their own (Mc) or without, they become one with the letter before them."""
_WIDE = frozenset("WF")
"""Two cells by Unicode annex 11."""
_DISPUTED = (
    range(0x0E33, 0x0E34),  # Thai and Lao vowels, which some terminals join to the letter before them
    range(0x0EB3, 0x0EB4),
    range(0x1100, 0x1200),  # Hangul letters, which become one syllable
    range(0xA960, 0xA980),
    range(0xD7B0, 0xD800),
    range(0x2630, 0x2638),  # signs of the I Ching and their kin: one cell until Unicode 16, then two
    range(0x268A, 0x2690),
    range(0x4DC0, 0x4E00),
    range(0x3248, 0x3250),  # circled numbers: wide in the C library, narrow in Unicode's table
    range(0x1F3FB, 0x1F400),  # colours of skin, which change the picture before them
    range(0x1B4E, 0x1B50),  # new in Unicode 15.1 and 16, as are all that follow
    range(0x1B7F, 0x1B80),
    range(0x1C89, 0x1C8B),
    range(0x2FFC, 0x3000),
    range(0x31E4, 0x31F0),
    range(0xA7CB, 0xA7CE),
    range(0xA7DA, 0xA7DD),
)
_WELL_KNOWN = (
    range(0x1D400, 0x1D800),  # mathematical letters
    range(0x1F300, 0x1F650),  # pictures, each since Unicode 9 or earlier
    range(0x1F680, 0x1F6C6),
    range(0x1F910, 0x1FA00),  # pictures, the last ones since Unicode 13
    range(0x20000, 0x2A6D7),  # ideographs
    range(0x2A700, 0x2B735),
)
"""What is shown of the planes above the basic one."""
_BASIC_PLANE = 0xFFFF
_CHARACTERS = _Characters()
