"""The words on a widget's border. Textual draws the whole widget for a new word there; this, one line of it.

The one place that knows where Textual keeps these words.
"""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from tcpviz.ui.words import fixed, link, words
from tcpviz.view.safe import SafeText


class Hint(NamedTuple):
    """What a key does, and the action of the widget that a click on it does."""

    text: SafeText
    action: str


def set_title(widget: Widget, text: SafeText, hints: Sequence[Hint] = ()) -> None:
    """What stands on the upper border."""
    title = with_hints(text, hints)
    if widget._border_title is None or widget._border_title.plain != title.plain:
        widget._border_title = title
        _refresh_line(widget, 0)


def set_subtitle(widget: Widget, text: SafeText, hints: Sequence[Hint] = ()) -> None:
    """What stands on the lower border."""
    subtitle = with_hints(text, hints)
    if widget._border_subtitle is None or widget._border_subtitle.plain != subtitle.plain:
        widget._border_subtitle = subtitle
        _refresh_line(widget, widget.outer_size.height - 1)


def with_hints(text: SafeText, hints: Sequence[Hint]) -> Content:
    """`text`, and behind it what can be clicked."""
    parts = [words(text)] if text else []
    return fixed("  ").join([*parts, *(link(hint.text, hint.action) for hint in hints)])


def _refresh_line(widget: Widget, y: int) -> None:
    """Draw line `y` of the widget anew, its borders counted."""
    line = Region(0, y, widget.outer_size.width, 1)
    widget.refresh(line.translate((-widget.content_offset.x, -widget.content_offset.y)))
