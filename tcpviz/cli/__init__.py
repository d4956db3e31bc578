"""The commands: each parses its arguments and calls one function, which alone imports what it needs."""

import os
import sys
from typing import Any

import click

from tcpviz.cli.captures import analyze, export
from tcpviz.cli.complaints import complain
from tcpviz.cli.get import get
from tcpviz.cli.machine import doctor, lab, show_config
from tcpviz.cli.screen import open_file, runs, screen, serve


class DefaultsToScreen(click.Group):
    """A group whose first word may be a URL instead of a command: `tcpviz http://lab/` opens the screen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the hidden command `screen` in front when no command is named."""
        named = bool(args) and (args[0] in self.commands or args[0] in ("--help", "-h", "--version"))
        return super().parse_args(ctx, args if named else ["screen", *args])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Without root's rights, and without a traceback, whatever goes wrong."""
        if "SUDO_UID" in os.environ:
            from tcpviz.link.privileged import hand_over

            hand_over()
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            complain(f"tcpviz: {error.strerror or error}")
            sys.exit(1)
        except Exception as error:
            from tcpviz.client.failure import ExitCode
            from tcpviz.ui.errors import log_error

            where = log_error("running a command", error)
            complain(f"tcpviz: a fault of tcpviz itself ({type(error).__name__}).")
            complain(f"The report is in {where}: please send it to us.")
            sys.exit(int(ExitCode.INTERNAL))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The two ways to call it."""
        formatter.write_usage("tcpviz", "[URL] [OPTIONS]")
        formatter.write_usage("tcpviz", "COMMAND [ARGS]...")


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


for command in (screen, get, open_file, runs, show_config, analyze, export, lab, doctor, serve):
    main.add_command(command)
