"""The screen in a browser: who gets it, who doesn't, and what a real one shows."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner
from helpers.tools import need

from screenshots.browser import browser, served
from tcpviz.cli import main
from tcpviz.ui.serve import application, is_loopback

TOKEN = "the-token"
COMMAND = (sys.executable, "-c", "print('__GANGLION__')")


@asynccontextmanager
async def client(host: str = "127.0.0.1") -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    async with TestClient(TestServer(application(COMMAND, host, TOKEN))) as one:
        yield one


async def test_the_url_with_its_token_gives_the_page_and_its_parts() -> None:
    async with client() as one:
        page = await one.get(f"/{TOKEN}/")
        assert page.status == 200
        assert f'data-session-websocket-url="ws://{one.host}:{one.port}/{TOKEN}/ws"' in await page.text()
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert (await one.get(f"/{TOKEN}/static/js/textual.js")).status == 200


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", f"/{TOKEN}x/", "//", "/download/1"])
async def test_without_the_token_nothing_is_given(path: str) -> None:
    async with client() as one:
        assert (await one.get(path)).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
    ids=str,
)
async def test_a_page_of_another_origin_may_not_drive_it(headers: dict[str, str]) -> None:
    async with client() as one:
        assert (await one.get(f"/{TOKEN}/", headers=headers)).status == 403
        with pytest.raises(WSServerHandshakeError):
            await one.ws_connect(f"/{TOKEN}/ws", headers=headers)


def test_loopback_is_told_from_the_rest() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.1", "example.org")))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("http://lab/", "--nonsense"), "--nonsense"),
        (("open", "no-such-file"), "no-such-file"),
        (("--host", "203.0.113.77"), "can't serve on 203.0.113.77"),
    ],
)
def test_what_can_not_be_served_is_told_at_once(
    arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "run_app", lambda *_, **__: None)  # which would serve without end
    done = CliRunner().invoke(main, ["serve", *arguments])
    assert done.exit_code != 0
    assert told in done.output


async def test_a_real_browser_shows_the_screen_and_drives_it(clean_run: Path) -> None:
    need("chromium")
    async with served("open", str(clean_run)) as url, browser() as page:
        await page.open(url)
        before = await page.still_picture()
        await page.click(600, 500)
        await page.press("6")  # the ladder
        after = await page.still_picture(other_than=before)
    assert after.startswith(b"\x89PNG")
