"""Where the config file is, and what it says."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from tcpviz.config.kinds import WrongError, nearest
from tcpviz.config.settings import Settings, settings_table
from tcpviz.folders import own_folder
from tcpviz.ui.key_names import NAMED, normal
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.keys import KEYS

_TABLE = re.compile(r"\s*\[\s*([\w.\"-]+)\s*\]")
_LINE = re.compile(r"\s*([\w.\"-]+)\s*=")


class ConfigError(ValueError):
    """The file can't be used; the text says why, a line for each reason."""


Tell = Callable[[str, str], None]
"""Takes a setting's name and what is wrong with it."""


def usual_path() -> Path | None:
    """Where the file is looked for unless the user names one; None: the user has no home."""
    with suppress(FileNotFoundError):
        return own_folder(user_config_path) / "config.toml"
    return None


def load(path: Path | None) -> Settings:
    """The settings of the file at `path`, which has to be there, or of the usual one, if it is there.

    Raises ConfigError.
    """
    place = path or usual_path()
    if place is None:
        return Settings()
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        if path is None:
            return Settings()
        raise ConfigError(f"there is no file {path}") from None
    except OSError as error:
        raise ConfigError(f"{place} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{place} is no text in UTF-8") from None
    return parse(text, place)


def parse(text: str, path: Path) -> Settings:
    """The settings in a file's text. Raises ConfigError with all that is wrong."""
    try:
        found = tomllib.loads(text)
    except ValueError as error:  # also for a number of thousands of digits
        raise ConfigError(f"{path} is no TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path} is no TOML: too many brackets in each other") from None
    problems: list[str] = []

    def tell(name: str, what: str) -> None:
        line = line_of(text, name)
        problems.append(f"{path}{f', line {line}' if line else ''}: {name}: {what}")

    settings = Settings(**_values(found, tell), keys=_keys(found.pop("keys", {}), tell))
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


def line_of(text: str, name: str) -> int | None:
    """The line in which a setting is given, counted from 1."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = header[1].replace('"', "") + "."
            if table == f"{name}.":
                return number
        elif (given := _LINE.match(line)) and table + given[1].replace('"', "") == name:
            return number
    return None


def _values(found: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """What the file says of all settings but the keys."""
    table = {each.name: each for each in settings_table()}
    values = {}
    for name, value in _flat(found):
        if name in table:
            try:
                values[table[name].attribute] = table[name].kind.read(value)
            except WrongError as error:
                tell(name, str(error))
        elif name != "keys":
            names = (*table, "keys")
            tell(name, f"there is no such setting, but {', '.join(names)}{nearest(name, names)}")
    return values


def _flat(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """All but the keys by their full names."""
    for name, value in found.items():
        if isinstance(value, dict) and name != "keys":
            yield from ((f"{name}.{inner}", each) for inner, each in value.items())
        else:
            yield name, value


def _keys(found: object, tell: Tell) -> dict[str, tuple[str, ...]]:
    """The keys of some actions."""
    if not isinstance(found, dict):
        tell("keys", 'it is a table: [keys], and below it lines such as hold = "h"')
        return {}
    actions = [key.name for key in KEYS]
    chosen: dict[str, tuple[str, ...]] = {}
    for action, given in found.items():
        name = f"keys.{action}"
        keys = given if isinstance(given, list) else [given]
        wrong = next(_bad(keys), None)
        if action not in actions:
            tell(name, f"there is no such action, but {', '.join(actions)}{nearest(action, actions)}")
        elif wrong or not keys:
            tell(name, wrong or "an action has at least one key")
        else:
            chosen[action] = tuple(keys)
    for action, what in Keyboard(chosen).clashes():
        tell(f"keys.{action}", what)
    return chosen


def _bad(keys: list[object]) -> Iterator[str]:
    """What is wrong with each that is no key."""
    for key in keys:
        try:
            normal(key if isinstance(key, str) else "")
        except ValueError:
            yield (
                f"{key!r} is no key: a character, or a name such as space, escape, up, pageup, f5, ctrl+r"
                f"{nearest(key, NAMED)}"
            )
