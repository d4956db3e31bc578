"""The settings as a config file."""

import json
from collections.abc import Iterator
from textwrap import wrap

from tcpviz.config.settings import Settings, settings_table
from tcpviz.ui.keyboard import Keyboard

WIDTH = 100
"""Of a comment."""


def written(settings: Settings) -> Iterator[str]:
    """The lines of a file that says the same, with what each setting means."""
    table = ""
    for each in settings_table():
        inside, _, name = each.name.rpartition(".")
        if inside != table:
            table = inside
            yield f"[{table}]"
        yield f"# {each.sentence}"
        yield from (f"# {line}" for line in wrap(f"Allowed: {each.kind.allowed}.", WIDTH))
        yield f"{name} = {each.kind.write(getattr(settings, each.attribute))}"
        yield ""
    yield "# The key of each action, or a list of keys."
    yield "[keys]"
    for key in Keyboard(settings.keys).keys:
        keys = key.keys.split(",")
        yield f"{key.name} = {json.dumps(keys if len(keys) > 1 else keys[0])}  # {key.help}"
