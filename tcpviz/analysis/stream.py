"""What the analysis remembers of a stream and of each of its two directions."""

from typing import Final

from tcpviz.analysis.unacked import Unacked

SCALE_UNKNOWN: Final = -1
SCALE_UNUSED: Final = -2

LONG_AGO: Final = -(1 << 62)


class Stream:
    """What both directions share. `number` counts from 0."""

    __slots__ = ("completeness", "initial_rtt", "number", "syn_time")

    def __init__(self, number: int) -> None:
        self.number = number
        self.completeness = 0
        self.syn_time: int | None = None
        self.initial_rtt: int | None = None


class Side:
    """One direction of a stream: what its segments have said so far.

    Sequence numbers and windows are the raw fields of the header. As in tshark, 0 in `next_seq`,
    `contiguous` and `last_ack` means that nothing is known yet.

    - `base`: what relative sequence numbers count from.
    - `scale`: the shift of its window field, or one of the SCALE constants.
    - `opening`: its last segment but ACKs was a SYN, whose window counts unscaled.
    - `next_seq`, `next_time`, `next_frame`: the highest end seen, and the segment that brought it.
    - `contiguous`: the highest end seen without a gap before it.
    - `last_ack`, `window`, `last_flags`, `last_time`: of its last segment, of whatever kind.
    - `ack_frame`: where its acknowledgment number last changed; `duplicates`: the duplicates since then.
    - `sacked`: octets in the SACK blocks of its last segment.
    - `gapless`: no gap since the other side last acknowledged something.
    - `pushed`, `push_bytes`: its last counted segment had PSH; octets since the last PSH.
    - `fast_open`: its SYN carried a Fast Open cookie and data.
    """

    __slots__ = (
        "ack_frame",
        "base",
        "contiguous",
        "duplicates",
        "fast_open",
        "gapless",
        "last_ack",
        "last_flags",
        "last_time",
        "next_frame",
        "next_seq",
        "next_time",
        "opening",
        "peer",
        "push_bytes",
        "pushed",
        "sacked",
        "scale",
        "stream",
        "unacked",
        "window",
    )

    peer: "Side"

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.base: int | None = None
        self.scale = SCALE_UNKNOWN
        self.opening = False
        self.next_seq = 0
        self.next_time = LONG_AGO
        self.next_frame = 0
        self.contiguous = 0
        self.last_ack = 0
        self.window = 0xFFFF_FFFF
        self.last_flags = 0
        self.last_time = LONG_AGO
        self.ack_frame = 0
        self.duplicates = 0
        self.unacked = Unacked()
        self.sacked = 0
        self.gapless = True
        self.pushed = False
        self.push_bytes = 0
        self.fast_open = False
