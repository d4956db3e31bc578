"""TCP is found in whatever carries it, and nothing else than a packet or None comes out of any bytes."""

import pytest
from helpers.carriers import ETHERNET, carriers
from helpers.torture import frames
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.analysis import TcpPacket, tcp_packet
from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp, trace
from tcpviz.analysis.packet import CUT_OFF, Cut

_CARRIERS = carriers()
_LINKTYPES = sorted({linktype for _, linktype, _ in _CARRIERS} | {2, 12, 14, 50, 51, 104, 127, 229})


def test_a_length_that_is_less_than_what_was_captured_is_none() -> None:
    _, linktype, frame = _CARRIERS[0]
    found = find_tcp(frame, linktype, 10)
    assert isinstance(found, TcpPacket)
    assert (found.length, found.cut) == (3, Cut.NOTHING)
    assert [name for name, *_ in trace(frame, linktype, 10)] == ["eth", "ip", "tcp"]


def test_in_every_carrier() -> None:
    fragments = Fragments()
    for number, (name, linktype, data) in enumerate(_CARRIERS):
        packet = find_tcp(data, linktype, fragments=fragments)
        if name == "a first fragment":
            assert packet is None
        elif name == "the fragment that completes it":
            assert isinstance(packet, TcpPacket)
            assert (packet.ports, packet.length) == ((40_000 + number - 1, 50_001), 28)
        else:
            assert isinstance(packet, TcpPacket), name
            assert (name, packet.ports, packet.length) == (name, (40_000 + number, 50_001), 3)


def test_addresses_ports_and_the_way_back() -> None:
    packet = tcp_packet(_CARRIERS[0][2])

    assert packet is not None
    assert (packet.source, packet.destination) == (b"\x0a\0\0\1", b"\x0a\0\0\2")
    assert packet.ports == (40_000, 50_001)
    assert packet.reverse_key == b"\x0a\0\0\2\x0a\0\0\1" + b"\xc3\x51\x9c\x40"


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ("83070405060708", "05060708"),
        ("01890b040102030405060708", "05060708"),  # behind NOP
        ("83070805060708", "0a000002"),  # at its end
        ("070083070405060708", "0a000002"),  # behind an option that has no length
        ("0083070405060708", "0a000002"),  # behind the end of the options
        ("830b0405060708", "0a000002"),  # longer than the header
    ],
)
def test_a_source_route_leads_to_its_last_address(options: str, last: str) -> None:
    data = bytes.fromhex(options)
    data += bytes(-len(data) % 4)
    plain = next(data for name, _, data in _CARRIERS if name == "raw IPv4")
    header = bytes((0x45 + len(data) // 4, 0)) + (len(plain) + len(data)).to_bytes(2, "big") + plain[4:20]
    packet = find_tcp(header + data + plain[20:], 101)

    assert isinstance(packet, TcpPacket)
    assert (packet.destination, packet.length) == (bytes.fromhex(last), 3)


def test_the_short_way_and_the_long_way_agree() -> None:
    for _, data in frames(3, 300):
        short = find_tcp(data)
        long = find_tcp(data[:12] + b"\x81\0\0\1" + data[12:])
        assert isinstance(short, TcpPacket)
        assert isinstance(long, TcpPacket)
        assert all(getattr(short, slot) == getattr(long, slot) for slot in TcpPacket.__slots__)


def test_a_first_fragment_that_was_captured_in_part_shows_that_it_is_tcp() -> None:
    """No datagram can be put together of it, and nobody knows how long its segment is."""
    first, second = (data for name, _, data in _CARRIERS if "fragment" in name)
    fragments = Fragments()

    assert find_tcp(first[:-8], 101, len(first), fragments) is CUT_OFF
    assert find_tcp(second[:-2], 101, len(second), fragments) is None
    assert find_tcp(second, 101, fragments=fragments) is None


def test_how_much_of_the_header_is_left_of_a_cut_frame() -> None:
    data = next(data for _, data in frames(1, 50) if data[46] > 0x60)  # it has options
    whole = len(data)

    assert find_tcp(data[:37], length=whole) is None
    assert find_tcp(data[:49], length=whole) is CUT_OFF
    for kept, cut in ((50, Cut.HEADER), (54, Cut.OPTIONS), (whole, Cut.NOTHING)):
        packet = find_tcp(data[:kept], length=whole)
        assert isinstance(packet, TcpPacket)
        assert packet.cut == cut


@given(
    st.sampled_from(_CARRIERS),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6),
    st.integers(0, 130),
)
def test_damaged_frames_never_raise(
    carrier: tuple[str, int, bytes], changes: list[tuple[int, int]], kept: int
) -> None:
    _, linktype, data = carrier
    damaged = bytearray(data)
    for at, value in changes:
        if at < len(damaged):
            damaged[at] = value

    find_tcp(bytes(damaged[:kept]), linktype, len(damaged), Fragments())


@given(st.sampled_from([ETHERNET, *_LINKTYPES]), st.binary(max_size=120))
def test_any_bytes_never_raise(linktype: int, data: bytes) -> None:
    find_tcp(data, linktype, fragments=Fragments())
