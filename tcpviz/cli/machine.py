"""The commands that tell what there is: settings, prepared runs, links."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpviz.cli.options import CONFIG_OPTION

if TYPE_CHECKING:
    from tcpviz.config.settings import Settings


@click.command("config")
@CONFIG_OPTION
@click.pass_obj
def show_config(path: Path | None, settings: "Settings") -> None:
    """Print the settings in force as a config file: `tcpviz config > FILE` gives a start.

    The first line names the file that they were looked for in.
    """
    from tcpviz.config.writing import written

    click.echo(f"# tcpviz config file: {path or 'none, for you have no home folder'}\n")
    click.echo("\n".join(written(settings)))


@click.command()
def lab() -> None:
    """List the prepared runs of the built-in network."""
    from tcpviz.lab.scenarios import SCENARIOS

    for scenario in SCENARIOS.values():
        click.echo(f"{scenario.name:16} {scenario.title}")
    click.echo("\nShow one with: tcpviz --scenario NAME")


@click.command()
@click.option(
    "--fix", is_flag=True, help="Put back what runs that were killed have left changed. Needs root."
)
def doctor(fix: bool) -> None:
    """Which links work here, and the one command that enables each that doesn't."""
    from tcpviz.session import doctor as the_doctor

    if fix:
        sys.exit(the_doctor.fix(click.echo))
    the_doctor.report(click.echo)
