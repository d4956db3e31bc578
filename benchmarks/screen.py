"""What a frame of the screen costs: the packet list alone, and all panes, written out as for a real terminal.

CPU time of this process, for a machine that does other things too. A frame is one page of the list on.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from textual.pilot import Pilot

from benchmarks import capture
from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.ui.app import TcpvizApp

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers.nulldriver import NullDriver

SIZE = (200, 50)
ROWS = 1_000_000
FRAMES = 60
READING = 10**9
"""Nanoseconds of reading at a time."""
GOALS = {
    "all panes, any moment": "   goal: under 50",
    "all panes": "   goal: under 25",
    "the list alone": "   goal: under 15",
}

Result = tuple[str, float]


def main() -> None:
    """Print the medians."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "million.pcap")
        capture.write(path, ROWS)
        results = asyncio.run(_measure(Recording.begin(path)))
    print(f"screen at {SIZE[0]}x{SIZE[1]}, {ROWS:,} rows, CPU ms, median of {FRAMES} frames:")
    for name, milliseconds in results:
        goal = next((goal for of, goal in GOALS.items() if name.startswith(of)), "")
        print(f"  {name:28}{milliseconds:9.2f}{goal}")


async def _measure(recording: Recording) -> list[Result]:
    # Textual catches what is printed while the app runs.
    results: list[Result] = []
    app = TcpvizApp(RunOptions(url="http://lab/"), _no_session, recording=recording, frame_rate=0)
    app.driver_class = NullDriver

    async def use(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        main = app.main
        assert main.stage
        began = time.process_time()
        while main.stage.advance(READING):
            pass
        seconds = time.process_time() - began
        results.append(("reading 1,000 rows", seconds * 1e6 / ROWS))
        results.append(await _frames(pilot, "nothing: the measuring", lambda: None))
        main.action_first()
        turn = cycle((main.action_next_row, main.action_previous))
        results.append(await _frames(pilot, "all panes, a page", lambda: main.action_page(1)))
        results.append(await _frames(pilot, "all panes, the cursor", lambda: next(turn)()))
        rng, stage = Random(1), main.stage

        def anywhere() -> None:
            stage.cursor.go(rng.randrange(ROWS))
            main.look()

        results.append(await _frames(pilot, "all panes, any moment", anywhere))
        main.action_show("packets")
        main.action_zoom()
        results.append(await _frames(pilot, "the list alone, a page", lambda: main.action_page(1)))
        results.append(await _frames(pilot, "the list alone, a row", lambda: main.action_next_row()))
        results.append(await _frames(pilot, "the list alone, the cursor", lambda: next(turn)()))
        app.exit()

    await app.run_async(headless=False, size=SIZE, mouse=False, auto_pilot=use)
    return results


async def _frames(pilot: Pilot[Any], name: str, move: Callable[[], None]) -> Result:
    costs = []
    for _ in range(FRAMES):
        began = time.process_time()
        move()
        await pilot.pause()
        costs.append(time.process_time() - began)
    return name, statistics.median(costs) * 1e3


def _no_session(options: RunOptions) -> Any:
    raise NotImplementedError
