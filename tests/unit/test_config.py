"""The config file: what it may say, what is told of what it may not, and that it is written up."""

import os
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tcpviz.cli import main
from tcpviz.cli.options import THEMES
from tcpviz.cli.screen import wishes
from tcpviz.config.reading import ConfigError, line_of, load, parse
from tcpviz.config.settings import Settings, in_force, settings_table
from tcpviz.config.writing import written
from tcpviz.ui.errors import log_path
from tcpviz.ui.guide_line import first_start
from tcpviz.ui.history import History
from tcpviz.ui.keyboard import Keyboard
from tcpviz.ui.keys import KEYS
from tcpviz.ui.themes import NAMES

DOCS = Path(__file__).parents[2] / "docs" / "config.md"
FILE = Path("my.toml")


def told(text: str) -> str:
    """What is said of a file that can't be used."""
    with pytest.raises(ConfigError) as error:
        parse(text, FILE)
    return str(error.value)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def test_an_empty_file_says_what_is_built_in() -> None:
    assert parse("", FILE) == Settings()


def test_what_is_printed_is_read_as_the_same() -> None:
    settings = parse(
        'theme = "light"\npace = 2\ncolumns = ["time", "info"]\n[keys]\nhold = ["a", "&"]\nfilter = "F"', FILE
    )
    again = parse("\n".join(written(settings)), FILE)
    assert again.theme == "light"
    assert again.pace == 2.0
    assert again.columns == ("time", "info")
    assert Keyboard(again.keys).keys == Keyboard(settings.keys).keys


def test_the_printed_file_names_every_setting_and_action() -> None:
    found = tomllib.loads("\n".join(written(Settings())))
    names = [f"autosave.{name}" for name in found.pop("autosave")]
    keys = found.pop("keys")
    assert [*found, *names] == [each.name for each in settings_table()]
    assert [*keys] == [key.name for key in KEYS]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('theme = "drak"', ["line 1: theme:", "dark, light", "Did you mean dark?"]),
        ("\nacsii = true", ["line 2: acsii: there is no such setting", "Did you mean ascii?"]),
        ("ascii = 1", ["ascii: 1 does not do: true or false"]),
        ("pace = -1", ["pace: -1 does not do", "from 0 on"]),
        ("pace = true", ["pace: true does not do"]),
        ("pace = nan", ["pace: NaN does not do"]),
        ("pace = 2026-01-01", ["pace:"]),
        ('columns = "time"', ["columns:", "a list of number, time"]),
        ('columns = ["tmie"]', ['"tmie" does not do', "Did you mean time?"]),
        ('columns = ["info", "note"]', ["one of info and note only"]),
        ('columns = ["time", "time"]', ["each once"]),
        ("columns = [[1]]", ["columns: [1] does not do"]),
        ("keys = 3", ["keys: it is a table"]),
        ('[keys]\nhodl = "h"', ["line 2: keys.hodl: there is no such action", "Did you mean hold?"]),
        ('[keys]\nhold = "pgup"', ["keys.hold: 'pgup' is no key", "Did you mean pageup?"]),
        ("[keys]\nhold = 3", ["keys.hold: 3 is no key"]),
        ("[keys]\nhold = []", ["keys.hold: an action has at least one key"]),
        ('[keys]\nhold = "n"', ["keys.hold: n is the key of next, too"]),
        ('[keys]\nhold = "x"\ncorrupt = "x"\nzoom = "v"', ["x is the key of"]),
        ('[keys]\nhold = "h"', ["keys.hold: h is the key of stream-hex, too"]),
        ('[keys]\nstream-hex = "d"', ["line 2: keys.stream-hex: d is the key of drop, too"]),
        ('[keys]\nstream-hex = "c"', ["keys.stream-hex: c is the key of stream-sides, too"]),
        ('[keys]\npage-up = "right"', ["keys.page-up: Right is the key of details-fold, too"]),
        ('[keys]\nsave = "m"\nmore = "S"', ["keys.save: m is the key of stream-next, too"]),
        ('[keys]\ncopy-text = "2"', ["keys.copy-text: 2 is the key of copy-dump, too"]),
        ('[keys]\ncopy-text = "escape"', ["keys.copy-text: Esc can't be given away"]),
        ('[keys]\nbreakpoint-delete = "up"', ["keys.breakpoint-delete: Up can't be given away"]),
        ('[keys]\nhold = "tab"', ["keys.hold: Tab can't be given away"]),
        ("autosave = true", ["autosave: there is no such setting", "autosave.on"]),
        ('[autosave]\nlimit = "5 Mb"', ["line 2: autosave.limit:", 'a size such as "500 MB"']),
        ("[autosave]\nlimit = 5", ["autosave.limit: 5 does not do"]),
        ('[autosave]\nlimti = "5 MB"', ["Did you mean autosave.limit?"]),
        ('theme = "dark\n', ["my.toml is no TOML", "line 1"]),
    ],
)
def test_what_is_wrong_is_told(text: str, words: list[str]) -> None:
    for word in words:
        assert word in told(text)


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(told('theme = 1\nascii = 2\n[keys]\nhold = "n"').splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("a = 1\nb = 2", "b", 2),
        ("[keys]\n\nhold = 1", "keys.hold", 3),
        ('[ "keys" ]\n"hold" = 1', "keys.hold", 2),
        ("keys.hold = 1", "keys.hold", 1),
        ("keys = {hold = 1}", "keys.hold", None),
    ],
)
def test_the_line_of_a_setting(text: str, name: str, line: int | None) -> None:
    assert line_of(text, name) == line


