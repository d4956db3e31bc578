"""Addresses that we make up for ourselves (RFC 7217): one for each network and MAC."""

from hashlib import blake2s
from ipaddress import IPv6Address, IPv6Interface, IPv6Network

LINK_LOCAL = IPv6Network("fe80::/64")


def stable_address(network: IPv6Network, mac: bytes, attempt: int = 0) -> IPv6Interface:
    """An address in a /64, the `attempt`-th of many.

    It comes from our MAC, but is not the one that the MAC itself would give (RFC 4291 appendix A): where
    the MAC is the kernel's too, that one is the kernel's.
    """
    digest = blake2s(network.network_address.packed[:8] + mac + bytes((attempt,)), digest_size=8).digest()
    address = IPv6Address(network.network_address.packed[:8] + digest)
    return IPv6Interface((address, network.prefixlen))
