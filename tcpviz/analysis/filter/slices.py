"""Slices of octets: `[0:3]`, `[-4:]`, `[:2]`, `[2]`, `[1-2]`, and several of them with commas."""

import re
from collections.abc import Callable
from typing import Final

Part = tuple[int, int | None]
"""Where it begins, from the end where that is negative, and how long it is; None: to the end."""

_PART: Final = re.compile(
    r"\s*(?:(?P<start>-?\d+)\s*(?:(?P<colon>:)\s*(?P<length>\d+)?|-\s*(?P<last>\d+))?|:\s*(?P<first>\d+))\s*",
    re.ASCII,
)


def cut(text: str) -> Callable[[bytes], bytes | None]:
    """What cuts the slice `text` (with its brackets) out of octets; it gives None where they are too few.

    ValueError when the text is no slice.
    """
    parts = [_part(part) for part in text[1:-1].split(",")]

    def slice_of(value: bytes) -> bytes | None:
        pieces = []
        for start, length in parts:
            begin = start + len(value) if start < 0 else start
            end = len(value) if length is None else begin + length
            if not 0 <= begin < end <= len(value):
                return None
            pieces.append(value[begin:end])
        return b"".join(pieces)

    return slice_of


def _part(text: str) -> Part:
    found = _PART.fullmatch(text)
    if not found:
        raise ValueError(f"[{text}] is no slice, e.g. [0:4], [2-3], [-4:], [5]")
    if found["first"]:
        start, length = 0, int(found["first"])
    else:
        start, length = int(found["start"]), 1
        if found["last"]:
            length = int(found["last"]) - start + 1 if start >= 0 else 0
        elif found["colon"]:
            if not found["length"]:
                return start, None
            length = int(found["length"])
    if length < 1:
        raise ValueError(f"[{text}] has no length")
    return start, length
