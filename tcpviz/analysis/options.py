"""The TCP options that the analysis asks for: window scale, SACK blocks, Fast Open."""

from collections.abc import Iterator
from typing import Final

_END: Final = 0
_NOP: Final = 1
_WINDOW_SCALE: Final = 3
_SACK: Final = 5
_FAST_OPEN: Final = 34
_EXPERIMENT: Final = 254
_FAST_OPEN_EXPERIMENT: Final = b"\xf9\x89"  # RFC 6994, as RFC 7413 appendix A uses it

_LARGEST_SCALE: Final = 14  # RFC 7323 section 2.3
_SACK_BLOCKS: Final = 3

_TIMESTAMPS_ALONE: Final = b"\x01\x01\x08\x0a"


def timestamps_alone(options: bytes) -> bool:
    """Whether these are the options of nearly every segment, in which there is nothing to look for."""
    return len(options) == 12 and options.startswith(_TIMESTAMPS_ALONE)


def scale_and_sack(options: bytes) -> tuple[int | None, int]:
    """What the options say of the window scale and of SACK.

    The shift count of RFC 7323, at most 14, None without the option; and the sum of the sizes of the first
    three SACK blocks (RFC 2018), modulo 2^32: tshark keeps no more.
    """
    scale = None
    sacked = 0
    for kind, body in walk(options):
        if kind == _WINDOW_SCALE and len(body) == 1:
            scale = min(body[0], _LARGEST_SCALE)
        elif kind == _SACK:
            for at in range(0, min(len(body) // 8, _SACK_BLOCKS) * 8, 8):
                sacked += int.from_bytes(body[at + 4 : at + 8]) - int.from_bytes(body[at : at + 4])
    return scale, sacked & 0xFFFF_FFFF


def fast_open_cookie(options: bytes) -> bool:
    """Whether there is a Fast Open cookie (RFC 7413), not just the request for one."""
    for kind, body in walk(options):
        if kind == _EXPERIMENT and body.startswith(_FAST_OPEN_EXPERIMENT):
            body = body[len(_FAST_OPEN_EXPERIMENT) :]
        elif kind != _FAST_OPEN:
            continue
        if body:
            return True
    return False


def walk(options: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each option; of one that was cut off, what is there of its body."""
    at = 0
    while at < len(options) and (kind := options[at]) != _END:
        if kind == _NOP:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2:
            return
        yield kind, options[at + 2 : at + size]
        at += size


def sack_blocks(options: bytes) -> list[tuple[int, int]]:
    """The SACK blocks [left, right) of RFC 2018, those that are whole."""
    if not options or timestamps_alone(options):
        return []
    return [
        (int.from_bytes(body[at : at + 4]), int.from_bytes(body[at + 4 : at + 8]))
        for kind, body in walk(options)
        if kind == _SACK
        for at in range(0, len(body) - 7, 8)
    ]
