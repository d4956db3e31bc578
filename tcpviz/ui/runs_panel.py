"""The runs and files of this session, to choose one from."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList

from tcpviz.ui.dialog import Dialog
from tcpviz.ui.stage import Stage
from tcpviz.ui.words import words
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.units import duration


class RunsPanel(Dialog[int]):
    """Lists runs; the answer is the index of the chosen one."""

    title_text = "Runs"
    explanation = "All runs and files since the start. To show another one stops the one that goes on."
    hints = (("Enter: show it", ""), ("Escape: back", "escape"))

    def __init__(self, stages: Sequence[Stage], current: int) -> None:
        super().__init__()
        self._stages = stages
        self._current = current

    def fields(self) -> ComposeResult:
        """One line each."""
        listed = OptionList(
            *(words(summary(i, each)) for i, each in enumerate(self._stages, 1)), compact=True
        )
        listed.highlighted = self._current
        yield listed

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.dismiss(event.option_index)


def summary(number: int, stage: Stage) -> SafeText:
    """One run in a line."""
    run = stage.run
    packets = f"{len(run.packets):,} packets in {duration(run.last_time - run.first_time)}"
    if stage.options is None or stage.status is None:
        return safe(f"{number:2}  file {stage.recording.link}: {packets}")
    options, status = stage.options, stage.status
    seed = f" seed {options.seed}" if options.seed is not None else ""
    impaired = f" {status.impair}" if status.impair else ""
    return safe(
        f"{number:2}  {options.scenario or status.url}{seed}{impaired}: {status.phase.value}, {packets}"
    )
