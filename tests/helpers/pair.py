"""Two dual-stack hosts on one link, frames between them carried by hand on virtual time."""

import random
from collections.abc import Callable
from ipaddress import IPv4Interface, IPv6Interface

from tcpviz.host.events import FrameDropped, HostEvent
from tcpviz.host.host import Host
from tcpviz.wire.frame import Frame

HERE, THERE = 2, 1
"""The last octet of each host's addresses."""

Change = Callable[[bytes], list[bytes]]


def address(version: int, host: int) -> bytes:
    """The packed address of one of them."""
    return (
        IPv4Interface(f"192.0.2.{host}") if version == 4 else IPv6Interface(f"2001:db8::{host}")
    ).ip.packed


def make_dual(host: int, mtu: int = 1500) -> Host:
    return Host(
        mac=bytes((2, 0, 0, 0, 0, host)),
        address=IPv4Interface(f"192.0.2.{host}/24"),
        address6=IPv6Interface(f"2001:db8::{host}/64"),
        mtu=mtu,
        rng=random.Random(host),
        secret=bytes(16),
    )


class Pair:
    """`here` and `there`. `wire` has all that was sent, by whom."""

    def __init__(self) -> None:
        self.here, self.there = make_dual(HERE), make_dual(THERE)
        self.wire: list[tuple[Host, bytes]] = []
        self.events: dict[Host, list[HostEvent]] = {self.here: [], self.there: []}
        self.change: Change = lambda frame: [frame]
        """What becomes of a frame from `here` on its way."""

    def settle(self, now: int = 0) -> None:
        """Carry frames until both are silent."""
        while any([self._carry(self.here, self.there, now), self._carry(self.there, self.here, now)]):
            pass

    def _carry(self, source: Host, destination: Host, now: int) -> bool:
        frames = [frame for frame, _ in source.frames(now)]
        for frame in frames:
            self.wire.append((source, frame))
            for arriving in self.change(frame) if source is self.here else [frame]:
                destination.on_frame(Frame(now, arriving), now)
        self.events[destination] += destination.events()
        return bool(frames)

    def reasons(self, host: Host) -> list[str]:
        """Why it dropped what."""
        return [event.reason for event in self.events[host] if isinstance(event, FrameDropped)]

    def sent_by(self, host: Host) -> list[bytes]:
        return [frame for source, frame in self.wire if source is host]
