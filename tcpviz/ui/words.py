"""The one way for words into a widget: nowhere else in `tcpviz.ui` are texts made that Textual or rich draw.

A `str` that is handed to a widget may be read as markup, and is written to the terminal as it is. What comes
from here was made of `SafeText` and is neither; a test sees to it that widgets get nothing else.
"""

from collections.abc import Iterable

from rich.style import Style as RichStyle
from rich.text import Text
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from tcpviz.view.safe import SafeText, safe


def words(text: SafeText, style: str = "") -> Content:
    """`text` in one style of Textual's, e.g. "bold $primary"."""
    return Content.styled(text, style) if style else Content(text)


def fixed(text: str, style: str = "") -> Content:
    """Words of our own, of one line or several. What is none of ours can do no harm here either."""
    return lines(words(safe(line), style) for line in text.split("\n"))


def lines(contents: Iterable[Content]) -> Content:
    """One below the other."""
    return Content("\n").join(contents)


def row(*contents: Content) -> Content:
    """One behind the other."""
    return Content("").join(contents)


def swatch(text: SafeText, style: RichStyle) -> Content:
    """`text` as the canvases draw it."""
    return Content.from_rich_text(Text(text, style))


def link(text: SafeText, action: str) -> Content:
    """`text`; a click on it does `action`."""
    return Content.styled(text, Style.from_meta({"@click": action}))


def in_field(text: SafeText) -> Text:
    """What stands in a field to type into, as `Input` draws it."""
    return Text(text, no_wrap=True, overflow="ignore", end="")


def farewell(told: Iterable[SafeText]) -> Text:
    """The lines that are printed when the screen is gone."""
    return Text("\n").join(map(Text, told))


def tell(widget: Static, content: Content) -> None:
    """Show this instead of what it showed before."""
    widget.update(content)
