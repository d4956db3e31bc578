"""A filter as a whole: its text and its predicate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tcpviz.analysis.filter.errors import FilterError
from tcpviz.analysis.filter.subject import Subject

_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class Filter:
    """A display filter that was understood. `holds` tells whether a packet passes it."""

    text: str
    holds: Callable[[Subject], bool]

    @property
    def asks_record(self) -> bool:
        """Whether it asks for what only our own runs have recorded."""
        return "tcpviz." in self.text


def compile_filter(text: str) -> Filter:
    """The filter that `text` says; an empty one lets all packets pass. FilterError when it is none."""
    if len(text) > _LONGEST:
        raise FilterError(f"a filter has at most {_LONGEST} characters", _LONGEST, len(text) - _LONGEST)
    if not text.strip():
        return Filter(text, lambda subject: True)
    from tcpviz.analysis.filter.parser import parse  # lark takes a tenth of a second to load

    return Filter(text, parse(text))
