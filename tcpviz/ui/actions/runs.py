"""Runs and files: what is on the stage, and the prompts that put something else there."""

import secrets
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from tcpviz.recording import Recording, RecordingError
from tcpviz.recording.shelf import Shelf
from tcpviz.session.options import OptionError, RunOptions
from tcpviz.ui.actions.base import StagedScreen
from tcpviz.ui.export_prompt import ExportPrompt
from tcpviz.ui.open_prompt import OFFERED, OpenPrompt
from tcpviz.ui.prompts import FilePrompt, save, would_overwrite
from tcpviz.ui.running import StartSession
from tcpviz.ui.runs_panel import RunsPanel
from tcpviz.ui.stage import Stage
from tcpviz.ui.url_prompt import UrlPrompt

_SEEDS = 1_000_000


class RunActions(StagedScreen):
    """Fetching, opening, saving."""

    start_session: StartSession
    stages: list[Stage]
    """All runs and files so far, in their order; the one on the screen is among them."""
    shelf: Shelf | None
    """Where runs are kept by themselves; None: nowhere."""
    _unkept_told = False
    _loss_told_of: Stage | None = None

    def fetch(self, options: RunOptions) -> None:
        """Start a run and show it."""
        self.options, self.rules_to_come = options, None
        try:
            session = self.start_session(options)
        except (OptionError, RecordingError) as error:
            self.notice.tell("The run could not begin", str(error), "")
            return
        self._enter(Stage(session.recording, session, options))

    def show_recording(self, recording: Recording) -> None:
        """Show a file; nothing goes on in it."""
        stage = Stage(recording)
        stage.cursor.follows = False
        self._enter(stage)

    def _enter(self, stage: Stage) -> None:
        """Put another run on the screen. Only one run goes on at a time."""
        if self.stage and self.stage is not stage:
            self.stage.retire()
        if stage not in self.stages:
            self.stages.append(stage)
        self.stage = stage
        self.notice.clear()
        self.packets.use(stage.run.line, stage.cursor, stage.listing)
        self.look(read=True)

    def tell_unkept(self, stage: Stage) -> None:
        """Say once that a run is not kept, and why."""
        reason = (stage.session.unkept or stage.recording.moved) if stage.session else ""
        if reason and not self._unkept_told:
            self._unkept_told = True
            self.say(f"This run is not kept ({reason}). It goes on; {self.keyboard.names['save']} saves it.")

    def tell_loss(self, stage: Stage) -> None:
        """Say what of a file could not be read, each time that it comes on the screen."""
        if stage is not self._loss_told_of and stage.recording.loss:
            self.say(f"Not all of this file could be read: {stage.recording.loss}. What could be is shown.")
            self._loss_told_of = stage

    @property
    def kept(self) -> Path | None:
        """Where the run on the screen is kept by itself; None for a file, or where it can't be kept."""
        live = self.stage is not None and self.stage is self.stages[-1] and self.stage.session is not None
        if self.shelf is None or self.stage is None or not live or self.stage.recording.moved:
            return None
        return self.shelf.latest

    def close(self) -> None:
        """End what goes on, give its link back, and let go of all recordings."""
        for stage in self.stages:
            stage.close()

    def action_again(self, seed: str) -> None:
        """The same run once more: with the `same` seed, or a `new` one."""
        if self.stage is None or self.stage.options is None:
            self.fetch(self.options)
            return
        options = replace(self.stage.options, stops=self.options.stops, held=self.options.held)
        if self.rules_to_come is not None:
            options = replace(options, impair=self.rules_to_come)
        self.fetch(replace(options, seed=secrets.randbelow(_SEEDS)) if seed == "new" else options)

    def action_runs(self) -> None:
        """Show the list of runs."""
        if self.stage:
            self.app.push_screen(RunsPanel(self.stages, self.stages.index(self.stage)), self._run_chosen)

    def _run_chosen(self, index: int | None) -> None:
        if index is not None and self.stages[index] is not self.stage:
            self._enter(self.stages[index])

    def action_url(self) -> None:
        """Ask for a URL and fetch it."""
        self.app.push_screen(UrlPrompt(self.options), self._fetch_answer)

    def _fetch_answer(self, options: RunOptions | None) -> None:
        if options is not None:
            self.fetch(options)

    def action_open(self) -> None:
        """Ask for a capture and show it."""
        kept = list(islice(self.shelf.runs(), OFFERED)) if self.shelf else []
        self.app.push_screen(OpenPrompt(kept), self._open_answer)

    def _open_answer(self, recording: Recording | None) -> None:
        if recording is not None:
            self.show_recording(recording)

    def action_save(self) -> None:
        """Ask for a name and save the run."""
        if self.stage:
            prompt = FilePrompt(
                "Save this run",
                "A pcapng file: Wireshark opens it, and tcpviz shows it again with everything.",
                self.stage.file_name,
                partial(save, self.stage.recording),
                would_overwrite,
            )
            self.app.push_screen(prompt, self._saved)

    def action_export(self) -> None:
        """Ask for a form and a name, and write it."""
        if self.stage:
            stem = Path(self.stage.file_name).stem
            keys = self.keyboard.names
            prompt = ExportPrompt(self.stage.recording, stem, self.stage.filter, keys)
            self.app.push_screen(prompt, self._saved)

    def _saved(self, path: Path | None) -> None:
        if path is not None:
            self.say(f"Saved as {path}")
