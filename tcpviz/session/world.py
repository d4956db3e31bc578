"""From the options to the parts of a run: which link, whose addresses, which clock.

The one place that knows all links. `check` and `label` look at the options alone; `open_world` takes
hold of devices.
"""

import os
import random
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface
from itertools import pairwise
from pathlib import Path

from tcpviz.client.exchange import Sink
from tcpviz.client.fetch import Fetch
from tcpviz.client.options import FetchOptions
from tcpviz.client.url import Url, UrlError, parse_url
from tcpviz.host.flow import Flow
from tcpviz.host.host import Host
from tcpviz.lab.network import KERNEL_PEER, OUR_ADDRESS, OUR_MAC, lab_address
from tcpviz.lab.scenarios import SCENARIOS, Scenario
from tcpviz.lab.server import LabPeer
from tcpviz.link.base import Link, LinkError, local_mac
from tcpviz.link.device import is_tap, queue_length
from tcpviz.link.impair import Impair, parse_plan
from tcpviz.link.kernel import KernelLink
from tcpviz.link.raw import RawLink
from tcpviz.link.sim import SimLink
from tcpviz.link.tap import TapLink
from tcpviz.recording import Recording
from tcpviz.session.clock import Clock, RealClock, VirtualClock
from tcpviz.session.options import OptionError, RunOptions
from tcpviz.session.run import Run
from tcpviz.tcp.config import SECOND
from tcpviz.tcp.state import State

LAB = Scenario("", "", "")
"""The built-in network when no scenario is asked for."""
_BUILT_IN = ("sim", "kernel")
_ON_A_DEVICE = ("tap", "raw")
LONGEST_NAME = 15
"""IFNAMSIZ less the final zero."""


@dataclass(frozen=True, slots=True)
class World:
    """All that a run is joined from."""

    link: Link
    host: Host
    fetch: Fetch
    rng: random.Random
    peer: LabPeer | None = None
    """The other end, where it is in this process."""

    @property
    def virtual_time(self) -> bool:
        """Whether the world goes by the lab's clock."""
        return self.link.info.virtual_time

    def join(self, recording: Recording) -> Run:
        """The run of this world."""
        return Run(
            link=self.link,
            host=self.host,
            fetch=self.fetch,
            recording=recording,
            rng=self.rng,
            peer_state=self.peer_state if self.peer else None,
        )

    def peer_state(self, flow: Flow) -> State | None:
        """The state of the other end of `flow`."""
        return self.peer.peer_state(flow.local.port) if self.peer else None

    def address_of(self, name: str) -> IPv4Address | str | None:
        """The address of a host on the built-in network, or why there is none; None: ask a resolver."""
        if self.link.info.name.split()[0] not in _BUILT_IN:
            return None
        return lab_address(name) or "the built-in network has one host only: http://lab/"


def check(options: RunOptions) -> RunOptions:
    """The options with `auto` decided. Raises OptionError where they lack something or exclude each other."""
    if options.scenario is not None:
        options = _of_scenario(options)
    try:
        parse_plan(options.impair)
    except ValueError as error:
        raise OptionError(f"--impair: {error}") from None
    options = replace(options, link=_choose(options), seed=_seed(options))
    if options.link in _ON_A_DEVICE:
        if options.interface is None:
            raise OptionError(f"--link {options.link} needs --interface, the device to use")
        if len(options.interface.encode()) > LONGEST_NAME:
            raise OptionError(
                f"{options.interface!r} is no device: names have {LONGEST_NAME} characters at most"
            )
        if options.address is None:
            raise OptionError(
                f"--link {options.link} needs --address A/LEN, an address on the network of"
                f" {options.interface} that no machine has, e.g. 192.168.1.77/24"
            )
    elif options.interface or options.address or options.gateway:
        raise OptionError(
            "--interface, --address and --gateway are for --link tap and raw;"
            f" {options.link} has a network of its own"
        )
    return options


def clock_for(options: RunOptions) -> Clock:
    """The lab's clock for the simulated network, the machine's for every other."""
    return VirtualClock() if options.link == "sim" else RealClock()


