"""The options that several commands have, and what the session makes of them."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpviz.cli.complaints import explained, shown
from tcpviz.session.options import LINKS, RunOptions, parse_servers, with_addresses
from tcpviz.session.web import Web

if TYPE_CHECKING:
    from tcpviz.config.settings import Settings

THEMES = ("dark", "light", "colour-blind", "high-contrast", "monochrome")

Command = TypeVar("Command", bound=Callable[..., Any])

LINK_OPTIONS = (
    click.option(
        "--link",
        type=click.Choice(LINKS),
        default="auto",
        help="How the packets leave. sim: a simulated network, no rights needed. kernel: a private network"
        " with the real Linux TCP at its other end. raw, tap: a device of this machine. passt: a relay"
        " on this machine that asks for no rights. auto: sim for http://lab/, else the first that works.",
    ),
    click.option("--interface", metavar="IF", help="The device for raw, tap and passt."),
    click.option(
        "--address",
        "addresses",
        multiple=True,
        metavar="A/LEN|host|dhcp|slaac",
        help="Our own address, one that no machine has (tap, raw). Twice: one of IPv4 and one of IPv6."
        " host, the default of raw: this machine's address, which the kernel goes on using. dhcp: take the"
        " IPv4 address that a DHCP server lends. slaac: make up an IPv6 address from what a router"
        " advertises.",
    ),
    click.option(
        "--gateway",
        "gateways",
        multiple=True,
        metavar="A",
        help="The router for what is not on the device's network, one of each family.",
    ),
    click.option(
        "--dns",
        metavar="A[,A]|dhcp",
        help="Resolve names by asking these servers over our own UDP, or those that DHCP tells. Default: the"
        " system's resolver.",
    ),
    click.option("--mtu", type=click.IntRange(68, 65535), help="Largest IP packet, in bytes."),
    click.option(
        "--impair",
        metavar="SPEC",
        default="",
        help="What goes wrong on the way, e.g. loss=5%,delay=20ms,in.drop=3: lose 5 %, delay by 20 ms each"
        " way, and lose the third packet that comes in.",
    ),
    click.option("--seed", type=int, help="What all chance comes from: the same seed gives the same run."),
    click.option(
        "--congestion", type=click.Choice(("reno", "cubic")), default="reno", help="Congestion control."
    ),
    click.option(
        "--ecn",
        is_flag=True,
        help="Ask for explicit congestion notification: routers mark packets before they lose any.",
    ),
    click.option(
        "--timeout",
        "--max-time",
        "timeout",
        type=click.FloatRange(min=0.001),
        metavar="S",
        help="Give up after S seconds.",
    ),
    click.option(
        "--scenario", metavar="NAME", help="A prepared run on the built-in network: see `tcpviz lab`."
    ),
)


SERVER_OPTIONS = (
    click.option("-k", "--insecure", is_flag=True, help="Take any certificate: no proof of who answers."),
    click.option(
        "--cacert", type=click.Path(path_type=Path), help="Trust the certificates in this PEM file alone."
    ),
    click.option(
        "--keys", is_flag=True, help="Keep TLS's secrets in the recording, so that Wireshark decrypts it."
    ),
    click.option("--connect-timeout", type=click.FloatRange(min=0.001), metavar="S", help="For connecting."),
    click.option(
        "-L/ ",
        "--location/--no-location",
        "follow",
        default=True,
        help="Go where redirects lead: the default. --no-location shows the redirect itself.",
    ),
    click.option("--max-redirs", type=click.IntRange(min=0), default=10, help="Redirects to follow."),
    click.option("-u", "--user", default="", metavar="NAME:PASSWORD", help="Basic authentication."),
)

REQUEST_OPTIONS = (
    click.option("-X", "--request", "method", metavar="METHOD", help="Instead of GET."),
    click.option(
        "-d", "--data", multiple=True, metavar="DATA|@FILE", help="POST this form; several are joined by &."
    ),
    click.option(
        "-T",
        "--upload-file",
        "upload",
        type=click.Path(path_type=Path),
        help="PUT this file; a URL that ends with / gets its name.",
    ),
    click.option(
        "-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Send this header field."
    ),
    click.option("-I", "--head", is_flag=True, help="Ask for the header alone, and write it."),
    click.option("-r", "--range", "span", metavar="FIRST-LAST", help="Only these octets, counted from 0."),
    click.option("--compressed", is_flag=True, help="Ask for gzip, deflate, br or zstd, and decode it."),
)


def use_config(context: click.Context, parameter: click.Parameter, path: Path | None) -> "Settings":
    """Read the config file; what it says holds where the command line and the environment say nothing."""
    from tcpviz.config.reading import ConfigError, load, usual_path
    from tcpviz.config.settings import in_force

    try:
        settings = in_force(load(path), os.environ)
    except ConfigError as error:
        raise ConfigFileError(shown(error)) from None
    context.obj = path or usual_path()
    context.default_map = {
        "theme": settings.theme,
        "ascii_only": settings.ascii,
        "mouse": settings.mouse,
        "pace": settings.pace,
        "link": settings.link,
        "interface": settings.interface or None,
    }
    return settings


class ConfigFileError(click.ClickException):
    """A config file that can't be used."""

    exit_code = 2


