"""A headless Chromium, driven by its DevTools protocol: for the tests of `tcpviz serve` and its picture."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

SIZE = (1280, 800)
PATIENCE = 30.0
"""Seconds after which what has not come never will: for a test that fails, not for one that passes."""


class Page:
    """One page. Textual's terminal draws on a canvas: what it shows is seen in pictures only."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._calls = 0

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the protocol; its result."""
        self._calls += 1
        await self._socket.send_json({"id": self._calls, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json(timeout=PATIENCE)
            if message.get("id") == self._calls:
                return dict(message["result"])

    async def open(self, url: str) -> None:
        """Load `url`, and wait until a screen stands in it."""
        await self.call("Page.navigate", url=url)
        await self.wait_for("document.body && document.body.classList.contains('-first-byte')")

    async def wait_for(self, condition: str) -> None:
        """Until this JavaScript is true."""
        async with asyncio.timeout(PATIENCE):
            while not (await self.evaluate(condition)):
                await asyncio.sleep(0.05)

    async def evaluate(self, script: str) -> object:
        """What this JavaScript gives."""
        result = await self.call("Runtime.evaluate", expression=script)
        return result["result"].get("value")

    async def click(self, x: int, y: int) -> None:
        """The first click also gives the terminal the keys."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def press(self, text: str) -> None:
        """Type a printable key."""
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, key=text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=text)

    async def picture(self) -> bytes:
        """The page as PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    async def still_picture(self, other_than: bytes = b"") -> bytes:
        """The page as PNG, as soon as it has changed from that one and rests."""
        before, now = b"", await self.picture()
        async with asyncio.timeout(PATIENCE):
            while now in (other_than, b"") or now != before:
                await asyncio.sleep(1)
                before, now = now, await self.picture()
        return now


@asynccontextmanager
async def served(*arguments: str) -> AsyncIterator[str]:
    """The URL of `tcpviz serve ARGUMENTS`, which is ended by a signal and has to end well."""
    command = (sys.executable, "-m", "tcpviz", "serve", *arguments)
    without_guide = os.environ | {"CI": "true"}
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=without_guide
    )
    assert process.stdout
    try:
        line = await process.stdout.readline()
        yield line.decode().removeprefix("Open ").strip()
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """An empty page of a Chromium of its own."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")
        folder = f"--user-data-dir={profile}"
        process = await asyncio.create_subprocess_exec(
            "chromium", *flags, folder, "about:blank", stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with ClientSession() as session:
                target = await _target(session, Path(profile, "DevToolsActivePort"))
                async with session.ws_connect(target, max_msg_size=0) as socket:
                    page = Page(socket)
                    width, height = SIZE
                    await page.call(
                        "Emulation.setDeviceMetricsOverride",
                        width=width,
                        height=height,
                        deviceScaleFactor=1,
                        mobile=False,
                    )
                    yield page
        finally:
            process.terminate()
            await process.wait()


async def _target(session: ClientSession, noted: Path) -> str:
    async with asyncio.timeout(PATIENCE):
        while not (noted.exists() and noted.read_text()):
            await asyncio.sleep(0.05)
        port = noted.read_text().split()[0]
        while True:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                for target in await answer.json():
                    if target["type"] == "page":
                        return str(target["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)
