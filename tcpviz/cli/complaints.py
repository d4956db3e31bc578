"""What is told on stderr where something can't be done as asked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tcpviz.session.options import OptionError


def complain(problem: object) -> None:
    """Tell what went wrong, on stderr. It may hold the name of a file, or what a server said."""
    click.echo(shown(problem), err=True)


def shown(problem: object) -> str:
    """What a problem says, as it may be shown."""
    from tcpviz.view.safe import safe

    return "\n".join(map(safe, str(problem).split("\n")))


@contextmanager
def explained() -> Iterator[None]:
    """What can't be done as asked, in click's way or in ours, with curl's exit code."""
    from tcpviz.client.failure import FetchError

    try:
        yield
    except OptionError as error:
        raise click.UsageError(shown(error)) from None
    except FetchError as error:
        from tcpviz.ui.plain import tell_failure

        tell_failure(error.failure)
        sys.exit(int(error.failure.exit_code))
