"""Every setting, once: its name, kind, default and meaning. Reading, printing and a test of the documentation
are made from this."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

from tcpviz.config.kinds import Choice, Choices, Folder, Kind, Number, Size, Switch, Text
from tcpviz.session.options import LINKS, SLOWLY
from tcpviz.ui.board import PaneName
from tcpviz.ui.themes import NAMES
from tcpviz.view.packets import COLUMNS

_PANES = tuple(name.value for name in PaneName if name is not PaneName.PACKETS)


class Setting(NamedTuple):
    """One line of the file."""

    name: str
    """With the table that it stands in, as in "autosave.limit"."""
    attribute: str
    """Of `Settings`."""
    kind: Kind[Any]
    default: Any
    sentence: str


def _setting(default: Any, kind: Kind[Any], sentence: str) -> Any:
    return field(default=default, metadata={"kind": kind, "sentence": sentence})


@dataclass(frozen=True)
class Settings:
    """The settings in force."""

    theme: str = _setting("dark", Choice(NAMES), "Colours. NO_COLOR in the environment: monochrome.")
    ascii: bool = _setting(False, Switch(), "No box characters.")
    mouse: bool = _setting(True, Switch(), "Take the mouse; without, the terminal selects text with it.")
    pace: float = _setting(SLOWLY, Number(), "Lab seconds a second; 0: no wait.")
    guide: bool = _setting(True, Switch(), "The guide of the first minute, on the very first start.")
    layout: str = _setting("state", Choice(_PANES), "The pane that has room beside the packets at the start.")
    columns: tuple[str, ...] = _setting(
        (),
        Choices(tuple(COLUMNS), ("info", "note")),
        "The columns of the packet list, in their order. Empty: those that have room.",
    )
    link: str = _setting("auto", Choice(LINKS), "How the packets leave: see tcpviz screen --help.")
    interface: str = _setting("", Text(), "The device for raw, tap and passt. Empty: what the machine uses.")
    autosave_on: bool = _setting(True, Switch(), "Keep each run of the screen in a folder.")
    autosave_folder: str = _setting("", Folder(), "Which one. Empty: runs, in the folder for tcpviz's data.")
    autosave_limit: int = _setting(500_000_000, Size(), "The oldest runs go when all together need more.")
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The keys of some actions, by their names: the table `keys` of the file."""


def in_force(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """The settings as the environment changes them (no-color.org)."""
    return replace(settings, theme="monochrome") if environment.get("NO_COLOR") else settings


def settings_table() -> Iterator[Setting]:
    """All settings but the keys, in their order."""
    for each in fields(Settings):
        if "kind" in each.metadata:
            yield Setting(
                each.name.replace("_", "."),
                each.name,
                each.metadata["kind"],
                each.default,
                each.metadata["sentence"],
            )
