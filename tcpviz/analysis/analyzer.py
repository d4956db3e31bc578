"""From packets alone to Wireshark's `tcp.analysis.*` flags, a packet at a time.

The decisions are those of tshark 4.0 in one pass, with its default preferences; the numbers in the comments
are the steps of the rules that `docs/analysis.md` spells out. Nothing here knows an engine: what an endpoint
really did is not asked.
"""

from typing import Final, TypeAlias

from tcpviz.analysis.options import fast_open_cookie, scale_and_sack, timestamps_alone
from tcpviz.analysis.packet import Cut, TcpPacket
from tcpviz.analysis.stream import SCALE_UNKNOWN, SCALE_UNUSED, Side, Stream
from tcpviz.analysis.verdict import Flag, Verdict
from tcpviz.wire.segment import ACK, FIN, PSH, RST, SYN

_MASK: Final = 0xFFFF_FFFF
_HALF: Final = 0x8000_0000

# Plain ints: an operation on two members of an IntFlag takes a microsecond.
_RETRANSMISSION: Final = int(Flag.RETRANSMISSION)
_FAST_RETRANSMISSION: Final = int(Flag.FAST_RETRANSMISSION | Flag.RETRANSMISSION)
_SPURIOUS_RETRANSMISSION: Final = int(Flag.SPURIOUS_RETRANSMISSION | Flag.RETRANSMISSION)
_OUT_OF_ORDER: Final = int(Flag.OUT_OF_ORDER)
_LOST_SEGMENT: Final = int(Flag.LOST_SEGMENT)
_ACK_LOST_SEGMENT: Final = int(Flag.ACK_LOST_SEGMENT)
_DUPLICATE_ACK: Final = int(Flag.DUPLICATE_ACK)
_WINDOW_UPDATE: Final = int(Flag.WINDOW_UPDATE)
_WINDOW_FULL: Final = int(Flag.WINDOW_FULL)
_ZERO_WINDOW: Final = int(Flag.ZERO_WINDOW)
_ZERO_WINDOW_PROBE: Final = int(Flag.ZERO_WINDOW_PROBE)
_ZERO_WINDOW_PROBE_ACK: Final = int(Flag.ZERO_WINDOW_PROBE_ACK)
_KEEP_ALIVE: Final = int(Flag.KEEP_ALIVE)
_KEEP_ALIVE_ACK: Final = int(Flag.KEEP_ALIVE_ACK)
_REUSED_PORTS: Final = int(Flag.REUSED_PORTS)
_TFO_SYN: Final = int(Flag.TFO_SYN)
_TFO_ACK: Final = int(Flag.TFO_ACK)
_TFO_IGNORED: Final = int(Flag.TFO_IGNORED)

_FAST_RETRANSMISSION_WITHIN: Final = 20_000_000  # ns after the last duplicate ACK
_OUT_OF_ORDER_WITHIN: Final = 3_000_000  # ns after the highest segment, where the initial RTT is unknown
_FOREVER: Final = 1 << 63
_ENOUGH_DUPLICATES: Final = 2
_MOST_IN_FLIGHT: Final = 2_000_000_000
_NO_DUPLICATES_HERE: Final = 0xFFFF_FFFF  # tshark's counter after an ACK of segments that nobody saw

_SAW_SYN, _SAW_SYN_ACK, _SAW_ACK, _SAW_DATA, _SAW_FIN, _SAW_RST = (1 << bit for bit in range(6))


_Found: TypeAlias = tuple[
    int | None, int | None, int | None, int | None, int | None, int | None, int | None, int | None
]
"""The middle of a `Verdict`, from `dup_ack_num` to `push_bytes`."""
_NOTHING: Final[_Found] = (None,) * 8


class _Flags(dict[int, Flag]):
    """Bits to `Flag`, each made once: making one anew costs as much as half the analysis."""

    def __missing__(self, bits: int) -> Flag:
        flags = self[bits] = Flag(bits)
        return flags


_FLAGS: Final = _Flags()
_NO_FLAG: Final = Flag(0)


