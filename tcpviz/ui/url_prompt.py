"""The question for a URL, and for the way there."""

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Label, Select

from tcpviz.client.url import parse_url, without_credentials
from tcpviz.link.plan import parse_plan
from tcpviz.session.options import HOST, LINKS, RunOptions, with_addresses
from tcpviz.session.world import check
from tcpviz.ui.dialog import Field, Form, Tick
from tcpviz.ui.history import History

HISTORY = History("urls")

LAB_PAGES = ("http://lab/", "http://lab/bytes/100000", "http://lab/slow?n=10")
"""What the completion offers beside earlier answers."""

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
    "tcpviz fetches this page with a TCP of its own and shows every packet, and why. "
    "http://lab/ is built in: it needs no network and no rights."
)


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
        history = HISTORY.entries()
        known = [*reversed(history), *LAB_PAGES]
        shown = without_credentials(options.url)
        yield Field(shown, name="url", history=history, suggester=SuggestFromList(known))
        yield Label(Content("How the packets leave"))
        yield Select(
            [(Content(LINK_WORDS[link]), link) for link in LINKS],
            value=options.link,
            allow_blank=False,
            id="link",
            compact=True,
        )
        with Vertical(id="device"):
            yield Label(Content("Device, and our address there (empty: what the machine has for us)"))
            yield Field(options.interface or "", placeholder="eth0", name="interface")
            shared = HOST if options.shared else None
            own = " ".join(str(each) for each in (options.address, options.address6, shared) if each)
            yield Field(own, placeholder="192.168.1.77/24", name="address")
        yield Label(Content("What goes wrong on the way (empty: nothing)"))
        yield Field(options.impair, placeholder="loss=5%,delay=20ms,in.drop=3", name="impair")
        yield Tick(Content("hold each packet, from the first one"), options.held, id="held", compact=True)

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
            shared=False,
            slaac=False,
            impair=self.text("impair"),
            held=self.query_one("#held", Tick).value,
            scenario=None,
        )
        if link in DEVICE_LINKS:
            options = self._on_device(options)
        check(options)
        return options

    def _on_device(self, options: RunOptions) -> RunOptions:
        """The options with the fields of a link that needs a device."""
        ways_out = (self._options.gateway, self._options.gateway6)
        return with_addresses(
            replace(options, interface=self.text("interface") or None),
            self.text("address").split(),
            [str(gateway) for gateway in ways_out if gateway],
        )

    async def finish(self) -> None:
        """See Dialog."""
        HISTORY.add(without_credentials(self.text("url")))
        await super().finish()

    def on_mount(self) -> None:
        """Begin with the fields of the link that is offered."""
        self.show_device()

    @on(Select.Changed)
    def show_device(self) -> None:
        """The device is asked for only where there is one."""
        self.query_one("#device").display = self.query_one("#link", Select).value in DEVICE_LINKS
