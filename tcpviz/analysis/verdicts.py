"""The verdicts of a long capture, packed: some 50 octets each, any of them at once."""

from array import array
from bisect import bisect_left
from struct import Struct
from typing import Final

from tcpviz.analysis.verdict import Flag, Verdict

# Stream, flags, seq, ack, length, window, acked frame, in flight, pushed, RTT, presence, scale, completeness.
_RECORD: Final = Struct("<IIIIIIIIIqBbB")
# Number and frame of the duplicate, frame and time of the RTO: few packets have any of them.
_RARE: Final = Struct("<IIIq")

_ACK, _ACKED, _RTT, _IN_FLIGHT, _INITIAL_RTT, _DUPLICATE, _RTO, _NOTED = (1 << bit for bit in range(8))
_NO_SCALE: Final = -3
_LONGEST: Final = (1 << 63) - 1


class Verdicts:
    """An append-only list of verdicts."""

    def __init__(self) -> None:
        self._records = bytearray()
        self._rare = bytearray()
        self._rare_at = array("I")
        self._initial_rtts: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._records) // _RECORD.size

    @property
    def size(self) -> int:
        """Octets of memory that the verdicts take."""
        return len(self._records) + len(self._rare) + 4 * len(self._rare_at)

    def append(self, verdict: Verdict) -> None:
        """Adds the next packet's verdict."""
        (
            stream, flags, seq, ack, length, window, scale,
            duplicate, duplicate_frame, acked, rtt, rto, rto_frame, in_flight, pushed, initial_rtt, complete,
            noted,
        ) = verdict  # fmt: skip
        presence = _NOTED if noted else 0
        if ack is not None:
            presence |= _ACK
        if acked is not None:
            presence |= _ACKED
        if rtt is not None:
            presence |= _RTT
        if in_flight is not None:
            presence |= _IN_FLIGHT
        if initial_rtt is not None:
            presence |= _INITIAL_RTT
            self._initial_rtts[stream] = initial_rtt
        if duplicate is not None or rto is not None:
            presence |= _DUPLICATE if rto is None else _RTO
            self._rare_at.append(len(self))
            self._rare += _RARE.pack(duplicate or 0, duplicate_frame or 0, rto_frame or 0, _bounded(rto))
        shift = _NO_SCALE if scale is None else scale.bit_length() - 1 if scale > 0 else scale
        self._records += _RECORD.pack(
            stream, flags, seq, ack or 0, length, window, acked or 0, in_flight or 0, pushed or 0,
            _bounded(rtt), presence, shift, complete,
        )  # fmt: skip

    def get(self, index: int) -> Verdict:
        """The verdict of the packet that was added as number `index`, counted from 0; IndexError beyond."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        (
            stream, flags, seq, ack, length, window, acked, in_flight, pushed, rtt, presence, shift, complete,
        ) = _RECORD.unpack_from(self._records, index * _RECORD.size)  # fmt: skip
        duplicate = duplicate_frame = rto_frame = rto = 0
        if presence & (_DUPLICATE | _RTO):
            at = bisect_left(self._rare_at, index)
            duplicate, duplicate_frame, rto_frame, rto = _RARE.unpack_from(self._rare, at * _RARE.size)
        return Verdict(
            stream,
            Flag(flags),
            seq,
            ack if presence & _ACK else None,
            length,
            window,
            None if shift == _NO_SCALE else 1 << shift if shift >= 0 else shift,
            duplicate if presence & _DUPLICATE else None,
            duplicate_frame if presence & _DUPLICATE else None,
            acked if presence & _ACKED else None,
            rtt if presence & _RTT else None,
            rto if presence & _RTO else None,
            rto_frame if presence & _RTO else None,
            in_flight if presence & _IN_FLIGHT else None,
            pushed if presence & _IN_FLIGHT else None,
            self._initial_rtts[stream] if presence & _INITIAL_RTT else None,
            complete,
            presence & _NOTED != 0,
        )


def _bounded(time: int | None) -> int:
    """In 64 bits, as times in a damaged capture lie any number of years apart."""
    return max(-_LONGEST, min(time, _LONGEST)) if time else 0
