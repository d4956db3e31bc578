"""Which keys make sense now, and which of them matter most: for the bindings, the key bar and the palette."""

from string import digits

from tcpviz.ui.key_bar import Hint
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.keys import AT_GATE, CAPTURE, LOOKING_BACK, ON_MAIN, OVER, PANES, RUNNING, Key, in_order
from tcpviz.ui.stage import Situation
from tcpviz.view.safe import safe

_ALWAYS = ("help", "app.quit")
"""The actions that the key bar has at its end."""


_AT_THE_GATE = {"toggle_hold": "Run", "next": "Pass", "gate('duplicate')": "Double"}
"""Labels while the traffic is held, short enough for all to have room in 80 columns."""
_IN_SHORT = {
    "clear_filter": "All",
    "next_alert": "Alert",
    "previous_alert": "Alert before",
    "follow": "Follow",
}
"""What the key bar calls them, to have room for more."""
_PANE_KEYS = ("state", "sequence", "alerts", "why", "details", "ladder", "graphs")


def makes_sense(action: str, now: Situation | None) -> bool:
    """Whether `action` does something now; `now` is None before there is a run."""
    match action.partition("(")[0]:
        case "clear_filter":
            return now is not None and now.filtered
        case "streams":
            return now is not None and now.streams
        case "filter" | "run_until":
            return now is not None
        case "end_guide":
            return False  # its line says so itself
        case "again":
            return now is None or now.repeatable
        case "runs":
            return now is not None
        case "gate":
            return now is not None and now.pending
        case "pace":
            return now is not None and now.live and now.virtual_time
        case "next_alert" | "previous_alert":
            return now is not None and now.alerts
        case "next" | "next_row":
            return now is not None and (now.packets or now.pending)
        case (
            "previous"
            | "page"
            | "first"
            | "live"
            | "goto"
            | "save"
            | "export"
            | "follow"
            | "exchange"
            | "more"
            | "copy"
        ):
            return now is not None and now.packets
        case _:
            return True


def offered(now: Situation | None, keyboard: Keyboard) -> list[Key]:
    """The keys that do something now, one for each action, labelled with what they do now."""
    first = {key.action: key for key in reversed(keyboard.of(*ON_MAIN))}
    sensible = [key for key in first.values() if makes_sense(key.action, now)][::-1]
    return [key._replace(label=_label(key, now)) for key in sensible]


def hints(now: Situation, keyboard: Keyboard) -> list[Hint]:
    """What the key bar says of them, the foremost first."""
    keys = [key for key in offered(now, keyboard) if key.action not in _ALWAYS]
    return [_hint(key, keyboard) for key in in_order(keys, _foremost(now))]


def last_hints(keyboard: Keyboard) -> list[Hint]:
    """What the key bar has at its end."""
    return [
        Hint("help", safe(keyboard.names["help"]), safe("Help")),
        Hint("app.command_palette", safe("^p"), safe("Menu")),
        Hint("app.quit", safe(keyboard.names["quit"]), safe("Quit")),
    ]


def _label(key: Key, now: Situation | None) -> str:
    if now is not None and now.held and (now.at_end or key.action != "next"):
        return _AT_THE_GATE.get(key.action, key.label)
    if key.action == "toggle_hold" and not (now and now.live):
        return "Begin running" if now and now.begins_held else "Begin held"
    return key.label


def _hint(key: Key, keyboard: Keyboard) -> Hint:
    if key.action == PANES and (row := _row([keyboard.names[name] for name in _PANE_KEYS])):
        return Hint(key.action, safe(row), safe("Panes"))
    label = _IN_SHORT.get(key.action, key.label)
    return Hint(key.action, safe(key.first), safe(label))


def _row(names: list[str]) -> str:
    """Keys that stand in a row, such as 1 to 7 or F1 to F7, in short; empty for others."""
    letters = names[0].rstrip(digits)
    first = names[0].removeprefix(letters)
    if first and names == [f"{letters}{int(first) + place}" for place in range(len(names))]:
        return f"{names[0]}-{names[-1]}"
    return ""


def _foremost(now: Situation) -> tuple[str, ...]:
    """The actions that matter most now."""
    if now.live and now.packets and not now.at_end:
        return LOOKING_BACK
    if now.held:
        return AT_GATE
    if now.live:
        return RUNNING
    return OVER if now.repeatable else CAPTURE
