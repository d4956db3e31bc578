"""A link on a TAP device: an Ethernet whose one end is the kernel's interface, the other one ours.

The kernel cuts what it sends into packets of the MTU and finishes their checksums. It vouches for none:
where the device is bridged they come from outside.
"""

import os
from collections.abc import Iterable
from contextlib import suppress

from tcpviz.link import privileged
from tcpviz.link.base import LinkError, LinkInfo
from tcpviz.link.device import find_device, lost
from tcpviz.link.privileged import MadeDevice
from tcpviz.wire.frame import Frame

_LARGEST_READ = 14 + (1 << 16)
_BATCH = 256
_new = tuple.__new__  # what Frame(...) comes to, at half the cost


class TapLink:
    """A Link on the TAP device `name`, with the Ethernet address `mac`.

    The device has to be up, is taken as it is, and stays, unless it is one that was `made` for the run:
    that one goes away with the link. Raises LinkError with what to do.
    """

    def __init__(self, name: str, *, mac: bytes, made: MadeDevice | None = None) -> None:
        self._name = name
        self._made = made
        self._fd = made.fd if made else privileged.open_tap(name)
        try:
            device = find_device(name)
            if device.mac == mac:
                raise LinkError(f"{name} has the MAC address {mac.hex(':')} itself; ours has to be another")
        except LinkError:
            self.close()
            raise
        self._info = LinkInfo(name=f"tap {name}", mac=mac, mtu=device.mtu, note=made.note if made else "")

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
        """Leave the device; one that was made goes away, with all that belongs to it."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
            if self._made:
                self._made.close()


def read_frames(fd: int, now: int, *, vouched: bool) -> list[Frame]:
    """What can be read from a TAP device's descriptor, up to 256 frames, `vouched` or not. Raises OSError."""
    received: list[Frame] = []
    read = os.read
    with suppress(BlockingIOError):
        for _ in range(_BATCH):
            received.append(_new(Frame, (now, read(fd, _LARGEST_READ), vouched)))
    return received


def write_frames(fd: int, frames: Iterable[bytes]) -> None:
    """Hand these to the kernel; one that it has no room for is lost. Raises OSError."""
    for data in frames:
        with suppress(BlockingIOError):
            os.write(fd, data)
