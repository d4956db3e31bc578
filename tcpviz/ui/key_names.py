"""Names of keys: as the user writes them, as Textual knows them, as the screen shows them."""

from textual.binding import Binding
from textual.keys import Keys, format_key

_SHOWN = {
    "space": "space",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}
"""Where neither the character nor the name itself is what stands on the key."""

_ARROWS = ("up", "down", "left", "right")
"""Which Textual draws, and not in ASCII."""

NAMED = tuple(each.value for each in Keys if not each.value.startswith("<"))
"""The keys that are no character."""


def normal(key: str) -> str:
    """Textual's name of a key: of "?" it is "question_mark". Raises ValueError for what is no key."""
    if key == ",":  # which Textual takes for what stands between two keys
        return "comma"
    if len(key) == 1 and not key.isprintable():
        raise ValueError(f"{key!r} is no key")
    if key == " ":
        return "space"
    made = [each.key for each in Binding.make_bindings([Binding(key, "", "")])] if key else []
    if len(made) != 1 or not (made[0] in NAMED or len(format_key(made[0])) == 1):
        raise ValueError(f"{key!r} is no key")
    return made[0]


def shown(key: str) -> str:
    """A key, by Textual's name, as the user reads it."""
    if key in _SHOWN:
        return _SHOWN[key]
    modifier, _, rest = key.rpartition("+")
    if modifier == "ctrl":
        return f"^{rest}"
    if modifier:
        return f"{modifier}+{shown(rest)}"
    character = format_key(key)
    return key.capitalize() if key in _ARROWS or len(character) > 1 else character
