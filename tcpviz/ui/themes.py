"""What the domain's roles look like: five themes of our own, and a table of styles for any theme.

Every role also differs by a word or a sign where it is used; colour never carries a meaning alone.
"""

from collections.abc import Mapping
from typing import NamedTuple

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from tcpviz.view.role import Role

HUES = ("data", "ack", "syn", "fin", "good", "bad", "duplicate", "order", "window", "note", "dim", "faint")
"""The domain's colours; a theme defines the variable `tcp-<hue>`, or inherits it from its own colours."""


class Look(NamedTuple):
    """How a role is drawn. `ink` and `paper` are hues or names of a theme's colours."""

    ink: str
    paper: str = "background"
    share: float = 1.0
    """How much of `paper` is mixed into the background."""
    bold: bool = False


LOOKS: dict[Role, Look] = {
    Role.TEXT: Look("foreground"),
    Role.DIM: Look("dim"),
    Role.TITLE: Look("foreground", bold=True),
    Role.STRONG: Look("foreground", bold=True),
    Role.LABEL: Look("dim"),
    Role.VALUE: Look("foreground"),
    Role.LINK: Look("data"),
    Role.SYN: Look("syn"),
    Role.FIN: Look("fin"),
    Role.RESET: Look("bad", bold=True),
    Role.DATA: Look("data"),
    Role.ACK: Look("ack"),
    Role.HTTP: Look("good"),
    Role.UDP: Look("ack"),
    Role.ARP: Look("dim"),
    Role.ICMP: Look("note"),
    Role.ICMP_ERROR: Look("bad"),
    Role.CHECKSUM_ERROR: Look("bad", bold=True),
    Role.RETRANSMISSION: Look("bad", "bad", 0.16),
    Role.DUPLICATE_ACK: Look("duplicate", "duplicate", 0.12),
    Role.OUT_OF_ORDER: Look("order", "order", 0.14),
    Role.UNSEEN: Look("order", "order", 0.14),
    Role.ZERO_WINDOW: Look("window", "window", 0.14),
    Role.WINDOW_FULL: Look("window", "window", 0.14),
    Role.WINDOW_UPDATE: Look("window"),
    Role.KEEP_ALIVE: Look("window"),
    Role.LOST: Look("bad", "bad", 0.16),
    Role.IMPAIRED: Look("order", "order", 0.14),
    Role.PENDING: Look("duplicate", "duplicate", 0.2, bold=True),
    Role.NOTE: Look("note"),
    Role.TIMER: Look("duplicate"),
    Role.ACKED: Look("faint"),
    Role.IN_FLIGHT: Look("data"),
    Role.SACKED: Look("good"),
    Role.HELD: Look("order"),
    Role.USABLE: Look("dim"),
    Role.OUTSIDE: Look("faint"),
    Role.POINTER: Look("foreground", bold=True),
    Role.STATE_CURRENT: Look("background", "good", bold=True),
    Role.STATE_VISITED: Look("good", "good", 0.25),
    Role.STATE_OTHER: Look("dim", "faint", 0.35),
    Role.EDGE_CURRENT: Look("good", bold=True),
    Role.EDGE_TAKEN: Look("good"),
    Role.EDGE_OTHER: Look("faint"),
    Role.PLAYHEAD: Look("duplicate", bold=True),
    Role.DENSITY: Look("data"),
    Role.FUTURE: Look("faint"),
    Role.ALERT: Look("bad", bold=True),
    Role.WARN: Look("duplicate", bold=True),
    Role.INFO: Look("data"),
    Role.GOOD: Look("good"),
    Role.CLIENT: Look("syn"),
    Role.SERVER: Look("good"),
    Role.MARKED: Look("background", "duplicate", bold=True),
}

DARK = Theme(
    name="tcpviz-dark",
    primary="#6cc5c1",
    secondary="#8b9bb0",
    accent="#e3b341",
    warning="#e3b341",
    error="#f47067",
    success="#6fce8b",
    foreground="#d3dae3",
    background="#0d1117",
    surface="#141a22",
    panel="#1c2530",
    variables={
        "tcp-data": "#6cc5c1",
        "tcp-ack": "#93a4ba",
        "tcp-syn": "#7fb4f5",
        "tcp-fin": "#d9a0e6",
        "tcp-good": "#6fce8b",
        "tcp-bad": "#f47067",
        "tcp-duplicate": "#e3b341",
        "tcp-order": "#b48cf2",
        "tcp-window": "#f0883e",
        "tcp-note": "#9db7d5",
        "tcp-dim": "#8793a2",
        "tcp-faint": "#4a5563",
    },
)

LIGHT = Theme(
    name="tcpviz-light",
    primary="#00695f",
    secondary="#52606f",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#b3261e",
    success="#1a7037",
    foreground="#1c2530",
    background="#fbfcfd",
    surface="#f0f3f6",
    panel="#e2e8ee",
    dark=False,
    variables={
        "tcp-data": "#00695f",
        "tcp-ack": "#4a5a6b",
        "tcp-syn": "#0a58b0",
        "tcp-fin": "#7a2a8c",
        "tcp-good": "#1a7037",
        "tcp-bad": "#b3261e",
        "tcp-duplicate": "#8a5a00",
        "tcp-order": "#5b2fb0",
        "tcp-window": "#a84300",
        "tcp-note": "#2f5f8f",
        "tcp-dim": "#5a6672",
        "tcp-faint": "#a9b4bf",
    },
)

