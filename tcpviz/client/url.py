"""URLs as a user types them or a redirect names them: RFC 3986, with the leniency of curl.

Nothing here asks the network; a host name stays a name. Octets that are no UTF-8 may stand in a text as
lone surrogates (PEP 383), as in sys.argv; they are percent-encoded as the octets that they are.
"""

import base64
import re
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

from tcpviz.client.failure import ExitCode
from tcpviz.host.address import Address

_HOW_TO_WRITE = "write a URL such as http://example.com/ or http://lab/"
_PORTS = {"http": 80, "https": 443}
_MISTYPED = re.compile(r"[A-Za-z][\w+.-]*:/(?!/)")
"""A scheme with too little behind it, which would pass for a host."""
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*(?=://)")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_USERINFO = re.compile(r"^(\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*://|//)?)[^/?#]*@")
_NOT_IN_A_URL = re.compile(r"[\x00-\x1f\x7f]")
# What may stand in a request target as it is: RFC 3986's reserved and unreserved characters, and %.
_TARGET_SAFE = "%/?:@!$&'()*+,;=-._~[]"


class UrlError(ValueError):
    """This URL can't be fetched: the text says why, `advice` what to type instead."""

    def __init__(self, text: str, advice: str = "", exit_code: int = ExitCode.MALFORMED_URL) -> None:
        super().__init__(text)
        self.advice = advice
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL, taken apart. `host` is ASCII (IDNs in their xn-- form) and in lower case, an IPv6
    address without its brackets."""

    host: str
    port: int = 80
    target: str = "/"
    """Path and query as they go into the request line."""
    userinfo: str = field(default="", repr=False)
    """`name:password` as it stood in the URL, still percent-encoded; not part of `str()`."""
    scheme: str = "http"

    @property
    def authority(self) -> str:
        """The value of the Host field: the port only where it is not the scheme's own (RFC 9110 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> Address | None:
        """The host as an address, where it is one and no name."""
        return IPv6Address(self.host) if ":" in self.host else _ipv4(self.host)

    @property
    def authorization(self) -> str | None:
        """The value of the Authorization field that the userinfo asks for (RFC 7617)."""
        if not self.userinfo:
            return None
        name, _, password = self.userinfo.partition(":")
        credentials = _octets(name) + b":" + _octets(password)
        return "Basic " + base64.b64encode(credentials).decode("ascii")

    def same_origin(self, other: "Url") -> bool:
        """Whether both are served by the same host and port, over the same protocol (RFC 6454)."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)

    def join(self, reference: str) -> "Url":
        """What `reference` means on this page (RFC 3986 5.2). Credentials go to the same origin only.

        Nothing is guessed: `host:80/path` is a reference with the scheme `host`. Raises UrlError.
        """
        path, asks, query = reference.strip().partition("#")[0].partition("?")
        # urljoin drops an empty query, and so takes "?" for the page itself.
        page = str(self).partition("?")[0] if asks else str(self)
        try:
            joined = urljoin(page, path)
        except ValueError as error:
            raise UrlError(f"the redirect to {reference!r} is no URL: {error}") from None
        url = _parse(joined + asks + query)
        if url.userinfo or not self.userinfo or not self.same_origin(url):
            return url
        return replace(url, userinfo=self.userinfo)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(text: str) -> Url:
    """The URL that `text` means; without a scheme it is http. The fragment stays with the reader.

    Raises UrlError for whatever we can't fetch, with curl's exit code: 1 for a scheme that we don't
    speak, 3 for what is no URL at all.
    """
    text = text.strip()
    if mistyped := _MISTYPED.match(text):
        raise UrlError(f"{mistyped[0]} is not how a URL begins", "write it as http://host/path")
    return _parse(text if _SCHEME.match(text) else f"http://{text.removeprefix('//')}")


def without_credentials(text: str) -> str:
    """The URL as it may be shown: what stands before the host's @ is left out, also where it is no URL."""
    return _USERINFO.sub(r"\1", text)


def _parse(text: str) -> Url:
    """The URL that `text` is, scheme and all."""
    if _NOT_IN_A_URL.search(text):
        raise UrlError("a URL has no control characters in it")
    parts = _split(text)
    _check_scheme(parts.scheme)
    userinfo = parts.netloc.rpartition("@")[0]
    # RFC 3986 6.2.3: an empty query is another one than none.
    asks = "?" in text.partition("#")[0]
    target = _quoted(parts.path or "/") + ("?" + _quoted(parts.query) if asks else "")
    return Url(_host(parts), _port(parts), target, userinfo, parts.scheme)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError as error:
        raise UrlError(f"this is no URL: {error}") from None


def _check_scheme(scheme: str) -> None:
    if scheme not in _PORTS:
        advice = "only http:// and https:// URLs can be fetched"
        raise UrlError(f"{scheme} is not supported", advice, ExitCode.UNSUPPORTED_PROTOCOL)


def _host(parts: SplitResult) -> str:
    """The host part, checked and in ASCII."""
    name = parts.hostname or ""
    if not name:
        raise UrlError("this URL has no host", "write it as http://host/path")
    if ":" in name:
        return _ipv6(name, behind=parts.netloc.rpartition("]")[2])
    if "%" in name:
        name = _octets(name).decode("utf-8", "replace")
    name = name.lower() if name.isascii() else _idna(name)
    labels = name.removesuffix(".").split(".")
    if len(name) > 254 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlError(f"{name!r} is no host name", _HOW_TO_WRITE)
    if labels[-1].isdigit() and _ipv4(name) is None:
        raise UrlError(f"{name} is no IPv4 address", "write it as four numbers from 0 to 255")
    return name


def _idna(name: str) -> str:
    """An internationalized name in its ASCII form, as browsers and curl do it (UTS 46)."""
    import idna  # its tables are not worth loading for an ASCII name

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise UrlError(f"{name!r} is no host name: {error}", _HOW_TO_WRITE) from None


def _port(parts: SplitResult) -> int:
    advice = "a port is a number from 1 to 65535"
    try:
        port = parts.port
    except ValueError:
        raise UrlError("this URL has an impossible port", advice) from None
    if port == 0:
        raise UrlError("nothing can listen on port 0", advice)
    return _PORTS[parts.scheme] if port is None else port


def _quoted(text: str) -> str:
    """A part of the request target, in ASCII."""
    return quote(text, safe=_TARGET_SAFE, errors="surrogateescape")


def _octets(text: str) -> bytes:
    """What a percent-encoded text stands for."""
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape"))


def _ipv6(name: str, behind: str) -> str:
    """An IPv6 address in its one written form (RFC 5952); `behind` its brackets may be a port."""
    if behind and not behind.startswith(":"):
        raise UrlError(f"there is {behind!r} behind the brackets of an IPv6 address")
    if "%" in name:
        advice = "leave out the % and what follows: tcpviz speaks on one link only"
        raise UrlError(f"{name} names a zone, which means something on one machine only", advice)
    try:
        return str(IPv6Address(name))
    except ValueError:
        raise UrlError(f"{name} is no IPv6 address", "write it as in http://[2001:db8::1]/") from None


def _ipv4(host: str) -> IPv4Address | None:
    try:
        return IPv4Address(host)
    except ValueError:
        return None
