"""What the session has to know of a kind of link. Knows no link itself."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import NamedTuple

from tcpviz.host.address import Address
from tcpviz.host.shared import Owner
from tcpviz.lab.scenarios import Scenario
from tcpviz.lab.server import LabPeer
from tcpviz.link.base import Link
from tcpviz.session.options import RunOptions


class Report(NamedTuple):
    """One link: whether it works for this user here, why or why not, and the command that helps."""

    link: str
    works: bool
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a link is opened for."""

    options: RunOptions
    scenario: Scenario
    seed: int
    destination: Address | None = None
    """The address of the URL's host; None where the options say all that the link needs."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """An open link and how our host stands on it."""

    link: Link
    address: IPv4Interface | None = None
    gateway: IPv4Address | None = None
    address6: IPv6Interface | None = None
    gateway6: IPv6Address | None = None
    slaac: bool = False
    """Make up an IPv6 address from what a router advertises."""
    dhcp: bool = False
    """Take the IPv4 address that a DHCP server lends."""
    admit: Callable[[IPv4Address], None] | None = None
    """Has the link let in what is for the address that is lent; None where it lets everything in."""
    probe: bool = False
    """Ask whether somebody has the address before it is used."""
    owner: Owner | None = None
    """Whose addresses they are, where they are not ours alone."""
    note: str = ""
    """What the user should know about it; empty for nothing."""
    room: int | None = None
    """Packets that the link keeps for us at most; None: as many as a window has."""
    loopback: IPv4Address | None = None
    """What leads to this machine's own 127.0.0.1; None: nothing does."""
    peer: LabPeer | None = None
    """The other end, where it is in this process."""


class Proposal(NamedTuple):
    """How `auto` would use a link: the options that make it work for a request, and why it is a good one."""

    options: RunOptions
    why: str


@dataclass(frozen=True, slots=True)
class LinkKind:
    """One entry of the table of links."""

    name: str
    check: Callable[[RunOptions], None]
    """Raises OptionError where the options lack something for this link, or make no sense on it."""
    open: Callable[[Request], Attachment]
    """Take hold of the link. Raises LinkError with what to do."""
    survey: Callable[[], Report]
    """Try whether it works here, for `doctor`."""
    propose: Callable[[Request], Proposal] | None = None
    """For `auto`: how it would reach the request's destination for this user. Leaves nothing open.
    Raises LinkError with the reason why it wouldn't. None: only for whoever asks for it by name."""
    has_devices: bool = True
    """Whether it is a way out of this machine: `--interface`, `--address` and `--gateway` are for those."""
