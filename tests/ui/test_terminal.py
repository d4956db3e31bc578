"""The real program in a real terminal, as a newcomer uses it: first start, hold, step, back, save, quit."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.terminal import Terminal, gone, terminal
from helpers.tools import need

from tcpviz.recording import Recording

TCPVIZ = (sys.executable, "-m", "tcpviz")
SIZES = [(80, 24), (120, 40), (160, 45)]


@pytest.fixture(autouse=True)
def _tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    need("tmux")
    monkeypatch.setenv("LANG", "C.UTF-8")
    # pytest's workers have these, and they would overrule the size of the terminal.
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)


@pytest.fixture(params=SIZES, ids=lambda size: "x".join(map(str, size)))
def first_start(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    width, height = request.param
    with terminal(*TCPVIZ, width=width, height=height) as term:
        yield term


def test_enter_on_the_offered_url_shows_a_whole_conversation(first_start: Terminal) -> None:
    first_start.wait_for("http://lab/")
    first_start.keys("Enter")
    screen = first_start.wait_for("ENDED")
    assert "CLOSED" in screen
    first_start.keys("Home")
    screen = first_start.wait_for("SYN A", "GET / HTTP/1.1")
    assert "FIN" in screen or "200 OK" in screen


def test_n_lets_one_packet_through_at_a_time_and_comma_goes_back() -> None:
    with terminal(*TCPVIZ, "http://lab/", "--hold") as term:
        term.wait_for("HOLDING", "at the gate", "192.0.2.1 is at", "●SYN-SENT")
        term.keys("n")
        term.wait_for("SYN A")
        assert "●ESTABLISHED" not in term.screen()
        term.keys("n")
        term.wait_for("●ESTABLISHED")
        term.keys(",")
        term.wait_for("●SYN-SENT")
        term.keys("Space")
        term.wait_for("HOLDING", gone=True)
        term.keys("End")
        term.wait_for("ENDED", "●CLOSED")


def test_a_dropped_packet_is_sent_again() -> None:
    with terminal(*TCPVIZ, "http://lab/", "--hold", width=160, height=45) as term:
        term.wait_for("at the gate", "SYN     0")
        term.keys("d")
        term.wait_for("you dropped it")
        term.keys("Space")
        term.wait_for("Retransmission", "ENDED")


def test_a_saved_run_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    with terminal(*TCPVIZ, "http://lab/", "--pace", "0") as term:
        term.wait_for("ENDED")
        term.keys("s")
        term.wait_for("lab-20")
        term.keys("C-u")
        term.text(str(path))
        term.keys("Enter")
        term.wait_for("Enter: go", gone=True)
    recording = Recording.open(path)
    assert any("CLOSED" in str(recording.snapshot(i)) for i in range(len(recording)))
    with terminal(*TCPVIZ, "open", str(path)) as term:
        screen = term.wait_for("GET / HTTP/1.1")
        assert "TIME-WAIT" in screen


def test_resizing_keeps_the_moment() -> None:
    with terminal(*TCPVIZ, "http://lab/", "--pace", "0", width=160, height=45) as term:
        term.wait_for("ENDED")
        term.keys("Home")
        term.wait_for("Details of packet 1 ")
        term.resize(80, 24)
        term.wait_for("●SYN-SENT")
        term.resize(120, 40)
        term.wait_for("●SYN-SENT", "Sequence space")


def test_quitting_leaves_the_terminal_sane() -> None:
    with terminal(*TCPVIZ, "http://lab/slow?n=1000", "--pace", "1") as term:
        term.wait_for("LAB TIME")
        term.keys("q")
        screen = term.wait_for("exit=0")
        assert "tcpviz" not in screen  # the alternate screen is gone


def test_nothing_is_left_when_the_terminal_is_closed(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    command = f"echo $$ > {noted}; exec {sys.executable} -m tcpviz 'http://lab/slow?n=1000' --pace 1"
    with terminal("sh", "-c", command) as term:
        term.wait_for("LAB TIME", "200 OK")
        pid = int(noted.read_text())
        os.kill(pid, 0)
    assert gone(pid)


def test_a_wrong_url_is_explained_where_it_was_typed() -> None:
    with terminal(*TCPVIZ) as term:
        term.wait_for("http://lab/")
        term.keys("C-u")
        term.text("ftp://example.org/")
        term.keys("Enter")
        term.wait_for("ftp is not supported")


@pytest.mark.parametrize("how", ["{} | cat", "{} http://lab/ </dev/null", "TERM=dumb {}"])
def test_without_a_usable_terminal_it_tells_the_packets_in_lines(how: str) -> None:
    command = how.format(f"{sys.executable} -m tcpviz")
    with terminal("sh", "-c", command, width=160, height=45) as term:
        screen = term.wait_for("exit=0")
        assert "GET / HTTP/1.1" in screen


def test_environment_is_not_needed_for_help(tmp_path: Path) -> None:
    with terminal("env", "-i", f"PATH={os.environ['PATH']}", *TCPVIZ, "--help") as term:
        term.wait_for("http://lab/", "exit=0")


def test_filtering_and_stopping_at_a_breakpoint() -> None:
    with terminal(*TCPVIZ, "http://lab/bytes/20000", "--hold") as term:
        term.wait_for("at the gate")
        term.keys("b")
        term.wait_for("A run stops")
        term.text("tcp.flags.fin == 1")
        term.keys("Enter")
        term.wait_for("[x] packet: tcp.flags.fin == 1")
        term.keys("Escape")
        term.wait_for("A run stops", gone=True)
        term.keys("B")
        term.wait_for("Stopped at packet: tcp.flags.fin == 1", "FIN")
        term.keys("/")
        term.wait_for("Show only")
        term.text("tcp.flags.syn == 1")
        term.keys("Enter")
        term.wait_for("2 shown")
        term.keys("Escape")
        term.wait_for("2 shown", gone=True)
        term.keys("Space")
        term.wait_for("<-- FIN A", "at the gate")
        term.keys("Space")
        term.wait_for("ENDED")


def test_following_the_stream() -> None:
    with terminal(*TCPVIZ, "http://lab/chunked") as term:
        term.wait_for("ENDED")
        term.keys("f")
        term.wait_for("Transfer-Encoding: chunked")
        term.keys("Home")
        term.wait_for("User-Agent: tcpviz")
        term.keys("h")
        term.wait_for("000000  47 45 54 20")
        term.keys("h", "/")
        term.wait_for("Find in the stream")
        term.text("transfer-enc")
        term.keys("Enter")
        term.wait_for("Find in the stream", gone=True)
        term.keys("Enter")
        term.wait_for("LOOKING BACK", "7 of 10")
        term.keys("e")
        term.wait_for("Body: 141 octets, in 11 chunks")
        term.keys("e")
        term.wait_for("Body: 141 octets", gone=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    noted = tmp_path / "pid"
    program = f"echo $$ > {noted}; exec {sys.executable} -m tcpviz 'http://lab/slow?n=1000' --pace 1"
    with terminal("sh", "-c", 'sh -c "$1"; echo left=$?; stty -a', "sh", program) as term:
        term.wait_for("LAB TIME", "200 OK")
        assert term.state() == "screen 1 mouse 1 cursor 0"
        os.kill(int(noted.read_text()), number)
        screen = term.wait_for(f"left={128 + number}", "exit=0")
        assert term.state() == "screen 0 mouse 0 cursor 1"
    assert {"echo", "icanon", "isig"} <= set(screen.replace(";", " ").split())
