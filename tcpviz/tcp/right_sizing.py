"""Buffers as large as the path needs, within what the caller allows: they grow and never shrink.

What the application takes in one round trip is what the path brings in one. A window of twice that lets the
sender grow, and in slow start, where it doubles each round trip, twice as much again: dynamic right-sizing.
It knows neither segments nor the window field; `acking` offers what there is.
"""

FIRST_BUFFER = 1 << 16
"""What every connection begins with: several initial windows (RFC 6928)."""


class RightSizing:
    """The receive buffer: `size` octets for now, `limit` at most."""

    __slots__ = ("_before", "_limit", "_since", "_taken", "size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.size = min(FIRST_BUFFER, limit)
        self._since: int | None = None
        """When this round trip began."""
        self._taken = 0
        """What the application has taken since."""
        self._before = 0
        """What it had taken in the round trip before."""

    def take(self, octets: int, now: int, round_trip: int) -> None:
        """The application has taken `octets` more; `round_trip`: as long as it is now, 0 where unknown."""
        if self.size == self._limit:
            return
        if self._since is None:
            self._since = now
        self._taken += octets
        if round_trip and now - self._since >= round_trip:
            doubling = 2 * self._taken >= 3 * self._before
            wanted = self._taken * (4 if doubling else 2)
            self.size = min(max(self.size, wanted), self._limit)
            self._since, self._before, self._taken = now, self._taken, 0


def send_capacity(cwnd: int, limit: int) -> int:
    """The send buffer: a congestion window on its way, and one that can follow as soon as that arrives."""
    return min(max(2 * cwnd, FIRST_BUFFER), limit)
