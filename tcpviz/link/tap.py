"""A link on a TAP device: an Ethernet whose one end is the kernel's interface, the other one ours.

The kernel cuts what it sends into packets of the MTU and finishes their checksums. It vouches for none:
where the device is bridged they come from outside.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Iterable
from contextlib import suppress

from tcpviz.link.base import LinkError, LinkInfo
from tcpviz.link.device import as_root, bring_up, exists, find_device, find_device_up, lost
from tcpviz.wire.frame import Frame

_DEVICE_FILE = "/dev/net/tun"

# <linux/if_tun.h>
_TUNSETIFF = 0x4004_54CA
_TUNSETOFFLOAD = 0x4004_54D0
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000

_LARGEST_READ = 14 + (1 << 16)
_BATCH = 256
_QUEUE_LENGTH = 4096
"""Packets that the kernel keeps for us: it drops what is more, and a full receive window is 2900."""


class TapLink:
    """A Link on the TAP device `name`, with the Ethernet address `mac`.

    One that is there already has to be up, is taken as it is, and stays. One that isn't is made (this
    needs CAP_NET_ADMIN), brought up, and goes away with the link. Raises LinkError with what to do.
    """

    def __init__(self, name: str, *, mac: bytes) -> None:
        new = not exists(name)
        if not new:
            find_device_up(name)
        self._name = name
        self._fd = _open_device_file()
        try:
            _attach(self._fd, name, new)
            if new:
                bring_up(name, _QUEUE_LENGTH)
            device = find_device(name)
            if device.mac == mac:
                raise LinkError(f"{name} has the MAC address {mac.hex(':')} itself; ours has to be another")
        except LinkError:
            self.close()
            raise
        note = f"{name} is new: the kernel needs its own address on it (ip address add ... dev {name})"
        self._info = LinkInfo(name=f"tap {name}", mac=mac, mtu=device.mtu, note=note if new else "")

    @property
    def info(self) -> LinkInfo:
        return self._info

    def frames(self, now: int) -> list[Frame]:
        """What has arrived, up to 256 frames."""
        try:
            return read_frames(self._fd, now, vouched=False)
        except OSError as error:
            raise lost(self._name, error) from None

    def send(self, frames: Iterable[bytes], now: int) -> None:
        """Hand these to the kernel. Where it has no room a frame is lost, as in any full queue."""
        try:
            write_frames(self._fd, frames)
        except OSError as error:
            raise lost(self._name, error) from None

    def fileno(self) -> int:
        return self._fd

    def next_deadline(self) -> int | None:
        return None

    def close(self) -> None:
        """Leave the device; one that was made here goes away."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def read_frames(fd: int, now: int, *, vouched: bool) -> list[Frame]:
    """What can be read from a TAP device's descriptor, up to 256 frames, `vouched` or not. Raises OSError."""
    received: list[Frame] = []
    read = os.read
    with suppress(BlockingIOError):
        for _ in range(_BATCH):
            received.append(Frame(now, read(fd, _LARGEST_READ), vouched))
    return received


def write_frames(fd: int, frames: Iterable[bytes]) -> None:
    """Hand these to the kernel; one that it has no room for is lost. Raises OSError."""
    for data in frames:
        with suppress(BlockingIOError):
            os.write(fd, data)


def _open_device_file() -> int:
    try:
        return os.open(_DEVICE_FILE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        raise LinkError(f"{_DEVICE_FILE} may not be opened; run it as: {as_root()}", privilege=True) from None
    except OSError:
        raise LinkError(f"there is no {_DEVICE_FILE}; load it with: sudo modprobe tun") from None


def _attach(fd: int, name: str, new: bool) -> None:
    """Make `fd` the other end of the device, made anew where there is none. Raises LinkError."""
    try:
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("=16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
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


def _no_right(name: str, new: bool) -> str:
    if new:
        return f"making the TAP device {name} needs the right CAP_NET_ADMIN; run it as: {as_root()}"
    return f"{name} belongs to another user; run it as: {as_root()}"
