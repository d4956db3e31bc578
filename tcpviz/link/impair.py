"""A link around a link that loses, delays, reorders, duplicates, corrupts and marks: by rule, and seeded.

What is impaired is the path, that is, IP packets; ARP is the business of the first hop and passes.
Everything happens on our side of the wire, so it works with any peer and needs nothing of the kernel.
This module does not know TCP: a packet is its bytes and its place in the row.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from heapq import heappop, heappush
from itertools import chain, count
from typing import NamedTuple

from tcpviz.link.base import Direction, Fate, Link, LinkInfo
from tcpviz.link.plan import Plan, Rules, parse_plan
from tcpviz.wire import ipv4, ipv6
from tcpviz.wire.errors import ParseError
from tcpviz.wire.frame import Frame

__all__ = ["Fated", "Impair", "Plan", "corrupt", "parse_plan"]

_ETHERNET_HEADER = 14
_IPV4 = b"\x08\x00"
_SECOND = 1_000_000_000
_OVERTAKING = 10_000_000
"""How long (ns) a packet waits to be overtaken when no other comes."""


class Fated(NamedTuple):
    """What the impairment did to one frame at `time`.

    `data` is the very object that was given to `send` (OUT) or came out of `frames` (IN), so that it
    can be found by identity; a frame lost on its way in is seen only here. DELAYED means held back
    until another overtook it: the delay that all packets of a direction share is no incident.
    """

    time: int
    direction: Direction
    data: bytes
    fate: Fate


class Impair:
    """A Link that treats the packets of `link` as `plan` says; the same seed does the same again."""

    def __init__(self, link: Link, plan: Plan, seed: int) -> None:
        self._link = link
        self._fates: list[Fated] = []
        # A generator each: what is sent changes nothing about the fate of what is received.
        self._outgoing = _Lane(plan.outgoing, f"{seed} out")
        self._incoming = _Lane(plan.incoming, f"{seed} in")

    def use(self, plan: Plan) -> None:
        """Treat packets by another plan from now on; what is on its way stays as it is."""
        self._outgoing.use(plan.outgoing)
        self._incoming.use(plan.incoming)

    @property
    def info(self) -> LinkInfo:
        return self._link.info

    def frames(self, now: int) -> list[Frame]:
        """What has arrived by now; also puts outgoing frames on the wire whose delay is over."""
        self._transmit(now)
        for frame in self._link.frames(now):
            if not self._incoming.enter(frame.data, frame.vouched, now):
                self._fates.append(Fated(now, Direction.IN, frame.data, Fate.LOST))
        arrived = list(self._incoming.leave(now))
        self._tell(now, Direction.IN, arrived)
        return [Frame(now, copy.data, copy.vouched) for copy in arrived]

    def send(self, frames: Iterable[bytes], now: int) -> None:
        """Put these on the wire, or what the plan makes of them; the delayed ones leave in `frames`."""
        for data in frames:
            copies = self._outgoing.enter(data, True, now) or [_Copy(data, True, Fate.LOST)]
            self._tell(now, Direction.OUT, [copy._replace(data=data) for copy in copies])
        self._transmit(now)

    def fates(self) -> list[Fated]:
        """What was done to frames since the last call, in order."""
        fates, self._fates = self._fates, []
        return fates

    def fileno(self) -> int:
        return self._link.fileno()

    def next_deadline(self) -> int | None:
        deadlines = (self._outgoing.next_due(), self._incoming.next_due(), self._link.next_deadline())
        return min((due for due in deadlines if due is not None), default=None)

    def close(self) -> None:
        self._link.close()

    def _transmit(self, now: int) -> None:
        due = [copy.data for copy in self._outgoing.leave(now)]
        if due:
            self._link.send(due, now)

    def _tell(self, now: int, direction: Direction, copies: Iterable["_Copy"]) -> None:
        for copy in copies:
            if copy.fate is not Fate.PASSED:
                self._fates.append(Fated(now, direction, copy.data, copy.fate))


def corrupt(data: bytes, rng: random.Random) -> bytes:
    """`data` with one bit turned over, beyond the Ethernet header: it still reaches whom it is for."""
    bit = rng.randrange(_ETHERNET_HEADER * 8, len(data) * 8)
    damaged = bytearray(data)
    damaged[bit >> 3] ^= 1 << (bit & 7)
    return bytes(damaged)


def _marked(data: bytes) -> bytes:
    """The frame as a congested router passes it on; the same object where it can't be marked."""
    packet = data[_ETHERNET_HEADER:]
    mark = ipv4.mark if data[12:14] == _IPV4 else ipv6.mark
    with suppress(ParseError):
        if (marked := mark(packet)) is not packet:
            return data[:_ETHERNET_HEADER] + marked
    return data


