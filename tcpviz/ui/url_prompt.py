"""The question for a URL or a prepared run, and for the way there."""

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Label, Select, Static

from tcpviz.client.url import parse_url, without_credentials
from tcpviz.lab.scenarios import SCENARIOS
from tcpviz.link.plan import parse_plan
from tcpviz.session.options import HOST, LINKS, RunOptions, with_addresses
from tcpviz.ui.dialog import Field, Form, Tick
from tcpviz.ui.history import History
from tcpviz.ui.words import fixed, tell

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


PAGE = ""
"""The choice that is no scenario."""


class UrlPrompt(Form[RunOptions]):
    """Asks for a URL and for the way there, or for a prepared run of the lab."""

    title_text = "Fetch a URL"
    explanation = WELCOME

    def __init__(self, options: RunOptions) -> None:
        super().__init__()
        self._options = options
        self._scenario = options.scenario or PAGE

    def fields(self) -> ComposeResult:
        """What to fetch, impairment, gate."""
        options = self._options
        scenarios = [(fixed(f"{each.name}: {each.title}"), each.name) for each in SCENARIOS.values()]
        yield Select(
            [(fixed("a page: the URL below"), PAGE), *scenarios],
            value=self._scenario,
            allow_blank=False,
            id="scenario",
            compact=True,
        )
        yield Static(id="watch")
        with Vertical(id="page"):
            yield from self._page_fields()
        yield Label(fixed("What goes wrong on the way (empty: nothing)"))
        impair = options.impair or self._own_impair()
        yield Field(impair, placeholder="loss=5%,delay=20ms,in.drop=3", name="impair")
        yield Tick(fixed("hold each packet, from the first one"), options.held, id="held", compact=True)

    def _page_fields(self) -> ComposeResult:
        """URL and link; device and address only where the link has them."""
        options = self._options
        history = HISTORY.entries()
        known = [*reversed(history), *LAB_PAGES]
        shown = without_credentials(options.url) or LAB_PAGES[0]
        yield Field(shown, name="url", history=history, suggester=SuggestFromList(known))
        yield Label(fixed("How the packets leave"))
        yield Select(
            [(fixed(LINK_WORDS[link]), link) for link in LINKS],
            value=options.link,
            allow_blank=False,
            id="link",
            compact=True,
        )
        with Vertical(id="device"):
            yield Label(fixed("Device, and our address there (empty: what the machine has for us)"))
            yield Field(options.interface or "", placeholder="eth0", name="interface")
            shared = HOST if options.shared else None
            own = " ".join(str(each) for each in (options.address, options.address6, shared) if each)
            yield Field(own, placeholder="192.168.1.77/24", name="address")

    def answer(self) -> RunOptions:
        """The options of the run. Raises ValueError."""
        from tcpviz.session.world import check

        parse_plan(self.text("impair"))
        options = replace(
            self._options,
            interface=None,
            address=None,
            gateway=None,
            address6=None,
            gateway6=None,
            shared=False,
            slaac=False,
            impair=self.text("impair"),
            held=self.query_one("#held", Tick).value,
        )
        options = self._of_scenario(options) if self._scenario else self._of_page(options)
        check(options)
        return options

    def _of_scenario(self, options: RunOptions) -> RunOptions:
        """The options of the scenario that was chosen, which has its own URL, and its seed."""
        return replace(options, url="", link="auto", scenario=self._scenario, seed=None)

    def _of_page(self, options: RunOptions) -> RunOptions:
        """The options of a page with the fields above. Raises ValueError."""
        url, link = self.text("url"), str(self.query_one("#link", Select).value)
        if not url:
            raise ValueError("type a URL, for example http://lab/")
        parse_url(url)
        options = replace(options, url=url, link=link, scenario=None)
        return self._on_device(options) if link in DEVICE_LINKS else options

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
        if not self._scenario:
            HISTORY.add(without_credentials(self.text("url")))
        await super().finish()

    def on_mount(self) -> None:
        """Begin with the fields of what is offered."""
        self.show_fields()
        self._focus()

    @on(Select.Changed, "#scenario")
    def choose(self, event: Select.Changed) -> None:
        """Offer what goes wrong on the way of the scenario that was chosen; a page begins with nothing."""
        chosen = str(event.value)
        if chosen != self._scenario:
            self._scenario = chosen
            self.query_one("#impair", Field).value = self._own_impair()
            self._focus()
        self.show_fields()

    @on(Select.Changed, "#link")
    def show_fields(self) -> None:
        """A scenario says what to watch, a page asks for its URL, and for a device where there is one."""
        scenario = SCENARIOS.get(self._scenario)
        self.query_one("#page").display = scenario is None
        self.query_one("#watch").display = scenario is not None
        tell(self.query_one("#watch", Static), fixed(scenario.watch if scenario else ""))
        self.query_one("#device").display = self.query_one("#link", Select).value in DEVICE_LINKS

    def _own_impair(self) -> str:
        """What goes wrong on the way by itself."""
        return SCENARIOS[self._scenario].impair if self._scenario else ""

    def _focus(self) -> None:
        """To a line, where Enter goes."""
        self.query_one("#impair" if self._scenario else "#url", Field).focus()
