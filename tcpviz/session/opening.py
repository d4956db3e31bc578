"""From what a program asks for to a socket or a listener: names, options, the network to run on."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from tcpviz.client.dial import Dial, Known
from tcpviz.client.failure import unresolved
from tcpviz.client.url import Url, UrlError, parse_url
from tcpviz.host.address import Address
from tcpviz.host.flow import Flow
from tcpviz.recording.recording import Explain
from tcpviz.session import socket_errors
from tcpviz.session.listener import Backlog, Listener
from tcpviz.session.network import Network
from tcpviz.session.options import LINKS, OptionError, RunOptions, parse_servers, with_addresses
from tcpviz.session.resolver import resolve
from tcpviz.session.sockets import Socket
from tcpviz.session.world import World, check, host_to_reach
from tcpviz.tcp.config import SECOND, Config
from tcpviz.tcp.congestion import CONTROLS

_CLOSE_PATIENCE = 5 * SECOND
"""How long a peer may take over its half of the close, when nobody reads from it any more."""


_NOBODY = {
    "sim": "nobody on the simulated network would connect",
    "passt": "passt lets nobody in",
    "auto": "nobody knows where to listen",
}
"""Links on which nobody can connect to us, and why."""


class LinkOptions(TypedDict, total=False):
    """How packets leave, and what happens to them: the options of the command line, by the same names."""

    link: str
    """auto (the default), sim, kernel, raw, tap or passt."""
    interface: str | None
    """The device for raw, tap and passt."""
    address: str | Sequence[str] | None
    """Our own address: A/LEN, "host", "dhcp" or "slaac"; two of them for both families."""
    gateway: str | Sequence[str] | None
    """The router for what is not on the device's network, one of each family."""
    dns: str | None
    """Servers to ask for names over our own UDP, or "dhcp"; by default the system is asked."""
    mtu: int | None
    """The largest IP packet, in octets."""
    impair: str
    """What goes wrong on the way, e.g. "loss=5%,delay=20ms"."""
    seed: int | None
    """What all chance comes from: the same seed gives the same run."""
    congestion: str
    """reno (the default) or cubic."""
    ecn: bool
    """Ask for explicit congestion notification."""


class Keeping(TypedDict):
    """What becomes of the record of a run."""

    explain: Explain
    record: Path | None
    recorded: bool


def open_socket(
    host: str, port: int, timeout: float | None, linger: float, keeping: Keeping, chosen: LinkOptions
) -> Socket:
    """A connection to `port` of `host`. Raises OSError, and ValueError for what makes no sense."""
    url = _url(host, port)
    options = _run_options(str(url), chosen)
    reach = host_to_reach(options)
    network = Network(options, _addresses(reach)[0] if reach else None, **keeping)
    try:
        tried: list[Flow] = []
        dial = _dial(network, url, tried)
        network.start()
        flow = network.call(lambda now: _step(dial, tried, now), timeout, dial)
        return Socket(network, flow, timeout=timeout, linger=linger)
    except BaseException:
        network.stop()
        raise


def open_listener(
    port: int, backlog: int, timeout: float | None, linger: float, keeping: Keeping, chosen: LinkOptions
) -> Listener:
    """A port of ours. Raises OSError, and ValueError for what makes no sense."""
    if not 0 < port < 1 << 16:
        raise ValueError("a port to listen at is a number from 1 to 65535")
    options = _listening(_run_options("", chosen))
    network = Network(options, _our_network(options), **keeping)
    try:
        waiting = Backlog(network, port, backlog)
        waiting.open(_config(network.world))
        network.start()
        here = network.call(waiting.ready, timeout)
        return Listener(network, waiting, here, linger)
    except BaseException:
        network.stop()
        raise


def _run_options(url: str, chosen: LinkOptions) -> RunOptions:
    """The options as a run takes them, checked. Raises OptionError."""
    options = RunOptions(
        url,
        link=chosen.get("link", "auto"),
        interface=chosen.get("interface"),
        mtu=chosen.get("mtu"),
        impair=chosen.get("impair", ""),
        seed=chosen.get("seed"),
        congestion=chosen.get("congestion", "reno"),
        ecn=chosen.get("ecn", False),
    )
    if options.link not in LINKS:
        raise OptionError(f"there is no link {options.link!r}, but {', '.join(LINKS)}")
    if options.congestion not in CONTROLS:
        raise OptionError(f"there is no congestion control {options.congestion!r}, but {', '.join(CONTROLS)}")
    dns = chosen.get("dns")
    options = replace(options, dns=None if dns is None else parse_servers(dns))
    return check(with_addresses(options, _several(chosen.get("address")), _several(chosen.get("gateway"))))


def _several(texts: str | Sequence[str] | None) -> Sequence[str]:
    return () if texts is None else (texts,) if isinstance(texts, str) else texts


def _listening(options: RunOptions) -> RunOptions:
    """Raises OptionError where nobody could connect to us."""
    if options.link in _NOBODY:
        advice = "take link='raw' or 'tap' with an address of our own, or 'kernel'"
        raise OptionError(f"{_NOBODY[options.link]}: {advice}")
    if options.link == "raw" and not options.has_address:
        text = "the ports of this machine's own address are the kernel's"
        raise OptionError(f"{text}: listen at another, with address='A/LEN'")
    return options


def _our_network(options: RunOptions) -> Address | None:
    """An address on the network that we are to listen in, for finding its interface."""
    own = options.address or options.address6
    return own.ip if own and not options.interface else None


def _url(host: str, port: int) -> Url:
    """What the client's parts call a server. Raises OSError for what can be no host's name."""
    _must_be(host, str, "the host has to be a name or an address, as a str")
    _must_be(port, int, "the port has to be a number, as an int")
    if not 0 < port < 1 << 16:
        raise ValueError("a port is a number from 1 to 65535")
    try:
        url = parse_url(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")
    except UrlError as error:
        raise socket_errors.unresolved(str(error)) from None
    if url.userinfo or url.target != "/":
        raise socket_errors.unresolved(f"{host!r} is no host name")
    return url


def _must_be(value: object, kind: type, what: str) -> None:
    """Raises TypeError: a program's mistake, told before it shows itself somewhere deep."""
    if not isinstance(value, kind):
        raise TypeError(f"{what}, not {value!r}")


def _addresses(name: str) -> list[Address]:
    """Raises OSError."""
    answer = resolve(name)
    if isinstance(answer, str):
        raise socket_errors.unresolved(unresolved(name, answer).text)
    return answer


def _dial(network: Network, url: Url, tried: list[Flow]) -> Dial:
    """The way to the server; the connections that are opened for that go into `tried`."""
    world = network.world

    def opened(flow: Flow) -> None:
        tried.append(flow)
        network.opened(flow)

    known: Known = {} if world.look_up else {url.host: tuple(_known(world, url.host))}
    config = _config(world)
    return Dial(world.host, url, config, known, opened=opened, tell=network.tell, look_up=world.look_up)


def _known(world: World, name: str) -> list[Address]:
    answer = world.address_of(name) or _addresses(name)
    if isinstance(answer, str):
        raise socket_errors.unresolved(answer)
    return answer if isinstance(answer, list) else [answer]


def _step(dial: Dial, tried: list[Flow], now: int) -> Flow | None:
    """One attempt at the connection."""
    dial.step(now)
    if dial.failure is not None:
        raise socket_errors.of_dial(dial.failure, tried)
    return dial.flow


def _config(world: World) -> Config:
    return replace(world.config, fin_wait_2=_CLOSE_PATIENCE)
