"""The ladder as plain text, a line a packet: for pipes, logs and terminals that are no screen."""

from collections.abc import Iterator

from tcpviz.view import ladder, units
from tcpviz.view.arrows import hosts, single
from tcpviz.view.canvas import Canvas
from tcpviz.view.glyphs import ASCII, Glyphs
from tcpviz.view.run import RunView
from tcpviz.view.safe import safe

WIDTH = 100


class Replay:
    """Tells the packets of one run in their order; a heading names the hosts of each connection."""

    def __init__(self, glyphs: Glyphs, width: int = WIDTH) -> None:
        self._glyphs = glyphs
        self._width = width
        self._flow = 0

    def __call__(self, run: RunView, position: int) -> str:
        """The lines of the packet at this position."""
        text = "\n".join(line.rstrip() for line in self._lines(run, position))
        return text.replace("µs", "us") if self._glyphs is ASCII else text

    def _lines(self, run: RunView, position: int) -> Iterator[str]:
        index = run.packets.row(position)
        flow = run.recording.row(index).flow
        arrow = single(run, position)
        canvas = Canvas(self._width, 1)
        if flow and flow != self._flow:
            self._flow = flow
            names = Canvas(self._width, 1)
            ladder.paint_hosts(names, self._glyphs, *hosts(run, run.moment(index)))
            yield names.text()
        if position:
            pause = run.recording.time(index) - run.recording.time(run.packets.row(position - 1))
            if pause >= ladder.PAUSE:
                yield f"{units.duration(pause)} later".center(self._width)
        if arrow.repeats is not None:
            original = run.recording.row(run.packets.row(arrow.repeats)).number
            repeats = f"repeats #{original}" if original else "again: it was lost"
            arrow = arrow._replace(remark=safe(f"{repeats} {arrow.remark}".rstrip()))
        ladder.paint_alone(canvas, self._glyphs, arrow)
        yield canvas.text()
