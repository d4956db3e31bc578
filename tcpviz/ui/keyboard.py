"""Which key does what for this user: the table of `keys`, with the keys that the config file gives."""

from collections.abc import Iterator, Mapping, Sequence

from tcpviz.ui.key_names import normal, shown
from tcpviz.ui.keys import KEYS, Key

OURS = ("tab", "shift+tab", "enter", "ctrl+i", "ctrl+m", "ctrl+p", "ctrl+q", "ctrl+c", "ctrl+z")
"""Keys that keep their meaning: without them nobody finds out of a dialog. A terminal sends Tab for ctrl+i,
and Enter for ctrl+m."""


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

    def shown(self, name: str) -> str:
        """The first key of an action as the user reads it."""
        return self.names[name]

    @property
    def names(self) -> dict[str, str]:
        """The first key of each action as the user reads it: for texts with {action} in them."""
        return {key.name: shown(key.keys.partition(",")[0]) for key in self.keys}

    @property
    def keymap(self) -> dict[str, str]:
        """For App.set_keymap: what was chosen, and whatever shares a key with that by itself, for Textual
        takes the key from all that had it."""
        freed = {each for key in KEYS if key.name in self._named for each in key.keys.split(",")}
        return {
            key.name: self._by_name[key.name].keys
            for key in KEYS
            if key.name in self._named or freed & set(key.keys.split(","))
        }

    def clashes(self) -> Iterator[tuple[str, str]]:
        """An action whose keys were chosen, and what is wrong with one of them."""
        usual = _owners(KEYS)
        for each, owners in _owners(self.keys).items():
            chosen = [name for name in owners if name in self._named]
            if chosen and each in OURS:
                yield chosen[0], f"{shown(each)} can't be given away"
            elif chosen and len(owners) > 1 and owners != usual.get(each):
                other = next(name for name in owners if name != chosen[-1])
                yield chosen[-1], f"{shown(each)} is the key of {other}, too: give one of them another key"


def _owners(keys: Sequence[Key]) -> dict[str, list[str]]:
    """The actions of each key."""
    owners: dict[str, list[str]] = {}
    for key in keys:
        for each in key.keys.split(","):
            owners.setdefault(each, []).append(key.name)
    return owners
