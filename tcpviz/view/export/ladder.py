"""The ladder as a picture: two hosts, and each packet an arrow between them."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from tcpviz.view import units
from tcpviz.view.export.svg import Picture
from tcpviz.view.ladder import Arrow
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe

_LEFT, _RIGHT, _WIDTH = 130.0, 690.0, 820.0
_TOP, _STEP = 60.0, 28.0
_SLANT = 9.0
"""How much lower an arrow ends than it begins: it takes time."""
_LONGEST_PAUSE = 12 * _STEP


def draw(arrows: Sequence[Arrow], left: SafeText, right: SafeText, *, to_scale: bool = False) -> str:
    """The arrows between the hosts of these names, as SVG.

    With `to_scale` the distances are as the times between them, but for long pauses; else all are alike.
    """
    heights = _heights(arrows, to_scale)
    bottom = heights[-1] + 2 * _STEP if heights else _TOP + _STEP
    picture = Picture(_WIDTH, bottom, safe(f"{left} and {right}"))
    for x, name in ((_LEFT, left), (_RIGHT, right)):
        picture.words(x, _TOP - 30, name, Role.TITLE, "middle")
        picture.line(((x, _TOP - 20), (x, bottom - 10)), Role.DIM)
    for arrow, y in zip(arrows, heights, strict=True):
        if arrow.repeats is not None and 0 <= arrow.repeats < len(heights):
            _draw_repeat(picture, arrow, y, heights[arrow.repeats])
        _draw_arrow(picture, arrow, y)
    return str(picture)


def _heights(arrows: Sequence[Arrow], to_scale: bool) -> list[float]:
    gaps = [later.time - earlier.time for earlier, later in pairwise(arrows)]
    # A usual gap is a step, so that nothing lies on top of anything for long.
    usual = median([gap for gap in gaps if gap > 0] or [1])
    heights = [_TOP]
    for gap in gaps:
        step = min(max(gap / usual * _STEP, _STEP / 2), _LONGEST_PAUSE) if to_scale else _STEP
        heights.append(heights[-1] + step)
    return heights[: len(arrows)]


def _draw_arrow(picture: Picture, arrow: Arrow, y: float) -> None:
    start, end = (_LEFT, _RIGHT) if arrow.outgoing else (_RIGHT, _LEFT)
    part = 0.62 if arrow.lost else 1.0
    x, below = start + (end - start) * part, y + _SLANT * part
    role = Role.LOST if arrow.lost else arrow.role
    picture.line(((start, y), (x, below)), role, dashed=arrow.pending)
    ahead = 1 if arrow.outgoing else -1
    if arrow.lost:
        for tilt in (-5, 5):
            picture.line(((x - 5, below - tilt), (x + 5, below + tilt)), role)
    else:
        picture.line(((x - 9 * ahead, below - 5), (x, below), (x - 9 * ahead, below + 4)), role)
    picture.words((_LEFT + _RIGHT) / 2, y - 2, _label(arrow), role, "middle")
    picture.words(_LEFT - 14, y + 4, units.seconds(arrow.time), Role.DIM, "end")
    if arrow.round_trip is not None:
        picture.words(_RIGHT + 14, y + 4, safe(f"RTT {units.duration(arrow.round_trip)}"), Role.DIM)


def _label(arrow: Arrow) -> SafeText:
    parts = [f"#{arrow.number}" if arrow.number else "", arrow.words]
    parts += [
        "" if arrow.seq is None else f"seq={arrow.seq}",
        "" if arrow.ack is None else f"ack={arrow.ack}",
    ]
    parts += [f"len={arrow.length}" if arrow.length else "", arrow.remark]
    return safe(" ".join(part for part in parts if part)[:90])


def _draw_repeat(picture: Picture, arrow: Arrow, y: float, original: float) -> None:
    """A line beside the sender from a repetition to what it repeats."""
    host, side = (_LEFT, -8) if arrow.outgoing else (_RIGHT, 8)
    points = ((host, y), (host + side, y), (host + side, original), (host, original))
    picture.line(points, Role.RETRANSMISSION, dashed=True)
