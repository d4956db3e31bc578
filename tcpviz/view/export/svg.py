"""Lines, dots and words as a picture in SVG. Knows what a role looks like on paper, and no TCP."""

from collections.abc import Sequence
from html import escape  # lighter than the same in xml.sax, which brings an HTTP client

from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText

_INK = "#24292f"
_INKS = {
    Role.DIM: "#8c959f",
    Role.SYN: "#1a7f37",
    Role.FIN: "#8250df",
    Role.RESET: "#cf222e",
    Role.DATA: "#0969da",
    Role.ACK: "#6e7781",
    Role.HTTP: "#1a7f37",
    Role.ARP: "#9a6700",
    Role.RETRANSMISSION: "#cf222e",
    Role.DUPLICATE_ACK: "#bc4c00",
    Role.OUT_OF_ORDER: "#bc4c00",
    Role.ZERO_WINDOW: "#cf222e",
    Role.LOST: "#cf222e",
    Role.PENDING: "#9a6700",
    Role.SACKED: "#1b7c83",
}
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


class Picture:
    """A white sheet of `width` by `height` points, (0, 0) at the top left."""

    def __init__(self, width: float, height: float, title: SafeText) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="{_FONT}" font-size="12">',
            f"<title>{escape(title)}</title>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
        ]

    def line(self, points: Sequence[tuple[float, float]], role: Role, *, dashed: bool = False) -> None:
        """A line through the points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{_ink(role)}"{dashes}/>')

    def dot(self, x: float, y: float, role: Role, radius: float = 1.5) -> None:
        """A filled circle."""
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{_ink(role)}"/>')

    def words(self, x: float, y: float, text: SafeText, role: Role, anchor: str = "start") -> None:
        """A line of text; `anchor` start, middle or end says which part of it is at (x, y)."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{_ink(role)}" text-anchor="{anchor}" '
            f'xml:space="preserve">{escape(text)}</text>'
        )

    def __str__(self) -> str:
        return "\n".join((*self._parts, "</svg>", ""))


def _ink(role: Role) -> str:
    return _INKS.get(role, _INK)
