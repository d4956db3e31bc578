"""The built-in web site: what each path answers. Pure: no connection, no clock, no HTTP library.

Both servers of the lab speak it, the one on our own engine and the one on the kernel's TCP, so that
a fetch means the same bytes wherever it goes.
"""

from collections.abc import Iterator
from enum import Enum
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

PIECE = 64 << 10
PATTERN_PERIOD = 1_000_000
LARGEST_BODY = 10**10
LARGEST_ECHO = 16 << 20
_LINE = 16
_MILLISECOND = 1_000_000
_RESET_PAUSE = 200 * _MILLISECOND


class Piece(NamedTuple):
    """Some octets of a body, to be sent `pause` nanoseconds after the piece before."""

    data: bytes | memoryview
    pause: int = 0


class Ending(Enum):
    """What the server does once the body is out."""

    KEEP_ALIVE = "keep-alive"
    CLOSE = "close"
    RESET = "reset"


class Answer(NamedTuple):
    """One response to a GET. `length` None: of unknown length, so sent in chunks."""

    status: int
    headers: tuple[tuple[str, str], ...]
    length: int | None
    body: Iterator[Piece]
    ending: Ending = Ending.KEEP_ALIVE

    @property
    def reason(self) -> str:
        """The words behind the status."""
        return HTTPStatus(self.status).phrase


def answer(target: str) -> Answer:
    """The response to GET `target` (a request target: path and query)."""
    try:
        path, query = _split(target)
        name, _, argument = path.strip("/").partition("/")
        page = _PAGES.get(name)
        return page(argument, query) if page else _not_found(path)
    except ValueError as error:
        return _text(400, f"{error}\n")


class Intake(Protocol):
    """What becomes of a request's body."""

    def take(self, data: bytes) -> bool:
        """Some octets of it; False when it is too much."""

    def answer(self) -> Answer:
        """The response, once the body is whole."""


def intake(method: str, target: str, content_type: str) -> Intake | Answer:
    """What takes the body of a request that brings one, or the refusal."""
    name = urlsplit(target).path.strip("/")
    if method == "PUT" and name == "upload":
        return Upload()
    if method == "POST" and name == "echo":
        return Echo(content_type)
    return failure(405, "only GET and HEAD, PUT /upload and POST /echo are understood here")


class Upload:
    """Counts a body of any size, and forgets it."""

    def __init__(self) -> None:
        self._octets = 0
        self._hash = sha256()

    def take(self, data: bytes) -> bool:
        """Any octets."""
        self._octets += len(data)
        self._hash.update(data)
        return True

    def answer(self) -> Answer:
        """How many there were, and their SHA-256."""
        return _text(201, f"{self._octets} octets, SHA-256 {self._hash.hexdigest()}\n")


class Echo:
    """Sends a body back."""

    def __init__(self, content_type: str) -> None:
        self._content_type = content_type or "application/octet-stream"
        self._body = bytearray()

    def take(self, data: bytes) -> bool:
        """Octets, up to `LARGEST_ECHO` in all."""
        self._body += data
        return len(self._body) <= LARGEST_ECHO

    def answer(self) -> Answer:
        """The body itself, with its own type."""
        fields = (("Content-Type", self._content_type),)
        return Answer(200, fields, len(self._body), iter([Piece(bytes(self._body))]))


def failure(status: int, text: str) -> Answer:
    """The response to what is no request that this site answers."""
    return _text(status, f"{text}\n")._replace(ending=Ending.CLOSE)


def pattern(offset: int, length: int) -> bytes:
    """`length` octets of the test pattern from `offset` on: lines of 16 octets, each of which says
    its own offset (modulo a million), so that any piece can be checked and placed by looking at it.
    """
    return b"".join(_pattern_pieces(offset, offset + length))


