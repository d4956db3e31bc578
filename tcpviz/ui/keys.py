"""Every key but those of standard widgets: bindings, key bar, help, palette and config are made of this."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from textual.binding import Binding

from tcpviz.ui.key_names import shown


class Topic(Enum):
    """The headings of the help screen. The keys of IN_PANES and IN_DIALOGS act in that place alone."""

    TIME = "Moving through time (in the packet list; every pane shows that moment)"
    GATE = "Holding the traffic, and a say in what happens to the next packet"
    PANES = "Panes"
    RUN = "Run and files"
    DETAILS = "In the details"
    STREAM = "In the stream"
    BREAKPOINTS = "In the list of breakpoints"
    COPY = "In the copy menu"


class Key(NamedTuple):
    """One action: its name in the config file, its keys (as Textual names them), its label, and what it does,
    in a sentence."""

    name: str
    keys: str
    action: str
    label: str
    help: str
    topic: Topic

    @property
    def display(self) -> str:
        """The keys as the user reads them."""
        return " ".join(map(shown, self.each))

    @property
    def first(self) -> str:
        """The first key as the user reads it."""
        return shown(self.each[0])

    @property
    def each(self) -> list[str]:
        """The keys one by one."""
        return self.keys.split(",")


T = Topic

IN_PANES = (T.DETAILS, T.STREAM)
"""Where the keys of the main screen act, too, unless the pane has the same one."""
IN_DIALOGS = (T.BREAKPOINTS, T.COPY)
"""Where they do not."""
ON_MAIN = tuple(topic for topic in T if topic not in IN_PANES + IN_DIALOGS)

KEYS = (
    Key(
        "hold",
        "space",
        "toggle_hold",
        "Hold",
        "hold the traffic at the gate, or let it run again; with no traffic: how the next run begins",
        T.GATE,
    ),
    Key(
        "next",
        "n,full_stop",
        "next",
        "Next",
        "one packet on; at the live end of a held run: let one through",
        T.TIME,
    ),
    Key("back", "p,comma", "previous", "Back", "one packet back", T.TIME),
    Key("next-alert", "N", "next_alert", "Next alert", "to the next packet that has an alert", T.TIME),
    Key(
        "previous-alert",
        "P",
        "previous_alert",
        "Previous alert",
        "to the previous packet that has an alert",
        T.TIME,
    ),
    Key("up", "up", "previous", "Back", "one packet back", T.TIME),
    Key("down", "down", "next_row", "Next", "one packet on", T.TIME),
    Key("page-up", "pageup", "page(-1)", "Page back", "one page of the list back", T.TIME),
    Key("page-down", "pagedown", "page(1)", "Page on", "one page of the list on", T.TIME),
    Key("first", "home", "first", "First", "to the first packet", T.TIME),
    Key("live", "end", "live", "Live", "to the end, and follow what comes", T.TIME),
    Key("go-to", "g", "goto", "Go to", "go to a packet by its number", T.TIME),
    Key("filter", "slash", "filter", "Filter", "show only the packets that pass a display filter", T.TIME),
    Key("all-packets", "escape", "clear_filter", "All packets", "show all packets again", T.TIME),
    Key(
        "streams", "t", "streams", "Streams", "list the TCP streams, and show only the packets of one", T.TIME
    ),
    Key("drop", "d", "gate('drop')", "Drop", "the packet at the gate never arrives", T.GATE),
    Key("duplicate", "D", "gate('duplicate')", "Duplicate", "the packet at the gate arrives twice", T.GATE),
    Key("delay", "l", "gate('delay')", "Delay", "the packet at the gate arrives 300 ms later", T.GATE),
    Key(
        "corrupt",
        "x",
        "gate('corrupt')",
        "Corrupt",
        "one bit of the packet at the gate is turned over",
        T.GATE,
    ),
    Key(
        "breakpoints",
        "b",
        "breakpoints",
        "Breakpoints",
        "stop by itself at a packet, an alert or a state",
        T.GATE,
    ),
    Key(
        "run-until",
        "B",
        "run_until",
        "Run until",
        "run, or go on in a record, to the next breakpoint",
        T.GATE,
    ),
    Key(
        "impair",
        "i",
        "impair",
        "Impair",
        "what goes wrong on the way, for each direction, from now on",
        T.GATE,
    ),
    Key("slower", "minus", "pace(-1)", "Slower", "lab time goes slower", T.GATE),
    Key("faster", "plus,equals_sign", "pace(1)", "Faster", "lab time goes faster", T.GATE),
    Key("state", "1", "show('state')", "State", "the state machine", T.PANES),
    Key("sequence", "2", "show('sequence')", "Sequence", "the sequence space", T.PANES),
    Key("alerts", "3", "show('alerts')", "Alerts", "the alerts; Enter goes to the packet", T.PANES),
    Key("why", "4", "show('why')", "Why", "why this packet was sent, and what the stack did", T.PANES),
    Key("details", "5", "show('details')", "Details", "every field of the packet, and its bytes", T.PANES),
    Key(
        "ladder",
        "6",
        "show('ladder')",
        "Ladder",
        "each packet as an arrow between the hosts; again: back",
        T.PANES,
    ),
    Key(
        "graphs",
        "7",
        "show('graphs')",
        "Graphs",
        "sequence numbers, windows, round trips, throughput; again: back",
        T.PANES,
    ),
    Key("stream", "f", "follow", "Stream", "what both ends say, as text or bytes; again: back", T.PANES),
    Key("http", "e", "exchange", "HTTP", "the HTTP exchange of this connection; again: back", T.PANES),
    Key("more", "m", "more", "More", "the rules behind this packet, in a few paragraphs", T.PANES),
    Key("zoom", "z", "zoom", "Zoom", "give the whole screen to this pane, or back to all", T.PANES),
    Key("again", "r", "again('same')", "Again", "the same run once more", T.RUN),
    Key("new-seed", "R", "again('new')", "New seed", "run it again with other chances", T.RUN),
    Key("runs", "w", "runs", "Runs", "all runs and files since the start, to go back to one", T.RUN),
    Key("url", "u", "url", "URL", "fetch another URL", T.RUN),
    Key("open", "o", "open", "Open", "open a capture file", T.RUN),
    Key("save", "s", "save", "Save", "save this run as a pcapng file", T.RUN),
    Key(
        "export",
        "E",
        "export",
        "Export",
        "write the packet list as CSV, JSON or Markdown, the ladder or the graph as a picture",
        T.RUN,
    ),
    Key(
        "copy",
        "y",
        "copy",
        "Copy",
        "copy this packet as text, bytes or code, or the run as a curl command",
        T.RUN,
    ),
    Key("help", "question_mark,f1", "help", "Help", "what this pane shows, and all keys", T.RUN),
    Key("guide", "H", "guide", "Guide", "the guide of the first minute, from the start", T.RUN),
    Key("no-guide", "escape", "end_guide", "No guide", "send the guide away", T.RUN),
    Key("glossary", "G", "glossary", "Glossary", "TCP's words in plain sentences", T.RUN),
    Key("quit", "q", "app.quit", "Quit", "leave tcpviz", T.RUN),
    Key("details-fold", "right,left", "fold", "Open or fold", "open or fold a branch", T.DETAILS),
    Key("stream-hex", "h", "hexadecimal", "Text or hex", "text or hex", T.STREAM),
    Key("stream-sides", "c", "sides", "Both, client, server", "both sides, the client, the server", T.STREAM),
    Key("stream-find", "slash", "find", "Find", "find a text", T.STREAM),
    Key("stream-next", "m", "find_next", "Next match", "to the next place where it stands", T.STREAM),
    Key(
        "breakpoint-switch",
        "space",
        "change('toggle')",
        "On or off",
        "switch the breakpoint on or off",
        T.BREAKPOINTS,
    ),
    Key(
        "breakpoint-delete", "d,delete", "change('delete')", "Delete", "delete the breakpoint", T.BREAKPOINTS
    ),
    Key("copy-text", "1", "take(0)", "Text", "this packet as a line of text", T.COPY),
    Key("copy-dump", "2", "take(1)", "Hex dump", "this packet as a hex dump", T.COPY),
    Key("copy-code", "3", "take(2)", "Code", "this packet as scapy code", T.COPY),
    Key("copy-curl", "4", "take(3)", "curl", "this run as a curl command", T.COPY),
)

FIXED = (
    ("tab  shift+tab", "to the next or the previous pane", T.PANES),
    ("Enter", "details of the packet; in the alerts: go to it; in the details: open a branch", T.PANES),
    ("ctrl+p", "the palette: every command by name, and the themes", T.RUN),
    (
        "ctrl+z",
        "to the shell, where fg brings the screen back; meanwhile our TCP stands still, and a real peer does "
        "not wait for it",
        T.RUN,
    ),
)
"""Keys that are always the same, for the help."""


def bindings(*topics: Topic) -> list[Binding]:
    """The bindings of a screen, a pane or a dialog."""
    keys = (key for key in KEYS if key.topic in topics)
    return [
        Binding(key.keys, key.action, key.label, tooltip=key.help, show=False, id=key.name) for key in keys
    ]


def same_keys(actions: Mapping[str, str]) -> list[Binding]:
    """What some of KEYS, by name, do in another place, with the keys that the user gives them."""
    named = {key.name: key for key in KEYS}
    return [
        Binding(named[name].keys, action, named[name].label, show=False, id=name)
        for name, action in actions.items()
    ]


PANES = "show('state')"
"""The first of the number keys stands for all of them in the key bar."""
AT_GATE = (
    "next",
    "gate('drop')",
    "gate('duplicate')",
    "gate('delay')",
    "gate('corrupt')",
    "toggle_hold",
    "show('why')",
    PANES,
    "previous",
    "next_alert",
)
_STEPS = ("previous", "next", "show('why')", PANES)
LOOKING_BACK = ("live", "clear_filter", *_STEPS, "toggle_hold", "next_alert")
RUNNING = ("toggle_hold", "clear_filter", *_STEPS, "next_alert", "filter", "url", "zoom", "follow", "save")
OVER = (
    "clear_filter",
    "streams",
    *_STEPS,
    "next_alert",
    "again('same')",
    "follow",
    "filter",
    "url",
    "save",
    "zoom",
    "goto",
    "open",
)
CAPTURE = ("clear_filter", "streams", "follow", *_STEPS, "filter", "next_alert", "zoom", "open", "goto")
"""What the key bar shows first: with the gate shut; with traffic, at an earlier moment and at the end of it;
without, in a run and in a file."""


def in_order(keys: Iterable[Key], first: Sequence[str]) -> list[Key]:
    """The keys of the actions in `first`, in that order, then the others."""
    rank = {action: place for place, action in enumerate(first)}
    return sorted(keys, key=lambda key: rank.get(key.action, len(rank)))
