"""What the user wants of the servers, beyond the URL: the request, redirects, proof of who they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpviz.client.request import Request


@dataclass(frozen=True, slots=True)
class Web:
    """Times in seconds. Every field has the value that a plain GET wants."""

    more: tuple[str, ...] = ()
    """URLs to fetch after the first."""
    request: "Request | None" = None
    """What is asked; None: a plain GET."""
    user: str = ""
    """`name:password` for URLs that have none of their own."""
    follow: bool = True
    """Go where redirects lead."""
    max_redirects: int = 10
    connect_timeout: float | None = None
    """For the name, TCP's handshake and TLS's; None: no limit beyond TCP's own."""
    insecure: bool = False
    """Take any certificate."""
    ca_file: Path | None = None
    """The certificates to trust, in PEM; None: the system's."""
    keys: bool = False
    """Keep TLS's secrets in the recording, so that others can decrypt it."""