def _split(target: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(target)
    fields = parse_qs(parts.query, max_num_fields=16)
    return parts.path, {name: values[-1] for name, values in fields.items()}


def _number(text: str, largest: int, what: str) -> int:
    """A decimal number from a path or query; ValueError with a text for the reader."""
    if not (text.isascii() and text.isdigit()) or len(text) > 11 or int(text) > largest:
        raise ValueError(f"{what} must be a number from 0 to {largest}")
    return int(text)


@cache
def _pattern_block() -> memoryview:
    """One period of the pattern and another PIECE, so that any PIECE is one slice of it."""
    lines = "".join(f"{offset:015d}\n" for offset in range(0, PATTERN_PERIOD, _LINE)).encode()
    return memoryview(lines + lines[:PIECE])


def _pattern_pieces(start: int, end: int) -> Iterator[memoryview]:
    block = _pattern_block()
    for offset in range(start, end, PIECE):
        place = offset % PATTERN_PERIOD
        yield block[place : place + min(PIECE, end - offset)]


def _text(
    status: int, text: str, kind: str = "text/plain", *, extra: tuple[tuple[str, str], ...] = ()
) -> Answer:
    body = text.encode()
    return Answer(
        status, (("Content-Type", f"{kind}; charset=utf-8"), *extra), len(body), iter([Piece(body)])
    )


def _home(argument: str, query: dict[str, str]) -> Answer:
    return _text(200, _HOME, "text/html")


def _bytes(argument: str, query: dict[str, str]) -> Answer:
    length = _number(argument, LARGEST_BODY, "N in /bytes/N")
    body = (Piece(data) for data in _pattern_pieces(0, length))
    return Answer(200, (("Content-Type", "application/octet-stream"),), length, body)


def _slow(argument: str, query: dict[str, str]) -> Answer:
    count = _number(query.get("n", "10"), 10_000, "n")
    pause = _number(query.get("ms", "100"), 60_000, "ms") * _MILLISECOND
    lines = [f"line {number} of {count}\n".encode() for number in range(1, count + 1)]
    body = (Piece(line, pause if number else 0) for number, line in enumerate(lines))
    return Answer(200, _PLAIN, sum(map(len, lines)), body)


def _chunked(argument: str, query: dict[str, str]) -> Answer:
    count = _number(query.get("n", "10"), 10_000, "n")
    body = (Piece(f"chunk {number} of {count}\n".encode()) for number in range(1, count + 1))
    return Answer(200, _PLAIN, None, body)


def _close(argument: str, query: dict[str, str]) -> Answer:
    """A page after which the server is the first to close."""
    return _text(200, "The server has closed the connection after this line.\n")._replace(ending=Ending.CLOSE)


def _reset(argument: str, query: dict[str, str]) -> Answer:
    """Half of what is promised, time for it to arrive, and then a RST."""
    promised = 2000
    body = iter([Piece(pattern(0, promised // 2)), Piece(b"", _RESET_PAUSE)])
    return Answer(200, _PLAIN, promised, body, Ending.RESET)


def _redirect(argument: str, query: dict[str, str]) -> Answer:
    """One redirect to /, or a chain of N: /redirect/N, /redirect/N-1 … /."""
    left = _number(argument or "1", 1000, "N in /redirect/N")
    there = f"/redirect/{left - 1}" if left > 1 else "/"
    return _text(302, f"over there: {there}\n", extra=(("Location", there),))


def _not_found(path: str) -> Answer:
    return _text(404, f"There is nothing at {path}\n\n{_PATHS}")


_PLAIN = (("Content-Type", "text/plain; charset=utf-8"),)

_PAGES = {
    "": _home,
    "bytes": _bytes,
    "slow": _slow,
    "chunked": _chunked,
    "close": _close,
    "reset": _reset,
    "redirect": _redirect,
}

_PATHS = """\
/bytes/N        N octets of a pattern that says its own offset
/slow           a body that trickles: ?n=10&ms=100
/chunked        a body of unknown length, in chunks
/close          a page after which the server closes first
/redirect/N     N redirects, then this page
/reset          half an answer, then a RST
/404            nothing
PUT /upload     counts what you send: tcpviz get -T FILE http://lab/upload
POST /echo      sends it back: tcpviz get -d TEXT http://lab/echo
"""

_HOME = f"""\
<!doctype html>
<html lang="en">
<title>It works: this page came over your own TCP</title>
<h1>Hello from the lab</h1>
<p>You are reading what a TCP written in Python has just fetched. On the screen around it:</p>
<ol>
<li><b>SYN, SYN-ACK, ACK</b>: both ends agree on where their sequence numbers begin.</li>
<li><b>The request</b>: one segment, a few hundred octets, and the ACK that says it arrived.</li>
<li><b>This page</b>: the segments that carry it, and your side's acknowledgments.</li>
<li><b>FIN, ACK, FIN, ACK</b>: each end says that it is done, and the end that said so first
waits in TIME-WAIT for stragglers.</li>
</ol>
<p>Step back with <kbd>,</kbd> and look at each of them again. Then try another page:</p>
<pre>
{_PATHS}</pre>
</html>
"""
