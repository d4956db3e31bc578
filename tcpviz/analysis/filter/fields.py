"""All names of the filter language."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from tcpviz.analysis.filter import fields_above, fields_below, fields_run, fields_tcp
from tcpviz.analysis.filter.field import Field

FIELDS: Final[Mapping[str, Field]] = {
    **fields_below.FIELDS,
    **fields_tcp.FIELDS,
    **fields_above.FIELDS,
    **fields_run.FIELDS,
}


def nearest(name: str) -> str | None:
    """The field that was probably meant."""
    return next(iter(get_close_matches(name.lower(), FIELDS, 1)), None)
