"""The question for an export: in what form, with what masked, to which file."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Select

from tcpviz.analysis.filter import Filter
from tcpviz.recording import Recording
from tcpviz.ui.dialog import Tick
from tcpviz.ui.prompts import FilePrompt, would_overwrite
from tcpviz.ui.words import fixed
from tcpviz.view.export.write import Form, Wanted, export

FORMS = (
    (Form.CSV, ".csv", "the packet list as CSV"),
    (Form.JSON, ".json", "the packet list as JSON"),
    (Form.MARKDOWN, ".md", "the packet list as Markdown"),
    (Form.STATES, "-states.json", "the trail of states as JSON"),
    (Form.LADDER, ".svg", "the ladder as a picture (SVG)"),
    (Form.TIME_SEQUENCE, "-time-sequence.svg", "the time-sequence graph as a picture (SVG)"),
    (Form.TEXT, ".txt", "the ladder as lines of text"),
    (Form.PCAPNG, "-copy.pcapng", "a copy of the whole capture (pcapng)"),
)
"""What is offered: the form, how its file's name ends, and what the user reads."""
_ENDS = {form: end for form, end, _ in FORMS}


class ExportPrompt(FilePrompt[Path]):
    """Asks for form and file, and writes it in a thread; the answer is where it is."""

    def __init__(
        self, recording: Recording, stem: str, passing: Filter | None, keys: Mapping[str, str]
    ) -> None:
        """`stem`: the proposed name without its end. `passing`: the filter of the list, None for all."""
        which = (
            "The packets that the list shows now; the states, the graph and the copy are whole."
            if passing
            else f"All packets; a filter ({keys['filter']}) leaves some out."
        )
        super().__init__("Export", which, f"{stem}{_ENDS[Form.CSV]}", self._export, would_overwrite)
        self._recording = recording
        self._stem = stem
        self._passing = passing
        self._wanted = Wanted(Form.CSV, filter=passing)

    def fields(self) -> ComposeResult:
        """The form, the mask, the file's name."""
        yield Select(
            [(fixed(label), form) for form, _, label in FORMS],
            value=Form.CSV,
            allow_blank=False,
            id="form",
            compact=True,
        )
        yield Tick(fixed("mask addresses, names and payload"), id="redact", compact=True)
        yield from super().fields()

    def on_mount(self) -> None:
        """Begin at the name."""
        self.query_one("#file").focus()

    @on(Select.Changed, "#form")
    def propose(self) -> None:
        """Another form has another end of the name, unless the user has typed one."""
        field = self.query_one("#file", Input)
        if field.value in {f"{self._stem}{end}" for end in _ENDS.values()}:
            field.value = f"{self._stem}{_ENDS[self._form()]}"

    async def finish(self) -> None:
        """See FilePrompt."""
        redact = self.query_one("#redact", Tick).value
        form = self._form()
        passing = None if form is Form.PCAPNG else self._passing  # a capture is copied whole, as it says
        self._wanted = Wanted(form, redact=redact, filter=passing)
        await super().finish()

    def _form(self) -> Form:
        return Form(str(self.query_one("#form", Select).value))

    def _export(self, path: Path) -> Path:
        """From a copy, for what is exported may still grow. OSError, RecordingError, ExportError."""
        with TemporaryDirectory() as folder:
            copy = Path(folder, "run.pcapng")
            self._recording.save(copy)
            export(copy, path, self._wanted)
        return path
