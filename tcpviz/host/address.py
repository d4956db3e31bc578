"""Addresses of either family, as the caller of a host has them; inside they are packed octets."""

from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface
"""An address of our own, with its network."""
