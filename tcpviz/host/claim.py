"""The right to an address: probe, announcement and defence, by ARP (RFC 5227) or by NDP (RFC 4862).

Knows one address, and nothing of who else is on the link.
"""

from collections.abc import Callable
from enum import Enum

from tcpviz.host.events import AddressClaimed, AddressConflict, AddressDefended, HostEvent

_MILLISECOND = 1_000_000
_SECOND = 1_000_000_000

# RFC 5227 section 1.1 has 3 probes 1 to 2 s apart after a random second, and waits 2 s more; RFC 4862 one
# probe and a second. A person waits for us, on a link that answers within milliseconds: we ask three times,
# in 0.6 s.
PROBE_NUM = 3
PROBE_INTERVAL = 200 * _MILLISECOND
ANNOUNCE_NUM = 2
ANNOUNCE_INTERVAL = 2 * _SECOND
DEFEND_INTERVAL = 10 * _SECOND


class _State(Enum):
    PROBING = "probing"
    OURS = "ours"
    LOST = "lost"


class Claim:
    """Whether `address` is ours to use.

    `ask` sends the question whether anybody has it, `announce` the word that it is ours; `tell` takes what
    happened. Without `probe` it is ours from the start, and nobody is told.
    """

    def __init__(
        self,
        address: bytes,
        *,
        probe: bool,
        ask: Callable[[], None],
        announce: Callable[[], None],
        tell: Callable[[HostEvent], None],
    ) -> None:
        self._address = address
        self._ask = ask
        self._announce = announce
        self._tell = tell
        self._state = _State.PROBING if probe else _State.OURS
        self._deadline = 0 if probe else None
        self._probes = 0
        self._announcements = 0
        self._last_conflict: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the address may be used now."""
        return self._state is _State.OURS

    @property
    def lost(self) -> bool:
        """Whether somebody else has the address."""
        return self._state is _State.LOST

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called; time 0 begins the probing."""
        return self._deadline

    def on_deadline(self, now: int) -> None:
        """Send the next probe or announcement, if its time has come."""
        if self._deadline is None or now < self._deadline:
            return
        if self._state is _State.PROBING and self._probes < PROBE_NUM:
            self._probes += 1
            self._ask()
            self._deadline = now + PROBE_INTERVAL
        else:
            self._announce_as_ours(now)

    def _announce_as_ours(self, now: int) -> None:
        if self._state is _State.PROBING:
            self._state = _State.OURS
            self._tell(AddressClaimed(self._address))
        self._announcements += 1
        self._announce()
        self._deadline = now + ANNOUNCE_INTERVAL if self._announcements < ANNOUNCE_NUM else None

    def on_rival_probe(self, rival: bytes) -> None:
        """The host `rival` (its MAC) asks whether anybody has the address: it wants it too."""
        if self._state is _State.PROBING:
            self._give_up(rival)  # RFC 5227 2.1.1, RFC 4862 5.4.3

    def on_rival_use(self, rival: bytes, now: int) -> None:
        """The host `rival` speaks as if the address were its own."""
        if self._state is _State.PROBING:
            self._give_up(rival)
        elif self._state is _State.OURS:
            self._defend(rival, now)

    def _defend(self, rival: bytes, now: int) -> None:
        # RFC 5227 2.4 (b): defend once; who insists within DEFEND_INTERVAL gets the address.
        recent = self._last_conflict is not None and now - self._last_conflict < DEFEND_INTERVAL
        self._last_conflict = now
        if recent:
            self._give_up(rival)
        else:
            self._announce()
            self._tell(AddressDefended(self._address, rival))

    def _give_up(self, rival: bytes) -> None:
        self._state = _State.LOST
        self._deadline = None
        self._tell(AddressConflict(self._address, rival))
