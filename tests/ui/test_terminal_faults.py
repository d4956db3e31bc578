"""What becomes of the terminal, and of the run, when tcpviz itself goes wrong or is put aside."""

import sys
from pathlib import Path

import pytest
from helpers import faulty
from helpers.terminal import Terminal, terminal
from helpers.tools import need

from tcpviz.recording import Recording

TCPVIZ = (sys.executable, "-m", "tcpviz")
FAULTY = (sys.executable, faulty.__file__)
AWAY, HERE = "screen 0 mouse 0 cursor 1", "screen 1 mouse 1 cursor 0"


@pytest.fixture(autouse=True)
def _tmux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    need("tmux")
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("COLUMNS", "LINES", "CI"):
        monkeypatch.delenv(name, raising=False)


def left(*command: str) -> tuple[str, ...]:
    """A shell that tells after `command` how it ended and how the terminal is set."""
    return ("sh", "-c", '"$@"; echo left=$?; stty -a', "sh", *command)


def assert_given_back(term: Terminal, screen: str) -> None:
    """The terminal is the shell's again, and the fault told in plain words."""
    assert term.state() == AWAY
    assert {"echo", "icanon", "isig"} <= set(screen.replace(";", " ").split())
    for word in ("Traceback", "owned", faulty.SECRET, "╭"):
        assert word not in screen


def kept_runs(folder: Path) -> list[Path]:
    return sorted((folder / "XDG_DATA_HOME").rglob("*.pcapng"))


@pytest.mark.parametrize(("place", "keys"), [("render", ()), ("handler", ("u",))])
def test_a_fault_on_the_screen_gives_the_terminal_back_and_keeps_the_run(
    tmp_path: Path, place: str, keys: tuple[str, ...]
) -> None:
    with terminal(*left(*FAULTY, place, "http://lab/", "--pace", "0")) as term:
        if keys:
            term.wait_for("ENDED")
            term.keys(*keys)
        screen = term.wait_for("left=70", "exit=0")
        assert_given_back(term, screen)
    assert "tcpviz: the screen had to stop by a fault of its own (BoomError)." in screen
    assert "please send it" in " ".join(screen.split())  # wherever the line ends
    (kept,) = kept_runs(tmp_path)
    assert f"tcpviz open {kept.name}" in screen
    recording = Recording.open(kept)
    assert len(recording) or not keys, "the screen may have stopped before the first packet"
    recording.close()
    (log,) = (tmp_path / "XDG_STATE_HOME").rglob("tcpviz.log")
    assert "BoomError" in log.read_text()


def test_a_fault_before_the_screen_is_told_in_plain_words() -> None:
    with terminal(*left(*FAULTY, "command", "http://lab/")) as term:
        screen = term.wait_for("left=70", "exit=0")
        assert_given_back(term, screen)
    assert "tcpviz: a fault of tcpviz itself (BoomError)." in screen


def test_a_fault_in_the_worker_is_told_on_the_screen_which_goes_on() -> None:
    with terminal(*left(*FAULTY, "worker", "http://lab/", "--pace", "0")) as term:
        screen = term.wait_for("The fetch failed", "tcpviz itself failed: BoomError")
        for word in ("Traceback", "could not follow"):
            assert word not in screen
        term.keys("q")
        assert_given_back(term, term.wait_for("left=0", "exit=0"))


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again() -> None:
    with terminal("bash", "--norc", "--noprofile", "-i") as term:
        term.text(" ".join((*TCPVIZ, "'http://lab/slow?n=1000'", "--pace", "1")))
        term.keys("Enter")
        term.wait_for("LAB TIME", "200 OK")
        assert term.state() == HERE
        term.keys("C-z")
        screen = term.wait_for("Stopped")
        assert term.state() == AWAY
        assert "╭" not in screen
        term.text("stty -a; fg")
        term.keys("Enter")
        term.wait_for("1 State machine", "2 Sequence space", "─ Packets", "Why", "LAB TIME", "Quit")
        assert term.state() == HERE
        term.keys("q")
        term.wait_for(" icanon", "Stopped")
        assert term.state() == AWAY
