"""Segments and frames for tests of everything that reads or writes them."""

from hypothesis import strategies as st

from tcpviz.wire import ethernet, ipv4, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.segment import Segment
from tcpviz.wire.seq import Seq

OUR_MAC, PEER_MAC = b"\x02\x00\x00\x00\x00\x02", b"\x02\x00\x00\x00\x00\x01"
OURS, PEERS = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))

octets = st.integers(0, 0xFF)
halves = st.integers(0, 0xFFFF)
words = st.integers(0, 0xFFFF_FFFF)
numbers = words.map(Seq)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """Any segment that has a place for all its options."""
    timestamps = draw(st.none() | st.tuples(words, words))
    on_syn = draw(st.booleans())
    return Segment(
        draw(numbers),
        draw(numbers),
        draw(octets),
        draw(halves),
        draw(st.binary(max_size=40)),
        urgent=draw(halves),
        timestamps=timestamps,
        sack=() if on_syn else draw(st.lists(st.tuples(numbers, numbers), max_size=3).map(tuple)),
        mss=draw(st.none() | halves) if on_syn else None,
        window_scale=draw(st.none() | octets) if on_syn else None,
        sack_permitted=on_syn and draw(st.booleans()),
    )


def frame_out(segment: Segment, *, source_port: int = 40000, destination_port: int = 80) -> bytes:
    """The frame in which we send `segment` to the peer."""
    data = tcp.build_with_checksum(
        source_port, destination_port, segment, pseudo_header(OURS, PEERS, ipv4.TCP, 0)
    )
    return ethernet.build(PEER_MAC, OUR_MAC, ethernet.IPV4, ipv4.build(OURS, PEERS, ipv4.TCP, data))


def frame_in(segment: Segment, *, source_port: int = 80, destination_port: int = 40000) -> bytes:
    """The frame in which the peer sends `segment` to us."""
    data = tcp.build_with_checksum(
        source_port, destination_port, segment, pseudo_header(PEERS, OURS, ipv4.TCP, 0)
    )
    return ethernet.build(OUR_MAC, PEER_MAC, ethernet.IPV4, ipv4.build(PEERS, OURS, ipv4.TCP, data))
