"""`make screenshots`: the pictures of the README, from runs of the lab that are the same every time."""

import asyncio
import sys
from pathlib import Path

from screenshots.browser import browser, served
from screenshots.shots import SHOTS, take

FOLDER = Path(__file__).parent


async def in_browser() -> bytes:
    """The ladder of a lossy run in Chromium, which draws letters in its own way: no test compares it."""
    async with served("--scenario", "loss", "--pace", "0") as url, browser() as page:
        await page.open(url)
        before = await page.still_picture()
        await page.click(640, 550)
        for key in ("P", "P", "6"):
            await page.press(key)
        return await page.still_picture(other_than=before)


def main() -> None:
    """Take all pictures, or those that are named."""
    named = sys.argv[1:]
    if "browser" in named or not named:
        (FOLDER / "browser.png").write_bytes(asyncio.run(in_browser()))
        print("screenshots/browser.png")
    for shot in SHOTS:
        if shot.name in named or not named:
            (FOLDER / f"{shot.name}.svg").write_text(asyncio.run(take(shot)), encoding="utf-8")
            print(f"screenshots/{shot.name}.svg")


main()
