"""The explanation of a row as the lines of a pane: wrapped, each sentence with its RFC section behind it."""

from collections.abc import Iterator
from textwrap import wrap

from tcpviz.link.base import Fate
from tcpviz.recording import Kind
from tcpviz.view.moment import Moment
from tcpviz.view.role import Role
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.why import Sentence, Why

Line = tuple[tuple[SafeText, Role], ...]
"""Pieces beside each other."""

MEASURE = 100
"""Columns of text that are still easy to read, however wide the pane is."""

_ROWS = {
    Kind.FRAME: "packet",
    Kind.TIMER: "a timer",
    Kind.CALL: "the application",
    Kind.NOTE: "a note",
}


def subject(moment: Moment) -> SafeText:
    """What is explained: the packet by its number, or what else the row is."""
    row = moment.row
    if row.number:
        return safe(f"packet {row.number}")
    return safe("a lost packet" if row.fate is Fate.LOST else _ROWS[row.kind])


def why_lines(told: Why, width: int) -> list[Line]:
    """All of it, in lines of at most `width` columns, nor more than MEASURE."""
    width = min(max(width, 10), MEASURE)
    parts = (
        ("", told.truth),
        ("The server, which runs here too, says:", told.peer),
        ("An observer of the packets says:", told.inference),
    )
    lines: list[Line] = []
    for title, sentences in parts:
        if title and sentences:
            lines.append(((safe(title), Role.DIM),))
        for sentence in sentences:
            lines += _wrapped(sentence, width)
    if told.difference:
        lines += _wrapped(Sentence(told.difference), width)
    return lines


def _wrapped(sentence: Sentence, width: int) -> Iterator[Line]:
    *lines, last = [safe(line) for line in wrap(sentence.text, width)]
    for line in lines:
        yield ((line, Role.TEXT),)
    reference = safe(f"[{sentence.rfc}]") if sentence.rfc else SafeText("")
    if not reference:
        yield ((last, Role.TEXT),)
    elif len(last) + 1 + len(reference) <= width:
        yield (last, Role.TEXT), (SafeText(" "), Role.TEXT), (reference, Role.LINK)
    else:
        yield ((last, Role.TEXT),)
        yield ((reference, Role.LINK),)
