"""Breakpoints: the list of them, and going on to the next."""

from dataclasses import replace

from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.breakpoints_panel import BreakpointsPanel
from tcpviz.ui.stage import Stage
from tcpviz.view.breakpoints import Breakpoint, watches


class StopActions(StagedScreen):
    """What runs stop at; the list holds for all runs of this screen."""

    breakpoints: list[Breakpoint]

    def action_breakpoints(self) -> None:
        """Show the list."""
        panel = BreakpointsPanel(self.breakpoints, self.keyboard.names)
        self.app.push_screen(panel, self._breakpoints_answer)

    def action_run_until(self) -> None:
        """On to the next breakpoint: let the traffic run, or go there in a record."""
        stops = [each.stop for each in self.breakpoints if each.enabled]
        if self.stage is None or not stops:
            self.action_breakpoints()
        elif self.stage.situation().live and self.stage.session:
            self.stage.cursor.live()
            self.stage.session.resume()
            self.look()
        else:
            self.stage.seek(stops)
            self.look(read=True)

    def _breakpoints_answer(self, breakpoints: list[Breakpoint] | None) -> None:
        if breakpoints is None:
            return
        self.breakpoints = breakpoints
        self.options = replace(self.options, stops=watches(breakpoints))
        if self.stage and self.stage.session:
            self.stage.session.stop_at(watches(breakpoints))

    def seek_on(self, stage: Stage, budget: int) -> None:
        """Go on with a search in a record, and tell when it finds nothing."""
        seeker = stage.seeker
        if seeker and stage.sought(budget):
            stage.seeker = None
            if seeker.found is None:
                self.say("No further breakpoint is in this record.")
            self.look()

    def tell_stop(self, stopped: str) -> None:
        """A breakpoint has shut the gate."""
        self.say(f"Stopped at {stopped}")
