"""Runs a host on a link of the operating system until something has happened."""

import os
import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tcpviz.host.flow import Flow
from tcpviz.host.host import Host
from tcpviz.link.base import Link
from tcpviz.tcp.events import CloseReason
from tcpviz.wire import ethernet, ipv4, tcp
from tcpviz.wire.frame import Frame
from tcpviz.wire.seq import Seq, gt, later

_PATIENCE = 60
"""Seconds after which nothing is expected any more: only a test that fails waits for them."""


def holes(frames: Sequence[Frame]) -> int:
    """How often the data of the one TCP connection in `frames` went on beyond what had come before.

    On a link that loses nothing, and on one processor, it never does. (A peer may send again what we were
    slow to acknowledge.)
    """
    count = 0
    expected: Seq | None = None
    for frame in frames:
        ethernet_header, packet = ethernet.parse(frame.data)
        if ethernet_header.ethertype != ethernet.IPV4:
            continue
        header, data = ipv4.parse(packet)
        if header.protocol != ipv4.TCP:
            continue
        _, _, segment = tcp.parse(data)
        if expected is not None:
            count += gt(segment.seq, expected)
        expected = segment.end if expected is None else later(expected, segment.end)
    return count


@contextmanager
def one_processor() -> Iterator[None]:
    """This thread, and what it starts, stays on one processor meanwhile: Linux queues what a veth device
    passes on by processor, so frames that are sent from two overtake one another, which no link can help."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class Driver:
    """The loop around `host` and `link`. `seen` keeps every frame that came in."""

    def __init__(self, host: Host, link: Link) -> None:
        self.host = host
        self.link = link
        self.seen: list[Frame] = []
        self._start = time.monotonic_ns()

    @property
    def now(self) -> int:
        return time.monotonic_ns() - self._start

    def until(self, happened: Callable[[], bool], step: Callable[[], None] = lambda: None) -> None:
        """Run until `happened`; `step` is the application, called every round."""
        end = time.monotonic() + _PATIENCE
        while not happened():
            assert time.monotonic() < end, "nothing happened"
            self._round(step)

    def _round(self, step: Callable[[], None]) -> None:
        arrived = self.link.frames(self.now)
        self.seen += arrived
        for frame in arrived:
            self.host.on_frame(frame, self.now)
        deadline = self.host.next_deadline()
        if deadline is not None and deadline <= self.now:
            self.host.on_deadline(self.now)
        step()
        self.link.send([data for data, _ in self.host.frames(self.now)], self.now)
        if not arrived:
            select.select([self.link.fileno()], [], [], self._wait())

    def _wait(self) -> float:
        deadline = self.host.next_deadline()
        return 0.05 if deadline is None else min(0.05, max(0.0, (deadline - self.now) / 1e9))

    def exchange(self, flow: Flow, request: bytes) -> bytes:
        """Send `request`, read to the peer's end, close; all that was received."""
        connection = flow.connection
        received = bytearray()
        unsent = request

        def step() -> None:
            nonlocal unsent
            unsent = unsent[connection.send(unsent, self.now) :]
            received.extend(connection.receive(1 << 20, self.now))

        self.until(lambda: connection.at_eof or connection.end is not None, step)
        assert connection.end in (None, CloseReason.NORMAL)
        connection.shutdown(self.now)
        self.until(lambda: connection.snapshot().snd_una == connection.snapshot().snd_max)
        return bytes(received)
