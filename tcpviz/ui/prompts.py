"""The questions that the screen asks: which URL, which file, which packet.

An error stands below the answer, as soon as there is one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Select, Static

from tcpviz.client.url import UrlError, parse_url
from tcpviz.link.plan import parse_plan
from tcpviz.recording import Recording, RecordingError
from tcpviz.session.options import LINKS, RunOptions, with_addresses
from tcpviz.session.world import check
from tcpviz.view.safe import safe

Answer = TypeVar("Answer")

NO_CONTROLS = r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]*"
"""What may be typed or pasted: nothing that a terminal would obey."""

LINK_WORDS = {
    "auto": "auto: what works for this URL",
    "sim": "sim: a simulated network, no rights needed",
    "kernel": "kernel: the real Linux TCP in a private network",
    "tap": "tap: a TAP device of this machine",
    "raw": "raw: a network interface of this machine",
    "passt": "passt: the way that this machine's own programs take, no rights needed",
}
DEVICE_LINKS = ("tap", "raw")

WELCOME = (
    "tcpviz fetches this page with a TCP of its own, written in Python, and shows every packet and the "
    "reason for it. http://lab/ is a web server built into tcpviz: it needs no network and no rights."
)


class Field(Input):
    """One line to type into.

    Textual lets the keys that are bound (ctrl+u, backspace, enter ...) travel up to the app before they
    act, so that letters which arrive in the same burst overtake them. Here they act in their turn.
    """

    def __init__(
        self, value: str = "", *, name: str, placeholder: str = "", restrict: str = NO_CONTROLS
    ) -> None:
        super().__init__(value, placeholder=placeholder, id=name, restrict=restrict, compact=True)

    async def on_key(self, event: events.Key) -> None:
        """Obey a bound key at once."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)


