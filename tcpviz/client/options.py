"""What the user may choose about a fetch."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from tcpviz.client.dial import LookUp
from tcpviz.client.request import Request
from tcpviz.client.tls import default_context
from tcpviz.tcp.config import SECOND


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """Times in ns; None: no limit of ours."""

    request: Request = Request()
    """What is asked of each URL."""
    timeout: int | None = None
    """For each URL, from its first step to the end of the body."""
    connect_timeout: int | None = None
    """For each connection: name, TCP's handshake, TLS's handshake."""
    fail: bool = False
    """A status of 400 or more is a failure, and its body goes nowhere."""
    follow: bool = True
    """Go where redirects lead."""
    max_redirects: int = 10
    close_patience: int | None = 5 * SECOND
    """How long the peer may take over its half of the close before it gets a RST."""
    half_close: bool = False
    """Send our FIN right behind the request; the response still comes (RFC 9293 3.6)."""
    look_up: LookUp | None = None
    """How names are resolved over our own host; None: `Fetch.wants` asks the outside."""
    tls_context: Callable[[], ssl.SSLContext] = default_context
    """What servers have to prove, asked at the first https URL. May raise FetchError."""
