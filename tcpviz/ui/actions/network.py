"""Being the network: the gate, the packet at it, and the pace of lab time."""

from dataclasses import replace

from tcpviz.session.gate import GateAction
from tcpviz.ui.actions.base import StagedScreen


class NetworkActions(StagedScreen):
    """What the user does to the traffic."""

    def action_toggle_hold(self) -> None:
        """Shut or open the gate: that of the next run where none is going on."""
        if self.stage and self.stage.situation().live:
            self.stage.toggle_hold()
            return
        self.options = replace(self.options, held=not self.options.held)
        how = "held: each packet waits for n" if self.options.held else "running"
        self.notify(f"Nothing is running now. The next run (u) begins {how}.", markup=False)
        self.list_scrolled()

    def action_gate(self, action: str) -> None:
        """Drop, duplicate, delay or corrupt the packet at the gate."""
        if self.stage:
            self.stage.gate(GateAction(action))
            self.look()

    def action_pace(self, by: int) -> None:
        """Faster or slower."""
        if self.stage:
            self.stage.change_pace(by)