class Dialog(ModalScreen[Answer | None]):
    """A question in a box; Escape leaves it unanswered."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Cancel")]

    title_text = ""
    explanation = ""

    def compose(self) -> ComposeResult:
        """The box: explanation, fields, the place for an error."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(self.title_text)
            box.border_subtitle = Content("Enter: go   Escape: cancel")
            yield Static(Content(self.explanation), classes="explanation")
            yield from self.fields()
            yield Static(classes="error", id="error")

    def fields(self) -> ComposeResult:
        """The widgets of the answer."""
        raise NotImplementedError

    async def finish(self) -> None:
        """Close with the answer, or say why not."""
        raise NotImplementedError

    def problem(self) -> str:
        """What is wrong with the answer as it stands; empty for nothing."""
        return ""

    def tell(self, problem: str) -> None:
        """Show `problem` below the fields."""
        self.query_one("#error", Static).update(Content(safe(problem)))

    def text(self, field: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{field}", Input).value.strip()

    @on(Input.Changed)
    @on(Select.Changed)
    def show_problem(self) -> None:
        """Say at once what is wrong."""
        self.tell(self.problem())

    @on(Input.Submitted)
    async def submit(self) -> None:
        """Enter in any field answers, if the answer is one."""
        self.show_problem()
        if not self.problem():
            await self.finish()


class Form(Dialog[Answer]):
    """A question whose answer the fields hold."""

    def answer(self) -> Answer:
        """The answer as it stands. Raises ValueError with a text for the user when it is none."""
        raise NotImplementedError

    def problem(self) -> str:
        """See Dialog."""
        try:
            self.answer()
        except UrlError as error:
            return f"{error}. {error.advice}".strip()
        except ValueError as error:
            return str(error)
        return ""

    async def finish(self) -> None:
        """See Dialog."""
        self.dismiss(self.answer())


class UrlPrompt(Form[RunOptions]):
    """Asks for a URL and for the way there."""

    title_text = "Fetch a URL"
    explanation = WELCOME

    def __init__(self, options: RunOptions) -> None:
        super().__init__()
        self._options = options

    def fields(self) -> ComposeResult:
        """URL, link, impairment; device and address only where the link has them."""
        options = self._options
        yield Label(Content("URL"))
        yield Field(options.url, name="url")
        yield Label(Content("How the packets leave"))
        yield Select(
            [(Content(LINK_WORDS[link]), link) for link in LINKS],
            value=options.link,
            allow_blank=False,
            id="link",
            compact=True,
        )
        with Vertical(id="device"):
            yield Label(Content("Device, and our address there: one that no machine has"))
            yield Field(options.interface or "", placeholder="eth0", name="interface")
            own = " ".join(str(each) for each in (options.address, options.address6) if each)
            yield Field(own, placeholder="192.168.1.77/24", name="address")
        yield Label(Content("What goes wrong on the way (empty: nothing)"))
        yield Field(options.impair, placeholder="loss=5%,delay=20ms,in.drop=3", name="impair")

    def answer(self) -> RunOptions:
        """The options of the run. Raises ValueError."""
        url, link = self.text("url"), str(self.query_one("#link", Select).value)
        if not url:
            raise ValueError("type a URL, for example http://lab/")
        parse_url(url)
        parse_plan(self.text("impair"))
        options = replace(
            self._options,
            url=url,
            link=link,
            interface=None,
            address=None,
            gateway=None,
            address6=None,
            gateway6=None,
            slaac=False,
            impair=self.text("impair"),
            scenario=None,
        )
        if link in DEVICE_LINKS:
            options = self._on_device(options)
        check(options)
        return options

    def _on_device(self, options: RunOptions) -> RunOptions:
        """The options with the fields of a link that needs a device."""
        if not self.text("interface"):
            raise ValueError("type the device's name, for example eth0")
        ways_out = (self._options.gateway, self._options.gateway6)
        return with_addresses(
            replace(options, interface=self.text("interface")),
            self.text("address").split() or [""],
            [str(gateway) for gateway in ways_out if gateway],
        )

    def on_mount(self) -> None:
        """Begin with the fields of the link that is offered."""
        self.show_device()

    @on(Select.Changed)
    def show_device(self) -> None:
        """The device is asked for only where there is one."""
        self.query_one("#device").display = self.query_one("#link", Select).value in DEVICE_LINKS


class FilePrompt(Dialog[Answer]):
    """Asks for a file and does `work` with it, in a thread; what that gives is the answer.

    `doubt` gives what there is to say against a file, or nothing: a second Enter means it nevertheless.
    """

    def __init__(
        self,
        title: str,
        explanation: str,
        name: str,
        work: Callable[[Path], Answer],
        doubt: Callable[[Path], str] = lambda path: "",
    ) -> None:
        super().__init__()
        self._doubt = doubt
        self._doubted: Path | None = None
        self.title_text = title
        self.explanation = explanation
        self._offered = name
        self._work = work

    def fields(self) -> ComposeResult:
        """The file's name."""
        yield Field(self._offered, placeholder="file name", name="file")

    async def finish(self) -> None:
        """Close only when it was done."""
        if not self.text("file"):
            self.tell("type the name of a file")
            return
        path = Path(self.text("file"))
        try:
            path = path.expanduser()
            if (doubt := self._doubt(path)) and path != self._doubted:
                self._doubted = path
                self.tell(doubt)
                return
            result = await asyncio.to_thread(self._work, path)
        except RuntimeError:
            self.tell(f"{path}: there is no such user")
        except (OSError, RecordingError) as error:
            self.tell(_told(error, path))
        else:
            self.dismiss(result)


def save(recording: Recording, path: Path) -> Path:
    """Save, and give the file's name. Raises OSError."""
    recording.save(path)
    return path


def would_overwrite(path: Path) -> str:
    """What there is to say against saving there."""
    return f"{path} exists already: Enter again overwrites it" if path.is_file() else ""


class GoToPrompt(Form[int]):
    """Asks for a packet's number."""

    title_text = "Go to packet"

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last
        self.explanation = f"Number of the packet, 1 to {last}."

    def fields(self) -> ComposeResult:
        """The number."""
        yield Field(name="number", restrict=r"[0-9]*")

    def answer(self) -> int:
        """The number. Raises ValueError."""
        text = self.text("number")
        if not text or not 1 <= int(text) <= self._last:
            raise ValueError(f"type a number from 1 to {self._last}")
        return int(text)


def _told(error: OSError | RecordingError, path: Path) -> str:
    return f"{path}: {error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
