"""Being the network: the gate, the packet at it, and the pace of lab time."""

from tcpviz.session.gate import GateAction
from tcpviz.ui.actions.base import StagedScreen


class NetworkActions(StagedScreen):
    """What the user does to the traffic."""

    def action_toggle_hold(self) -> None:
        """Shut or open the gate."""
        if self.stage:
            self.stage.toggle_hold()

    def action_gate(self, action: str) -> None:
        """Drop, duplicate, delay or corrupt the packet at the gate."""
        if self.stage:
            self.stage.gate(GateAction(action))
            self.look()

    def action_pace(self, by: int) -> None:
        """Faster or slower."""
        if self.stage:
            self.stage.change_pace(by)
