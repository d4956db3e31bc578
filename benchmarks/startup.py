"""How long a user waits: `tcpviz --help`, and `get` of a page on the built-in network."""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.installed import environment

ROUNDS = 7
COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "tcpviz --help": ("-m", "tcpviz", "--help"),
    "tcpviz get http://lab/": ("-m", "tcpviz", "get", "http://lab/", "--linger", "0"),
}


def main() -> None:
    """Print the medians, beside Python's own start."""
    print(f"start-up, median of {ROUNDS}:")
    with TemporaryDirectory() as folder:
        for name, command in COMMANDS.items():
            _seconds(command, Path(folder))
            times = [_seconds(command, Path(folder)) for _ in range(ROUNDS)]
            print(f"  {name:24}{statistics.median(times) * 1e3:7.0f} ms")


def _seconds(command: tuple[str, ...], bytecode: Path) -> float:
    began = time.monotonic()
    subprocess.run(
        (sys.executable, *command), check=True, stdout=subprocess.DEVNULL, env=environment(bytecode)
    )
    return time.monotonic() - began
