"""The signs that the painters draw with: one table for Unicode terminals, one for the rest.

The Unicode table keeps to the characters that rich knows to be one cell wide without looking them up
(Latin, box drawing, blocks, geometric shapes, braille): a row that holds any other takes twice as long.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tcpviz.view.safe import SafeText

NORTH, EAST, SOUTH, WEST = 1, 2, 4, 8
"""The bits of a junction: to which sides of its cell a line goes."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One sign, or one row of signs, for each thing that a painter draws."""

    light: tuple[SafeText, ...]
    """A line's sign in a cell, by its junction (NORTH | EAST | SOUTH | WEST)."""
    heavy: tuple[SafeText, ...]
    """The same for a line that stands out."""
    braille: tuple[SafeText, ...]
    """A cell of 2 by 4 dots, by its mask in Unicode's order (see `canvas.Braille`)."""
    levels: tuple[SafeText, ...]
    """From nothing to a full cell, growing from below."""
    left: SafeText
    right: SafeText
    up: SafeText
    down: SafeText
    playhead: SafeText
    alert: SafeText
    cut: SafeText
    """Something was left out of the picture here."""
    ours: SafeText
    """Marks our own end."""
    peer: SafeText
    """Marks the other end."""

    past: SafeText
    """Sequence space that is done with: acknowledged, or received and read."""
    in_flight: SafeText
    sacked: SafeText
    lost: SafeText
    retransmitted: SafeText
    usable: SafeText
    outside: SafeText
    held: SafeText
    unread: SafeText


def _signs(signs: Iterable[str]) -> tuple[SafeText, ...]:
    return tuple(SafeText(sign) for sign in signs)


def _ascii_dots(mask: int) -> str:
    upper, lower = mask & 0b0001_1011, mask & 0b1110_0100
    if upper and lower:
        return ":"
    return "'" if upper else "." if lower else " "


UNICODE = Glyphs(
    light=_signs(" ╵╶└╷│┌├╴┘─┴┐┤┬┼"),
    heavy=_signs(" ╹╺┗╻┃┏┣╸┛━┻┓┫┳╋"),
    braille=_signs(chr(0x2800 + mask) if mask else " " for mask in range(256)),
    levels=_signs(" ▁▂▃▄▅▆▇█"),
    left=SafeText("◄"),
    right=SafeText("►"),
    up=SafeText("▲"),
    down=SafeText("▼"),
    playhead=SafeText("┃"),
    alert=SafeText("!"),
    cut=SafeText("╱"),
    ours=SafeText("●"),
    peer=SafeText("◆"),
    past=SafeText("─"),
    in_flight=SafeText("█"),
    sacked=SafeText("▒"),
    lost=SafeText("×"),
    retransmitted=SafeText("▞"),
    usable=SafeText("░"),
    outside=SafeText("·"),
    held=SafeText("▒"),
    unread=SafeText("█"),
)

ASCII = Glyphs(
    light=_signs(" |-+||++-+-+++++"),
    heavy=_signs(" #=#####=#=#####"),
    braille=_signs(_ascii_dots(mask) for mask in range(256)),
    levels=_signs(" .,:-=+*#"),
    left=SafeText("<"),
    right=SafeText(">"),
    up=SafeText("^"),
    down=SafeText("v"),
    playhead=SafeText("|"),
    alert=SafeText("!"),
    cut=SafeText("/"),
    ours=SafeText("*"),
    peer=SafeText("@"),
    past=SafeText("-"),
    in_flight=SafeText("#"),
    sacked=SafeText("+"),
    lost=SafeText("x"),
    retransmitted=SafeText("r"),
    usable=SafeText("."),
    outside=SafeText(" "),
    held=SafeText("+"),
    unread=SafeText("#"),
)


def suited(encoding: str | None, *, ascii_only: bool = False) -> Glyphs:
    """What can be written in this encoding: box characters only in UTF-8."""
    utf8 = (encoding or "").lower().replace("-", "") == "utf8"
    return UNICODE if utf8 and not ascii_only else ASCII
