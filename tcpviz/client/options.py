"""What the user may choose about a fetch."""

from dataclasses import dataclass

from tcpviz.client.dial import LookUp
from tcpviz.tcp.config import SECOND


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """Times in ns; None: no limit of ours."""

    timeout: int | None = None
    """For everything from the first step to the end of the body."""
    fail: bool = False
    """A status of 400 or more is a failure, and its body goes nowhere."""
    max_redirects: int = 10
    close_patience: int | None = 5 * SECOND
    """How long the peer may take over its half of the close before it gets a RST."""
    half_close: bool = False
    """Send our FIN right behind the request; the response still comes (RFC 9293 3.6)."""
    look_up: LookUp | None = None
    """How names are resolved over our own host; None: `Fetch.wants` asks the outside."""
