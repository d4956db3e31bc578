"""The round-trip time and the retransmission timeout that follows from it (RFC 6298).

Knows no segments: which round trips may be measured (Karn) is decided where they are found.
"""

from tcpviz.tcp.config import MILLISECOND, SECOND

INITIAL_RTO = SECOND  # RFC 6298 2.1
MAX_RTO = 60 * SECOND  # RFC 6298 2.5: "at least 60 seconds"
GRANULARITY = MILLISECOND  # RFC 6298 section 2: G
RTO_AFTER_LOST_SYN = 3 * SECOND  # RFC 6298 5.7


class RttEstimator:
    """SRTT, RTTVAR and RTO, in integer nanoseconds; `srtt` is 0 until something was measured."""

    __slots__ = ("_min_rto", "backoff", "rto", "rttvar", "srtt")

    def __init__(self, min_rto: int) -> None:
        self._min_rto = min_rto
        self.srtt = 0
        self.rttvar = 0
        self.rto = INITIAL_RTO
        self.backoff = 0
        """Consecutive expiries of the retransmission timer."""

    def sample(self, rtt: int, expected: int = 1) -> None:
        """Take a measured round trip. `expected`: samples a round trip, as many as dilute each other
        (RFC 7323 appendix G)."""
        rtt = max(rtt, 1)
        if self.srtt == 0:
            self.srtt, self.rttvar = rtt, rtt // 2  # RFC 6298 2.2
        else:
            # RFC 6298 2.3: RTTVAR first, with the old SRTT
            self.rttvar += (abs(self.srtt - rtt) - self.rttvar) // (4 * expected)
            self.srtt += (rtt - self.srtt) // (8 * expected)
        self.settle()

    def settle(self) -> None:
        """Compute RTO anew from the estimate, which also ends a backoff."""
        self.backoff = 0
        if self.srtt:
            rto = self.srtt + max(GRANULARITY, 4 * self.rttvar)
            self.rto = min(max(rto, self._min_rto), MAX_RTO)

    def back_off(self) -> None:
        """The timer expired: double RTO (RFC 6298 5.5)."""
        self.backoff += 1
        self.rto = min(2 * self.rto, MAX_RTO)

    def handshake_timed_out(self) -> None:
        """A SYN was lost: begin the data phase with a more careful RTO (RFC 6298 5.7)."""
        self.backoff = 0
        self.rto = max(RTO_AFTER_LOST_SYN, self._min_rto)
