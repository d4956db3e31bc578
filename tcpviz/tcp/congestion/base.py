"""What every congestion control has in common. It counts octets and knows no segments or timers.

While losses are being repaired the recovery decides how much may leave; a congestion control is told
of the loss (`on_loss`, `on_timeout`) and grows the window outside of recovery (`on_ack`).
"""

from abc import ABC, abstractmethod

from tcpviz.tcp.events import CwndReason

UNLIMITED = 0x7FFF_FFFF
"""The first ssthresh: "arbitrarily high" (RFC 5681 section 3.1)."""


def initial_window(mss: int) -> int:
    """IW in octets (RFC 6928 section 2)."""
    return min(10 * mss, max(2 * mss, 14600))


class CongestionControl(ABC):
    """`cwnd` and `ssthresh` in octets, for segments of `mss` octets."""

    def __init__(self, mss: int) -> None:
        self.mss = mss
        self.cwnd = initial_window(mss)
        self.ssthresh = UNLIMITED

    @property
    def in_slow_start(self) -> bool:
        """Whether the window grows exponentially."""
        return self.cwnd < self.ssthresh

    @property
    def growth(self) -> CwndReason:
        """Which of the two ways of growing is in force."""
        return CwndReason.SLOW_START if self.in_slow_start else CwndReason.CONGESTION_AVOIDANCE

    def is_used(self, in_flight: int) -> bool:
        """Whether `in_flight` octets on the way show that this window holds the sender back: only then
        may it grow (RFC 7661 in spirit)."""
        return 2 * in_flight >= self.cwnd if self.in_slow_start else in_flight + self.mss >= self.cwnd

    def on_ack(self, acked: int, now: int, srtt: int) -> None:
        """`acked` octets arrived while the window was in full use."""
        if self.in_slow_start:
            # RFC 5681 (2) and RFC 3465: by what was acknowledged, not by how many ACKs; L = 2 SMSS
            # per acknowledged pair would starve behind stretch ACKs, so the whole of it counts
            self.cwnd = min(self.cwnd + acked, max(self.ssthresh, self.cwnd + self.mss))
        else:
            self.avoid_congestion(acked, now, srtt)

    @abstractmethod
    def avoid_congestion(self, acked: int, now: int, srtt: int) -> None:
        """Grow beyond ssthresh, once the path is thought to be nearly full."""

    @abstractmethod
    def on_loss(self, in_flight: int, now: int) -> None:
        """A segment was lost, though others arrive: set ssthresh (once a recovery)."""

    def on_timeout(self, in_flight: int, now: int, *, again: bool) -> None:
        """Nothing arrives any more. `again`: the timer has expired for the same data before."""
        if not again:
            self.on_loss(in_flight, now)  # RFC 5681 (4): not when it expires repeatedly
        self.cwnd = self.mss  # RFC 5681 3.1: the loss window

    def on_idle(self) -> None:
        """Nothing was sent for more than an RTO: the window says nothing any more (RFC 5681 4.1)."""
        self.cwnd = min(self.cwnd, initial_window(self.mss))

    def on_mss(self, mss: int) -> None:
        """The segments have another size from now on."""
        self.mss = mss
