"""What a user feels of the screen: first paint, key to screen, quitting, what an idle one costs.

Of the real program on a pseudo-terminal; and how much of the worker's rate is left with the screen up.
Times by the clock are those of a machine that does nothing else; the CPU time stands beside the first paint.
"""

import asyncio
import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from benchmarks.installed import environment
from benchmarks.screen import SIZE
from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.session import Session
from tcpviz.session.world import check
from tcpviz.ui.app import TcpvizApp
from tcpviz.ui.details_pane import loaded
from tcpviz.ui.launch import SWITCH_INTERVAL

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers.nulldriver import NullDriver

KEYS = 200
IDLE = 10
STARTS = 5
PATIENCE = 30.0
"""Seconds after which what is waited for will never come."""
FETCHES = {"sim": "http://lab/bytes/10000000", "kernel": "http://lab/bytes/100000000"}
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print each figure beside its goal."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.pcapng"
        _record(file)
        _start_and_quit(file, folder)
        print(f"the real program at {SIZE[0]}x{SIZE[1]}:")
        starts = [_start_and_quit(file, folder) for _ in range(STARTS)]
        painted, computed, quitting = (statistics.median(times) * 1e3 for times in zip(*starts, strict=True))
        _tell(f"first paint, median of {STARTS}", painted, "ms", "under 1000")
        _tell("first paint, CPU", computed, "ms", "")
        _tell("quit", quitting, "ms", "under 500")
        with _program(file, folder) as program:
            program.wait_for(b"State machine")
            program.rest()
            waits = sorted(program.key(b"\x1b[B" if index % 50 < 25 else b"\x1b[A") for index in range(KEYS))
            _tell("key to screen, median", statistics.median(waits) * 1e3, "ms", "")
            _tell("key to screen, p99", waits[KEYS * 99 // 100] * 1e3, "ms", "under 100")
            before = program.cpu()
            time.sleep(IDLE)
            _tell("idle, CPU of a second", (program.cpu() - before) / IDLE * 1e3, "ms", "about nothing")
    for link, url in FETCHES.items():
        _rates(link, url)


def _tell(name: str, figure: float, unit: str, goal: str) -> None:
    print(f"  {name:32}{figure:9.1f} {unit:8}{f'goal: {goal}' if goal else ''}")


def _record(file: Path) -> None:
    session = Session(check(RunOptions(url="http://lab/bytes/2000000", link="sim", impair="loss=1%")))
    session.run()
    session.recording.save(file)
    session.recording.close()


class Program:
    """tcpviz on a pseudo-terminal that nobody looks at."""

    def __init__(self, pid: int, terminal: int) -> None:
        self._pid = pid
        self._terminal = terminal
        self.began = time.monotonic()

    def wait_for(self, text: bytes) -> None:
        """Until `text` has been written."""
        seen = b""
        while text not in seen:
            new = self._read(PATIENCE)
            if not new:
                raise AssertionError(f"{text!r} did not come after {seen!r}")
            seen += new

    def rest(self, quiet: float = 0.5) -> None:
        """Until nothing has been written for `quiet` seconds."""
        deadline = time.monotonic() + PATIENCE
        while self._read(quiet) and time.monotonic() < deadline:
            pass

    def key(self, sequence: bytes) -> float:
        """Seconds from a key to the first that is written for it."""
        began = time.monotonic()
        os.write(self._terminal, sequence)
        if not self._read(PATIENCE):
            raise AssertionError(f"nothing came of {sequence!r}")
        seconds = time.monotonic() - began
        self.rest(0.15)
        return seconds

    def quit(self) -> float:
        """Seconds from `q` to the end of the process."""
        began = time.monotonic()
        os.write(self._terminal, b"q")
        while self._read(PATIENCE):
            pass
        os.waitpid(self._pid, 0)
        self._pid = 0
        return time.monotonic() - began

    def cpu(self) -> float:
        """Seconds of CPU so far, of all its threads."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def close(self) -> None:
        """End it, whatever it does."""
        if self._pid:
            os.kill(self._pid, 9)
            os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def _read(self, seconds: float) -> bytes:
        """What is written next; empty when nothing is within `seconds`, or the program has ended."""
        if not select.select([self._terminal], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self._terminal, 1 << 20)
        except OSError:  # Linux's way to say that the other end is closed
            return b""


@contextmanager
def _program(file: Path, state: str) -> Iterator[Program]:
    variables = {
        **environment(Path(state, "bytecode")),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": state,
        "XDG_CONFIG_HOME": state,
    }
    pid, terminal = pty.fork()
    if not pid:
        os.execve(sys.executable, (sys.executable, "-m", "tcpviz", "open", str(file)), variables)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    program = Program(pid, terminal)
    try:
        yield program
    finally:
        program.close()


def _start_and_quit(file: Path, state: str) -> tuple[float, float, float]:
    with _program(file, state) as program:
        program.wait_for(b"State machine")
        painted, computed = time.monotonic() - program.began, program.cpu()
        program.rest()
        return painted, computed, program.quit()


def _rates(link: str, url: str) -> None:
    """The same fetch without the screen and with it."""
    options = RunOptions(url=url, link=link)
    alone = Session(check(options))
    began = time.monotonic()
    alone.run()
    without = time.monotonic() - began
    rows = len(alone.recording)
    failure = alone.status.failure
    alone.recording.close()
    if failure:
        print(f"fetch over {link}: not here: {failure.text}")
        return
    seconds, part, watched, behind, shown = asyncio.run(_watched(options))
    print(f"fetch over {link}, at full speed:")
    _tell("without the screen", rows / without, "rows/s", "")
    _tell("with the screen", watched / seconds, "rows/s", "20,000 if the engine has as much")
    _tell("with / without (time)", without / seconds, "", "over 0.5")
    _tell("the screen's part of the CPU", 100 * part, "%", "under 50")
    _tell("rows not read yet at its end", 100 * behind / watched, "%", "")
    _tell("rows lost on the screen", watched - shown, "", "0")


async def _watched(options: RunOptions) -> tuple[float, float, int, int, int]:
    """Seconds of the fetch, the screen's part of the CPU time, the rows of the run, those that the screen had
    not read when it ended, and those that are shown in the end.

    It begins when the screen stands and the dissector is there: a second of work, however long the fetch.
    """
    sessions: list[Session] = []

    def start(options: RunOptions) -> Session:
        sessions.append(Session(check(options)))
        sessions[0].start()
        return sessions[0]

    app = TcpvizApp(options, start, recording=Recording.create(link=options.link, epoch=0))
    app.driver_class = NullDriver
    result = (0.0, 0.0, 0, 0, 0)

    async def use(pilot: Pilot[Any]) -> None:
        nonlocal result
        loaded.wait(PATIENCE)
        await pilot.pause()
        began, screen, both = time.monotonic(), time.thread_time(), time.process_time()
        app.main.fetch(options)
        while not sessions[0].status.phase.over:
            await asyncio.sleep(0.02)
        seconds = time.monotonic() - began
        part = (time.thread_time() - screen) / (time.process_time() - both)
        stage = app.main.stage
        assert stage
        behind = stage.run.behind
        while stage.run.behind:
            app.main.tick()
        result = seconds, part, len(stage.recording), behind, len(stage.run)
        app.exit()

    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    await app.run_async(headless=False, size=SIZE, mouse=False, auto_pilot=use)
    sys.setswitchinterval(before)
    return result