class Analyzer:
    """Takes the TCP packets of a capture or a live run in order and judges each when it comes."""

    def __init__(self) -> None:
        self._sides: dict[bytes, Side] = {}
        self._streams: list[Stream] = []

    @property
    def streams(self) -> int:
        """How many streams there are so far."""
        return len(self._streams)

    def completeness(self, stream: int) -> int:
        """Which parts of a conversation were seen in the stream so far (`tcp.completeness`)."""
        return self._streams[stream].completeness

    def side(self, key: bytes) -> Side:
        """What is known so far of the direction in which packets with this `key` go.

        KeyError where neither it nor the other direction had a packet.
        """
        return self._sides[key]

    def add(self, frame: int, time: int, packet: TcpPacket) -> Verdict:
        """Judges the next packet. `frame` is its number, counted from 1, `time` in nanoseconds."""
        side = self._sides.get(packet.key)
        bits = 0
        if side is None:
            side = self._open(packet)
        elif packet.flags & SYN and side.base is not None and packet.seq != side.base:
            side = self._reuse(side, packet)
            bits = _REUSED_PORTS
        elif packet.flags & (SYN | ACK) == SYN and side.base is not None:
            side.next_seq = side.contiguous  # A1: the SYN again
        return _judge(side, frame, time, packet, bits)

    def _open(self, packet: TcpPacket) -> Side:
        stream = Stream(len(self._streams))
        self._streams.append(stream)
        there, back = Side(stream), Side(stream)
        there.peer, back.peer = back, there
        self._sides[packet.reverse_key] = back
        self._sides[packet.key] = there
        return there

    def _reuse(self, side: Side, packet: TcpPacket) -> Side:
        """A1, A2: a SYN with another number begins a stream; a SYN+ACK with another one corrects its own."""
        if packet.flags & ACK:
            side.base = packet.seq
            return side
        side = self._open(packet)
        side.stream.completeness = _SAW_SYN
        return side


def _judge(side: Side, frame: int, time: int, packet: TcpPacket, bits: int) -> Verdict:
    """Steps B to D for a packet whose side is known."""
    peer, stream = side.peer, side.stream
    flags = packet.flags
    completeness, scale = stream.completeness, side.scale
    side.sacked = 0  # A3
    first = False
    base = side.base  # B
    again = base is not None and flags & (SYN | ACK) == SYN
    if base is None:
        first = peer.base is None
        base = side.base = packet.seq if flags & SYN else (packet.seq - 1) & _MASK
    ack: int | None = None
    if flags & ACK:
        if peer.base is None:
            peer.base = (packet.ack - 1) & _MASK
        ack = (packet.ack - peer.base) & _MASK

    noted, found = False, _NOTHING
    if packet.cut != Cut.HEADER:
        bits, noted, found = _analyse(side, frame, time, packet, bits)

    if packet.options and not timestamps_alone(packet.options):
        announced, side.sacked = scale_and_sack(packet.options)
        if announced is not None:
            side.scale = announced
    noted = noted or bits != 0 or again  # Fast Open's flags, which come below, are no note of their own
    if packet.cut == Cut.IMPOSSIBLE:
        seq = (packet.seq - base) & _MASK
        return Verdict(
            stream.number,
            _NO_FLAG,
            seq,
            ack,
            packet.length,
            packet.window,
            None,
            *_NOTHING,
            None,
            completeness,
        )
    if flags & SYN:
        bits |= _on_syn(side, time, packet, ack, first)
    if flags & (ACK | FIN | RST):
        _progress(side, time, packet, first)

    initial_rtt = stream.initial_rtt or None if noted else None
    if packet.cut:
        bits &= _TFO_ACK | _TFO_IGNORED  # the header's fixed part tells these
        initial_rtt, found, noted = None, _NOTHING, False
    return Verdict(
        stream.number,
        _FLAGS[bits],
        (packet.seq - base) & _MASK,
        ack,
        packet.length,
        packet.window << scale if scale > 0 and not flags & SYN else packet.window,
        None if flags & SYN else 1 << scale if scale >= 0 else scale,
        *found,
        initial_rtt,
        completeness,
        noted,
    )


