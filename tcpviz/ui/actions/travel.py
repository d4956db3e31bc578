"""Moving through time, by keys and by what is chosen in the panes."""

from textual import on

from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.alerts_pane import AlertsPane
from tcpviz.ui.graphs_pane import GraphsPane
from tcpviz.ui.ladder_pane import LadderPane
from tcpviz.ui.packet_list import PacketList
from tcpviz.ui.panes import StatePane, TimelinePane
from tcpviz.ui.prompts import GoToPrompt
from tcpviz.ui.stage import Stage
from tcpviz.ui.stream_pane import StreamPane


class TravelActions(StagedScreen):
    """Every one moves the cursor, and all panes with it."""

    def action_next(self) -> None:
        """n: one packet on, or one through the gate."""
        if self.stage:
            self.stage.next()
            self.look()

    def action_next_row(self) -> None:
        """Down: one packet on; never through the gate."""
        self._move(1)

    def action_previous(self) -> None:
        """One packet back."""
        self._move(-1)

    def action_page(self, pages: int) -> None:
        """A page of the list on or back."""
        self._move(pages * self.packets.page)

    def action_first(self) -> None:
        """To the first packet."""
        if self.stage:
            self.stage.first()
            self.look()

    def action_live(self) -> None:
        """To the end, and on with it."""
        if self.stage:
            self.stage.cursor.live()
            self.look()

    def action_next_alert(self) -> None:
        """To the next packet with an alert."""
        self._go_to_alert(forward=True)

    def action_previous_alert(self) -> None:
        """To the previous packet with an alert."""
        self._go_to_alert(forward=False)

    def action_goto(self) -> None:
        """Ask for a packet's number."""
        if self.stage:
            self.app.push_screen(GoToPrompt(self.stage.last_number), self._go_to_number)

    def _go_to_number(self, number: int | None) -> None:
        if self.stage and number is not None:
            self.stage.go_to_number(number)
            self._arrive(self.stage)

    def _go_to_alert(self, *, forward: bool) -> None:
        if self.stage:
            leaps = self.stage.go_to_alert(forward=forward)
            side, end = ("after", "first") if forward else ("before", "last")
            if leaps:
                self.say(f"No alert {side} that packet: this is the {end} one.")
            elif leaps is None:
                key = self.keyboard.names["all-packets"]
                self.say(f"No packet that passes the filter has an alert. {key} lists all packets.")
            self.look()

    def _arrive(self, stage: Stage) -> None:
        """Show a packet that was asked for; say so where the list does not have it."""
        if stage.strays:
            key = self.keyboard.names["all-packets"]
            self.say(f"This packet does not pass the filter. {key} lists all packets.")
        self.look()

    def _move(self, by: int) -> None:
        if self.stage:
            self.stage.step(by)
            self.look()

    @on(PacketList.Chosen)
    @on(LadderPane.Chosen)
    @on(StreamPane.Chosen)
    def _on_packet_chosen(self, message: PacketList.Chosen | LadderPane.Chosen | StreamPane.Chosen) -> None:
        if self.stage:
            self.stage.cursor.go(message.position)
            self.look()

    @on(LadderPane.Wheeled)
    def _on_ladder_wheeled(self, message: LadderPane.Wheeled) -> None:
        self._move(message.by)

    @on(PacketList.Scrolled)
    def _on_list_scrolled(self) -> None:
        self.list_scrolled()

    @on(AlertsPane.Chosen)
    @on(StatePane.Chosen)
    def _on_row_chosen(self, message: AlertsPane.Chosen | StatePane.Chosen) -> None:
        if self.stage:
            self.stage.go_to_row(message.row)
            self._arrive(self.stage)

    @on(TimelinePane.Chosen)
    @on(GraphsPane.Chosen)
    def _on_time_chosen(self, message: TimelinePane.Chosen | GraphsPane.Chosen) -> None:
        if self.stage:
            self.stage.go_to_time(message.moment)
            self.look()
