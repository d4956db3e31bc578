"""The Textual app: themes, commands, and the way in and out. What is shown is `MainScreen`'s."""

import asyncio
import os
import signal
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.filter import LineFilter
from textual.screen import Screen

from tcpviz.client.failure import ExitCode
from tcpviz.recording import Recording
from tcpviz.recording.shelf import Shelf
from tcpviz.session.options import RunOptions
from tcpviz.ui.ascii_only import AsciiOnly
from tcpviz.ui.board import PaneName
from tcpviz.ui.commands import CommandSearch
from tcpviz.ui.errors import log_error
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.main_screen import MainScreen
from tcpviz.ui.running import StartSession
from tcpviz.ui.terminal_state import TerminalState
from tcpviz.ui.themes import THEMES, Palette, default_theme, inherited, theme_called
from tcpviz.ui.words import farewell
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs
from tcpviz.view.packets import Column
from tcpviz.view.safe import printable, safe

FRAME_RATE = 30.0
"""How often a second the screen looks for news."""

STDIN = 0


class TcpvizApp(App[None]):
    """The screen on one run after another.

    `options` are the first run's, and what the prompt offers; with `ask` the prompt comes first, with
    `choose` that for a file, which offers the runs on the `shelf`. With a `recording` that is shown, and
    nothing is fetched until the user asks for it. `frame_rate` 0: the caller calls `MainScreen.tick` by
    hand. `theme`: one of THEMES. `signals` end the app as `q` does. With `guide` the guide of the first
    minute begins. `columns` and `first_pane`: see MainScreen.
    """

    TITLE = "tcpviz"
    CSS_PATH = "tcpviz.tcss"
    COMMANDS: ClassVar = {CommandSearch}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", "To the shell", show=False, priority=True)
    ]

    def __init__(
        self,
        options: RunOptions,
        start_session: StartSession,
        *,
        ask: bool = False,
        choose: bool = False,
        shelf: Shelf | None = None,
        recording: Recording | None = None,
        glyphs: Glyphs = UNICODE,
        theme: str | None = None,
        frame_rate: float = FRAME_RATE,
        signals: Sequence[signal.Signals] = (),
        guide: bool = False,
        keyboard: Keyboard | None = None,
        columns: Sequence[Column] = (),
        first_pane: PaneName = PaneName.STATE,
    ) -> None:
        super().__init__()
        keyboard = keyboard or Keyboard()
        self.set_keymap(keyboard.keymap)
        for each in THEMES:
            self.register_theme(each)
        self.theme = (theme_called(theme) if theme else default_theme(os.environ)).name
        self.palette = Palette(self.get_css_variables())
        self.main = MainScreen(
            options,
            start_session,
            self._begin,
            self.palette,
            glyphs,
            keyboard,
            frame_rate,
            columns=columns,
            first_pane=first_pane,
            shelf=shelf,
        )
        self._last_filters = [AsciiOnly()] if glyphs is ASCII else []
        self._ask = ask
        self._choose = choose
        self._guided = guide
        self._recording = recording
        self._signals = signals
        self._terminal = TerminalState(STDIN)
        self.set_class(glyphs is ASCII, "-ascii")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The domain's colours in a theme that does not name them. See App."""
        return inherited(self.current_theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With `--ascii` one more. See App."""
        return [*super().get_line_filters(), *self._last_filters]

    def get_default_screen(self) -> Screen[None]:
        """The main screen is the only one that is always there. See App."""
        return self.main

    def on_mount(self) -> None:
        """Listen for what concerns the whole app."""
        loop = asyncio.get_running_loop()
        for number in self._signals:
            gone = number is signal.SIGHUP
            leave = self._hang_up if gone else partial(self.exit, return_code=128 + number)
            loop.add_signal_handler(number, leave)
        self.theme_changed_signal.subscribe(self, lambda _: self._recolour())
        self.app_resume_signal.subscribe(self, lambda _: self._return())

    def _begin(self) -> None:
        """The main screen stands: show what the caller asked for."""
        if self._guided:
            self.main.guide.begin()
        if self._recording is not None:
            self.main.show_recording(self._recording)
        elif self._choose:
            self.main.action_open()
        elif self._ask:
            self.main.action_url()
        else:
            self.main.fetch(self.main.options)

    def _hang_up(self) -> None:
        """The terminal is gone, or somebody says so: Textual would wait for ever for it to take the rest."""
        self.main.close()
        self._terminal.restore()
        os._exit(128 + signal.SIGHUP)

    async def on_event(self, event: events.Event) -> None:
        """What is pasted loses what a terminal would obey, whatever field it goes to. See App."""
        if isinstance(event, events.Paste):
            event.text = printable(event.text)
        await super().on_event(event)

    def _return(self) -> None:
        """Back after ctrl+z: the terminal shows nothing of ours any more."""
        for screen in self.screen_stack:
            screen.refresh(layout=True)

    def _recolour(self) -> None:
        self.palette.use(self.theme_variables)
        self.main.repaint()

    def action_command_palette(self) -> None:
        """The palette, without the ellipsis of Textual's own question, which is not ASCII. See App."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="Search for commands", id="--command-palette"))

    def _fatal_error(self) -> None:
        """A short word and a report in the log instead of pages of every variable's value. See App."""
        error = self._exception or RuntimeError("unknown")
        told = [
            f"tcpviz: the screen had to stop by a fault of its own ({type(error).__name__}).",
            f"The report is in {log_error('running the screen', error)}: please send it to us.",
        ]
        if self.main.kept:
            told.append(f"The run is kept. See it again with: tcpviz open {self.main.kept.name}")
        self._return_code = int(ExitCode.INTERNAL)
        if not self._exit_renderables:  # one fault often brings the next; Textual would count them
            self.panic(farewell(map(safe, told)))
