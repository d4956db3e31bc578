"""`make bench`: all benchmarks, or those that are named."""

import sys
from importlib import import_module

ALL = ("startup", "fetch", "goodput", "recording", "capture", "screen", "terminal")


def main() -> None:
    """Run them in order."""
    for name in sys.argv[1:] or ALL:
        import_module(f"benchmarks.{name}").main()


main()
