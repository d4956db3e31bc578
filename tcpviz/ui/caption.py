"""The words on a widget's border. Textual draws the whole widget for a new word there; this, one line of it.

The one place that knows where Textual keeps these words.
"""

from textual.geometry import Region
from textual.widget import Widget

from tcpviz.ui.words import words
from tcpviz.view.safe import SafeText


def set_title(widget: Widget, text: SafeText) -> None:
    """What stands on the upper border."""
    if widget._border_title is None or widget._border_title.plain != text:
        widget._border_title = words(text)
        _refresh_line(widget, 0)


def set_subtitle(widget: Widget, text: SafeText) -> None:
    """What stands on the lower border."""
    if widget._border_subtitle is None or widget._border_subtitle.plain != text:
        widget._border_subtitle = words(text)
        _refresh_line(widget, widget.outer_size.height - 1)


def _refresh_line(widget: Widget, y: int) -> None:
    """Draw line `y` of the widget anew, its borders counted."""
    line = Region(0, y, widget.outer_size.width, 1)
    widget.refresh(line.translate((-widget.content_offset.x, -widget.content_offset.y)))
