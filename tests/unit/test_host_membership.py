"""Which groups an IPv6 host tells of, when and how (MLD, RFC 3810), and what it makes of questions."""

from ipaddress import IPv6Address

import pytest
from helpers.host6 import (
    OUR_GROUP,
    OUR_LINK_LOCAL,
    OUTSIDE,
    PEER,
    ROUTER,
    SECOND,
    THIRD_MAC,
    frame,
    is_report,
    make_host,
    pass_time,
    probe,
    read_packet,
    receive,
)
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.host.host import Host
from tcpviz.wire import extensions, icmpv6, ipv6, mld
from tcpviz.wire.errors import ParseError
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header
from tcpviz.wire.mld import Query, Record

LINK_LOCAL_GROUP = ipv6.solicited_node(OUR_LINK_LOCAL)
ALL = ipv6.UNSPECIFIED
ALERT = bytes((ipv6.ICMPV6, 0, 5, 2, 0, 0, 1, 0))
MS = 1_000_000

Told = tuple[bytes, bytes, list[tuple[int, bytes]]]


def read_report(data: bytes) -> Told:
    """Source, destination, and what is said of each group; all else is as the RFCs ask."""
    mac, header, payload = read_packet(data)
    assert mac == ipv6.group_mac(header.destination)
    assert (header.next_header, header.hop_limit) == (extensions.HOP_BY_HOP, 1)
    assert bytes(payload[:8]) == ALERT
    upper = extensions.skip(header.next_header, payload)
    assert icmpv6.checksum_ok(upper.data, header.source, header.destination)
    message = icmpv6.parse(upper.data)
    if message.type == mld.REPORT_V1:
        assert len(message.payload) == 16
        return header.source, header.destination, [(0, bytes(message.payload))]
    assert (message.type, message.rest) == (mld.REPORT, len(message.payload) // 20)
    records = [bytes(message.payload[at : at + 20]) for at in range(0, len(message.payload), 20)]
    assert all(record[1:4] == bytes(3) for record in records)
    return header.source, header.destination, [(record[0], record[4:]) for record in records]


def reports(host: Host, until: int, start: int = 0) -> list[tuple[int, Told]]:
    log = pass_time(host, until, start)
    return [(now, read_report(data)) for now, data in log if read_packet(data)[1].hop_limit == 1]


def told_host() -> Host:
    """One that has said everything by itself."""
    host = make_host(probe=True)
    pass_time(host, 10 * SECOND)
    return host


def query(
    group: bytes = ALL,
    *,
    rest: int = 1000 << 16,
    more: bytes = bytes(4),
    source: bytes = ROUTER,
    hop_limit: int = 1,
    alert: bytes = ALERT,
) -> bytes:
    destination = ipv6.ALL_NODES if group == ALL else group
    message = IcmpMessage(mld.QUERY, 0, rest, group + more)
    data = alert + icmpv6.build(message, source, destination)
    kind = extensions.HOP_BY_HOP if alert else ipv6.ICMPV6
    return frame(ipv6.build(source, destination, kind, data, hop_limit=hop_limit))


def joined(*groups: bytes) -> list[tuple[int, bytes]]:
    return [(Record.JOINED, group) for group in sorted(groups)]


def test_the_groups_are_told_before_the_first_probe_and_once_more_from_our_address() -> None:
    """RFC 4862 5.4.2, RFC 3810 5.2.13 and 6.1."""
    host = make_host(probe=True)
    assert is_report(pass_time(host, 0)[0][1])
    both = joined(OUR_GROUP, LINK_LOCAL_GROUP)
    assert reports(host, 60 * SECOND) == [(SECOND, (OUR_LINK_LOCAL, mld.LISTENERS, both))]
    assert reports(make_host(probe=True), 0) == [(0, (ipv6.UNSPECIFIED, mld.LISTENERS, both))]


def test_without_probe_nobody_is_told_and_nobody_answered() -> None:
    host = make_host()
    receive(host, query())
    assert pass_time(host, 60 * SECOND) == []


def test_a_made_up_address_that_is_taken_leaves_its_group() -> None:
    host = make_host(probe=True)
    pass_time(host, 0)
    receive(host, probe(OUR_LINK_LOCAL, mac=THIRD_MAC), 1)
    (_, (_, _, told)), *_ = reports(host, SECOND, 1)
    kinds = {group: kind for kind, group in told}
    assert kinds[OUR_GROUP] == Record.JOINED
    assert kinds[LINK_LOCAL_GROUP] == Record.LEFT
    assert len(kinds) == 3


def test_a_general_question_is_answered_once_within_its_time() -> None:
    """RFC 3810 6.2: the end of our MAC address, 0002, says when."""
    host = told_host()
    receive(host, query(), 10 * SECOND)
    receive(host, query(), 10 * SECOND)
    listening = [(Record.LISTENING, group) for group in sorted((OUR_GROUP, LINK_LOCAL_GROUP))]
    after = 1000 * MS * 2 >> 16
    assert reports(host, 20 * SECOND, 10 * SECOND) == [
        (10 * SECOND + after, (OUR_LINK_LOCAL, mld.LISTENERS, listening))
    ]


def test_a_question_about_one_group_is_answered_by_its_listener() -> None:
    host = told_host()
    receive(host, query(OUR_GROUP), 10 * SECOND)
    ((_, said),) = reports(host, 20 * SECOND, 10 * SECOND)
    assert said[2] == [(Record.LISTENING, OUR_GROUP)]
    receive(host, query(ipv6.solicited_node(OUTSIDE)), 20 * SECOND)
    assert reports(host, 30 * SECOND, 20 * SECOND) == []


def test_a_router_of_the_first_version_gets_its_own_reports() -> None:
    """RFC 3810 8.2.1: one a group, to the group."""
    host = told_host()
    receive(host, query(more=b""), 10 * SECOND)
    said = [said for _, said in reports(host, 20 * SECOND, 10 * SECOND)]
    assert said == [(OUR_LINK_LOCAL, g, [(0, g)]) for g in sorted((OUR_GROUP, LINK_LOCAL_GROUP))]


@pytest.mark.parametrize(
    "asked",
    [
        query(source=PEER),
        query(hop_limit=2),
        query(alert=b""),
        query(more=bytes(2)),
    ],
    ids=["not of this link", "hop limit", "no router alert", "neither version"],
)
def test_a_question_that_nobody_may_heed_is_dropped(asked: bytes) -> None:
    """RFC 3810 5.1.14 and 8.1."""
    host = told_host()
    receive(host, asked, 10 * SECOND)
    assert reports(host, 20 * SECOND, 10 * SECOND) == []


@pytest.mark.parametrize(("code", "delay"), [(0, 0), (32767, 32767), (0x8000, 32768), (0xFFFF, 8387584)])
def test_long_delays_have_an_exponent(code: int, delay: int) -> None:
    header = Ipv6Header(6 << 28, 36, extensions.HOP_BY_HOP, 1, ROUTER, ipv6.ALL_NODES)
    message = IcmpMessage(mld.QUERY, 0, code << 16, memoryview(bytes(20)))
    assert mld.parse_query(header, message) == Query(ALL, delay, 2)


@given(st.binary(max_size=60), st.integers(0, 0xFFFF_FFFF))
def test_any_question_is_read_or_refused(payload: bytes, rest: int) -> None:
    header = Ipv6Header(6 << 28, 36, extensions.HOP_BY_HOP, 1, ROUTER, ipv6.ALL_NODES)
    try:
        read = mld.parse_query(header, IcmpMessage(mld.QUERY, 0, rest, memoryview(payload)))
    except ParseError:
        assert len(payload) < 20
        assert len(payload) != 16
    else:
        assert len(IPv6Address(read.group).packed) == 16