def label(options: RunOptions) -> str:
    """What to call the link before it is open."""
    return f"{options.link} {options.interface}" if options.interface else options.link


def open_world(options: RunOptions, clock: Clock, sink: Sink) -> World:
    """Open the link and put a host with a fetch on it. Raises UrlError, LinkError."""
    url = parse_url(options.url)
    seed = _seed(options)
    scenario = SCENARIOS[options.scenario] if options.scenario else LAB
    peer = None
    if options.link == "sim":
        peer = LabPeer(seed=seed, config=scenario.theirs, mtu=options.mtu or 1500, busy=scenario.busy)
    link = _open_link(options, scenario, peer)
    if options.impair:
        link = Impair(link, parse_plan(options.impair), seed)
    # A simulated run is the same every time; a real one must not be guessable (RFC 6528, RFC 6056).
    rng = random.Random(seed if peer else os.urandom(16))
    host = _host(options, link, rng)
    fetch = _fetch(options, scenario, url, host, sink, clock.now())
    return World(link, host, fetch, random.Random(seed), peer)


def open_kernel(mtu: int = 1500) -> KernelLink:
    """The private namespace with the real Linux TCP and the lab's pages. Raises LinkError."""
    return KernelLink(KERNEL_PEER, mac=OUR_MAC, mtu=mtu)


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


def _choose(options: RunOptions) -> str:
    """What `auto` means for this URL."""
    if options.link != "auto":
        return options.link
    if options.interface:
        return "tap" if is_tap(options.interface) else "raw"
    try:
        built_in = lab_address(parse_url(options.url).host) is not None
    except UrlError:
        return "sim"  # the run itself will say what is wrong with the URL
    if built_in:
        return "sim"
    raise OptionError(
        f"no link leads to {options.url} by itself: take raw or tap with a device (--interface IF) and an"
        " address that nobody has there (--address A/LEN); `tcpviz doctor` shows what works here"
    )


def _open_link(options: RunOptions, scenario: Scenario, peer: LabPeer | None) -> Link:
    mtu = options.mtu or 1500
    if peer is not None:
        return SimLink(peer, mac=OUR_MAC, mtu=mtu, delay_ns=scenario.delay, rate=scenario.rate)
    if options.link == "kernel":
        return open_kernel(mtu)
    assert options.interface is not None
    assert options.address is not None
    if _is_ours(options.address.ip):
        raise LinkError(
            f"{options.address.ip} is this machine's own address: take another --address, one that nobody has"
        )
    mac = local_mac(random.Random(str(options.address)))
    if options.link == "tap":
        return TapLink(options.interface, mac=mac)
    return RawLink(options.interface, address=options.address.ip, mac=mac)


def _is_ours(address: IPv4Address) -> bool:
    """Whether the kernel has the address, as its routing table says."""
    try:
        table = Path("/proc/net/fib_trie").read_text().splitlines()
    except OSError:
        return False
    leaves = pairwise(table)
    return any(leaf.split()[-1] == str(address) and "host LOCAL" in kind for leaf, kind in leaves)


def _host(options: RunOptions, link: Link, rng: random.Random) -> Host:
    address: IPv4Interface = options.address or OUR_ADDRESS
    return Host(
        mac=link.info.mac,
        address=address,
        gateway=options.gateway,
        mtu=min(options.mtu or link.info.mtu, link.info.mtu),
        rng=rng,
        secret=rng.randbytes(16),
        probe=options.link in _ON_A_DEVICE,
    )


def _fetch(options: RunOptions, scenario: Scenario, url: Url, host: Host, sink: Sink, now: int) -> Fetch:
    config = replace(scenario.ours, congestion_control=options.congestion)
    if options.link == "tap" and options.interface:
        # What the device has no room for is lost: offer no more than it keeps for us.
        room = queue_length(options.interface) * config.mss
        config = replace(config, receive_buffer=min(config.receive_buffer, room))
    limits = FetchOptions(
        timeout=_nanoseconds(options.timeout),
        close_patience=_nanoseconds(options.close_patience),
        fail=options.fail,
        half_close=scenario.half_close,
    )
    return Fetch(host, url, sink, config, now, limits)


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * SECOND)
