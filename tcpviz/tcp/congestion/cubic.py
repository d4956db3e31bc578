"""CUBIC (RFC 9438): the window grows as a cubic function of the time since the last loss."""

from tcpviz.tcp.config import SECOND
from tcpviz.tcp.congestion.base import CongestionControl

C = 0.4  # RFC 9438 section 5: segments a second cubed
BETA = 0.7  # RFC 9438 4.6: what a loss leaves of the window
ALPHA = 3 * (1 - BETA) / (1 + BETA)  # RFC 9438 4.3: as fast as Reno with its own BETA


class Cubic(CongestionControl):
    """Fast towards the window of the last loss, slow around it, fast again beyond; never slower than Reno."""

    def __init__(self, mss: int) -> None:
        super().__init__(mss)
        self._w_max = 0.0
        """W_max: where the plateau is, in segments."""
        self._prior = 0.0
        """cwnd_prior: the window at the last loss, in segments."""
        self._began: int | None = None
        """When this stretch of congestion avoidance began."""
        self._k = 0.0
        """Seconds from there until the window is W_max again."""
        self._w_est = 0.0
        """What Reno's window would be, in segments."""

    def avoid_congestion(self, acked: int, now: int, srtt: int) -> None:
        """RFC 9438 sections 4.2 to 4.5."""
        cwnd = self.cwnd / self.mss
        if self._began is None:
            self._begin(cwnd, now)
        elapsed = (now - (self._began or 0)) / SECOND
        self._w_est += (ALPHA if self._w_est < self._prior else 1.0) * acked / self.mss / cwnd
        target = min(max(self._cubic(elapsed + srtt / SECOND), cwnd), 1.5 * cwnd)
        if self._cubic(elapsed) < self._w_est:
            cwnd = max(cwnd, self._w_est)
        else:
            cwnd += (target - cwnd) / cwnd * acked / self.mss
        self.cwnd = int(cwnd * self.mss)

    def _begin(self, cwnd: float, now: int) -> None:
        self._began = now
        self._w_est = cwnd
        self._w_max = max(self._w_max, cwnd)
        self._k = ((self._w_max - cwnd) / C) ** (1 / 3)  # RFC 9438 equation 2

    def _cubic(self, elapsed: float) -> float:
        """W_cubic(t) of RFC 9438 equation 1, in segments."""
        return float(C * (elapsed - self._k) ** 3 + self._w_max)

    def on_loss(self, in_flight: int, now: int) -> None:
        """RFC 9438 4.6 and 4.7: 70 % remain; a window that stays below the last one makes room for others."""
        cwnd = self.cwnd / self.mss
        self._prior = cwnd
        self._w_max = cwnd * (1 + BETA) / 2 if cwnd < self._w_max else cwnd
        self.ssthresh = max(int(in_flight * BETA), 2 * self.mss)
        self._began = None

    def on_timeout(self, in_flight: int, now: int, *, again: bool) -> None:
        """RFC 9438 4.8: the next stretch begins at its own window, as if that were the last maximum."""
        super().on_timeout(in_flight, now, again=again)
        self._w_max = 0.0

    def on_idle(self) -> None:
        """RFC 9438 4.2: time in which nothing was sent does not count."""
        super().on_idle()
        self._began = None
