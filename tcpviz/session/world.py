"""From the options to the parts of a run: which link, whose addresses, which clock.

`check` and `label` look at the options alone; `open_world` takes hold of devices. What is special about
a link stands in its entry in `session.links`.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from tcpviz.client.dial import LookUp
from tcpviz.client.url import UrlError, parse_url
from tcpviz.host.address import Address
from tcpviz.host.flow import Flow
from tcpviz.host.host import Host
from tcpviz.lab.network import lab_address
from tcpviz.lab.scenarios import SCENARIOS, Scenario
from tcpviz.lab.server import LabPeer
from tcpviz.link.base import Link
from tcpviz.link.device import is_tap
from tcpviz.link.impair import Impair, parse_plan
from tcpviz.recording import Recording
from tcpviz.session.clock import Clock, RealClock, VirtualClock
from tcpviz.session.links.devices import ELSEWHERE
from tcpviz.session.links.kind import Attachment, Request
from tcpviz.session.links.table import TABLE, choose
from tcpviz.session.options import OptionError, RunOptions
from tcpviz.session.run import App, Run
from tcpviz.session.trust import KeyLog
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State

LAB = Scenario("", "", "")
"""The built-in network when no scenario is asked for."""


@dataclass(frozen=True, slots=True)
class World:
    """All that a run is joined from."""

    link: Link
    host: Host
    rng: random.Random
    config: Config
    """For our connections."""
    look_up: LookUp | None = None
    """How names are asked for over our own UDP, where the user wants that."""
    half_close: bool = False
    """Whether our FIN is to go out right behind what is asked."""
    peer: LabPeer | None = None
    """The other end, where it is in this process."""
    loopback: IPv4Address | None = None
    """What leads to this machine's own 127.0.0.1, where anything does."""
    built_in: bool = False
    """Whether it is the lab's network, where no resolver knows the names."""
    admit: Callable[[IPv4Address], None] | None = None
    """Has the link let in what is for an address that was lent."""
    notes: tuple[str, ...] = ()
    """What the user should know: which link `auto` took and why, what is odd about an address."""

    @property
    def virtual_time(self) -> bool:
        """Whether the world goes by the lab's clock."""
        return self.link.info.virtual_time

    def join(self, application: App, recording: Recording, key_log: KeyLog | None = None) -> Run[App]:
        """The run of `application` in this world; `key_log` has the secrets for the recording."""
        return Run(
            link=self.link,
            host=self.host,
            application=application,
            recording=recording,
            rng=self.rng,
            peer_state=self.peer_state if self.peer else None,
            peer_told=self.peer.told if self.peer else None,
            key_log=key_log,
            admit=self.admit,
        )

    def peer_state(self, flow: Flow) -> State | None:
        """The state of the other end of `flow`."""
        return self.peer.peer_state(flow.local.port) if self.peer else None

    def address_of(self, name: str) -> Address | str | None:
        """The address of a host on the built-in network, or why there is none; None: ask a resolver."""
        if not self.built_in:
            return self.loopback if self.loopback and _is_loopback(name) else None
        return lab_address(name) or "the built-in network has one host only: http://lab/"


