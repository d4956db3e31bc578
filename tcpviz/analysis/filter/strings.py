"""Quoted strings: with the escapes of C, or raw as in r"\\d+"."""

import re
from typing import Final

_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.ASCII | re.DOTALL
)
_SIMPLE: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'", "?": "?",
}  # fmt: skip


def unquoted(text: str) -> str:
    """What a quoted string says. ValueError where an escape is none."""
    if text.startswith("r"):
        return text[2:-1]
    return _ESCAPE.sub(_character, text[1:-1])


def _character(found: re.Match[str]) -> str:
    hexadecimal, octal, simple = found[1] or found[2] or found[3], found[4], found[5]
    if simple is None:
        return chr(int(octal, 8) if hexadecimal is None else int(hexadecimal, 16))
    if simple not in _SIMPLE:
        raise ValueError(f'\\{simple} is no escape: write \\\\{simple}, or the whole string as r"…"')
    return _SIMPLE[simple]
