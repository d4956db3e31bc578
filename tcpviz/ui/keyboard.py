"""Which key does what for this user: the table of `keys`, with the keys that the config file gives."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from tcpviz.ui.key_names import normal, shown
from tcpviz.ui.keys import IN_DIALOGS, IN_PANES, KEYS, ON_MAIN, Key, Topic

OURS = ("tab", "shift+tab", "enter", "ctrl+i", "ctrl+m", "ctrl+p", "ctrl+q", "ctrl+c", "ctrl+z")
"""Keys that keep their meaning: without them nobody finds out of a dialog. A terminal sends Tab for ctrl+i,
and Enter for ctrl+m."""

OF_DIALOGS = ("escape", "up", "down", "pageup", "pagedown", "home", "end")
"""The same in dialogs: what a list obeys in any of them."""


class Keyboard:
    """The keys in force."""

    def __init__(self, chosen: Mapping[str, Sequence[str]] | None = None) -> None:
        """`chosen`: keys by the name of the action, as `normal` takes them."""
        usual = {key.name: key.keys for key in KEYS}
        given = {name: ",".join(dict.fromkeys(map(normal, keys))) for name, keys in (chosen or {}).items()}
        named = {name: keys for name, keys in given.items() if keys != usual[name]}
        self.keys = tuple(key._replace(keys=named.get(key.name, key.keys)) for key in KEYS)
        self._named = named
        self._by_name = {key.name: key for key in self.keys}

        self.names = {key.name: key.first for key in self.keys}
        """The first key of each action as the user reads it: for texts with {action} in them."""

    def of(self, *topics: Topic) -> list[Key]:
        """The keys of these topics."""
        return [key for key in self.keys if key.topic in topics]

    @property
    def keymap(self) -> dict[str, str]:
        """For App.set_keymap: what was chosen, and whatever shares a key with that by itself, for Textual
        takes the key from all that had it."""
        freed = {each for key in KEYS if key.name in self._named for each in key.each}
        return {
            key.name: self._by_name[key.name].keys
            for key in KEYS
            if key.name in self._named or freed & set(key.each)
        }

    def clashes(self) -> Iterator[tuple[str, str]]:
        """An action whose keys were chosen, and what is wrong with one of them."""
        for name in self._named:
            key = self._by_name[name]
            fixed = OURS + OF_DIALOGS if key.topic in IN_DIALOGS else OURS
            yield from ((name, f"{shown(each)} can't be given away") for each in key.each if each in fixed)
        for one, other in combinations(self.keys, 2):
            named = [key.name for key in (one, other) if key.name in self._named]
            for each in _shared(one, other) if named else ():
                kept = other.name if named[-1] == one.name else one.name
                yield named[-1], f"{shown(each)} is the key of {kept}, too: give one of them another key"


_USUAL = {key.name: key.each for key in KEYS}


def _shared(one: Key, other: Key) -> list[str]:
    """The keys that both have where both act, but for those that they share as built in."""
    if not _meet(one, other):
        return []
    usual = [each for each in _USUAL[one.name] if each in _USUAL[other.name]]
    return [each for each in one.each if each in other.each and each not in usual]


def _meet(one: Key, other: Key) -> bool:
    """Whether there is a place where the keys of both act."""
    local = IN_DIALOGS if one.topic in ON_MAIN or other.topic in ON_MAIN else IN_PANES + IN_DIALOGS
    return one.topic is other.topic or not (one.topic in local or other.topic in local)
