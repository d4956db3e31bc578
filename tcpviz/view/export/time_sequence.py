"""The time-sequence graph as a picture."""

from collections.abc import Sequence

from tcpviz.view.export.svg import Picture
from tcpviz.view.graphs import Point
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe

_WIDTH, _HEIGHT = 1000.0, 600.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 90.0, 950.0, 50.0, 560.0
_TICKS = 6
_LEGEND = (
    (Role.DATA, "data"),
    (Role.ACK, "acknowledged"),
    (Role.RETRANSMISSION, "sent again"),
    (Role.LOST, "lost"),
)


def draw(points: Sequence[Point], title: SafeText, first_time: int) -> str:
    """The points as SVG, times counted from `first_time` (ns)."""
    picture = Picture(_WIDTH, _HEIGHT, title)
    picture.words(_LEFT, 20, title, Role.TITLE)
    for place, (role, name) in enumerate(_LEGEND):
        picture.dot(_LEFT + 4 + place * 140, 34, role, 4)
        picture.words(_LEFT + 14 + place * 140, 38, safe(name), role)
    begin = points[0].time if points else first_time
    span = max((points[-1].time if points else first_time) - begin, 1)
    top = max((point.value for point in points), default=1)
    _draw_axes(picture, begin - first_time, span, top)
    for point in points:
        x = _LEFT + (point.time - begin) / span * (_RIGHT - _LEFT)
        y = _BOTTOM - point.value / top * (_BOTTOM - _TOP)
        picture.dot(x, y, point.role, 3 if point.role in (Role.RETRANSMISSION, Role.LOST) else 1.5)
    return str(picture)


def _draw_axes(picture: Picture, begin: int, span: int, top: int) -> None:
    picture.line(((_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)), Role.DIM)
    for tick in range(_TICKS + 1):
        x, y = (low + (high - low) * tick / _TICKS for low, high in ((_LEFT, _RIGHT), (_BOTTOM, _TOP)))
        picture.words(
            x, _BOTTOM + 18, safe(f"{(begin + span * tick / _TICKS) / 1e9:.3f} s"), Role.DIM, "middle"
        )
        picture.words(_LEFT - 8, y + 4, safe(f"{round(top * tick / _TICKS):,}"), Role.DIM, "end")
