"""The commands: parses arguments and calls one function each, which alone imports what it needs."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tcpviz.session.options import LINKS, SLOWLY, OptionError, RunOptions, parse_servers, with_addresses
from tcpviz.session.web import Web

if TYPE_CHECKING:
    from tcpviz.analysis.filter import Filter
    from tcpviz.config.settings import Settings
    from tcpviz.recording.shelf import Shelf
    from tcpviz.ui.launch import Wishes

THEMES = ("dark", "light", "colour-blind", "high-contrast", "monochrome")

FORMS = ("text", "csv", "json", "markdown", "states", "ladder", "time-sequence", "pcapng")

Command = TypeVar("Command", bound=Callable[..., Any])


def complain(problem: object) -> None:
    """Tell what went wrong, on stderr. It may hold the name of a file, or what a server said."""
    click.echo(_shown(problem), err=True)


def _shown(problem: object) -> str:
    """What a problem says, as it may be shown."""
    from tcpviz.view.safe import safe

    return "\n".join(map(safe, str(problem).split("\n")))


class DefaultsToScreen(click.Group):
    """A group whose first word may be a URL instead of a command: `tcpviz http://lab/` opens the screen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the hidden command `screen` in front when no command is named."""
        named = bool(args) and (args[0] in self.commands or args[0] in ("--help", "-h", "--version"))
        return super().parse_args(ctx, args if named else ["screen", *args])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Without root's rights, and without a traceback where stdout is full or gone."""
        if "SUDO_UID" in os.environ:
            from tcpviz.link.privileged import hand_over

            hand_over()
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            complain(f"tcpviz: {error.strerror or error}")
            sys.exit(1)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The two ways to call it."""
        formatter.write_usage("tcpviz", "[URL] [OPTIONS]")
        formatter.write_usage("tcpviz", "COMMAND [ARGS]...")


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
        raise ConfigFileError(_shown(error)) from None
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


@contextmanager
def explained() -> Iterator[None]:
    """What can't be done as asked, in click's way or in ours, with curl's exit code."""
    from tcpviz.client.failure import FetchError

    try:
        yield
    except OptionError as error:
        raise click.UsageError(_shown(error)) from None
    except FetchError as error:
        from tcpviz.ui.plain import tell_failure

        tell_failure(error.failure)
        sys.exit(int(error.failure.exit_code))


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


@click.group(cls=DefaultsToScreen, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tcpviz")
def main() -> None:
    """Fetch a URL with a TCP of our own and see every packet, and why.

    \b
    tcpviz                       open the screen; it offers a URL on the built-in network
    tcpviz http://lab/           the same, at once: no rights, no network needed
    tcpviz --scenario loss       a prepared run; `tcpviz lab` lists them
    tcpviz get http://lab/ -v    no screen: like curl, through our TCP
    tcpviz screen --help         all options of the screen: --link, --impair, --hold, --pace, ...
    """


@main.command(hidden=True)
@click.argument("url", required=False)
@link_options
@server_options
@click.option("--hold", is_flag=True, help="Begin with the gate shut: each packet waits for `n`.")
@click.option(
    "--pace", type=click.FloatRange(min=0), default=SLOWLY, help="Lab seconds a second; 0: no wait."
)
@screen_options
def screen(
    url: str | None,
    hold: bool,
    pace: float,
    ascii_only: bool,
    theme: str | None,
    mouse: bool,
    settings: "Settings",
    **chosen: Any,
) -> None:
    """Open the screen on URL, or on the prompt for one."""
    from dataclasses import replace

    from tcpviz.ui.launch import launch

    ask = url is None and chosen["scenario"] is None
    # Whoever steps through a close takes longer than any patience.
    web = take_web(chosen)
    options = run_options(url, web=web, held=hold, pace=pace, close_patience=None, **chosen)
    # The prompt offers what the user said: `auto` is decided anew for each URL.
    offered = replace(options, link=chosen["link"])
    sys.exit(launch(offered, wishes(settings, ascii_only, theme, mouse), ask=ask))


def wishes(settings: "Settings", ascii_only: bool, theme: str | None, mouse: bool) -> "Wishes":
    """How the user likes the screen, by the file and the command line."""
    from tcpviz.ui.launch import Wishes

    return Wishes(
        theme,
        ascii_only,
        mouse,
        settings.guide,
        settings.keys,
        settings.columns,
        settings.layout,
        shelf(settings) if settings.autosave_on else None,
    )


@main.command()
@click.argument("urls", metavar="URL...", nargs=-1)
@link_options
@server_options
@request_options
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write the body to a file; once for each URL.",
)
@click.option("-O", "--remote-name", is_flag=True, help="Write to new files with the names in the URLs.")
@click.option("-v", "--verbose", is_flag=True, help="A line per packet on stderr.")
@click.option("--json", "as_json", is_flag=True, help="The lines of -v as JSON objects.")
@click.option(
    "--replay",
    is_flag=True,
    help="Each packet as an arrow between the hosts, on stderr: slowly on a terminal, else at once.",
)
@click.option("--ascii", "ascii_only", is_flag=True, help="No box characters in --replay.")
@click.option("-s", "--silent", is_flag=True, help="No progress and no errors, only the exit code.")
@click.option("-S", "--show-error", is_flag=True, help="Errors all the same.")
@click.option("--record", type=click.Path(path_type=Path), help="Keep the run as a pcapng file.")
@click.option("-f", "--fail", is_flag=True, help="Exit with 22 when the server answers with an error.")
@click.option(
    "--linger",
    type=click.FloatRange(min=0),
    default=2.0,
    help="Seconds that we stay in TIME-WAIT after the close. Default 2; 0 leaves at once.",
)
def get(
    urls: tuple[str, ...],
    outputs: tuple[Path, ...],
    remote_name: bool,
    verbose: bool,
    as_json: bool,
    replay: bool,
    ascii_only: bool,
    silent: bool,
    show_error: bool,
    record: Path | None,
    upload: Path | None,
    **chosen: Any,
) -> None:
    """Fetch URLs without a screen; the bodies go to stdout. Exit codes are curl's.

    One connection serves all URLs of a server that keeps it open. Each URL may be sent something, too:
    -d and -T.
    """
    from tcpviz.session.asking import build_request, upload_url
    from tcpviz.session.output import targets_of
    from tcpviz.ui.plain import Telling, fetch_to
    from tcpviz.view.glyphs import suited

    if not urls and not chosen["scenario"]:
        raise click.UsageError("which URL? For example: tcpviz get http://lab/")
    urls = urls or ("",)  # the scenario has one
    asked = ("method", "data", "headers", "head", "span", "compressed")
    with explained():
        targets = targets_of(urls, outputs, remote_name=remote_name)
        request = build_request(upload=upload, **{name: chosen.pop(name) for name in asked})
    first, *others = [upload_url(url, upload) for url in urls] if upload else urls
    web = take_web(chosen, more=tuple(others), request=request)
    pace = SLOWLY if replay and sys.stderr.isatty() else 0
    options = run_options(first, web=web, pace=pace, **chosen)
    signs = suited(sys.stderr.encoding, ascii_only=ascii_only) if replay else None
    tell = Telling(verbose, as_json, signs, meter=not silent, errors=show_error or not silent)
    sys.exit(fetch_to(options, targets=targets, record=record, tell=tell))


