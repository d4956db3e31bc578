"""What the links on a device of this machine have in common."""

import os
import random
import shlex
import sys
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface
from itertools import pairwise
from pathlib import Path

from tcpviz.link.base import LinkError, local_mac
from tcpviz.session.options import OptionError, RunOptions

LONGEST_NAME = 15
"""IFNAMSIZ less the final zero."""


def check_device(options: RunOptions) -> None:
    """Raises OptionError where the options name no device, or no address on it."""
    if options.interface is None:
        raise OptionError(f"--link {options.link} needs --interface, the device to use")
    check_name(options.interface)
    if options.address is None:
        raise OptionError(
            f"--link {options.link} needs --address A/LEN, an address on the network of"
            f" {options.interface} that no machine has, e.g. 192.168.1.77/24"
        )


def check_name(interface: str) -> None:
    """Raises OptionError for what can't be the name of a device."""
    if len(interface.encode()) > LONGEST_NAME:
        raise OptionError(f"{interface!r} is no device: names have {LONGEST_NAME} characters at most")


def mac_for(address: IPv4Interface) -> bytes:
    """A MAC address for an address of our own, the same in every run. Raises LinkError for the machine's."""
    if _is_ours(address.ip):
        raise LinkError(
            f"{address.ip} is this machine's own address: take another --address, one that nobody has"
        )
    return local_mac(random.Random(str(address)))


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


def _is_ours(address: IPv4Address) -> bool:
    """Whether the kernel has the address, as its routing table says."""
    try:
        table = Path("/proc/net/fib_trie").read_text().splitlines()
    except OSError:
        return False
    leaves = pairwise(table)
    return any(leaf.split()[-1] == str(address) and "host LOCAL" in kind for leaf, kind in leaves)