def _analyse(side: Side, frame: int, time: int, packet: TcpPacket, bits: int) -> tuple[int, bool, _Found]:
    """Step C: the flags, whether tshark has anything to note here, and the numbers that go with them."""
    peer = side.peer
    flags, seq, length = packet.flags, packet.seq, packet.length
    duplicate = duplicate_frame = acks_frame = rtt = rto = rto_frame = in_flight = pushed = None
    noted = False
    if flags & ACK:
        peer.gapless = True  # C0
    bits |= _window_and_order(side, packet)  # C1 to C8
    if bits & _DUPLICATE_ACK:
        duplicate, duplicate_frame = side.duplicates, side.ack_frame
    if packet.ack != side.last_ack:  # C9
        side.ack_frame = frame
        side.duplicates = 0
    if flags & ACK and peer.contiguous and (peer.contiguous - packet.ack) & _MASK >= _HALF:
        noted = True
        bits |= _acks_unseen(peer)
    if length or flags & (SYN | FIN):
        end = (seq + length + (flags & (SYN | FIN) != 0)) & _MASK
        expected = seq == side.next_seq and (peer.last_ack - seq - length) & _MASK >= _HALF
        if not expected and not bits & _KEEP_ALIVE:
            bits |= (repetition := _repetition(side, time, packet, end))
            if repetition == _RETRANSMISSION:
                rto, rto_frame = _since_first_sent(side, time)
        if not side.unacked.push(frame, seq, end, time):
            end = (seq + length) & _MASK  # C12: the octet of a FIN counts only where it is kept
        _extend(side, frame, time, seq, end, bits)
    elif seq != side.next_seq or seq != side.contiguous:
        _extend(side, frame, time, seq, seq, bits)
    side.window = packet.window
    side.last_ack = packet.ack
    side.last_time = time
    side.last_flags = bits
    if peer.unacked.entries and (sent := peer.unacked.acknowledge(packet.ack)):  # C13
        noted = True
        acks_frame, rtt = sent[0], time - sent[3] or None
    if length and side.gapless and side.unacked.entries:
        noted = True
        in_flight, pushed = _in_flight(side, packet)
    return bits, noted, (duplicate, duplicate_frame, acks_frame, rtt, rto, rto_frame, in_flight, pushed)


def _window_and_order(side: Side, packet: TcpPacket) -> int:
    """C1 to C8: what sequence number, acknowledgment and window say against those before."""
    peer = side.peer
    seq = packet.seq
    length = packet.length
    next_seq = side.next_seq
    if length == 1 and seq == next_seq and peer.window == 0:
        return _ZERO_WINDOW_PROBE  # C1
    bits = 0
    plain = not packet.flags & (SYN | FIN | RST)
    if plain and packet.window == 0:
        bits = _ZERO_WINDOW  # C2
    if seq != next_seq:
        if next_seq and (next_seq - seq) & _MASK >= _HALF and not packet.flags & RST:
            bits |= _LOST_SEGMENT  # C3
            side.gapless = False
        elif plain and length <= 1 and seq == (next_seq - 1) & _MASK:
            bits |= _KEEP_ALIVE  # C4
    elif plain and not length and packet.ack == side.last_ack:
        return bits | _same_again(side, packet.window)
    if length and plain and peer.scale != SCALE_UNKNOWN:
        shift = 0 if peer.opening or peer.scale == SCALE_UNUSED else peer.scale
        if (seq + length - peer.last_ack - (peer.window << shift)) & _MASK == 0:
            bits |= _WINDOW_FULL  # C6
    return bits


def _same_again(side: Side, window: int) -> int:
    """C5, C7, C8: an empty segment that repeats sequence number and acknowledgment of the one before."""
    if window != side.window:
        return _WINDOW_UPDATE if window else 0
    if window == 0:
        return _ZERO_WINDOW_PROBE_ACK if side.peer.last_flags & _ZERO_WINDOW_PROBE else 0
    if side.peer.last_flags & _KEEP_ALIVE:
        return _KEEP_ALIVE_ACK
    side.duplicates = 1 if side.duplicates == _NO_DUPLICATES_HERE else side.duplicates + 1
    return _DUPLICATE_ACK


def _acks_unseen(peer: Side) -> int:
    """C10: it acknowledges more than was seen of the peer without a gap."""
    if (peer.contiguous - peer.next_seq) & _MASK >= _HALF:
        peer.contiguous = peer.next_seq
        return _ACK_LOST_SEGMENT
    bits = 0 if peer.duplicates else _ACK_LOST_SEGMENT
    peer.duplicates = _NO_DUPLICATES_HERE
    return bits


