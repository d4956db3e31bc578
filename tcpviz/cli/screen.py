"""The commands that show the screen, here or in a browser, and the runs that it has kept."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tcpviz.cli.complaints import complain, shown
from tcpviz.cli.options import (
    CONFIG_OPTION,
    link_options,
    run_options,
    screen_options,
    server_options,
    take_web,
)
from tcpviz.session.options import SLOWLY, RunOptions

if TYPE_CHECKING:
    from tcpviz.config.settings import Settings
    from tcpviz.recording.shelf import Shelf
    from tcpviz.ui.launch import Wishes


@contextmanager
def importing() -> Iterator[None]:
    """No import makes garbage, but so many objects that to look for some takes a tenth of the start."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@click.command(hidden=True)
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

    with importing():
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


@click.command("open")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@screen_options
def open_file(
    file: Path | None, ascii_only: bool, theme: str | None, mouse: bool, settings: "Settings"
) -> None:
    """The same screen on a saved run, or on any pcap or pcapng.

    FILE is also the name that `tcpviz runs` gives a run. Without FILE it offers these runs, the newest first.
    """
    with importing():
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
        problem = f"{file} is no file here, and no run that `tcpviz runs` lists"
        if os.path.isdir(file):
            problem = f"{file} is a folder: give the capture file in it that you want to see"
        raise click.BadParameter(shown(problem), param_hint="FILE")
    return found


@click.command()
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


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
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
    # Says at once what is wrong with them.
    asked = command.make_context(name, list(arguments[opens:])).params
    if asked.get("file"):
        existing(asked["file"], asked["settings"])
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