CONFIG_OPTION = click.option(
    "--config",
    "settings",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="TCPVIZ_CONFIG",
    is_eager=True,
    callback=use_config,
    help="The config file, instead of the one that `tcpviz config` names.",
)

SCREEN_OPTIONS = (
    click.option("--ascii/--no-ascii", "ascii_only", default=False, help="No box characters."),
    click.option(
        "--theme", type=click.Choice(THEMES), help="Colours. Default: dark; monochrome with NO_COLOR."
    ),
    click.option(
        "--mouse/--no-mouse", default=True, help="Without the mouse, the terminal selects text with it."
    ),
    CONFIG_OPTION,
)


def screen_options(command: Command) -> Command:
    """The options that say how the screen looks, the same everywhere."""
    return with_options(SCREEN_OPTIONS, command)


def link_options(command: Command) -> Command:
    """The options that say how a URL is reached, the same everywhere."""
    return with_options(LINK_OPTIONS, command)


def with_options(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    """The command with these options, in their order."""
    for option in reversed(options):
        command = option(command)
    return command


def server_options(command: Command) -> Command:
    """The options that say what servers may do and have to prove, the same everywhere."""
    return with_options(SERVER_OPTIONS, command)


def request_options(command: Command) -> Command:
    """The options that say what is asked of them."""
    return with_options(REQUEST_OPTIONS, command)


def run_options(
    url: str | None,
    *,
    web: Web,
    addresses: tuple[str, ...],
    gateways: tuple[str, ...],
    dns: str | None,
    **chosen: Any,
) -> RunOptions:
    """The options as the session takes them; click's error where they contradict each other."""
    from tcpviz.session.world import check

    offered = "" if chosen["scenario"] else "http://lab/"
    with explained():
        servers = None if dns is None else parse_servers(dns)
        options = RunOptions(url=url or offered, dns=servers, web=web, **chosen)
        return check(with_addresses(options, addresses, gateways))


def take_web(chosen: dict[str, Any], **more: Any) -> Web:
    """What SERVER_OPTIONS say, taken out of `chosen`."""
    from tcpviz.session.asking import credentials

    with explained():
        return Web(
            user=credentials(chosen.pop("user")),
            follow=chosen.pop("follow"),
            max_redirects=chosen.pop("max_redirs"),
            connect_timeout=chosen.pop("connect_timeout"),
            insecure=chosen.pop("insecure"),
            ca_file=chosen.pop("cacert"),
            keys=chosen.pop("keys"),
            **more,
        )
