"""Sequence space of one direction by its packets alone, and the sets of octets that it is made of."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tcpviz.analysis import Analyzer, TcpPacket
from tcpviz.analysis.space import START, Mark, Space, Tracker, mark
from tcpviz.analysis.spans import added, beyond, common, holes, octets
from tcpviz.wire.segment import ACK, FIN, SYN

CLIENT = b"\x0a\0\0\1\x0a\0\0\2\x9c\x40\0\x50"
SERVER = b"\x0a\0\0\2\x0a\0\0\1\0\x50\x9c\x40"
ISS, IRS = 0xFFFF_FF00, 5000
"""The client's numbers wrap after 255 octets."""
SCALE_3 = b"\x03\x03\x03\0"


class Watched:
    """A client's direction, from the first packet on."""

    def __init__(self, since: Mark = START) -> None:
        self.analyzer = Analyzer()
        self.since = since
        self.packets: list[TcpPacket] = []

    def client(self, seq: int, length: int = 0, flags: int = ACK, options: bytes = b"") -> "Watched":
        return self._add(CLIENT, ISS + seq, IRS + 1, flags, 1000, length, options)

    def server(self, ack: int, window: int = 500, flags: int = ACK, options: bytes = b"") -> "Watched":
        return self._add(SERVER, IRS + (not flags & SYN), ISS + ack, flags, window, 0, options)

    def _add(
        self, key: bytes, seq: int, ack: int, flags: int, window: int, length: int, options: bytes
    ) -> "Watched":
        packet = TcpPacket(key, seq & 0xFFFF_FFFF, ack & 0xFFFF_FFFF, flags, window, length, options)
        self.packets.append(packet)
        self.analyzer.add(len(self.packets), len(self.packets), packet)
        return self

    def handshake(self, options: bytes = SCALE_3) -> "Watched":
        return self.client(0, 0, SYN, options).server(1, 400, SYN | ACK, options).client(1)

    @property
    def space(self) -> Space:
        tracker = Tracker(self.analyzer.side(CLIENT), self.since)
        for packet in self.packets:
            (tracker.sent if packet.key == CLIENT else tracker.acknowledged)(packet)
        return tracker.space()


def sack(*blocks: tuple[int, int]) -> bytes:
    body = b"".join(((ISS + edge) & 0xFFFF_FFFF).to_bytes(4) for block in blocks for edge in block)
    return bytes((1, 1, 5, 2 + len(body))) + body


def test_a_syn_is_in_flight_until_it_is_acknowledged() -> None:
    assert Watched().client(0, 0, SYN).space[:3] == (0, 1, None)
    assert Watched().handshake().space[:3] == (1, 1, 400)  # a SYN's window is not scaled


def test_data_in_flight_and_the_window_beyond_the_last_acknowledgment() -> None:
    watched = Watched().handshake().client(1, 200).client(201, 200).server(201)
    space = watched.space
    assert (space.una, space.nxt, space.window, space.mss) == (201, 401, 500 << 3, 200)
    assert space.scale_known
    assert watched.client(401, 0, FIN | ACK).space.nxt == 402


def test_without_its_syn_a_window_is_not_scaled() -> None:
    space = Watched().client(1, 100).server(101).space
    assert (space.una, space.nxt, space.window, space.scale_known) == (101, 101, 500, False)


def test_an_end_that_offers_no_scale_is_not_scaled() -> None:
    space = Watched().handshake(b"").client(1, 100).server(101).space
    assert (space.window, space.scale_known) == (500, True)


def test_what_is_missing_what_came_beyond_it_and_what_came_again() -> None:
    watched = Watched().handshake().client(1, 100).client(201, 100).client(301, 100)
    assert watched.space.unseen == [(101, 201)]
    assert watched.space.late == [(201, 401)]
    watched.server(101, options=sack((201, 301)))
    assert watched.space.sacked == [(201, 301)]
    watched.client(101, 100)
    assert (watched.space.unseen, watched.space.late, watched.space.again) == ([], [], [])
    watched.client(101, 100)
    assert watched.space.again == [(101, 201)]
    space = watched.server(401).space
    assert (space.una, space.nxt) == (401, 401)
    assert not any((space.sacked, space.again, space.unseen, space.late))


def test_a_block_about_a_duplicate_is_no_hole() -> None:
    watched = Watched().handshake().client(1, 200).server(201, options=sack((1, 101)))
    assert watched.space.sacked == []


def test_an_acknowledgment_from_before_changes_nothing() -> None:
    watched = Watched().handshake().client(1, 200).server(201, 300).server(101, 900)
    assert watched.space[:3] == (201, 201, 300 << 3)


def test_a_connection_with_the_numbers_of_the_one_before_starts_anew() -> None:
    watched = Watched().handshake().client(1, 200).server(201).client(0, 0, SYN)
    assert watched.space[:2] == (0, 1)
    assert not watched.space.again


def test_what_only_an_acknowledgment_shows_was_sent() -> None:
    assert Watched().handshake().server(501).space[:2] == (501, 501)


def test_from_a_mark_it_goes_on_as_from_the_start() -> None:
    watched = Watched().handshake().client(1, 200).server(101)
    since = mark(watched.analyzer.side(CLIENT))
    assert tuple(since) == (101, 201, 500 << 3)
    late = Watched(since)
    late.analyzer = watched.analyzer
    late.client(201, 300).server(501)
    watched.packets += late.packets
    assert late.space[:3] == watched.space[:3] == (501, 501, 500 << 3)


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


@given(spans, st.integers(0, 60), st.integers(0, 60))
def test_spans_are_sets_of_octets(parts: list[tuple[int, int]], start: int, end: int) -> None:
    whole: list[tuple[int, int]] = []
    expected: set[int] = set()
    for part in parts:
        whole = added(whole, *part)
        expected |= set(range(*part))

    def members(found: list[tuple[int, int]]) -> set[int]:
        assert sum(stop - first for first, stop in found) == octets(found)
        return {number for span in found for number in range(*span)}

    assert members(whole) == expected
    assert octets(whole) == len(expected)
    assert all(left[1] < right[0] for left, right in pairwise(whole))
    assert members(beyond(whole, start)) == {number for number in expected if number >= start}
    assert members(common(whole, start, end)) == expected & set(range(start, end))
    assert members(holes(whole, start, end)) == set(range(start, end)) - expected
