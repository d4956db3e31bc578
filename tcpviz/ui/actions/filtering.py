"""Which packets the list shows."""

from tcpviz.analysis.filter import Filter
from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.filter_prompt import FilterPrompt


class FilterActions(StagedScreen):
    """Setting and clearing the display filter."""

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

    def _show_only(self, wanted: Filter | None) -> None:
        if self.stage:
            self.stage.show_only(wanted)
            self.packets.list_only(self.stage.listing)
            self.look()
