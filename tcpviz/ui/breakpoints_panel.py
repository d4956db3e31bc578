"""The list of breakpoints: what a run stops at by itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Label, OptionList, Select

from tcpviz.analysis.filter import FilterError, compile_filter
from tcpviz.tcp.state import TRANSITIONS
from tcpviz.ui.dialog import Dialog, Field
from tcpviz.ui.filter_prompt import HISTORY, FieldNames, pointed
from tcpviz.ui.keys import Topic, bindings
from tcpviz.ui.words import fixed, words
from tcpviz.view.alerts import AlertKind
from tcpviz.view.breakpoints import AtAlert, AtFilter, AtState, Breakpoint, Stop
from tcpviz.view.safe import safe

OTHERS: tuple[Stop, ...] = (
    *(AtAlert(kind) for kind in AlertKind),
    *(AtState(old, trigger) for old, trigger in TRANSITIONS),
)
"""What needs no words of the user."""

BY_FILTER = -1
"""In the choice: a filter, to be typed."""


class BreakpointList(OptionList):
    """The breakpoints there are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Topic.BREAKPOINTS),
        Binding("enter", "change('toggle')", "On or off", show=False),
    ]

    class Changed(Message):
        """The user wants `what` for the entry at `index`."""

        def __init__(self, what: str, index: int) -> None:
            super().__init__()
            self.what = what
            self.index = index

    def action_change(self, what: str) -> None:
        """Space, delete."""
        if self.highlighted is not None:
            self.post_message(self.Changed(what, self.highlighted))


class BreakpointsPanel(Dialog[list[Breakpoint]]):
    """Shows the breakpoints and takes new ones; what they are in the end is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "done", "Done")]

    title_text = "Breakpoints"
    leave = "done"

    def __init__(self, breakpoints: list[Breakpoint], keys: Mapping[str, str]) -> None:
        super().__init__()
        self.explanation = (
            "A run stops (the gate shuts) before a packet that passes a filter, at an alert, or after a "
            f"change of state. In a record, {keys['run-until']} goes to the next place."
        )
        self.hints = (
            ("Enter: add", "enter"),
            ("in the list:", ""),
            (f"{keys['breakpoint-switch']}: on/off", "change_chosen('toggle')"),
            (f"{keys['breakpoint-delete']}: delete", "change_chosen('delete')"),
            ("Escape: done", "escape"),
        )
        self._breakpoints = list(breakpoints)

    def fields(self) -> ComposeResult:
        """The list, and a new one."""
        yield BreakpointList(id="breakpoints", compact=True, markup=False)
        yield Label(fixed("A new one"))
        others = [(words(safe(stop.text)), index) for index, stop in enumerate(OTHERS)]
        yield Select(
            [(fixed("a packet that passes a filter:"), BY_FILTER), *others],
            value=BY_FILTER,
            allow_blank=False,
            id="kind",
            compact=True,
        )
        yield Field(
            name="filter",
            placeholder="tcp.flags.fin == 1",
            history=HISTORY.entries(),
            suggester=FieldNames(),
        )

    def on_mount(self) -> None:
        """Begin where something can be typed."""
        self._list()
        self.query_one("#filter").focus()

    def problem(self) -> str:
        """See Dialog."""
        try:
            compile_filter(self.text("filter"))
        except FilterError as error:
            return pointed(error)
        return ""

    async def finish(self) -> None:
        """Add what was typed; nothing more to add: done."""
        text = self.text("filter")
        if not text:
            self.action_done()
            return
        HISTORY.add(text)
        self._add(AtFilter(compile_filter(text)))
        self.query_one("#filter", Field).value = ""

    @on(Select.Changed, "#kind")
    def add_other(self, event: Select.Changed) -> None:
        """What was chosen needs no words: add it at once."""
        if isinstance(event.value, int) and event.value != BY_FILTER:
            self._add(OTHERS[event.value])
            self.query_one("#kind", Select).value = BY_FILTER

    def _add(self, stop: Stop) -> None:
        self._breakpoints.append(Breakpoint(stop))
        self._list()

    @on(OptionList.OptionSelected)
    def click(self) -> None:
        """A click on a breakpoint."""
        self.action_change_chosen("toggle")

    def action_change_chosen(self, what: str) -> None:
        """A click on what a key does."""
        chosen = self.query_one(BreakpointList).highlighted
        if chosen is not None:
            self._change(what, chosen)

    @on(BreakpointList.Changed)
    def change(self, message: BreakpointList.Changed) -> None:
        """Toggle or delete."""
        self._change(message.what, message.index)

    def _change(self, what: str, index: int) -> None:
        chosen = self._breakpoints[index]
        if what == "delete":
            del self._breakpoints[index]
        else:
            self._breakpoints[index] = replace(chosen, enabled=not chosen.enabled)
        self._list()

    def _list(self) -> None:
        shown = self.query_one(BreakpointList)
        at = shown.highlighted or 0
        shown.clear_options()
        for each in self._breakpoints:
            shown.add_option(words(safe(f"{'[x]' if each.enabled else '[ ]'} {each.stop.text}")))
        shown.display = bool(self._breakpoints)
        if self._breakpoints:
            shown.highlighted = min(at, len(self._breakpoints) - 1)
        else:
            self.query_one("#filter").focus()

    def action_done(self) -> None:
        """Escape."""
        self.dismiss(self._breakpoints)
