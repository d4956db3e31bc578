"""What the user asked for: one URL and how to reach it."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

LINKS = ("auto", "sim", "kernel", "tap", "raw")


class OptionError(ValueError):
    """The options contradict each other or lack something; the text says what to add or change."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One run. Every field has the value that makes `http://lab/` work without rights."""

    url: str
    link: str = "auto"
    interface: str | None = None
    address: IPv4Interface | None = None
    gateway: IPv4Address | None = None
    mtu: int | None = None
    impair: str = ""
    """An impairment plan as `link.impair.parse_plan` reads it; empty for none."""
    seed: int = 1
    congestion: str = "reno"
    timeout: float | None = None
    """Seconds for the whole run; None: no limit beyond TCP's own."""
    linger: float = 2.0
    """Seconds of TIME-WAIT that we stay for after the close."""
    close_patience: float | None = 5.0
    """Seconds that the peer may take over its half of the close; None: as long as it likes."""
    scenario: str | None = None
    held: bool = False
    """Begin with the gate shut."""
    pace: float = 0.0
    """Lab seconds that pass in one second of ours; 0: as fast as it goes."""
    fail: bool = False
    """An HTTP status of 400 or more is a failure."""
