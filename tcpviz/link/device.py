"""What the kernel knows about a network interface, and the rights that its links need.

Asks by ioctl: /sys shows the interfaces of another network namespace as soon as one has been entered.
"""

import errno
import fcntl
import os
import shlex
import socket
import struct
import sys
from array import array
from dataclasses import dataclass

from tcpviz.link.base import LinkError

# <linux/sockios.h>
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_SIOCGIFMTU = 0x8921
_SIOCGIFHWADDR = 0x8927
_SIOCGIFTXQLEN = 0x8942
_SIOCSIFTXQLEN = 0x8943

_SIOCETHTOOL = 0x8946
_ETHTOOL_GDRVINFO = 3
_DRIVER_INFO = 196  # sizeof(struct ethtool_drvinfo)
_BUS_INFO = 100  # where its bus_info stands: "tap" or "tun" for the devices of /dev/net/tun

_IFF_UP = 1
_ARPHRD_ETHER = 1
_IFREQ = 40  # sizeof(struct ifreq)
_NAME_LIMIT = 15


@dataclass(frozen=True, slots=True)
class Device:
    """An Ethernet interface as it was when it was looked at."""

    name: str
    index: int
    mtu: int
    mac: bytes
    is_up: bool


def find_device(name: str) -> Device:
    """The interface `name`. Raises LinkError when there is none, or it is no Ethernet."""
    try:
        index = socket.if_nametoindex(name)
    except OSError:
        raise LinkError(missing(name)) from None
    family, mac = struct.unpack_from("=H6s", _ask(_SIOCGIFHWADDR, name))
    if family != _ARPHRD_ETHER:
        raise LinkError(f"{name} is no Ethernet interface; take one that is, or a TAP device")
    (mtu,) = struct.unpack_from("=i", _ask(_SIOCGIFMTU, name))
    return Device(name, index, mtu, mac, bool(_flags(name) & _IFF_UP))


def missing(name: str) -> str:
    """What to tell of an interface that is not there: the names of those that are."""
    present = ", ".join(sorted(other for _, other in socket.if_nameindex())) or "none at all"
    return f"there is no interface {name!r}; here are: {present}"


def find_device_up(name: str) -> Device:
    """The interface `name`, which has to be up. Raises LinkError, with the command, when it isn't."""
    device = find_device(name)
    if not device.is_up:
        raise _down(name)
    return device


def lost(name: str, error: OSError) -> LinkError:
    """What to tell when the use of an open device has failed with `error`."""
    if not exists(name):
        return LinkError(f"{name} is gone")
    if error.errno in (errno.ENETDOWN, errno.EIO):
        return _down(name)
    return LinkError(f"{name} can't be used any more: {error.strerror}")


def exists(name: str) -> bool:
    """Whether there is an interface of that name."""
    return any(name == other for _, other in socket.if_nameindex())


def is_tap(name: str) -> bool:
    """Whether there is an interface of that name that is a TAP device: its driver says so."""
    if not exists(name):
        return False
    info = array("b", struct.pack("=I", _ETHTOOL_GDRVINFO).ljust(_DRIVER_INFO, b"\0"))
    pointer = struct.pack("P", info.buffer_info()[0])
    try:
        _ask(_SIOCETHTOOL, name, pointer)
    except LinkError:
        return False  # a driver that says nothing is none of a TAP
    return info.tobytes()[_BUS_INFO:].startswith(b"tap")


def queue_length(name: str) -> int:
    """How many packets the kernel keeps for the interface; those of a TAP device wait for its reader."""
    (length,) = struct.unpack_from("=i", _ask(_SIOCGIFTXQLEN, name))
    return int(length)


def bring_up(name: str, queue_length: int) -> None:
    """Set an interface up that is our own, with room for `queue_length` packets. Needs CAP_NET_ADMIN."""
    _ask(_SIOCSIFTXQLEN, name, struct.pack("=i", queue_length))
    _ask(_SIOCSIFFLAGS, name, struct.pack("=H", _flags(name) | _IFF_UP))


def as_root() -> str:
    """The command that runs this very program again, as root."""
    return "sudo " + shlex.join([*program(), *sys.argv[1:]])


def program() -> list[str]:
    """How this program was called, wherever the shell stands then."""
    path = os.path.abspath(sys.argv[0])
    return [sys.executable, "-m", "tcpviz"] if os.path.basename(path) == "__main__.py" else [path]


def _down(name: str) -> LinkError:
    return LinkError(f"{name} is down; bring it up with: sudo ip link set dev {name} up")


def _flags(name: str) -> int:
    (flags,) = struct.unpack_from("=H", _ask(_SIOCGIFFLAGS, name))
    return int(flags)


def _ask(request: int, name: str, value: bytes = b"") -> bytes:
    """One ioctl about an interface: `value` goes in, what the kernel answers comes out."""
    asked = name.encode()[:_NAME_LIMIT].ljust(_NAME_LIMIT + 1, b"\0") + value
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        try:
            answer = fcntl.ioctl(asker, request, asked.ljust(_IFREQ, b"\0"))
        except OSError as error:
            denied = isinstance(error, PermissionError)
            raise LinkError(f"{name}: {error.strerror}", privilege=denied) from None
    return answer[_NAME_LIMIT + 1 :]
