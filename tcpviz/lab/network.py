"""The built-in network's addresses: 192.0.2.0/24 (TEST-NET-1, RFC 5737) and 2001:db8::/64 (RFC 3849).

We are .2 and ::2, the peer is .1 and ::1.
"""

import sys
from ipaddress import IPv4Interface, IPv6Interface, ip_address

from tcpviz.host.address import Address

HOST_NAMES = ("lab", "lab.test")
"""Names of the peer that need no resolver, for its IPv4 address."""
HOST_NAMES6 = ("lab6", "lab6.test")
"""The same for its IPv6 address."""
PORTS = (80, 8080)
"""Where the peer's web server listens."""
TLS_PORTS = (443, 8443)
"""Where it speaks TLS."""
PEER_ADDRESS = IPv4Interface("192.0.2.1/24")
OUR_ADDRESS = IPv4Interface("192.0.2.2/24")
PEER_ADDRESS6 = IPv6Interface("2001:db8::1/64")
OUR_ADDRESS6 = IPv6Interface("2001:db8::2/64")
# Locally administered unicast addresses (IEEE 802, section 8.4).
PEER_MAC = bytes.fromhex("020000000001")
OUR_MAC = bytes.fromhex("020000000002")


def lab_address(name: str) -> Address | None:
    """The address of a host on the built-in network by its name or address; None: it is not there."""
    if name in HOST_NAMES:
        return PEER_ADDRESS.ip
    if name in HOST_NAMES6:
        return PEER_ADDRESS6.ip
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return address if address in (PEER_ADDRESS.ip, PEER_ADDRESS6.ip) else None


KERNEL_PEER = (sys.executable, "-P", "-m", "tcpviz.lab.kernel_peer")
"""The command for `KernelLink`. -P: whatever Python files lie in the user's folder are no part of it."""
