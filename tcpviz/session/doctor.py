"""Which links work on this machine, found out by trying, and what enables each that does not."""

from collections.abc import Iterator

from tcpviz.session.links.kind import Report
from tcpviz.session.links.table import TABLE


def survey() -> Iterator[Report]:
    """A report for each link."""
    return (kind.survey() for kind in TABLE.values())
