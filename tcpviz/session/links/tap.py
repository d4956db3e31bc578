"""The link on a TAP device: its entry in the table of links."""

import os
import socket
from collections.abc import Iterator

from tcpviz.link.device import queue_length
from tcpviz.link.tap import TapLink
from tcpviz.session.links.devices import attachment, cannot, check_device, mac_for
from tcpviz.session.links.kind import Attachment, LinkKind, Report, Request

TUN = "/dev/net/tun"


def _open(request: Request) -> Attachment:
    options = request.options
    assert options.interface is not None
    link = TapLink(options.interface, mac=mac_for(options))
    return attachment(link, options, queue_length(options.interface))


def _survey() -> Report:
    if problem := cannot(lambda: os.close(os.open(TUN, os.O_RDWR))):
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


def _taps() -> Iterator[tuple[str, int]]:
    """Name and owner of each TUN/TAP device, as sysfs tells them."""
    for _, name in socket.if_nameindex():
        try:
            with open(f"/sys/class/net/{name}/owner") as owner:
                yield name, int(owner.read())
        except (OSError, ValueError):
            continue


TAP = LinkKind("tap", check_device, _open, _survey)