def test_a_file_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file"):
        load(tmp_path / "none.toml")


def test_a_folder_and_octets_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        load(tmp_path)
    (tmp_path / "a.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="no text in UTF-8"):
        load(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"pace = 1{'0' * 400}", "line 1: pace:"),
        (f"pace = 1{'0' * 5000}", "is no TOML"),
        (f"pace = {'[' * 5000}", "is no TOML: too many brackets"),
        ('autosave.folder = "~nobody-of-this-name/runs"', "nobody here has that home folder"),
        ('autosave.folder = "a\\u0000b"', "a folder's name in quotes"),
    ],
)
def test_what_no_machine_can_use_is_told_as_anything_else(text: str, words: str) -> None:
    assert words in told(text)


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\ncopy-text = "d"\nbreakpoint-delete = "1"',  # a dialog hears no other keys
        '[keys]\nstream-hex = "right"',  # another pane's
        '[keys]\nmore = "M"',  # the stream keeps m
        '[keys]\nstream-hex = "c"\nstream-sides = "h"',
    ],
)
def test_a_key_may_do_different_things_where_both_are_never_heard(text: str) -> None:
    assert parse(text, FILE).keys


def test_a_key_that_is_given_twice_to_an_action_is_its_key_once() -> None:
    keyboard = Keyboard(
        parse('keys.hold = ["a", "a"]\nkeys.filter = ["+", "plus"]\nkeys.faster = "F"', FILE).keys
    )
    assert {key.name: key.keys for key in keyboard.keys if key.name in ("hold", "filter")} == {
        "hold": "a",
        "filter": "plus",
    }


@pytest.mark.parametrize("key", ["ctrl+i", "ctrl+m"])
def test_keys_that_terminals_send_for_tab_and_enter_are_not_given_away(key: str) -> None:
    assert "can't be given away" in told(f'keys.hold = "{key}"')


@pytest.mark.parametrize("newer", [True, False])
def test_a_user_without_a_home_has_the_usual_settings_and_keeps_no_runs(
    monkeypatch: pytest.MonkeyPatch, newer: bool
) -> None:
    """Newer releases of platformdirs say so, older ones leave the path as it is."""

    def unknown(_: str) -> Path:
        if newer:
            raise RuntimeError
        return Path("~/.here/tcpviz")

    for name in (
        "platformdirs.user_data_path",
        "tcpviz.config.reading.user_config_path",
        "tcpviz.ui.guide_line.user_state_path",
        "tcpviz.ui.history.user_state_path",
        "tcpviz.ui.errors.user_log_path",
    ):
        monkeypatch.setattr(name, unknown)
    assert load(None) == Settings()
    assert run("config", TCPVIZ_CONFIG="").output.startswith("# tcpviz config file: none")
    listed = run("runs", TCPVIZ_CONFIG="")
    assert (listed.exit_code, "no home folder" in listed.output) == (1, True)
    assert wishes(Settings(), False, None, True).shelf is None
    assert not first_start()
    history = History("url")
    history.add("http://lab/")
    assert history.entries() == []
    assert log_path() == Path(os.devnull)


def test_no_colour_in_the_environment_wins_over_the_file() -> None:
    assert in_force(Settings(theme="light"), {"NO_COLOR": "1"}).theme == "monochrome"
    assert in_force(Settings(theme="light"), {"NO_COLOR": ""}).theme == "light"


def test_the_command_line_offers_the_same_themes() -> None:
    assert THEMES == NAMES


def test_config_reads_the_file_of_option_environment_and_usual_place(tmp_path: Path) -> None:
    first, second, usual = tmp_path / "1.toml", tmp_path / "2.toml", tmp_path / "tcpviz" / "config.toml"
    usual.parent.mkdir()
    for path, pace in ((first, 1), (second, 2), (usual, 3)):
        path.write_text(f"pace = {pace}\n")
    home = {"XDG_CONFIG_HOME": str(tmp_path), "NO_COLOR": ""}
    assert "pace = 1.0" in run("config", "--config", str(first), TCPVIZ_CONFIG=str(second), **home).output
    assert "pace = 2.0" in run("config", TCPVIZ_CONFIG=str(second), **home).output
    printed = run("config", TCPVIZ_CONFIG="", **home).output
    assert "pace = 3.0" in printed
    assert printed.startswith(f"# tcpviz config file: {usual}\n")


@pytest.mark.parametrize(
    "command", [("http://lab/",), ("open", "FILE"), ("config",), ("serve", "http://lab/")]
)
def test_a_wrong_file_ends_it_with_2_before_anything_starts(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "a.toml"
    path.write_text('theme = "drak"')
    done = run(*(str(path) if each == "FILE" else each for each in command), TCPVIZ_CONFIG=str(path))
    assert done.exit_code == 2
    assert "Did you mean dark?" in done.output


def test_the_documented_example_is_valid() -> None:
    [example] = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert parse(example, FILE).keys["hold"] == ("a",)


def test_the_documentation_names_every_setting_its_default_and_every_action() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+)` \|.*\| `(.*)` \|$", text, re.MULTILINE))
    assert rows == {each.name: each.kind.write(each.default) for each in settings_table()}
    actions = text.partition("All actions:")[2]
    assert re.findall(r"`([\w-]+)`", actions) == [key.name for key in KEYS]
