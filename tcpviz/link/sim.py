"""A link to a peer in this very process, on a virtual clock.

Nothing here waits: the session jumps to the next deadline, and the peer's side of the world is then
brought up to that moment, every arrival and every timer at exactly its own time. The same calls give
the same world. This module does not know what the peer is made of.
"""

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from tcpviz.link.base import LinkInfo
from tcpviz.wire.frame import Frame

_SECOND = 1_000_000_000


class SimPeer(Protocol):
    """The other end: it takes frames and deadlines, and gives what it sends then."""

    def on_frame(self, frame: Frame, now: int) -> object:
        """A frame arrived."""

    def on_deadline(self, now: int) -> object:
        """The time that `next_deadline` told has come."""

    def frames(self, now: int) -> Iterable[bytes]:
        """What it sends now, in order."""

    def next_deadline(self) -> int | None:
        """When it will do something by itself; None: never."""


class SimLink:
    """A Link whose two ends are `mac` (ours) and `peer`.

    - `delay_ns`: how long a frame travels, each way.
    - `rate`: bits per second, each way; frames queue before it without limit. None: no limit.
    """

    def __init__(
        self,
        peer: SimPeer,
        *,
        mac: bytes,
        mtu: int = 1500,
        delay_ns: int = 0,
        rate: int | None = None,
        name: str = "sim",
    ) -> None:
        self._info = LinkInfo(name=name, mac=mac, mtu=mtu, virtual_time=True)
        self._peer = peer
        self._clock = 0
        self._to_peer = _Pipe(delay_ns, rate)
        self._to_us = _Pipe(delay_ns, rate)

    @property
    def info(self) -> LinkInfo:
        return self._info

    def frames(self, now: int) -> list[Frame]:
        """What has arrived by `now`, when the peer has lived up to that moment."""
        self._advance(now)
        arrived = []
        while (due := self._to_us.next_due()) is not None and due <= now:
            arrived.append(Frame(due, self._to_us.pop()))
        return arrived

    def send(self, frames: Iterable[bytes], now: int) -> None:
        """Let these travel to the peer."""
        for data in frames:
            self._to_peer.push(data, now)

    def fileno(self) -> int:
        return -1

    def next_deadline(self) -> int | None:
        """The next arrival at either end, or the peer's own deadline."""
        return _earliest(self._to_us.next_due(), self._to_peer.next_due(), self._peer.next_deadline())

    def close(self) -> None:
        """Nothing is held."""

    def _advance(self, now: int) -> None:
        peer = self._peer
        while (moment := _earliest(self._to_peer.next_due(), peer.next_deadline())) is not None:
            if moment > now:
                return
            moment = self._clock = max(moment, self._clock)
            arrival = self._to_peer.next_due()
            if arrival is not None and arrival <= moment:
                peer.on_frame(Frame(moment, self._to_peer.pop()), moment)
            else:
                peer.on_deadline(moment)
            for data in peer.frames(moment):
                self._to_us.push(data, moment)


class _Pipe:
    """One direction: frames in order, each due when it has travelled."""

    def __init__(self, delay: int, rate: int | None) -> None:
        self._delay = delay
        self._rate = rate
        self._free_at = 0
        self._queue: deque[tuple[int, bytes]] = deque()

    def push(self, data: bytes, now: int) -> None:
        begins = max(now, self._free_at)
        self._free_at = begins + (len(data) * 8 * _SECOND // self._rate if self._rate else 0)
        self._queue.append((self._free_at + self._delay, data))

    def pop(self) -> bytes:
        return self._queue.popleft()[1]

    def next_due(self) -> int | None:
        return self._queue[0][0] if self._queue else None


def _earliest(*moments: int | None) -> int | None:
    return min((moment for moment in moments if moment is not None), default=None)
