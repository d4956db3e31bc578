"""What an observer of the packets alone says of one TCP segment."""

from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple


class Flag(IntFlag):
    """The `tcp.analysis.*` flags of Wireshark, one bit each; `names` spells them as Wireshark does."""

    RETRANSMISSION = 1 << 0
    FAST_RETRANSMISSION = 1 << 1
    SPURIOUS_RETRANSMISSION = 1 << 2
    OUT_OF_ORDER = 1 << 3
    LOST_SEGMENT = 1 << 4
    ACK_LOST_SEGMENT = 1 << 5
    DUPLICATE_ACK = 1 << 6
    WINDOW_UPDATE = 1 << 7
    WINDOW_FULL = 1 << 8
    ZERO_WINDOW = 1 << 9
    ZERO_WINDOW_PROBE = 1 << 10
    ZERO_WINDOW_PROBE_ACK = 1 << 11
    KEEP_ALIVE = 1 << 12
    KEEP_ALIVE_ACK = 1 << 13
    REUSED_PORTS = 1 << 14
    TFO_SYN = 1 << 15
    TFO_ACK = 1 << 16
    TFO_IGNORED = 1 << 17

    @property
    def names(self) -> list[str]:
        """The names under `tcp.analysis.`, in lower case, in the order of the bits."""
        return list(_names(self.value))


@lru_cache  # few combinations make up all packets
def _names(bits: int) -> tuple[str, ...]:
    return tuple(str(flag.name).lower() for flag in Flag if bits & flag.value)


class Verdict(NamedTuple):
    """One segment as tshark reads it in one pass. None stands for a field that tshark does not show.

    Frame numbers count from 1, times are nanoseconds.
    """

    stream: int
    """Streams count from 0 in order of appearance; a reused pair of ports begins a new one."""
    flags: Flag
    seq: int
    """Relative to the direction's first sequence number, modulo 2^32."""
    ack: int | None
    """Relative to the other direction's; None without the ACK flag."""
    length: int
    """Octets of payload by the IP header, however many were captured."""
    window: int
    """The window field, scaled where the scale is known."""
    window_scale: int | None
    """The factor applied to it: -1 where no handshake told it, -2 where none is in use, None on a SYN."""
    dup_ack_num: int | None
    dup_ack_frame: int | None
    acks_frame: int | None
    """The segment whose last octet this one acknowledges, and how long ago that was sent."""
    ack_rtt: int | None
    rto: int | None
    """For a retransmission: how long ago the oldest unacknowledged segment (`rto_frame`) was sent."""
    rto_frame: int | None
    bytes_in_flight: int | None
    push_bytes: int | None
    """Octets sent since the last PSH."""
    initial_rtt: int | None
    """From the latest SYN to the first segment after the handshake; for the whole stream from then on."""
    completeness: int
    """Which parts of a conversation were seen before this segment (`tcp.completeness`)."""
    noted: bool = False
    """Whether tshark has a "SEQ/ACK analysis" of it, maybe with nothing in it (`tcp.analysis`)."""
