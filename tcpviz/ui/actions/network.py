"""Being the network: the gate, the packet at it, and the pace of lab time."""

from dataclasses import replace

from tcpviz.link.plan import Plan, parse_plan
from tcpviz.session.gate import GateAction
from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.rules_panel import RulesPanel


class NetworkActions(StagedScreen):
    """What the user does to the traffic."""

    def action_toggle_hold(self) -> None:
        """Shut or open the gate: that of the next run where none is going on."""
        if self.stage and self.stage.situation().live:
            self.stage.toggle_hold()
            return
        self.options = replace(self.options, held=not self.options.held)
        key = self.keyboard.names
        how = f"held: each packet waits for {key['next']}" if self.options.held else "running"
        self.say(f"Nothing runs now. The next run ({key['again']}, {key['url']}) begins {how}.")
        self.list_scrolled()

    def action_gate(self, action: str) -> None:
        """Drop, duplicate, delay or corrupt the packet at the gate."""
        if self.stage:
            self.stage.gate(GateAction(action))
            self.look()

    def action_impair(self) -> None:
        """Ask what is to go wrong on the way."""
        status = self.stage.status if self.stage else None
        live = status is not None and not status.phase.over
        spec = status.impair if status and live else self.options.impair
        self.app.push_screen(RulesPanel(parse_plan(spec)), self._impair)

    def _impair(self, plan: Plan | None) -> None:
        if plan is None:
            return
        self.options = replace(self.options, impair=str(plan))
        if self.stage and self.stage.session and self.stage.situation().live:
            self.stage.session.impair(plan)
        else:
            self.rules_to_come = str(plan)
            key = self.keyboard.names
            self.say(
                f"Nothing runs now. The next run ({key['again']}, {key['url']}) begins with these rules."
            )

    def action_pace(self, by: int) -> None:
        """Faster or slower."""
        if self.stage:
            self.stage.change_pace(by)