def _repetition(side: Side, time: int, packet: TcpPacket, end: int) -> int:
    """C11: which kind of retransmission it is, or out of order, or none; the first that fits."""
    peer = side.peer
    seq, length = packet.seq, packet.length
    next_seq = side.next_seq
    if length and peer.last_ack and not 0 < (seq + length - peer.last_ack) & _MASK < _HALF:
        return _SPURIOUS_RETRANSMISSION
    if not next_seq or (seq - next_seq) & _MASK < _HALF or (length > 1 and seq == (next_seq - 1) & _MASK):
        return 0
    if (
        peer.duplicates >= _ENOUGH_DUPLICATES
        and seq == peer.last_ack
        and 0 <= time - peer.last_time < _FAST_RETRANSMISSION_WITHIN
    ):
        return _FAST_RETRANSMISSION
    within = side.stream.initial_rtt or _OUT_OF_ORDER_WITHIN
    if within < 0:  # the clock ran back during the handshake
        within = _FOREVER
    if end != next_seq and 0 <= time - side.next_time < within:
        return _OUT_OF_ORDER
    return _RETRANSMISSION


def _since_first_sent(side: Side, time: int) -> tuple[int, int] | tuple[None, None]:
    """How long ago the oldest unacknowledged segment was sent, and its frame."""
    if side.unacked.entries:
        frame, _, _, sent = side.unacked.entries[0]
    else:
        frame, sent = side.next_frame, side.next_time
    return (time - sent, frame) if time != sent else (None, None)


def _extend(side: Side, frame: int, time: int, seq: int, end: int, bits: int) -> None:
    """C12: moves the highest end seen, and the end of what was seen without a gap."""
    if bits & _ZERO_WINDOW_PROBE:
        return
    if side.next_seq == 0 or (side.next_seq - end) & _MASK >= _HALF:
        side.next_seq = end
        side.next_time = time
        side.next_frame = frame
    if seq == side.contiguous or side.contiguous == 0:
        side.contiguous = side.next_seq


def _in_flight(side: Side, packet: TcpPacket) -> tuple[int, int] | tuple[None, None]:
    """C14: octets in flight, less those that the peer has by its SACK blocks; octets since the last PSH."""
    side.push_bytes = packet.length if side.pushed else side.push_bytes + packet.length
    side.pushed = packet.flags & PSH != 0
    octets = side.unacked.span(side.base or 0) - side.peer.sacked - (packet.flags & (SYN | FIN) != 0)
    octets &= _MASK
    return (octets, side.push_bytes) if 0 < octets < _MOST_IN_FLIGHT else (None, None)


def _progress(side: Side, time: int, packet: TcpPacket, first: bool) -> None:
    """D15, D16: what every segment but a first SYN adds to completeness; the end of the handshake."""
    stream, flags = side.stream, packet.flags
    if flags & (SYN | ACK) == ACK:
        side.opening = False
        if not stream.initial_rtt and stream.syn_time is not None:
            stream.initial_rtt = time - stream.syn_time
        if not first:
            stream.completeness |= _SAW_DATA if packet.length else _SAW_ACK
    if flags & (FIN | RST) and not first:
        stream.completeness |= _SAW_RST if flags & RST else _SAW_FIN if flags & ACK else 0


def _on_syn(side: Side, time: int, packet: TcpPacket, ack: int | None, first: bool) -> int:
    """D15 to D17: what a SYN opens: completeness, initial RTT, whether windows are scaled, Fast Open."""
    stream, peer = side.stream, side.peer
    side.opening = True
    if packet.cut:  # whether it had the option is not known
        pass
    elif side.scale == SCALE_UNKNOWN:
        side.scale = peer.scale = SCALE_UNUSED
    elif ack is not None and peer.scale == SCALE_UNUSED:
        side.scale = SCALE_UNUSED
    if ack is None:
        stream.syn_time = time
        if first and not stream.completeness:
            stream.completeness = _SAW_SYN | (_SAW_DATA if packet.length else 0)
        if not fast_open_cookie(packet.options):
            return 0
        side.fast_open = side.fast_open or packet.length > 0
        return _TFO_SYN
    if not first:
        stream.completeness |= _SAW_SYN_ACK
    if ack > 1:
        return _TFO_ACK
    return _TFO_IGNORED if peer.fast_open else 0
