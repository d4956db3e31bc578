"""RACK: what was sent before something that has arrived, by more than reordering takes, is lost (RFC 8985 6).

It measures time, not duplicate ACKs, so that it finds lost retransmissions and a lost tail as well. It
knows the flight alone; what follows from a loss is `recovery`'s business.
"""

from tcpviz.tcp.config import MILLISECOND
from tcpviz.tcp.events import Cause
from tcpviz.tcp.flight import Fate, Flight, Sent
from tcpviz.wire.seq import Seq, ge, gt, lt

DUP_THRESH = 3
"""Segments reported beyond a hole that mean a loss where no reordering was ever seen (RFC 8985 6.2)."""
_PERSISTENCE = 16
"""Recoveries that a wider reordering window lasts (RFC 8985 6.2 step 4)."""
_NEVER = 1 << 62
_IN_FLIGHT = Fate.IN_FLIGHT  # a member is looked up slowly before Python 3.12


class Rack:
    """The variables of RFC 8985 section 5.3, in ns."""

    __slots__ = (
        "_persist",
        "_round",
        "_widths",
        "end",
        "highest",
        "min_rtt",
        "reordering_seen",
        "rtt",
        "sent_at",
    )

    def __init__(self) -> None:
        self.sent_at = -1
        """RACK.xmit_ts: when the segment was sent, the last one sent of all that have arrived."""
        self.end = Seq(0)
        """RACK.end_seq: its end."""
        self.rtt = 0
        """RACK.rtt: its round trip."""
        self.min_rtt = _NEVER
        self.highest: Seq | None = None
        """RACK.fack: the end of the highest segment that has arrived."""
        self.reordering_seen = False
        self._widths = 1
        """RACK.reo_wnd_mult: the reordering window in quarters of the smallest round trip."""
        self._persist = 0
        self._round: Seq | None = None
        """RACK.dsack_round: D-SACKs for what lies before it say nothing new."""

    def measured(self, record: Sent, rtt: int) -> None:
        """`record`, sent once, has arrived in order after `rtt`."""
        self.sent_at, self.end, self.rtt = record.sent_at, record.end, rtt
        self.highest = record.end
        if rtt < self.min_rtt:
            self.min_rtt = rtt

    def delivered(self, record: Sent, now: int, echoed: int | None) -> None:
        """`record` has arrived, whatever its story (steps 1 to 3). `echoed`: when the segment was sent, in
        ms, whose timestamp came back; None without timestamps."""
        rtt = now - record.sent_at
        if record.attempts:
            if (echoed is not None and echoed < record.sent_at // MILLISECOND) or rtt < self.min_rtt:
                return  # it was an earlier transmission
        else:
            self.min_rtt = min(self.min_rtt, rtt)
            self.reordering_seen |= self.highest is not None and lt(record.end, self.highest)
        self.rtt = rtt
        if not self._sent_before(record):
            self.sent_at, self.end = record.sent_at, record.end
        if self.highest is None or gt(record.end, self.highest):
            self.highest = record.end

    def _sent_before(self, record: Sent) -> bool:
        """Whether `record` left before the last one of those that have arrived."""
        if record.sent_at == self.sent_at:
            return lt(record.end, self.end)
        return record.sent_at < self.sent_at

    def widen(self, ack: Seq, snd_nxt: Seq) -> None:
        """The peer has received something twice: the window was too small (step 4)."""
        if self._round is None or ge(ack, self._round):
            self._round = snd_nxt
            self._widths += 1
            self._persist = _PERSISTENCE

    def recovered(self) -> None:
        """A recovery is over: after some of them the window is as small again as it was (step 4)."""
        self._persist -= 1
        if self._persist <= 0:
            self._widths = 1

    def window(self, sacked: int, srtt: int, *, repairing: bool) -> int:
        """How much later than expected a segment may come (step 4); `sacked`: how many others are there."""
        if not self.reordering_seen and (repairing or sacked >= DUP_THRESH):
            return 0
        return min(self._widths * self.min_rtt // 4, srtt)

    def detect(self, flight: Flight, window: int, now: int) -> tuple[bool, int]:
        """Mark what is lost (step 5). Whether anything is, and how long to wait for more (0: not)."""
        found, wait = False, 0
        newest = self.sent_at
        for record in flight.records:
            if record.fate is not _IN_FLIGHT or record.sent_at > newest or not self._sent_before(record):
                continue
            remaining = record.sent_at + self.rtt + window - now
            if remaining > 0:
                wait = max(wait, remaining)
                continue
            counted = flight.sacked_count >= DUP_THRESH and not record.attempts and not window
            flight.mark_lost(record, Cause.SACK if counted else Cause.RACK)
            found = True
        return found, wait
