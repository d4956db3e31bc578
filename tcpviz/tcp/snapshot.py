"""What a connection looks like after one event: every variable that a screen may show.

The names are RFC 9293's (section 3.3.1). `SCALARS` comes first and in this order, so that a recording
packs the first `SCALAR_COUNT` fields with one struct; the rest is variable in length and mostly empty.
"""

from typing import NamedTuple

from tcpviz.tcp.state import State
from tcpviz.wire.seq import Seq

Ranges = tuple[tuple[Seq, Seq], ...]


class Snapshot(NamedTuple):
    """The transmission control block at one moment. Times in ns, sizes in octets; 0 for "not known yet"."""

    state: State
    iss: Seq
    irs: Seq
    snd_una: Seq
    snd_nxt: Seq
    snd_max: Seq
    """The highest SND.NXT so far; SND.NXT lies below it while a timeout's data is sent again."""
    snd_wnd: int
    """The peer's window, scaled, counted from SND.UNA."""
    rcv_nxt: Seq
    rcv_wnd: int
    """Our window as last offered, scaled, counted from RCV.NXT."""
    mss: int
    """The largest payload that we send in one segment."""
    cwnd: int
    ssthresh: int
    srtt: int
    rttvar: int
    rto: int
    backoff: int
    """Consecutive expiries of the retransmission timer (0: none)."""
    dup_acks: int
    """Duplicate ACKs in a row."""
    unsent: int
    """Octets accepted from the application and not yet sent once."""
    unread: int
    """Octets in order that the application has not taken yet."""

    deadlines: tuple[tuple[int, int], ...] = ()
    """(Timer, time in ns) of every timer that runs."""
    sacked: Ranges = ()
    """What the peer reports as received beyond SND.UNA."""
    lost: Ranges = ()
    """What we hold to be lost and have not sent again yet."""
    retransmitted: Ranges = ()
    """What is out again."""
    held: Ranges = ()
    """What we received out of order, beyond RCV.NXT."""


SCALAR_COUNT = Snapshot._fields.index("deadlines")
