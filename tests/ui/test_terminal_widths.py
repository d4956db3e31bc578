"""No character of a peer shifts a pane in a real terminal, which has its own idea of each one's width."""

import re
import sys
from pathlib import Path

import pytest
from helpers import widths
from helpers.hostile import WIDE, hostile_capture
from helpers.terminal import terminal
from helpers.tools import need

from tcpviz.view.safe import cells, safe

TCPVIZ = (sys.executable, "-m", "tcpviz")
NOT_EACH_IDEOGRAPH = ("20", "33ff", "4dc0", "4eff", "a000", "acff", "d700", "ffff", "10000", "200ff")
"""Where safe characters are; of the ideographs and Hangul syllables, which are alike, the first ones."""


@pytest.fixture(autouse=True)
def _tmux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    need("tmux")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)


def test_a_terminal_gives_each_safe_character_the_room_that_we_leave_for_it(tmp_path: Path) -> None:
    noted = tmp_path / "wrong"
    with terminal(sys.executable, widths.__file__, str(noted), *NOT_EACH_IDEOGRAPH) as term:
        screen = term.wait_for("exit=0")
    asked = re.search(r"asked (\d+) characters", screen)
    assert asked
    assert int(asked[1]) > 10_000
    assert noted.read_text() == ""


def columns(line: str) -> str:
    """The line with a second character for the second cell of each that takes two."""
    return "".join(char * cells(safe(char)) for char in line)


def box(screen: str, title: str) -> list[str]:
    """The lines of the box of this title, AssertionError where one of its borders is out of its column."""
    lines = [columns(line) for line in screen.splitlines()]
    top = next((y for y, line in enumerate(lines) if f"╭─ {title}" in line), None)
    assert top is not None, f"no {title}:\n{screen}"
    left = lines[top].index(f"╭─ {title}")
    right = lines[top].index("╮", left)
    inside: list[str] = []
    for line in lines[top + 1 :]:
        if line[left] == "╰":
            assert line[right] == "╯", screen
            return inside
        assert line[left] + line[right] == "││", screen
        inside.append(line[left + 1 : right])
    raise AssertionError(f"no end of {title}:\n{screen}")


def test_a_border_that_is_shifted_is_seen() -> None:
    assert box("╭─ A ──╮\n│ 漢字 │\n╰──────╯", "A") == [" 漢漢字字 "]
    with pytest.raises(AssertionError):
        box("╭─ A ──╮\n│ 漢字   │\n╰──────╯", "A")


@pytest.mark.parametrize("size", [(120, 40), (200, 50)], ids=lambda size: "x".join(map(str, size)))
def test_borders_stand_straight_whatever_a_capture_holds(tmp_path: Path, size: tuple[int, int]) -> None:
    path = hostile_capture(tmp_path / f"{WIDE.replace('/', '')}.pcapng")
    width, height = size
    with terminal(*TCPVIZ, "open", str(path), width=width, height=height) as term:
        term.wait_for("CAPTURE FILE", "Standard query response")
        term.keys("End")
        screen = term.wait_for("23 of 23")
        for title in ("1 State", "2 Sequence", "Packets", "4 Why", "3 Alerts"):
            assert box(screen, title)
        term.keys("f")
        assert box(term.wait_for("╭─ f Stream"), "f Stream")


def test_borders_stand_straight_whatever_is_typed_and_complained_of() -> None:
    with terminal(*TCPVIZ) as term:
        term.wait_for("http://lab/")
        term.keys("C-u")
        term.text("http://" + WIDE.replace("\t", "") + "/")  # a tab goes to the next field
        screen = term.wait_for("http://漢字", "hold each packet")
        assert any("http://漢漢字字 " in line for line in box(screen, "Fetch a URL")), screen
