"""Which packets the list shows."""

from tcpviz.analysis.filter import Filter
from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.filter_prompt import FilterPrompt
from tcpviz.ui.stage import Stage
from tcpviz.ui.streams_panel import ALL_STREAMS, StreamsPanel


class FilterActions(StagedScreen):
    """Setting and clearing the display filter, choosing a stream."""

    def action_filter(self) -> None:
        """Ask for a display filter."""
        if self.stage:
            text = self.stage.filter.text if self.stage.filter else ""
            self.app.push_screen(FilterPrompt(text), self._filter_answer)

    def action_clear_filter(self) -> None:
        """All packets again."""
        self._show_only(None)

    def _filter_answer(self, wanted: Filter | None) -> None:
        if wanted is not None:
            self._show_only(wanted if wanted.text else None)

    def action_streams(self) -> None:
        """Ask for one of the TCP streams, beginning at that of the packet that is shown."""
        if self.stage:
            moment = self.stage.moment()
            current = moment.observed.stream if moment and moment.observed else ALL_STREAMS
            panel = StreamsPanel(self.stage.streams, current, self.keyboard.names)
            self.app.push_screen(panel, self._stream_chosen)

    def _stream_chosen(self, number: int | None) -> None:
        if number == ALL_STREAMS:
            self._show_only(None)
        elif self.stage and number is not None:
            self.stage.show_stream(number)
            self._list_anew(self.stage)

    def _show_only(self, wanted: Filter | None) -> None:
        if self.stage:
            self.stage.show_only(wanted)
            self._list_anew(self.stage)

    def _list_anew(self, stage: Stage) -> None:
        self.packets.list_only(stage.listing)
        self.look(read=True)

    def come_back(self, stage: Stage) -> None:
        """Leave a packet that the filter does not list, as Wireshark does, and say so."""
        if stage.come_back():
            self.say("The packet looked at does not pass the filter: this is the nearest one that does.")
            self.look()
