"""What every link is: frames in, frames out, and something to wait for."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from tcpviz.wire.frame import Frame


def local_mac(rng: random.Random) -> bytes:
    """An Ethernet address that no manufacturer gave out: locally administered, unicast (IEEE 802 8.2.2)."""
    return bytes((0x02, *rng.randbytes(5)))


class Direction(IntEnum):
    """Which way a frame goes, seen from us."""

    OUT = 1
    IN = 2


class Fate(IntEnum):
    """What the network (or the user at the gate) did to a frame."""

    PASSED = 0
    LOST = 1
    DUPLICATED = 2
    DELAYED = 3
    CORRUPTED = 4
    MARKED = 5


class LinkError(Exception):
    """A link can't be had or has gone; the text says why and what to do about it.

    `privilege` tells that what is missing is a right, not a device.
    """

    def __init__(self, text: str, *, privilege: bool = False) -> None:
        super().__init__(text)
        self.privilege = privilege


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """What does not change while a link is open."""

    name: str
    """What the status line calls it, e.g. "raw eth0"."""
    mac: bytes
    """The Ethernet address that is ours on it, 6 octets."""
    mtu: int
    """The largest IP packet in octets."""
    virtual_time: bool = False
    """The world behind the link has a clock of its own that stands still when ours does (`sim`)."""
    note: str = ""
    """One line that the screen must say about what is seen on this link; empty for nothing."""


class Link(Protocol):
    """A way for Ethernet frames to leave and arrive. All times are the run's monotonic nanoseconds."""

    @property
    def info(self) -> LinkInfo:
        """Name, MAC address, MTU."""

    def frames(self, now: int) -> list[Frame]:
        """All that can be read now, in a batch (bounded; ask again for more). Never blocks.

        Raises LinkError when the device has gone.
        """

    def send(self, frames: Iterable[bytes], now: int) -> None:
        """Put these on the wire. Raises LinkError when the device has gone."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when `frames` has something; -1 where there is none."""

    def next_deadline(self) -> int | None:
        """When `frames` will have something by itself (a delayed frame, the simulated peer); None: never."""

    def close(self) -> None:
        """Give the device back. May be called twice."""
