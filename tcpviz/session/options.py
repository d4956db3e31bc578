"""What the user asked for: one URL and how to reach it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    ip_address,
    ip_interface,
)
from typing import TYPE_CHECKING

from tcpviz.host.address import Address, Interface
from tcpviz.session.web import Web

if TYPE_CHECKING:  # it needs the analysis, which takes long to load
    from tcpviz.session.watch import Watch

SLOWLY = 0.1
"""Lab seconds a second: so that one sees the packets come."""

LINKS = ("auto", "sim", "kernel", "raw", "tap", "passt")


class OptionError(ValueError):
    """The options contradict each other or lack something; the text says what to add or change."""


HOST = "host"
"""Instead of an address: share the machine's own with its kernel."""
SLAAC = "slaac"
"""Instead of an IPv6 address: make one up from what a router advertises (RFC 4862)."""
DHCP = "dhcp"
"""Instead of an IPv4 address: the one that a DHCP server lends; instead of a DNS server: what it tells."""


def parse_address(text: str) -> Interface:
    """An address of our own with its network's length, as in "192.168.1.77/24" or "2001:db8::77/64".

    Raises OptionError for what no host can have.
    """
    try:
        address = ip_interface(text if "/" in text else "")
    except ValueError:
        raise OptionError(
            f"{text!r} is no address with its network's length, e.g. 192.168.1.77/24 or 2001:db8::77/64"
        ) from None
    ip, network = address.ip, address.network
    ends = (network.network_address, network.broadcast_address) if network.prefixlen < 31 else ()
    if ip.is_multicast or ip.is_loopback or ip.is_unspecified or _is_reserved(ip) or ip in ends:
        raise OptionError(f"{text!r} is not an address that a host can have")
    if isinstance(ip, IPv6Address) and (ip.is_link_local or ip.scope_id):
        raise OptionError(f"{text!r} is for one link only; such an address is made by itself")
    if network.prefixlen == network.max_prefixlen:
        text = f"{text!r} has no network around it: with /{network.prefixlen} nobody can be reached"
        raise OptionError(text)
    return address


def _is_reserved(ip: Address) -> bool:
    # IPv6 calls reserved what is not given out yet, such as most of what is used for documentation.
    return ip.version == 4 and ip.is_reserved


def parse_router(text: str) -> Address:
    """The address of a gateway. Raises OptionError."""
    try:
        return ip_address(text)
    except ValueError:
        raise OptionError(f"{text!r} is no address, e.g. 192.168.1.1 or fe80::1") from None


def parse_servers(text: str) -> tuple[Address, ...]:
    """DNS servers as in "192.0.2.53,2001:db8::53"; none for "dhcp". Raises OptionError."""
    if text == DHCP:
        return ()
    try:
        return tuple(ip_address(each.strip()) for each in text.split(","))
    except ValueError:
        raise OptionError(f"{text!r} are no addresses of DNS servers, e.g. 9.9.9.9,2620:fe::fe") from None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One run. Every field has the value that makes `http://lab/` work without rights."""

    url: str
    link: str = "auto"
    interface: str | None = None
    address: IPv4Interface | None = None
    gateway: IPv4Address | None = None
    address6: IPv6Interface | None = None
    gateway6: IPv6Address | None = None
    shared: bool = False
    """Use the machine's own addresses, beside its kernel."""
    slaac: bool = False
    """Make up an IPv6 address from what a router advertises."""
    dhcp: bool = False
    """Take the IPv4 address that a DHCP server lends."""
    dns: tuple[Address, ...] | None = None
    """The DNS servers to ask over our own UDP; empty: those that DHCP tells; None: the system is asked."""
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
    stops: "tuple[Watch, ...]" = ()
    """Where the run stops by itself."""
    pace: float = 0.0
    """Lab seconds that pass in one second of ours; 0: as fast as it goes."""
    fail: bool = False
    """An HTTP status of 400 or more is a failure."""
    web: Web = Web()

    @property
    def has_address(self) -> bool:
        """Whether we are to have an address of our own, of either family."""
        return bool(self.address or self.address6 or self.slaac or self.dhcp)


def with_addresses(options: RunOptions, addresses: Iterable[str], gateways: Iterable[str] = ()) -> RunOptions:
    """The options with our own addresses and the ways out as the user writes them, one of each family.

    Raises OptionError.
    """
    texts = list(addresses)
    own = [parse_address(text) for text in texts if text not in (HOST, SLAAC, DHCP)]
    routers = [parse_router(text) for text in gateways]
    for given in (own, routers):
        if len({each.version for each in given}) < len(given):
            raise OptionError(f"{given[-1]} is one too many: there can be one of each family")
    if DHCP in texts and any(isinstance(each, IPv4Interface) for each in own):
        raise OptionError("an IPv4 address is either given or taken from DHCP, not both")
    return replace(
        options,
        address=next((each for each in own if isinstance(each, IPv4Interface)), None),
        address6=next((each for each in own if isinstance(each, IPv6Interface)), None),
        shared=HOST in texts,
        slaac=SLAAC in texts,
        dhcp=DHCP in texts,
        gateway=next((each for each in routers if isinstance(each, IPv4Address)), None),
        gateway6=next((each for each in routers if isinstance(each, IPv6Address)), None),
    )
