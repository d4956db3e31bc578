"""Any bytes give a value or a ParseError; what is built is parsed to the same value."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from helpers.wire import halves, segments
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.wire import arp, dhcp, ethernet, icmp, ipv4, tcp, udp
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Segment


def quotation(data: bytes) -> object:
    return icmp.quoted_segment(icmp.parse(data))


def dhcp_options(data: bytes) -> object:
    return dhcp.parse(dhcp.build(dhcp.DhcpMessage(dhcp.REPLY, 1, bytes(6), {}))[:240] + data)


@pytest.mark.parametrize(
    "parse",
    [ethernet.parse, arp.parse, ipv4.parse, icmp.parse, quotation, tcp.parse, udp.parse, dhcp_options],
    ids=lambda f: f"{f.__module__}.{f.__name__}",
)
@given(data=st.binary(max_size=100))
def test_any_bytes(parse: Callable[[bytes], Any], data: bytes) -> None:
    with suppress(ParseError):
        parse(data)


@given(options=st.binary(max_size=40).map(lambda block: block.ljust(-(-len(block) // 4) * 4, b"\0")))
def test_any_options(options: bytes) -> None:
    header = bytes(12) + bytes(((20 + len(options)) << 2,)) + bytes(7)
    with suppress(ParseError):
        assert tcp.parse(header + options + b"payload")[2].payload == b"payload"


@given(source=halves, destination=halves, segment=segments())
def test_segments_come_back(source: int, destination: int, segment: Segment) -> None:
    assert tcp.parse(tcp.build(source, destination, segment)) == (source, destination, segment)


@given(segment=segments(), cut=st.integers(0, 60))
def test_a_cut_header_is_refused_or_loses_payload_only(segment: Segment, cut: int) -> None:
    data = tcp.build(1, 2, segment)[:cut]
    with suppress(ParseError):
        found = tcp.parse(data)[2]
        assert bytes(segment.payload).startswith(bytes(found.payload))
        assert (found.seq, found.timestamps, found.sack) == (segment.seq, segment.timestamps, segment.sack)
