"""The screen in a browser: `tcpviz serve`. Each page that is loaded runs a tcpviz of its own.

Whoever drives the screen reads and writes files as the user that started it. So each path begins with a
token that only the printed URL has, and what a page of another origin could do is refused besides.
"""

import hmac
import os
import secrets
import shlex
import signal
import socket
import sys
from collections.abc import Sequence
from importlib.resources import files
from ipaddress import ip_address
from string import Template
from types import FrameType

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_runner import GracefulExit
from textual_serve.server import Server

FONT_SIZE = 15
PATIENCE = 2.0
"""Seconds that the screens have to end in when the server does."""

HEADERS = {
    # The page takes nothing from elsewhere, tells nobody its URL, and stands in nobody's frame.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
        " img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class ServeError(Exception):
    """It can't be served; the text says why and what to do."""


def serve(arguments: Sequence[str], host: str, port: int) -> None:
    """Serve `tcpviz ARGUMENTS` until a signal comes; prints the URL. ServeError where it can't be."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ServeError(
            f"can't serve on {host}, port {port}: {error.strerror}. Take another --host or --port"
        ) from None
    token = secrets.token_urlsafe(24)
    print(f"Open {_url(host, listening.getsockname()[1], token)}")
    print("Whoever has this URL can use tcpviz, and your files, as you. Ctrl+C ends it.")
    if not is_loopback(host):
        print("It is served beyond this machine, and not encrypted: use it only in a network that you trust.")
    sys.stdout.flush()
    signal.signal(signal.SIGHUP, _leave)
    command = (sys.executable, "-m", "tcpviz", *arguments)
    web.run_app(
        application(command, host, token),
        sock=listening,
        print=None,
        access_log=None,
        shutdown_timeout=PATIENCE,
    )


def application(command: Sequence[str], host: str, token: str) -> web.Application:
    """What answers: the page, its parts, and the connection that carries the screen, all below the token."""
    os.environ["PYTHONUTF8"] = "1"  # A pipe has no locale that could say what the browser understands.
    # textual-serve gives the command to a shell.
    screens = Server(shlex.join(command), title="tcpviz")
    inner = web.Application()
    inner.add_routes(
        [
            web.get("/", _page),
            web.get("/ws", screens.handle_websocket),
            web.get("/download/{key}", screens.handle_download),
            web.static("/static", screens.statics_path),
        ]
    )
    app = web.Application(middlewares=[_guard(host, token)])
    app.add_subapp(f"/{token}", inner)
    app.on_response_prepare.append(_add_headers)
    return app


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens at `host`."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _guard(host: str, token: str) -> Middleware:
    names = {host, "localhost", socket.gethostname().lower()}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = _host_name(request.host)
        # A name of somebody else's may lead here by DNS rebinding; an address can't.
        if name not in names and not _is_address(name):
            raise web.HTTPForbidden(text="tcpviz: asked for under a foreign name")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.host}":
            raise web.HTTPForbidden(text="tcpviz: asked for by a page of another origin")
        if not hmac.compare_digest(request.path.split("/")[1].encode(), token.encode()):
            raise web.HTTPForbidden(text="tcpviz: the token is missing: take the whole URL that was printed")
        return await handler(request)

    return guard


async def _page(request: web.Request) -> web.Response:
    page = Template(files("tcpviz.ui").joinpath("serve_page.html").read_text(encoding="utf-8"))
    websocket = f"ws://{request.host}{request.path}ws"
    text = page.substitute(websocket=websocket, font_size=FONT_SIZE)
    return web.Response(text=text, content_type="text/html")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _host_name(host: str) -> str:
    """What a Host field names, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _url(host: str, port: int, token: str) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/{token}/"


def _leave(number: int, frame: FrameType | None) -> None:
    raise GracefulExit
