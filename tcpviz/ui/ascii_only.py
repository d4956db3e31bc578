"""The last thing before the terminal with `--ascii`: whatever drew a sign, Textual itself included, what is
written is ASCII, and as wide as it was."""

from collections.abc import Iterable

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_LIKE = {"→": ">", "←": "<", "µ": "u", "…": ".", "×": "x", "·": ".", "•": "*", "│": "|", "─": "-"}
"""Signs that have a likeness in ASCII."""


class AsciiOnly(LineFilter):
    """Makes every line ASCII."""

    def apply(self, segments: Iterable[Segment], background: Color) -> list[Segment]:
        """See LineFilter."""
        return [each if each.text.isascii() else _in_ascii(each) for each in segments]


def _in_ascii(segment: Segment) -> Segment:
    return Segment("".join(map(_shown, segment.text)), segment.style, segment.control)


def _shown(char: str) -> str:
    return char if char.isascii() else _LIKE.get(char) or "?" * get_character_cell_size(char)
