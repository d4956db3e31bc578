"""What the links on a device of this machine have in common."""

import os
import random
import shlex
import sys
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from pathlib import Path

from tcpviz.host.address import Address
from tcpviz.link.base import Link, LinkError, local_mac
from tcpviz.link.routing import owner_of, way_to
from tcpviz.session.links.kind import Attachment, Request
from tcpviz.session.options import OptionError, RunOptions

LONGEST_NAME = 15
"""IFNAMSIZ less the final zero."""


def check_device(options: RunOptions) -> None:
    """Raises OptionError where the options name no device, or no address on it."""
    if options.interface is None:
        raise OptionError(f"--link {options.link} needs --interface, the device to use")
    check_name(options.interface)
    if not options.has_address:
        raise OptionError(
            f"--link {options.link} needs --address A/LEN, an address on the network of"
            f" {options.interface} that no machine has, e.g. 192.168.1.77/24, or --address dhcp"
        )


def check_name(interface: str) -> None:
    """Raises OptionError for what can't be the name of a device."""
    if len(interface.encode()) > LONGEST_NAME:
        raise OptionError(f"{interface!r} is no device: names have {LONGEST_NAME} characters at most")


def mac_for(options: RunOptions) -> bytes:
    """A MAC address for our own addresses, the same in every run. Raises LinkError for the machine's."""
    own = [address for address in (options.address, options.address6) if address]
    for address in own:
        if _is_ours(address.ip):
            raise LinkError(
                f"{address.ip} is this machine's own address: take another --address, one that nobody has"
            )
    if not own:
        return local_mac(random.Random())
    return local_mac(random.Random(str(own[0])))


def attachment(link: Link, options: RunOptions, room: int | None = None) -> Attachment:
    """How our host stands on a device of this machine: with addresses that nobody else may have."""
    return Attachment(
        link,
        options.address,
        options.gateway,
        options.address6,
        options.gateway6,
        options.slaac,
        options.dhcp,
        probe=True,
        room=room,
    )


def check_way(request: Request) -> None:
    """Raises LinkError where this machine itself has no way to the destination."""
    if request.destination and not owner_of(request.destination):
        way_to(request.destination)


def cannot(attempt: Callable[[], None]) -> str:
    """Why it fails; empty when it works."""
    try:
        attempt()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def this_command() -> str:
    """How this program was called, for an advice that can be pasted."""
    return shlex.quote(os.path.realpath(sys.argv[0]))


def _is_ours(address: Address) -> bool:
    """Whether the kernel has the address."""
    return _is_ours4(address) if isinstance(address, IPv4Address) else _is_ours6(address)


def _is_ours6(address: IPv6Address) -> bool:
    try:
        table = Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        return False
    return any(line.split()[0] == address.packed.hex() for line in table)


def _is_ours4(address: IPv4Address) -> bool:
    """As its routing table says."""
    try:
        table = Path("/proc/net/fib_trie").read_text().splitlines()
    except OSError:
        return False
    leaves = pairwise(table)
    return any(leaf.split()[-1] == str(address) and "host LOCAL" in kind for leaf, kind in leaves)