# The eight colours of Okabe and Ito, which stay apart in every common kind of colour blindness.
COLOUR_BLIND = Theme(
    name="tcpviz-colour-blind",
    primary="#56b4e9",
    secondary="#a0a8b0",
    accent="#f0e442",
    warning="#e69f00",
    error="#d55e00",
    success="#009e73",
    foreground="#e6e6e6",
    background="#0c0c10",
    surface="#15151b",
    panel="#202028",
    variables={
        "tcp-data": "#56b4e9",
        "tcp-ack": "#a0a8b0",
        "tcp-syn": "#e6e6e6",
        "tcp-fin": "#cc79a7",
        "tcp-good": "#1fbf92",
        "tcp-bad": "#e8701a",
        "tcp-duplicate": "#f0e442",
        "tcp-order": "#cc79a7",
        "tcp-window": "#e69f00",
        "tcp-note": "#a9c7dd",
        "tcp-dim": "#93939d",
        "tcp-faint": "#50505c",
    },
)

HIGH_CONTRAST = Theme(
    name="tcpviz-high-contrast",
    primary="#00ffff",
    secondary="#ffffff",
    accent="#ffff00",
    warning="#ffff00",
    error="#ff8080",
    success="#60ff60",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#101010",
    variables={
        "tcp-data": "#00ffff",
        "tcp-ack": "#ffffff",
        "tcp-syn": "#90c8ff",
        "tcp-fin": "#ffa0ff",
        "tcp-good": "#60ff60",
        "tcp-bad": "#ff8080",
        "tcp-duplicate": "#ffff00",
        "tcp-order": "#d8b0ff",
        "tcp-window": "#ffb050",
        "tcp-note": "#ffffff",
        "tcp-dim": "#e0e0e0",
        "tcp-faint": "#a0a0a0",
    },
)

MONOCHROME = Theme(
    name="tcpviz-monochrome",
    primary="#ffffff",
    secondary="#b0b0b0",
    accent="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    success="#e0e0e0",
    foreground="#d8d8d8",
    background="#101010",
    surface="#181818",
    panel="#242424",
    variables={
        "tcp-data": "#d8d8d8",
        "tcp-ack": "#b4b4b4",
        "tcp-syn": "#ffffff",
        "tcp-fin": "#ffffff",
        "tcp-good": "#f0f0f0",
        "tcp-bad": "#ffffff",
        "tcp-duplicate": "#ffffff",
        "tcp-order": "#ffffff",
        "tcp-window": "#ffffff",
        "tcp-note": "#c0c0c0",
        "tcp-dim": "#acacac",
        "tcp-faint": "#606060",
    },
)

THEMES = (DARK, LIGHT, COLOUR_BLIND, HIGH_CONTRAST, MONOCHROME)
NAMES = tuple(theme.name.removeprefix("tcpviz-") for theme in THEMES)
"""As the user calls them."""


def theme_called(name: str) -> Theme:
    """Our theme of this name, with or without the program's in front. Raises KeyError."""
    return {theme.name: theme for theme in THEMES}[f"tcpviz-{name.removeprefix('tcpviz-')}"]


def default_theme(environment: Mapping[str, str]) -> Theme:
    """Without colours where NO_COLOR is set to anything (no-color.org)."""
    return MONOCHROME if environment.get("NO_COLOR") else DARK


INHERITED = {
    "tcp-data": "primary",
    "tcp-ack": "foreground",
    "tcp-syn": "secondary",
    "tcp-fin": "accent",
    "tcp-good": "success",
    "tcp-bad": "error",
    "tcp-duplicate": "warning",
    "tcp-order": "accent",
    "tcp-window": "warning",
    "tcp-note": "secondary",
    "tcp-dim": "foreground-muted",
    "tcp-faint": "foreground-disabled",
}
"""Where a theme that is not ours takes the domain's colours from."""


def inherited(theme: Theme) -> dict[str, str]:
    """Our variables with the colours of a theme that does not define them."""
    colours = theme.to_color_system().generate()
    return {variable: colours[name] for variable, name in INHERITED.items()}


class Palette:
    """The style of every role in the theme that is in use. All widgets share it; `use` changes it for all."""

    base: Style
    """Plain text on the background."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.use(variables)

    def use(self, variables: Mapping[str, str]) -> None:
        """Take the colours from a theme's variables."""
        self._variables = variables
        self._background = Color.parse(variables["background"])
        self._styles = {role: self._style(look) for role, look in LOOKS.items()}
        cursor = Style(bgcolor=self._mixed("primary", 0.28).rich_color, bold=True)
        self._selected = {role: style + cursor for role, style in self._styles.items()}
        self.base = self._styles[Role.TEXT]

    def __getitem__(self, role: Role) -> Style:
        return self._styles[role]

    def selected(self, role: Role) -> Style:
        """The style of `role` in the row under the cursor."""
        return self._selected[role]

    def _style(self, look: Look) -> Style:
        return Style(
            color=self._colour(look.ink).rich_color,
            bgcolor=self._mixed(look.paper, look.share).rich_color,
            bold=look.bold or None,
        )

    def _mixed(self, name: str, share: float) -> Color:
        return self._background.blend(self._colour(name), share)

    def _colour(self, name: str) -> Color:
        """The theme's colour of this name, mixed with the background where it is translucent."""
        key = f"tcp-{name}" if name in HUES else name
        colour = Color.parse(self._variables[key])
        return self._background.blend(colour.with_alpha(1), colour.a) if colour.a < 1 else colour
