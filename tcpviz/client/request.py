"""What is asked of a server: method, header fields, body; and how a redirect changes it (RFC 9110)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import h11

from tcpviz.client.decoding import ACCEPTED
from tcpviz.client.url import Url
from tcpviz.version import __version__

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110 5.5
_FRAMING = ("content-length", "transfer-encoding", "trailer", "te", "upgrade", "http2-settings")
_SECRET = ("authorization", "cookie", "proxy-authorization")
_WITH_BODY = ("POST", "PUT", "PATCH")
_CONTINUE = "100-continue"
_EXPECT_FROM = 1 << 20
"""Octets from which on a body waits for the server's word: curl's choice."""

Field = tuple[str, str | None]
"""Name and value of a header field as the user wants it; None: it is not to be sent."""


class RequestError(ValueError):
    """This can't be asked: the text says why and what to do."""


class Body(Protocol):
    """What is sent with a request. All may raise OSError."""

    @property
    def length(self) -> int:
        """Octets, all in all."""

    def read(self, limit: int) -> bytes:
        """The next octets, at most so many; b"" at the end."""

    def rewind(self) -> None:
        """Begin anew."""


class Octets:
    """A body in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def length(self) -> int:
        return len(self._data)

    def read(self, limit: int) -> bytes:
        data = self._data[self._at : self._at + limit]
        self._at += len(data)
        return data

    def rewind(self) -> None:
        self._at = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, whatever the URL. RequestError where that can't be."""

    method: str = "GET"
    fields: tuple[Field, ...] = ()
    """The user's own; each takes the place of ours with the same name."""
    body: Body | None = None
    content_type: str = ""
    compressed: bool = False
    """Ask for a coded body, and decode it."""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.method):
            raise RequestError(f"{self.method!r} is no HTTP method: write one word, such as POST")
        if self.method == "CONNECT":
            raise RequestError("CONNECT is for proxies, which can't be used here")
        if sum(name.lower() == "host" for name, _ in self.fields) > 1:
            raise RequestError("a request has one Host field only")

    def redirected(self, status: int) -> "Request":
        """What is asked where a redirect leads: a POST becomes a GET, as in browsers (RFC 9110 15.4)."""
        to_get = status == 303 or (status in (301, 302) and self.method == "POST")
        if not to_get or self.method in ("GET", "HEAD"):
            return self
        return replace(self, method="GET", body=None, content_type="")

    @property
    def expects_continue(self) -> bool:
        """Whether the body waits until the server says that it wants it (RFC 9110 10.1.1)."""
        if self.body is None:
            return False
        wanted = [value for name, value in self.fields if name.lower() == "expect"]
        return wanted[-1] == _CONTINUE if wanted else self.body.length > _EXPECT_FROM

    def head(self, url: Url, *, first: Url) -> h11.Request:
        """The request's header for `url`. What is secret in `fields` goes to the origin of `first` alone,
        the URL that the user named."""
        taken = {name.lower() for name, _ in self.fields}
        ours = [(name, value) for name, value in self._ours(url) if name.lower() not in taken]
        secret = () if url.same_origin(first) else _SECRET
        own = [(name, value) for name, value in self.fields if name.lower() not in secret]
        return h11.Request(method=self.method, target=url.target, headers=_octets([*ours, *own]))

    def _ours(self, url: Url) -> list[Field]:
        length = self.body.length if self.body is not None else 0 if self.method in _WITH_BODY else None
        return [
            ("Host", url.authority),
            ("User-Agent", f"tcpviz/{__version__}"),
            ("Accept", "*/*"),
            ("Accept-Encoding", ACCEPTED if self.compressed else None),
            ("Authorization", url.authorization),
            ("Content-Type", self.content_type or None),
            ("Content-Length", None if length is None else str(length)),
            ("Expect", _CONTINUE if self.expects_continue else None),
        ]


def parse_field(text: str) -> Field:
    """What -H takes, as in curl: `Name: value`; `Name:` for not even ours; `Name;` for an empty value.

    Raises RequestError, also for the fields by which HTTP finds the end of a message: they are ours to send.
    """
    name, colon, value = text.partition(":")
    if not colon and text.endswith(";"):
        name, colon, value = text[:-1], ";", ""
    value = value.strip(" \t")
    if not colon or not _TOKEN.fullmatch(name):
        raise RequestError(f"{text!r} is no header field: write 'Name: value'")
    if _NOT_IN_A_VALUE.search(value):
        raise RequestError(f"the value of {name} has control characters in it: a header field is one line")
    _check_field(name.lower(), value)
    return name, None if colon == ":" and not value else value


def _check_field(name: str, value: str) -> None:
    if name in _FRAMING:
        raise RequestError(f"{name} is not yours to set: it follows from what is sent (-d, -T)")
    if name == "connection" and value.lower() not in ("", "close", "keep-alive"):
        raise RequestError(f"Connection can be close or keep-alive, not {value!r}")
    if name == "expect" and value not in ("", _CONTINUE):
        raise RequestError(f"Expect can be {_CONTINUE}, or nothing, not {value!r}")


def _octets(fields: Sequence[Field]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("ascii"), value.encode("utf-8", "surrogateescape"))
        for name, value in fields
        if value is not None
    ]
