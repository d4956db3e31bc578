"""Our host on a link, driven round by round as a session does it; and small servers to fetch from.

On a simulated link the clock jumps from one deadline to the next; on a real one it is the machine's.
"""

import random
import select
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from tcpviz.client.fetch import Fetch
from tcpviz.client.options import FetchOptions
from tcpviz.client.url import parse_url
from tcpviz.host.host import Flow, Host
from tcpviz.lab.network import (
    OUR_ADDRESS,
    OUR_ADDRESS6,
    OUR_MAC,
    PEER_ADDRESS,
    PEER_MAC,
    PORTS,
    lab_address,
)
from tcpviz.lab.server import LabPeer
from tcpviz.link.base import Link
from tcpviz.link.impair import Impair, parse_plan
from tcpviz.link.sim import SimLink, SimPeer
from tcpviz.tcp.config import Config
from tcpviz.wire.frame import Frame

MILLISECOND = 1_000_000
SECOND = 1_000_000_000


@dataclass
class MemorySink:
    """Keeps the body. `space` is how much it takes altogether."""

    space: int = 1 << 40
    body: bytearray = field(default_factory=bytearray)
    largest: int = 0

    def room(self) -> int:
        return self.space - len(self.body)

    def write(self, data: bytes) -> None:
        assert len(data) <= self.room()
        self.largest = max(self.largest, len(data))
        self.body += data


class World:
    """A link, our host on it, and the time."""

    def __init__(self, link: Link, *, seed: int = 1) -> None:
        self.link = link
        self.seen: list[tuple[int, bytes]] = []
        """(time, frame) of all that arrived, in order."""
        rng = random.Random(seed)
        self.host = Host(
            mac=OUR_MAC,
            address=OUR_ADDRESS,
            address6=OUR_ADDRESS6,
            mtu=link.info.mtu,
            rng=rng,
            secret=rng.randbytes(16),
        )
        self._start = time.monotonic_ns()
        self._now = 0

    @property
    def now(self) -> int:
        return self._now if self.link.info.virtual_time else time.monotonic_ns() - self._start

    def round(self, step: Callable[[int], None]) -> None:
        """Timers, arrivals, the application, departures."""
        now = self.now
        self.host.on_deadline(now)
        for frame in self.link.frames(now):
            self.seen.append((frame.time, frame.data))
            self.host.on_frame(frame, frame.time)
            self._send(frame.time)
        step(now)
        self._send(now)

    def run(
        self,
        step: Callable[[int], None],
        done: Callable[[], bool],
        next_deadline: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Go on until `done`. A simulated world in which nothing can happen any more is a mistake."""
        while True:
            self.round(step)
            if done():
                return
            moments = (self.host.next_deadline(), self.link.next_deadline(), next_deadline())
            self._wait(min((moment for moment in moments if moment is not None), default=None))

    def fetch(self, fetch: Fetch) -> Fetch:
        """Drive a fetch to its end."""
        self.fetch_until(fetch, lambda: fetch.done)
        return fetch

    def fetch_until(self, fetch: Fetch, done: Callable[[], bool]) -> None:
        """Drive a fetch until `done`; names of the lab are resolved."""

        def step(now: int) -> None:
            fetch.step(now)
            if fetch.wants:
                address = lab_address(fetch.wants)
                if address:
                    fetch.resolved([address])
                else:
                    fetch.unresolved("no such name")
                fetch.step(now)

        self.run(step, done, fetch.next_deadline)

    def get(
        self,
        url: str,
        sink: MemorySink | None = None,
        options: FetchOptions | None = None,
        config: Config | None = None,
    ) -> Fetch:
        """Fetch a URL to its end."""
        arguments = (self.host, parse_url(url), sink or MemorySink(), config or Config())
        return self.fetch(Fetch(*arguments, now=self.now, options=options))

    def _send(self, now: int) -> None:
        self.link.send([data for data, _ in self.host.frames(now)], now)

    def _wait(self, until: int | None) -> None:
        if self.link.info.virtual_time:
            assert until is not None, "nothing will ever happen again"
            self._now = max(self._now, until)
            return
        timeout = None if until is None else max(0, until - self.now) / MILLISECOND
        poller = select.poll()
        poller.register(self.link.fileno(), select.POLLIN)
        poller.poll(timeout)


def lab_world(
    peer: SimPeer | None = None, *, impair: str = "", delay: int = 5 * MILLISECOND, seed: int = 1
) -> World:
    """Our host and the lab's peer (or another one) on a simulated link, impaired on our side."""
    link: Link = SimLink(peer or LabPeer(), mac=OUR_MAC, delay_ns=delay)
    return World(Impair(link, parse_plan(impair), seed) if impair else link, seed=seed)


class ScriptedPeer:
    """A host that answers every complete request with the next of some canned replies, whatever they are.

    After the last one it does `ending`: "close", "reset" or "nothing".
    """

    request_end = b"\r\n\r\n"
    """What a request ends with; nothing: any octets are one."""

    def __init__(self, *replies: bytes, ending: str = "close", config: Config | None = None) -> None:
        rng = random.Random(7)
        self.host = Host(
            mac=PEER_MAC, address=PEER_ADDRESS, gateway=None, mtu=1500, rng=rng, secret=rng.randbytes(16)
        )
        self.requests: list[bytes] = []
        self.accepted: list[Flow] = []
        self._replies = list(replies)
        self._ending = ending
        self._received: dict[int, bytes] = {}
        self._unsent: dict[int, bytes] = {}
        for port in PORTS:
            self.host.listen(port, config or Config(), self.accepted.append)

    def on_frame(self, frame: Frame, now: int) -> None:
        flow = self.host.on_frame(frame, now)
        if flow is not None and not flow.connection.closed:
            self._step(flow, now)

    def _step(self, flow: Flow, now: int) -> None:
        connection = flow.connection
        received = self._received.get(flow.number, b"") + connection.receive(1 << 20, now)
        head, end, rest = received.partition(self.request_end) if self.request_end else (received, b"", b"")
        self._received[flow.number] = rest if end else received
        if (end or (received and not self.request_end)) and self._replies:
            self.requests.append(head + end)
            self._unsent[flow.number] = self._replies.pop(0)
        if flow.number not in self._unsent:
            return
        unsent = self._unsent[flow.number]
        self._unsent[flow.number] = unsent[connection.send(unsent, now) if unsent else 0 :]
        if not self._unsent[flow.number] and connection.snapshot().snd_una == connection.snapshot().snd_max:
            self._end(flow, now)

    def _end(self, flow: Flow, now: int) -> None:
        if connection_over(flow) or self._replies:
            return
        if self._ending == "close":
            flow.connection.shutdown(now)
        elif self._ending == "reset":
            flow.connection.abort(now)

    def on_deadline(self, now: int) -> None:
        self.host.on_deadline(now)

    def frames(self, now: int) -> Iterator[bytes]:
        return (data for data, _ in self.host.frames(now))

    def next_deadline(self) -> int | None:
        return self.host.next_deadline()


def connection_over(flow: Flow) -> bool:
    """Whether this side has closed already."""
    return flow.connection.state.name not in ("ESTABLISHED", "CLOSE_WAIT")


def addresses(*texts: str) -> list[IPv4Address]:
    """What a resolver would answer."""
    return [IPv4Address(text) for text in texts]
