"""TAP devices by their descriptors: made anew, or taken as they are (the kernel's tuntap.rst)."""

import errno
import fcntl
import os
import struct

from tcpviz.link.base import LinkError
from tcpviz.link.device import as_root, bring_up, exists, find_device_up

DEVICE_FILE = "/dev/net/tun"
NEW_NAME = "tcpviz%d"
"""The kernel puts the lowest number in that is free."""

# <linux/if_tun.h>
_TUNSETIFF = 0x4004_54CA
_TUNSETOFFLOAD = 0x4004_54D0
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000

_QUEUE_LENGTH = 4096
"""Packets that the kernel keeps for us: it drops what is more, and a full receive window is 2900."""


def open_tap(name: str) -> int:
    """The descriptor of the device `name`, which is there and up. Raises LinkError with what to do."""
    find_device_up(name)
    fd, _ = _open(name, new=False)
    return fd


def make_tap(name: str = NEW_NAME) -> tuple[int, str]:
    """A new device that is up: its descriptor and name. It goes away with the descriptor.

    Needs CAP_NET_ADMIN. Raises LinkError with what to do.
    """
    if exists(name):
        raise LinkError(f"there is a device {name} already")
    fd, name = _open(name, new=True)
    try:
        bring_up(name, _QUEUE_LENGTH)
    except BaseException:
        os.close(fd)
        raise
    return fd, name


def _open(name: str, *, new: bool) -> tuple[int, str]:
    fd = _open_device_file()
    try:
        return fd, _attach(fd, name, new=new)
    except BaseException:
        os.close(fd)
        raise


def _open_device_file() -> int:
    try:
        return os.open(DEVICE_FILE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        raise LinkError(f"{DEVICE_FILE} may not be opened; run it as: {as_root()}", privilege=True) from None
    except OSError:
        raise LinkError(f"there is no {DEVICE_FILE}; load it with: sudo modprobe tun") from None


def _attach(fd: int, name: str, *, new: bool) -> str:
    """Make `fd` the other end of the device, made anew where there is none; its name. Raises LinkError."""
    asked = struct.pack("=16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI)
    try:
        answer = fcntl.ioctl(fd, _TUNSETIFF, asked)
        # Nothing left unfinished for us, whoever had the device before.
        fcntl.ioctl(fd, _TUNSETOFFLOAD, 0)
    except PermissionError:
        raise LinkError(_no_right(name, new), privilege=True) from None
    except OSError as error:
        reasons = {
            errno.EBUSY: f"{name} is in use by another program",
            errno.EINVAL: f"{name} is no TAP device (with a single queue)",
        }
        raise LinkError(reasons.get(error.errno or 0, f"{name}: {error.strerror}")) from None
    return answer[:16].rstrip(b"\0").decode()


def _no_right(name: str, new: bool) -> str:
    if new:
        return f"making a TAP device needs the right CAP_NET_ADMIN; run it as: {as_root()}"
    return f"{name} belongs to another user; run it as: {as_root()}"