def shelf(settings: "Settings") -> "Shelf | None":
    """Where runs are kept; None for a user without a home."""
    from platformdirs import user_data_path

    from tcpviz.folders import own_folder
    from tcpviz.recording.shelf import Shelf

    folder = settings.autosave_folder
    try:
        path = Path(folder).expanduser() if folder else own_folder(user_data_path) / "runs"
    except FileNotFoundError:
        return None
    return Shelf(path, settings.autosave_limit)


@main.command("open")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@screen_options
def open_file(
    file: Path | None, ascii_only: bool, theme: str | None, mouse: bool, settings: "Settings"
) -> None:
    """The same screen on a saved run, or on any pcap or pcapng.

    FILE is also the name that `tcpviz runs` gives a run. Without FILE it offers these runs, the newest first.
    """
    from tcpviz.ui.launch import launch_file

    options = RunOptions(url="http://lab/", link=settings.link, pace=settings.pace)
    path = existing(file, settings) if file else None
    sys.exit(launch_file(path, options, wishes(settings, ascii_only, theme, mouse)))


def existing(file: Path, settings: "Settings") -> Path:
    """This file, else the kept run of that name. Raises click.BadParameter when there is neither."""
    kept = shelf(settings) if file.name == str(file) else None
    places = (file, kept.folder / file) if kept else (file,)
    found = next((path for path in places if os.path.exists(path) and not os.path.isdir(path)), None)
    if found is None:
        problem = f"{click.format_filename(file)} is no file here, and no run that `tcpviz runs` lists"
        raise click.BadParameter(problem, param_hint="FILE")
    return found


@main.command()
@CONFIG_OPTION
def runs(settings: "Settings") -> None:
    """List the runs of the screen that were kept by themselves, the newest first."""
    from tcpviz.view.kept import line

    place = shelf(settings)
    if place is None:
        raise click.ClickException("no runs are kept, for you have no home folder: name one in HOME")
    lines = [f"{line(kept)}   {kept.path.name}" for kept in place.runs()]
    click.echo("\n".join(lines) if lines else "No run was kept so far.")
    click.echo(f"\nThey are in {place.folder}. Show one with: tcpviz open NAME")


@main.command("config")
@CONFIG_OPTION
@click.pass_obj
def show_config(path: Path | None, settings: "Settings") -> None:
    """Print the settings in force as a config file: `tcpviz config > FILE` gives a start.

    The first line names the file that they were looked for in.
    """
    from tcpviz.config.writing import written

    click.echo(f"# tcpviz config file: {path or 'none, for you have no home folder'}\n")
    click.echo("\n".join(written(settings)))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a TCP packet.")
