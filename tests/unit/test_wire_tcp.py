"""TCP headers and options."""

import pytest

from tcpviz.wire import tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import ACK, PSH, SYN, Segment
from tcpviz.wire.seq import Seq

A, B = Seq(0x01020304), Seq(0xFFFFFFFF)


def with_options(options: bytes) -> bytes:
    """A segment with these options, whole words of them, and the payload `data`."""
    header = bytearray(tcp.build(1, 2, Segment(A, B)))
    header[12] = (20 + len(options)) << 2
    return bytes(header) + options + b"data"


@pytest.mark.parametrize(
    "segment",
    [
        Segment(A, B, ACK, 0xFFFF),
        Segment(A, B, ACK | PSH, 1, b"payload"),
        Segment(A, B, ACK, 1, timestamps=(0, 0)),
        Segment(A, B, ACK, 1, b"payload", timestamps=(1, 0xFFFFFFFF), urgent=9),
        Segment(A, B, SYN, 1, timestamps=(1, 2), mss=1460, window_scale=0, sack_permitted=True),
        Segment(A, B, SYN, 1, mss=0),
        Segment(A, B, ACK, 1, timestamps=(1, 2), sack=((A, B), (B, A), (A, A))),
        Segment(A, B, ACK, 1, sack=((A, B), (B, A), (A, A), (B, B))),
    ],
    ids=repr,
)
def test_round_trip(segment: Segment) -> None:
    assert tcp.parse(tcp.build(40000, 80, segment)) == (40000, 80, segment)


def test_an_acknowledgment_with_timestamps_takes_32_octets() -> None:
    segment = Segment(A, B, ACK, 0x1234, timestamps=(0x0A0B0C0D, 0x01010101))
    assert tcp.build(0x0102, 0x0304, segment) == bytes.fromhex(
        "0102 0304 01020304 ffffffff 80 10 1234 0000 0000 0101080a 0a0b0c0d 01010101"
    )


def test_payload_is_a_view_of_what_came_in() -> None:
    data = tcp.build(1, 2, Segment(A, B, ACK, 1, b"payload", timestamps=(1, 2)))
    payload = tcp.parse(memoryview(data))[2].payload
    assert isinstance(payload, memoryview)
    assert payload.obj is data


def test_checksum() -> None:
    addresses = pseudo_header(b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02", 6, 0)
    data = tcp.build_with_checksum(1, 2, Segment(A, B, ACK, 1, b"odd"), addresses)
    assert tcp.checksum_ok(data, addresses)
    assert not tcp.checksum_ok(data, addresses + 1)
    assert not tcp.checksum_ok(data[:-1] + b"D", addresses)


def test_too_many_options_are_not_built() -> None:
    with pytest.raises(ValueError, match="44 octets"):
        tcp.build(1, 2, Segment(A, B, ACK, 1, timestamps=(1, 2), sack=((A, B),) * 3, mss=1))


def test_unknown_options_are_skipped() -> None:
    segment = tcp.parse(with_options(bytes.fromhex("fd06aabbccdd 02 04 05b4 0101")))[2]
    assert segment.mss == 1460
    assert segment.payload == b"data"


def test_nothing_is_read_after_the_end_of_the_options() -> None:
    assert tcp.parse(with_options(bytes.fromhex("00 02 04 05b4 000000")))[2].mss is None


def test_timestamps_in_any_place() -> None:
    assert tcp.parse(with_options(bytes.fromhex("080a 00000001 00000002 0101")))[2].timestamps == (1, 2)


@pytest.mark.parametrize(
    "options",
    ["fd000000", "fd010000", "fd050000", "010101fd", "0203 0500", "030400 00", "0403ff00", "0502 0000",
     "0506 00000000 0000", "0809 00000000 000000 00000000"],
    ids=["length 0", "length 1", "beyond the header", "no length", "mss", "scale", "permitted", "no block",
         "half a block", "timestamps"],
)  # fmt: skip
def test_a_malformed_option_takes_nothing_else_with_it(options: str) -> None:
    """RFC 9293 section 3.1, MUST-7: what stands before it counts, and the data."""
    block = bytes.fromhex("0204 05b4" + options)
    segment = tcp.parse(with_options(block.ljust(-(-len(block) // 4) * 4, b"\0")))[2]
    assert (segment.mss, segment.payload) == (1460, b"data")
    assert (segment.window_scale, segment.sack_permitted, segment.timestamps) == (None, False, None)
    assert not segment.sack


@pytest.mark.parametrize(
    ("offset", "length"), [(4, 20), (15, 59), (5, 19), (0, 32)], ids=["4", "cut", "short", "0"]
)
def test_malformed_headers_are_refused(offset: int, length: int) -> None:
    data = bytearray(length)
    data[12] = offset << 4
    with pytest.raises(ParseError):
        tcp.parse(bytes(data))


def test_stamped_header_cut_off() -> None:
    with pytest.raises(ParseError):
        tcp.parse(tcp.build(1, 2, Segment(A, B, ACK, 1, timestamps=(1, 2)))[:31])


def test_reserved_bits_are_ignored() -> None:
    data = bytearray(tcp.build(1, 2, Segment(A, B, ACK, 1, timestamps=(1, 2))))
    data[12] |= 0x0F
    assert tcp.parse(bytes(data))[2] == Segment(A, B, ACK, 1, timestamps=(1, 2))
