"""How long a user waits: `tcpviz --help`, and `get` of a page on the built-in network."""

import statistics
import subprocess
import sys
import time

ROUNDS = 7


def main() -> None:
    """Print the medians, beside Python's own start."""
    print(f"start-up, median of {ROUNDS}:")
    for name, command in (
        ("python -c pass", ("-c", "pass")),
        ("tcpviz --help", ("-m", "tcpviz", "--help")),
        ("tcpviz get http://lab/", ("-m", "tcpviz", "get", "http://lab/", "--linger", "0")),
    ):
        print(f"  {name:24}{statistics.median(_seconds(command) for _ in range(ROUNDS)) * 1e3:7.0f} ms")


def _seconds(command: tuple[str, ...]) -> float:
    began = time.monotonic()
    subprocess.run((sys.executable, *command), check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began