@click.option(
    "--filter",
    "expression",
    metavar="EXPR",
    default="",
    help="Only the packets that pass this display filter, in Wireshark's syntax; tcpviz.* is our own record.",
)
@click.option("--stream", type=click.IntRange(min=0), metavar="N", help="Only stream N, counted from 0.")
@click.option("--summary", is_flag=True, help="What each stream carried and how often each flag was given.")
def analyze(file: Path, as_json: bool, expression: str, stream: int | None, summary: bool) -> None:
    """List a capture's TCP packets as Wireshark does, with what its analysis says of them.

    FILE is a pcap or pcapng file, also packed by gzip or zstd, or - for what comes on stdin.
    """
    from tcpviz.analysis.report import Choice, report
    from tcpviz.view.packet_lines import COLUMNS

    def tell(problem: str) -> None:
        complain(f"tcpviz: {problem}")

    choice = Choice(_filter(expression), stream)
    path = Path("/dev/stdin") if str(file) == "-" else file
    columns = None if as_json else COLUMNS
    sys.exit(report(path, sys.stdout, tell, columns=columns, choice=choice, summary=summary))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: stdout.")
@click.option(
    "--as",
    "form",
    type=click.Choice(FORMS),
    help="What to write; by default what the name of the output says, else csv.",
)
@click.option("--redact", is_flag=True, help="Mask addresses and payload; what TCP does stays the same.")
@click.option("--filter", "expression", metavar="EXPR", default="", help="Only packets that pass the filter.")
@click.option("--stream", type=click.IntRange(min=0), metavar="N", help="Only stream N, counted from 0.")
@click.option("--to-scale", is_flag=True, help="A ladder with distances like the times between the packets.")
def export(
    file: Path,
    output: Path | None,
    form: str | None,
    redact: bool,
    expression: str,
    stream: int | None,
    to_scale: bool,
) -> None:
    """Turn a run or a capture into a table, a picture, or a copy that may be given away.

    \b
    csv, json, markdown   the packet list
    states                each change of a connection's state, with all variables, as JSON
    ladder                the packets as arrows between the hosts, as SVG
    text                  the same as text, a line a packet
    time-sequence         sequence numbers over time, as SVG
    pcapng                the capture itself, with --redact without what is private
    """
    from tcpviz.recording import RecordingError
    from tcpviz.view.export.write import BY_SUFFIX, ExportError, Form, Wanted
    from tcpviz.view.export.write import export as write

    suffix = output.suffix.lower() if output else ""
    if not form and suffix and suffix not in BY_SUFFIX:
        raise click.UsageError(f"{output} does not say what to write: name it with --as, e.g. --as csv")
    wanted = Form(form) if form else BY_SUFFIX.get(suffix, Form.CSV)
    try:
        write(file, output, Wanted(wanted, redact, _filter(expression), stream, to_scale))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read it has enough
    except (ExportError, RecordingError) as error:
        complain(f"tcpviz: {error}")
        sys.exit(1)
    except OSError as error:
        complain(f"tcpviz: {output or 'stdout'} could not be written: {error.strerror}")
        sys.exit(23)


def _filter(expression: str) -> "Filter | None":
    """The display filter, None for an empty one; says where it is wrong and leaves."""
    from tcpviz.analysis.filter import FilterError, compile_filter

    try:
        return compile_filter(expression) if expression else None
    except FilterError as error:
        complain(f"tcpviz: {error}\n{expression}\n{error.pointer()}")
        sys.exit(2)


@main.command()
def lab() -> None:
    """List the prepared runs of the built-in network."""
    from tcpviz.lab.scenarios import SCENARIOS

    for scenario in SCENARIOS.values():
        click.echo(f"{scenario.name:16} {scenario.title}")
    click.echo("\nShow one with: tcpviz --scenario NAME")


@main.command()
@click.option(
    "--fix", is_flag=True, help="Put back what runs that were killed have left changed. Needs root."
)
def doctor(fix: bool) -> None:
    """Which links work here, and the one command that enables each that doesn't."""
    from tcpviz.session import doctor as the_doctor

    if fix:
        sys.exit(the_doctor.fix(click.echo))
    the_doctor.report(click.echo)


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to serve on. Any other than this one lets other machines reach it, unencrypted.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any that is free.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[URL] [OPTIONS] | open FILE")
def serve(host: str, port: int, arguments: tuple[str, ...]) -> None:
    """Show the screen in a browser: what follows is what would follow `tcpviz`.

    \b
    tcpviz serve http://lab/ --hold      the URL that is printed has a token: it is the key
    tcpviz serve open run.pcapng
    """
    opens = arguments[:1] == ("open",)
    command, name = (open_file, "tcpviz serve open") if opens else (screen, "tcpviz serve")
    command.make_context(name, list(arguments[opens:]))  # says at once what is wrong with them
    try:
        from tcpviz.ui.serve import ServeError
        from tcpviz.ui.serve import serve as the_server
    except ModuleNotFoundError as missing:
        sys.exit(f"tcpviz: serve needs {missing.name}. Install it: pip install 'tcpviz[serve]'")
    try:
        the_server(arguments, host, port)
    except ServeError as error:
        complain(f"tcpviz: {error}")
        sys.exit(1)
