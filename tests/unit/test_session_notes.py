"""What the host did, in words."""

from ipaddress import IPv4Address, IPv4Interface

import pytest

from tcpviz.host.events import (
    DhcpAddressTaken,
    DhcpBound,
    DhcpExpired,
    DhcpOffered,
    DhcpRefused,
    DhcpReleased,
    DhcpRenewed,
    DhcpUnanswered,
    HostEvent,
)
from tcpviz.host.lease import FOR_EVER, Lease
from tcpviz.session.notes import note

SERVER, OURS = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.77")
LEASE = Lease(IPv4Interface(f"{OURS}/24"), SERVER, 3600, SERVER, (SERVER, OURS), None, 1, 2, 3)
POOR = LEASE._replace(seconds=FOR_EVER, gateway=None, dns=())


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (DhcpOffered(LEASE), "the DHCP server 192.0.2.1 offers 192.0.2.77 for 1 h"),
        (
            DhcpBound(LEASE),
            "192.0.2.77/24 is ours for 1 h, gateway 192.0.2.1, DNS 192.0.2.1, 192.0.2.77",
        ),
        (DhcpBound(POOR), "192.0.2.77/24 is ours for ever, no gateway, no DNS"),
        (DhcpRenewed(LEASE._replace(seconds=90)), "192.0.2.1 lets us keep 192.0.2.77 for 90 s more"),
        (DhcpRefused(OURS, SERVER, ""), "192.0.2.1 refuses 192.0.2.77"),
        (DhcpRefused(OURS, SERVER, "no"), "192.0.2.1 refuses 192.0.2.77: no"),
        (DhcpAddressTaken(OURS, SERVER), "192.0.2.77 is in use: told 192.0.2.1, which has to offer another"),
        (DhcpUnanswered(3, False), "no DHCP server answers: 3 messages were in vain"),
        (DhcpUnanswered(3, True), "the DHCP server fell silent after its offer: 3 messages were in vain"),
        (DhcpExpired(OURS), "the lease of 192.0.2.77 is over: no DHCP server gave more time"),
        (DhcpReleased(OURS, SERVER), "gave 192.0.2.77 back to 192.0.2.1"),
    ],
)
def test_what_dhcp_did_in_words(event: HostEvent, words: str) -> None:
    assert note(event) == words
