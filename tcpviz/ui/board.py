"""Where each pane stands: a pure function of the size, the chosen top pane and the zoomed pane.

80x24 has the list and one pane above it; 120x40 two diagrams above the list, with why and alerts below;
from 150 columns all panes at once but the ladder, the graphs and the stream, which take the place of
another while they are chosen; from 190 columns the ladder, or the graphs, too.
"""

from enum import StrEnum

from textual import events
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

SMALLEST = Size(80, 24)
WIDEST = 190
WIDE = 150
MEDIUM = 110
HIGHEST = 42
HIGH = 30

STATE_WIDTH = 58
"""The state machine needs 54 columns and its border."""
ALERTS_WIDTH = 46
SIDE_WIDTH = 75
"""Sixteen bytes in hexadecimal and as text, and the border."""


class PaneName(StrEnum):
    """The panes of the board; the value is the widget's id."""

    STATE = "state"
    SEQUENCE = "sequence"
    ALERTS = "alerts"
    WHY = "why"
    DETAILS = "details"
    LADDER = "ladder"
    GRAPHS = "graphs"
    STREAM = "stream"
    PACKETS = "packets"


P = PaneName
Places = dict[PaneName, Region]

GUESTS = (P.LADDER, P.GRAPHS, P.STREAM)
"""The panes that take the place of another one."""


def arrangement(size: Size, chosen: PaneName, zoomed: PaneName | None = None) -> Places:
    """The region of every pane that is visible. `chosen` decides where there is no room for all."""
    if zoomed:
        return {zoomed: size.region}
    if size.width >= WIDEST and size.height >= HIGHEST:
        return _widest(size, chosen)
    if size.width >= WIDE and size.height >= HIGH:
        return _wide(size, chosen)
    if size.width >= MEDIUM and size.height >= HIGH:
        return _medium(size, chosen)
    return _narrow(size, chosen)


def _narrow(size: Size, chosen: PaneName) -> Places:
    above = size.height * 11 // 20
    top, below = size.region.split_horizontal(above)
    return {P.PACKETS: below, (P.STATE if chosen is P.PACKETS else chosen): top}


def _medium(size: Size, chosen: PaneName) -> Places:
    top, rest = size.region.split_horizontal(18)
    middle, drawer = rest.split_horizontal(rest.height - 7)
    why, alerts = drawer.split_vertical(drawer.width - ALERTS_WIDTH)
    places = {P.PACKETS: middle, P.WHY: why, P.ALERTS: alerts}
    if chosen in (P.DETAILS, P.STREAM):
        return {chosen: top, **places}
    state, beside = top.split_vertical(STATE_WIDTH)
    return {P.STATE: state, (chosen if chosen in GUESTS else P.SEQUENCE): beside, **places}


def _wide(size: Size, chosen: PaneName) -> Places:
    top, below = size.region.split_horizontal(18)
    state, rest = top.split_vertical(STATE_WIDTH)
    sequence, alerts = rest.split_vertical(rest.width - ALERTS_WIDTH)
    packets, side = below.split_vertical(below.width - SIDE_WIDTH)
    why, details = side.split_horizontal(7)
    return {
        P.STATE: state,
        P.SEQUENCE: sequence,
        P.ALERTS: alerts,
        P.PACKETS: packets,
        P.WHY: why,
        (chosen if chosen in GUESTS else P.DETAILS): details,
    }


def _widest(size: Size, chosen: PaneName) -> Places:
    top, below = size.region.split_horizontal(18)
    state, rest = top.split_vertical(STATE_WIDTH)
    sequence, ladder = rest.split_vertical(rest.width - SIDE_WIDTH)
    packets, side = below.split_vertical(below.width - SIDE_WIDTH)
    why, rest = side.split_horizontal(7)
    alerts, details = rest.split_horizontal(7)
    return {
        P.STATE: state,
        P.SEQUENCE: sequence,
        (P.GRAPHS if chosen is P.GRAPHS else P.LADDER): ladder,
        P.PACKETS: packets,
        P.WHY: why,
        P.ALERTS: alerts,
        (P.STREAM if chosen is P.STREAM else P.DETAILS): details,
    }


class BoardLayout(Layout):
    """Puts the panes of a `Board` where `arrangement` says."""

    name = "board"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """See Layout.arrange."""
        assert isinstance(parent, Board)
        places = arrangement(size, parent.chosen, parent.zoomed)
        return [
            WidgetPlacement(places[name], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (name := PaneName(child.id or "")) in places
        ]


class Board(Widget):
    """Holds the panes."""

    zoomed: PaneName | None = None
    _host = PaneName.STATE
    """What was chosen before a guest came."""
    _board_layout = BoardLayout()

    def __init__(self, chosen: PaneName) -> None:
        """`chosen`: the pane that has room beside the packets at first."""
        super().__init__()
        self.chosen = chosen

    @property
    def layout(self) -> Layout:
        """The one layout that a board has."""
        return self._board_layout

    @property
    def shown(self) -> frozenset[PaneName]:
        """The panes that are on the screen now."""
        return frozenset(arrangement(self.size, self.chosen, self.zoomed))

    def choose(self, name: PaneName) -> None:
        """Bring `name` to where it can be seen."""
        if self.chosen not in GUESTS:
            self._host = self.chosen
        self.chosen = name
        if self.zoomed:
            self.zoomed = name
        self.arrange_panes()

    def dismiss_guest(self) -> None:
        """Give its place back to the pane that was there before."""
        self.choose(self._host)

    def zoom(self, name: PaneName | None) -> None:
        """Give the whole board to one pane; None: back to all."""
        self.zoomed = name
        self.arrange_panes()

    def arrange_panes(self) -> None:
        """Lay out again, and keep the focus away from what is out of sight."""
        seen = self.shown
        for pane in self.children:
            pane.display = PaneName(pane.id or "") in seen
        self.set_class(self.size.width < MEDIUM or self.size.height < HIGH, "-narrow")
        self.refresh(layout=True)

    async def on_click(self, event: events.Click) -> None:
        """A double click on a pane's title does what the zoom key does."""
        titles = (pane.region.y for pane in self.children if pane.region.contains_point(event.screen_offset))
        if event.chain == 2 and event.screen_y in titles and "@click" not in event.style.meta:
            await self.screen.run_action("zoom")

    def on_resize(self) -> None:
        self.arrange_panes()
