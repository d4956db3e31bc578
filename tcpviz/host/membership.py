"""Telling routers, and the switches that listen in, which groups we want to hear (MLD, RFC 3810 section 6).

Without it a switch that snoops passes no question for our address to us (RFC 4862 section 5.4.2). Knows
groups and moments; neither why we are in a group nor how a packet leaves.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from tcpviz.wire import ipv6, mld
from tcpviz.wire.mld import Query, Record

_MILLISECOND = 1_000_000
_SECOND = 1_000_000_000

ROBUSTNESS = 2
"""How often a change is told (RFC 3810 section 9.1)."""
REPORT_INTERVAL = _SECOND
"""From the first time to the second (RFC 3810 section 9.11); the RFC draws a part of it by lot. By the second
time the link-local address is checked and is the source, as routers want it (RFC 3590 section 4)."""


class Membership:
    """Reports `groups()`, whenever they have changed and whenever somebody asks.

    `source` says from which address, `send` takes packets. The end of `mac` says how much of the time that a
    router gives an answer takes, so that those of many hosts come one after the other.
    """

    def __init__(
        self,
        mac: bytes,
        groups: Callable[[], AbstractSet[bytes]],
        source: Callable[[], bytes],
        send: Callable[[bytes], None],
    ) -> None:
        self._share = int.from_bytes(mac[-2:], "big")
        self._groups = groups
        self._source = source
        self._send = send
        self._told: AbstractSet[bytes] = frozenset()
        self._changes: dict[bytes, Record] = {}
        self._repeats = 0
        """How often the changes are still to be told."""
        self._report_at: int | None = None
        self._asked: dict[bytes, tuple[int, int]] = {}
        """By the group that was asked for: when to answer, and in which version."""

    def on_query(self, query: Query, now: int) -> None:
        """Somebody asks who listens: answer in time, once for several questions."""
        if query.group == ipv6.UNSPECIFIED or query.group in self._groups():
            wait = query.delay * _MILLISECOND * self._share >> 16
            self._asked.setdefault(query.group, (now + wait, query.version))

    def on_deadline(self, now: int) -> None:
        """Tell what has changed, and answer what was asked. To be called before the groups are spoken to."""
        self._notice_changes(now)
        if self._report_at is not None and now >= self._report_at:
            self._repeats -= 1
            self._report_at = now + REPORT_INTERVAL if self._repeats else None
            self._send(mld.report([(kind, group) for group, kind in self._changes.items()], self._source()))
            if not self._repeats:
                self._changes = {}
        for group, (at, version) in list(self._asked.items()):
            if at <= now:
                del self._asked[group]
                self._answer(group, version)

    def _notice_changes(self, now: int) -> None:
        groups = self._groups()
        if groups == self._told:
            return
        self._changes |= dict.fromkeys(sorted(groups - self._told), Record.JOINED)
        self._changes |= dict.fromkeys(sorted(self._told - groups), Record.LEFT)
        self._told = groups
        self._repeats, self._report_at = ROBUSTNESS, now

    def _answer(self, asked: bytes, version: int) -> None:
        groups = sorted(group for group in self._groups() if asked in (group, ipv6.UNSPECIFIED))
        if version == 1:
            for group in groups:
                self._send(mld.report_v1(group, self._source()))
        elif groups:
            self._send(mld.report([(Record.LISTENING, group) for group in groups], self._source()))

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called, beside the moments at which a group changes."""
        moments = [at for at, _ in self._asked.values()]
        if self._report_at is not None:
            moments.append(self._report_at)
        return min(moments, default=None)
