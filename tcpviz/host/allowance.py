"""How many control messages a host sends at most (RFC 4443 section 2.4 (f), RFC 1812 section 4.3.2.8)."""

_SECOND = 1_000_000_000
BURST = 10
"""Messages in a row; after them RATE in a second."""
RATE = 10


class Allowance:
    """A bucket of tokens, one a message."""

    def __init__(self) -> None:
        self._tokens = float(BURST)
        self._since = 0

    def take(self, now: int) -> bool:
        """Whether one more may be sent."""
        self._tokens = min(BURST, self._tokens + (now - self._since) * RATE / _SECOND)
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
