"""Reno's congestion avoidance (RFC 5681 section 3.1)."""

from tcpviz.tcp.congestion.base import CongestionControl


class Reno(CongestionControl):
    """One segment more each round trip; half after a loss."""

    def __init__(self, mss: int) -> None:
        super().__init__(mss)
        self._credit = 0

    def avoid_congestion(self, acked: int, now: int, srtt: int) -> None:
        """SMSS octets more for each window acknowledged (RFC 5681 3.1, counting octets as RFC 3465)."""
        self._credit += acked
        if self._credit >= self.cwnd:
            self._credit -= self.cwnd
            self.cwnd += self.mss

    def on_loss(self, in_flight: int, now: int) -> None:
        """ssthresh = max(FlightSize / 2, 2*SMSS) (RFC 5681 equation 4)."""
        self.ssthresh = max(in_flight // 2, 2 * self.mss)
        self._credit = 0
