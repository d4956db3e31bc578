"""Which links work on this machine, found out by trying, and what enables each that does not."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tcpviz.link.base import LinkError

TUN = "/dev/net/tun"


class Report(NamedTuple):
    """One link: whether it works for this user here, why or why not, and the command that helps."""

    link: str
    works: bool
    text: str
    advice: str = ""


def survey() -> Iterator[Report]:
    """A report for each link, in the order in which a newcomer would want them."""
    yield Report("sim", True, "a simulated network in this process, with a clock of its own")
    yield _kernel()
    yield _tap()
    yield _raw()


def _kernel() -> Report:
    from tcpviz.session.world import open_kernel

    try:
        open_kernel().close()
    except LinkError as error:
        return Report("kernel", False, *_split(error))
    return Report("kernel", True, "a private network namespace with the real Linux TCP at its other end")


def _tap() -> Report:
    if problem := _cannot(lambda: os.close(os.open(TUN, os.O_RDWR))):
        return Report("tap", False, f"{TUN}: {problem}", "sudo modprobe tun")
    mine = [name for name, owner in _taps() if owner == os.getuid()]
    if os.geteuid() == 0:
        return Report("tap", True, "any TAP device: --link tap --interface NAME --address A/LEN")
    if mine:
        return Report("tap", True, f"your devices: {', '.join(mine)}")
    return Report(
        "tap",
        False,
        "no TAP device of yours is there",
        f"sudo ip tuntap add tap0 mode tap user {os.getuid()} && sudo ip link set tap0 up",
    )


def _raw() -> Report:
    if not hasattr(socket, "AF_PACKET"):
        return Report("raw", False, f"packet sockets are a matter of Linux; this is {sys.platform}")
    if problem := _cannot(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()):
        return Report("raw", False, f"no right to open a packet socket ({problem})", f"sudo {_command()} …")
    interfaces = ", ".join(name for _, name in socket.if_nameindex() if name != "lo")
    return Report("raw", True, f"--link raw --interface NAME --address A/LEN; here: {interfaces or 'none'}")


def _cannot(attempt: Callable[[], None]) -> str:
    """Why it fails; empty when it works."""
    try:
        attempt()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _taps() -> Iterator[tuple[str, int]]:
    """Name and owner of each TUN/TAP device, as sysfs tells them."""
    for _, name in socket.if_nameindex():
        try:
            with open(f"/sys/class/net/{name}/owner") as owner:
                yield name, int(owner.read())
        except (OSError, ValueError):
            continue


def _command() -> str:
    """How this program was called, for an advice that can be pasted."""
    return os.path.realpath(sys.argv[0])


def _split(error: LinkError) -> tuple[str, str]:
    """The first sentence says what, the rest what to do."""
    text, _, advice = str(error).partition("; ")
    return text, advice
