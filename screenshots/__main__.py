"""`make screenshots`: the pictures of the README, from runs of the lab that are the same every time."""

import asyncio
import sys
from pathlib import Path

from screenshots.shots import SHOTS, take

FOLDER = Path(__file__).parent


def main() -> None:
    """Take all pictures, or those that are named."""
    for shot in SHOTS:
        if shot.name in sys.argv[1:] or not sys.argv[1:]:
            (FOLDER / f"{shot.name}.svg").write_text(asyncio.run(take(shot)), encoding="utf-8")
            print(f"screenshots/{shot.name}.svg")


main()
