"""What the user asked for: one URL and how to reach it."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

LINKS = ("auto", "sim", "kernel", "raw", "tap", "passt")


class OptionError(ValueError):
    """The options contradict each other or lack something; the text says what to add or change."""


def parse_address(text: str) -> IPv4Interface:
    """An address of our own with its network's length, as in "192.168.1.77/24".

    Raises OptionError for what no host can have.
    """
    try:
        address = IPv4Interface(text if "/" in text else "")
    except ValueError:
        raise OptionError(f"{text!r} is no address with its network's length, e.g. 192.168.1.77/24") from None
    ip, network = address.ip, address.network
    ends = (network.network_address, network.broadcast_address) if network.prefixlen < 31 else ()
    if ip.is_multicast or ip.is_loopback or ip.is_unspecified or ip.is_reserved or ip in ends:
        raise OptionError(f"{text!r} is not an address that a host can have")
    if network.prefixlen == 32:
        raise OptionError(f"{text!r} has no network around it: with /32 nobody can be reached")
    return address


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
    seed: int | None = None
    """What all chance in the lab and in `impair` comes from; None: the scenario's, or 1."""
    congestion: str = "reno"
    ecn: bool = False
    """Ask for explicit congestion notification."""
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
