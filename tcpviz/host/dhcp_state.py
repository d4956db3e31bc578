"""The states of a DHCP client and every way from one to another, as data (RFC 2131 section 4.4, figure 5).

The figure's states for a client that remembers an earlier address (INIT-REBOOT, REBOOTING) are not here:
every run begins anew. CHECKING is the ARP check that the figure has only as words at an edge.
"""

from enum import Enum
from typing import NamedTuple


class DhcpState(Enum):
    """Where a client is; the value is the RFC's spelling."""

    INIT = "INIT"
    SELECTING = "SELECTING"
    REQUESTING = "REQUESTING"
    CHECKING = "CHECKING"
    BOUND = "BOUND"
    RENEWING = "RENEWING"
    REBINDING = "REBINDING"
    RELEASED = "RELEASED"


class DhcpTrigger(Enum):
    """What moves it."""

    BEGIN = "begin"
    OFFER = "rcv DHCPOFFER"
    ACK = "rcv DHCPACK"
    NAK = "rcv DHCPNAK"
    NO_ANSWER = "no answer"
    FREE = "nobody has the address"
    TAKEN = "somebody has the address"
    T1 = "T1 expires"
    T2 = "T2 expires"
    EXPIRED = "the lease expires"
    RELEASE = "release"


class DhcpTransition(NamedTuple):
    """One edge: where it leads, what is sent on the way, and where the RFC says so."""

    new: DhcpState
    sends: str
    rfc: str


S, T = DhcpState, DhcpTrigger

TRANSITIONS: dict[tuple[DhcpState, DhcpTrigger], DhcpTransition] = {
    (S.INIT, T.BEGIN): DhcpTransition(S.SELECTING, "DHCPDISCOVER", "RFC 2131 4.4.1"),
    #
    (S.SELECTING, T.OFFER): DhcpTransition(S.REQUESTING, "DHCPREQUEST", "RFC 2131 4.4.1"),
    (S.SELECTING, T.NO_ANSWER): DhcpTransition(S.INIT, "", "RFC 2131 4.4.1"),
    #
    (S.REQUESTING, T.ACK): DhcpTransition(S.CHECKING, "ARP probe", "RFC 2131 4.4.1"),
    (S.REQUESTING, T.NAK): DhcpTransition(S.INIT, "", "RFC 2131 3.1"),
    (S.REQUESTING, T.NO_ANSWER): DhcpTransition(S.INIT, "", "RFC 2131 3.1"),
    #
    (S.CHECKING, T.FREE): DhcpTransition(S.BOUND, "", "RFC 2131 4.4.1"),
    (S.CHECKING, T.TAKEN): DhcpTransition(S.INIT, "DHCPDECLINE", "RFC 2131 4.4.1"),
    (S.CHECKING, T.RELEASE): DhcpTransition(S.RELEASED, "DHCPRELEASE", "RFC 2131 4.4.6"),
    #
    (S.BOUND, T.T1): DhcpTransition(S.RENEWING, "DHCPREQUEST", "RFC 2131 4.4.5"),
    (S.BOUND, T.TAKEN): DhcpTransition(S.INIT, "DHCPDECLINE", "RFC 5227 2.4"),
    (S.BOUND, T.RELEASE): DhcpTransition(S.RELEASED, "DHCPRELEASE", "RFC 2131 4.4.6"),
    #
    (S.RENEWING, T.ACK): DhcpTransition(S.BOUND, "", "RFC 2131 4.4.5"),
    (S.RENEWING, T.NAK): DhcpTransition(S.INIT, "", "RFC 2131 4.4.5"),
    (S.RENEWING, T.T2): DhcpTransition(S.REBINDING, "DHCPREQUEST", "RFC 2131 4.4.5"),
    (S.RENEWING, T.TAKEN): DhcpTransition(S.INIT, "DHCPDECLINE", "RFC 5227 2.4"),
    (S.RENEWING, T.RELEASE): DhcpTransition(S.RELEASED, "DHCPRELEASE", "RFC 2131 4.4.6"),
    #
    (S.REBINDING, T.ACK): DhcpTransition(S.BOUND, "", "RFC 2131 4.4.5"),
    (S.REBINDING, T.NAK): DhcpTransition(S.INIT, "", "RFC 2131 4.4.5"),
    (S.REBINDING, T.EXPIRED): DhcpTransition(S.INIT, "", "RFC 2131 4.4.5"),
    (S.REBINDING, T.TAKEN): DhcpTransition(S.INIT, "DHCPDECLINE", "RFC 5227 2.4"),
    (S.REBINDING, T.RELEASE): DhcpTransition(S.RELEASED, "DHCPRELEASE", "RFC 2131 4.4.6"),
}
"""Every edge there is; what happens in another state means nothing."""

LEASED = frozenset({S.BOUND, S.RENEWING, S.REBINDING})
"""Where the address may be used."""
