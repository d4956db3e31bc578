"""Which links work on this machine, found out by trying, and what enables each that does not."""

from collections.abc import Callable, Iterator

from tcpviz.link.base import LinkError
from tcpviz.link.device import as_root
from tcpviz.link.privileged import undo_leftovers
from tcpviz.link.wayout import journal
from tcpviz.session.links.kind import Report
from tcpviz.session.links.table import TABLE

Say = Callable[[str], None]
_INDENT = 16 * " "


def survey() -> Iterator[Report]:
    """A report for each link."""
    return (kind.survey() for kind in TABLE.values())


def report(say: Say) -> None:
    """All there is to know, line by line."""
    for each in survey():
        say(f"{each.link:8} {'works' if each.works else 'no':6} {each.text}")
        if each.advice:
            say(_INDENT + each.advice)
    if left := [setting.name for setting in journal().leftovers()]:
        say(f"\nleft over from runs that were killed: {', '.join(left)}")
        say(f"{_INDENT}{as_root()} --fix")


def fix(say: Say) -> int:
    """Put back what killed runs have left changed, and tell of it; the exit code."""
    try:
        restored = undo_leftovers()
    except PermissionError:
        restored = []
        if journal().leftovers():
            say(f"what is left over can be put back by root alone: {as_root()}")
            return 1
    except (OSError, LinkError) as error:
        say(f"what is left over can't be put back: {error}")
        return 1
    for name in restored:
        say(f"{name} is as it was before a run that was killed")
    if not restored:
        say("nothing is left over")
    return 0