def _is_loopback(name: str) -> bool:
    """Whether that host is this machine itself: RFC 6761 section 6.3, or an address in 127.0.0.0/8."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return IPv4Address(name).is_loopback
    except ValueError:
        return False


def check(options: RunOptions) -> RunOptions:
    """The options as the run takes them, the lab's link decided. Raises OptionError where they lack
    something or exclude each other.

    For a real URL `auto` stays: what works for it is found out when its address is known.
    """
    if options.scenario is not None:
        options = _of_scenario(options)
    try:
        parse_plan(options.impair)
    except ValueError as error:
        raise OptionError(f"--impair: {error}") from None
    options = replace(options, link=_settle(options), seed=_seed(options))
    if options.dns == () and not options.dhcp:
        raise OptionError("--dns dhcp asks the servers that DHCP tells: it needs --address dhcp")
    if options.shared and options.link != "raw":
        raise OptionError("--address host is for --link raw: no other link has this machine's address")
    if options.link in TABLE:
        TABLE[options.link].check(options)
    return options


def clock_for(options: RunOptions) -> Clock:
    """The lab's clock for the simulated network, the machine's for every other."""
    return VirtualClock() if options.link == "sim" else RealClock()


def label(options: RunOptions) -> str:
    """What to call the link before it is open."""
    return f"{options.link} {options.interface}" if options.interface else options.link


def host_to_reach(options: RunOptions) -> str | None:
    """The host whose address `open_world` has to be told; None where the options say enough.

    Raises UrlError.
    """
    built_in = options.link in TABLE and not TABLE[options.link].has_devices
    if built_in or (options.interface and options.has_address):
        return None
    if options.dns is None:
        return parse_url(options.url).host
    # The way to a name that we ask for ourselves is that to whom we ask. Whom DHCP names is not known yet.
    return str(options.dns[0] if options.dns else ELSEWHERE[4])


def open_world(options: RunOptions, destination: Address | None = None) -> World:
    """Open the link and put a host on it; `destination` is the address of `host_to_reach`.

    Raises LinkError.
    """
    scenario = SCENARIOS[options.scenario] if options.scenario else LAB
    request, chosen = Request(options, scenario, _seed(options), destination), ""
    if options.link == "auto":
        request, chosen = choose(request)
    kind = TABLE[request.options.link]
    attachment = kind.open(request)
    link = attachment.link
    if options.impair:
        link = Impair(link, parse_plan(options.impair), request.seed)
    # A simulated run is the same every time; a real one must not be guessable (RFC 6528, RFC 6056).
    rng = random.Random(request.seed if attachment.peer else os.urandom(16))
    host = _host(options, link, attachment, rng)
    return World(
        link=link,
        host=host,
        rng=random.Random(request.seed),
        config=_config(options, scenario, attachment.room),
        look_up=_look_up(options, host, rng),
        half_close=scenario.half_close,
        peer=attachment.peer,
        loopback=attachment.loopback,
        built_in=not kind.has_devices,
        admit=attachment.admit,
        notes=tuple(filter(None, (chosen, attachment.note, link.info.note))),
    )


def _of_scenario(options: RunOptions) -> RunOptions:
    scenario = SCENARIOS.get(options.scenario or "")
    if scenario is None:
        raise OptionError(f"no scenario {options.scenario!r}; there are: {', '.join(SCENARIOS)}")
    if options.link not in ("auto", "sim"):
        raise OptionError("a scenario runs on the simulated network: leave --link out")
    if options.url not in ("", scenario.url):
        raise OptionError("a scenario has a URL of its own: leave the URL out, or --scenario")
    return replace(
        options,
        url=scenario.url,
        seed=scenario.seed if options.seed is None else options.seed,
        impair=options.impair or scenario.impair,
    )


def _seed(options: RunOptions) -> int:
    return 1 if options.seed is None else options.seed


def _settle(options: RunOptions) -> str:
    """The link that the options alone decide for; `auto` where the machine has to be asked. Raises
    OptionError."""
    if options.link != "auto":
        return options.link
    try:
        host = parse_url(options.url).host
    except UrlError:
        host = None  # the run itself will say what is wrong with the URL
    built_in = host is not None and lab_address(host) is not None
    if built_in and options.interface:
        raise OptionError(
            f"http://{host}/ is built into tcpviz and leaves by no interface: leave --interface out, or name"
            f" --link raw for a machine that is called {host}"
        )
    if options.shared:
        return "raw"
    if options.interface:
        return "tap" if is_tap(options.interface) else "raw"
    return "sim" if built_in or host is None else "auto"


def _host(options: RunOptions, link: Link, attachment: Attachment, rng: random.Random) -> Host:
    return Host(
        mac=link.info.mac,
        address=attachment.address,
        gateway=attachment.gateway,
        address6=attachment.address6,
        gateway6=attachment.gateway6,
        slaac=attachment.slaac,
        mtu=min(options.mtu or link.info.mtu, link.info.mtu),
        rng=rng,
        secret=rng.randbytes(16),
        dhcp=attachment.dhcp,
        probe=attachment.probe,
        owner=attachment.owner,
    )


def _config(options: RunOptions, scenario: Scenario, room: int | None) -> Config:
    config = replace(
        scenario.ours, congestion_control=options.congestion, ecn=options.ecn or scenario.ours.ecn
    )
    if room is not None:
        # What the device has no room for is lost: offer no more than it keeps for us.
        config = replace(config, receive_buffer=min(config.receive_buffer, room * config.mss))
    return config


def _look_up(options: RunOptions, host: Host, rng: random.Random) -> LookUp | None:
    """How names are asked for over our own UDP, where the user wants that."""
    if options.dns is None:
        return None
    # Only here, for the library that knows the messages takes its time to load.
    from tcpviz.client.dns import Lookup

    return lambda name, opened: Lookup(host, options.dns or host.dns_servers, rng, name, opened)
