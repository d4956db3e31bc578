"""The first minute: five steps, each done as soon as the user has done it."""

from collections.abc import Mapping
from typing import NamedTuple


class Facts(NamedTuple):
    """What the user has done so far, as far as it can be seen."""

    fetched: bool = False
    live: bool = False
    held: bool = False
    begins_held: bool = False
    """The next run begins with the gate shut."""
    pending: bool = False
    passed: int = 0
    """Packets that were let through by hand."""
    dropped: int = 0
    looks_back: bool = False
    why_in_sight: bool = False


TITLES = ("fetch", "hold", "let one through", "drop one", "go back")


class Guide:
    """Which step it is; it only goes on."""

    def __init__(self) -> None:
        self.step = 0
        """Counted from 0; as many as there are titles: all done."""

    @property
    def over(self) -> bool:
        """Whether all was done."""
        return self.step == len(TITLES)

    def look(self, facts: Facts) -> None:
        """Go on as far as was done."""
        done = (
            facts.fetched,
            facts.held,
            facts.passed > 0,
            facts.dropped > 0,
            facts.looks_back and facts.why_in_sight,
        )
        while not self.over and done[self.step]:
            self.step += 1

    def text(self, facts: Facts, keys: Mapping[str, str]) -> str:
        """What to do now. `keys`: the key of each action, as the user reads it."""
        return self._text(facts).format_map(keys)

    def _text(self, facts: Facts) -> str:
        match self.step:
            case 0:
                return (
                    "Press Enter in the dialog ({url} opens it): tcpviz fetches a page of its own web server."
                )
            case 1 if facts.live:
                return "Press {hold}: every packet then stops at a gate, and waits for you."
            case 1 if facts.begins_held:
                return "Press {again}: the same run once more, and this time each packet waits for you."
            case 1:
                return "The run is over. Press {hold}: the next one begins held."
            case 2 | 3 if not facts.pending:
                return "No packet waits at the gate: {hold} and {again} begin another held run."
            case 2:
                return "The last row of the list waits at the gate. Press {next}: it goes on its way."
            case 3:
                return (
                    "Press {drop}: the next packet never arrives. {next} and more {next}: see how TCP gets "
                    "over it."
                )
            case 4 if not facts.why_in_sight:
                return "Press {why} for the pane Why, then {back} to go back."
            case 4:
                return "Press {back} to go back, and read under Why what each packet was for."
            case _:
                return (
                    "That was all: {help} explains the pane with the keys, {more} the rule behind a packet."
                )
