"""A response as far as it has come."""

from dataclasses import dataclass

import h11

from tcpviz.client.url import Url


@dataclass(slots=True)
class Response:
    """Status, header and how much of the body. Names of headers are in lower case; values are the peer's."""

    url: Url
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    version: str = "1.1"
    body_received: int = 0
    """Octets of the body as they came, before any decoding."""
    complete: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def content_encoding(self) -> str:
        """All that the body is coded in, in one list."""
        return ",".join(value for key, value in self.headers if key == "content-encoding")

    @property
    def location(self) -> str | None:
        """Where else the resource is: UTF-8, as servers and browsers have it, and other octets as lone
        surrogates (PEP 383)."""
        location = self.header("location")
        return None if location is None else location.encode("latin-1").decode("utf-8", "surrogateescape")

    @property
    def length(self) -> int | None:
        """The octets of the body that the server promised, where it did."""
        promised = self.header("content-length")
        return int(promised) if promised and promised.isdigit() else None

    @property
    def status_line(self) -> str:
        """Status and reason, e.g. "200 OK"."""
        return f"{self.status} {self.reason}".rstrip()


def read_response(url: Url, event: h11.Response) -> Response:
    """The response whose header h11 has read."""
    headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers)
    version = event.http_version.decode("ascii")
    return Response(url, event.status_code, event.reason.decode("latin-1"), headers, version)


def head_octets(event: h11.Response) -> bytes:
    """The response's header as it stood in the message, an empty line at its end."""
    first = b"HTTP/%b %d %b" % (event.http_version, event.status_code, event.reason)
    fields = (b"%b: %b" % field for field in event.headers.raw_items())
    return b"\r\n".join((first, *fields, b"", b""))
