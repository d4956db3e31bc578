"""Each flag in the smallest conversation that shows it."""

from tcpviz.analysis import Analyzer, Flag, TcpPacket, Verdict
from tcpviz.wire.segment import ACK, FIN, RST, SYN

_MS = 1_000_000
_CLIENT = b"\x0a\0\0\1\x0a\0\0\2\x9c\x40\0\x50"
_SERVER = b"\x0a\0\0\2\x0a\0\0\1\0\x50\x9c\x40"


class _Wire:
    """A client that began at 1000 and a server that began at 5000, seen by an observer."""

    def __init__(self) -> None:
        self.analyzer = Analyzer()
        self.frame = 0
        self.time = 1000 * _MS

    def client(self, seq: int, ack: int, length: int = 0, **fields: int) -> Verdict:
        return self._add(_CLIENT, 1000 + seq, 5000 + ack, length, **fields)

    def server(self, seq: int, ack: int, length: int = 0, **fields: int) -> Verdict:
        return self._add(_SERVER, 5000 + seq, 1000 + ack, length, **fields)

    def _add(
        self,
        key: bytes,
        seq: int,
        ack: int,
        length: int,
        flags: int = ACK,
        window: int = 1000,
        after: int = _MS,
    ) -> Verdict:
        self.frame += 1
        self.time += after
        packet = TcpPacket(key, seq, ack if flags & ACK else 0, flags, window, length)
        return self.analyzer.add(self.frame, self.time, packet)

    def handshake(self) -> "_Wire":
        self.client(0, 0, flags=SYN)
        self.server(0, 1, flags=SYN | ACK)
        self.client(1, 1)
        return self


def test_a_handshake_is_nothing_special_and_tells_the_initial_rtt() -> None:
    wire = _Wire()

    syn = wire.client(0, 0, flags=SYN)
    syn_ack = wire.server(0, 1, flags=SYN | ACK)
    ack = wire.client(1, 1)

    assert [verdict.flags for verdict in (syn, syn_ack, ack)] == [Flag(0)] * 3
    assert (syn.seq, syn.ack, syn.window_scale) == (0, None, None)
    assert (syn_ack.seq, syn_ack.ack, syn_ack.acks_frame, syn_ack.ack_rtt) == (0, 1, 1, _MS)
    assert (ack.seq, ack.ack, ack.initial_rtt) == (1, 1, 2 * _MS)
    assert [verdict.completeness for verdict in (syn, syn_ack, ack)] == [0, 1, 3]
    assert wire.analyzer.completeness(0) == 7


def test_octets_in_flight_add_up_until_they_are_acknowledged() -> None:
    wire = _Wire().handshake()

    assert wire.server(1, 1, 100).bytes_in_flight == 100
    assert wire.server(101, 1, 100).bytes_in_flight == 200
    assert wire.client(1, 101).acks_frame == 4
    assert wire.server(201, 1, 100).bytes_in_flight == 200


def test_a_gap_and_the_segment_that_fills_it_late() -> None:
    wire = _Wire().handshake()
    wire.server(1, 1, 100)

    assert wire.server(201, 1, 100).flags == Flag.LOST_SEGMENT
    assert wire.server(101, 1, 100).flags == Flag.OUT_OF_ORDER


def test_a_segment_that_comes_again_after_long_is_a_retransmission() -> None:
    wire = _Wire().handshake()
    wire.server(1, 1, 100)

    again = wire.server(1, 1, 100, after=300 * _MS)

    assert again.flags == Flag.RETRANSMISSION
    assert (again.rto, again.rto_frame) == (300 * _MS, 4)


def test_duplicate_acks_are_counted_and_bring_a_fast_retransmission() -> None:
    wire = _Wire().handshake()
    wire.server(1, 1, 100)
    wire.server(101, 1, 100)
    wire.server(201, 1, 100)

    first = wire.client(1, 1)
    second = wire.client(1, 1)
    again = wire.server(1, 1, 100)

    assert (first.flags, first.dup_ack_num, first.dup_ack_frame) == (Flag.DUPLICATE_ACK, 1, 3)
    assert (second.dup_ack_num, second.dup_ack_frame) == (2, 3)
    assert again.flags == Flag.FAST_RETRANSMISSION | Flag.RETRANSMISSION


def test_what_was_acknowledged_already_is_a_spurious_retransmission() -> None:
    wire = _Wire().handshake()
    wire.server(1, 1, 100)
    wire.client(1, 101)

    assert wire.server(1, 1, 100).flags == Flag.SPURIOUS_RETRANSMISSION | Flag.RETRANSMISSION


def test_an_acknowledgment_of_what_nobody_saw() -> None:
    assert _Wire().handshake().client(1, 500).flags == Flag.ACK_LOST_SEGMENT


def test_a_window_that_fills_shuts_is_probed_and_opens() -> None:
    wire = _Wire().handshake()

    assert wire.server(1, 1, 1000).flags == Flag.WINDOW_FULL
    assert wire.client(1, 1001, window=0).flags == Flag.ZERO_WINDOW
    assert wire.server(1001, 1, 1).flags == Flag.ZERO_WINDOW_PROBE
    assert wire.client(1, 1001, window=0).flags == Flag.ZERO_WINDOW_PROBE_ACK | Flag.ZERO_WINDOW
    assert wire.client(1, 1001, window=1000).flags == Flag.WINDOW_UPDATE


def test_a_keep_alive_and_its_answer() -> None:
    wire = _Wire().handshake()
    wire.server(1, 1, 10)
    wire.client(1, 11)

    assert wire.server(10, 1).flags == Flag.KEEP_ALIVE
    assert wire.client(1, 11).flags == Flag.KEEP_ALIVE_ACK


def test_the_same_ports_again_begin_a_stream() -> None:
    wire = _Wire().handshake()
    wire.client(1, 1, flags=RST)

    again = wire.client(70_000, 0, flags=SYN)

    assert (again.stream, again.flags, again.seq) == (1, Flag.REUSED_PORTS, 0)
    assert wire.analyzer.streams == 2


def test_completeness_names_what_was_seen() -> None:
    wire = _Wire().handshake()
    wire.client(1, 1, 10)
    wire.server(1, 11, flags=FIN | ACK)
    wire.client(11, 2, flags=FIN | ACK)

    assert wire.analyzer.completeness(0) == 31


def test_a_flag_knows_its_names() -> None:
    both = Flag.FAST_RETRANSMISSION | Flag.RETRANSMISSION

    assert both.names == ["retransmission", "fast_retransmission"]


def test_a_fin_beyond_all_segments_that_are_kept_does_not_count() -> None:
    wire = _Wire().handshake()
    for number in range(10_000):
        wire.client(1 + number, 1, 1)
    wire.client(10_001, 1, flags=FIN | ACK)

    assert wire.server(1, 10_002).flags == Flag.ACK_LOST_SEGMENT


def test_a_fin_that_is_kept_counts() -> None:
    wire = _Wire().handshake()
    for number in range(9_999):
        wire.client(1 + number, 1, 1)
    wire.client(10_000, 1, flags=FIN | ACK)

    assert wire.server(1, 10_001).flags == Flag(0)
