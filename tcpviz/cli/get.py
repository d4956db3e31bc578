"""`tcpviz get`: a fetch without a screen."""

import sys
from pathlib import Path
from typing import Any

import click

from tcpviz.cli.complaints import explained
from tcpviz.cli.options import link_options, request_options, run_options, server_options, take_web
from tcpviz.session.options import SLOWLY


@click.command()
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
