"""The built-in network's addresses: 192.0.2.0/24 (TEST-NET-1, RFC 5737), we are .2 and the peer is .1."""

import sys
from ipaddress import IPv4Address, IPv4Interface

HOST_NAMES = ("lab", "lab.test")
"""Names of the peer that need no resolver."""
PORTS = (80, 8080)
"""Where the peer's web server listens."""
PEER_ADDRESS = IPv4Interface("192.0.2.1/24")
OUR_ADDRESS = IPv4Interface("192.0.2.2/24")
# Locally administered unicast addresses (IEEE 802, section 8.4).
PEER_MAC = bytes.fromhex("020000000001")
OUR_MAC = bytes.fromhex("020000000002")


def lab_address(name: str) -> IPv4Address | None:
    """The address of a host on the built-in network by its name or address; None: it is not there."""
    if name in HOST_NAMES or name == str(PEER_ADDRESS.ip):
        return PEER_ADDRESS.ip
    return None


KERNEL_PEER = (sys.executable, "-P", "-m", "tcpviz.lab.kernel_peer")
"""The command for `KernelLink`. -P: whatever Python files lie in the user's folder are no part of it."""
