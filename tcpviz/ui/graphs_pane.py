"""The graphs of the connection that is looked at, over the whole of its time, with a line at the moment."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from tcpviz.ui.moment_pane import MomentPane, Shown
from tcpviz.view import graphs, series
from tcpviz.view.canvas import Canvas
from tcpviz.view.graphs import Samples
from tcpviz.view.moment import Moment
from tcpviz.view.plot import Area
from tcpviz.view.run import RunView


class GraphsPane(MomentPane):
    """Hands the samples to the painters. They are taken anew when the run has grown, not at each move.

    A click goes to the packet of the connection that is nearest in time.
    """

    title = "Graphs over time"

    _run: RunView | None = None
    _key = (0, 0, 0)
    _samples: Samples
    _areas: Sequence[Area] = ()

    class Chosen(Message):
        """The user clicked near the packet of this time (ns)."""

        def __init__(self, moment: int) -> None:
            super().__init__()
            self.moment = moment

    def paint_moment(self, canvas: Canvas, shown: Shown, moment: Moment) -> None:
        """See MomentPane."""
        run = shown.run
        samples = self._up_to_date(run, moment)
        self._areas = graphs.paint_all(canvas, self.glyphs, samples, now=moment.row.time, zero=run.first_time)

    def _up_to_date(self, run: RunView, moment: Moment) -> Samples:
        stream = moment.observed.stream if moment.observed else -1
        key = (len(run), moment.flow or stream, self.size.width)
        if self._run is not run or key != self._key:
            self._run, self._key = run, key
            self._samples = series.samples(run, moment, 2 * self.size.width)
        return self._samples

    def on_click(self, event: events.Click) -> None:
        """Go to the packet under the mouse."""
        offset = event.get_content_offset(self)
        times = [time for area in self._areas if offset and (time := area.time_at(*offset)) is not None]
        if times and self._samples.points:
            near = min((point.time for point in self._samples.points), key=lambda time: abs(time - times[0]))
            self.post_message(self.Chosen(near))