class _Copy(NamedTuple):
    """A frame on its way through a lane."""

    data: bytes
    vouched: bool
    fate: Fate


class _Lane:
    """One direction: what goes in comes out later, changed, twice, or never."""

    def __init__(self, rules: Rules, seed: str) -> None:
        self._rules = rules
        self._rng = random.Random(seed)
        self._marks = random.Random(f"{seed} mark")
        self._packets = 0
        self._free_at = 0
        """When the bottleneck has sent all that came before."""
        self._order = count()
        self._queue: list[tuple[int, int, _Copy]] = []
        """A heap of (when it leaves, in which order, what)."""
        self._overtaken: list[tuple[int, _Copy]] = []
        """(when it leaves at the latest, what): waiting for the next packet to go first."""

    def use(self, rules: Rules) -> None:
        """Treat what comes from now on by other rules."""
        self._rules = rules

    def enter(self, data: bytes, vouched: bool, now: int) -> list[_Copy]:
        """The copies of this frame that will leave; empty when it is lost."""
        if data[12:14] != _IPV4:
            return self._pass([_Copy(data, vouched, Fate.PASSED)], now)
        self._packets += 1
        rules = self._rules
        # Always the same number of draws, so that a rule more doesn't change whom the others hit.
        lost, damaged, twice, overtaken = (
            self._rng.random() < rate for rate in (rules.loss, rules.corrupt, rules.dup, rules.reorder)
        )
        late = max(0, rules.delay + self._rng.randint(-rules.jitter, rules.jitter))
        if lost or self._packets in rules.drop or (rules.mtu and len(data) - _ETHERNET_HEADER > rules.mtu):
            return []
        due = self._leaves_queue(len(data), now) + late
        fate = Fate.CORRUPTED if damaged else Fate.DELAYED if overtaken else Fate.PASSED
        if damaged:
            data, vouched = corrupt(data, self._rng), False
        elif self._marks.random() < rules.mark and (marked := _marked(data)) is not data:
            data, fate = marked, Fate.MARKED
        copies = [_Copy(data, vouched, fate)]
        if twice:  # an object of its own: `Fated` is found by identity
            copies.append(_Copy(bytes(bytearray(data)), vouched, Fate.DUPLICATED))
        return self._hold(copies, due) if overtaken else self._pass(copies, due)

    def _leaves_queue(self, octets: int, now: int) -> int:
        """When the last bit of this frame is sent, behind those that wait for the same bottleneck."""
        if not self._rules.rate:
            return now
        self._free_at = max(now, self._free_at) + octets * 8 * _SECOND // self._rules.rate
        return self._free_at

    def _hold(self, copies: list[_Copy], due: int) -> list[_Copy]:
        self._overtaken += ((due + _OVERTAKING, copy) for copy in copies)
        return copies

    def _pass(self, copies: list[_Copy], due: int) -> list[_Copy]:
        for copy in chain(copies, (copy for _, copy in self._overtaken)):
            heappush(self._queue, (due, next(self._order), copy))
        self._overtaken.clear()
        return copies

    def leave(self, now: int) -> Iterator[_Copy]:
        """What leaves by `now`, in order."""
        while self._overtaken and self._overtaken[0][0] <= now:
            due, copy = self._overtaken.pop(0)
            heappush(self._queue, (due, next(self._order), copy))
        while self._queue and self._queue[0][0] <= now:
            yield heappop(self._queue)[2]

    def next_due(self) -> int | None:
        """When the next one leaves."""
        dues = [due for due, _, _ in self._queue[:1]] + [due for due, _ in self._overtaken[:1]]
        return min(dues, default=None)
