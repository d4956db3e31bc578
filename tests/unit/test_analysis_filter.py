"""Display filters on single packets, and what is said of those that are none."""

import pytest
from helpers.runs import MS, OUT, REQUEST, ours, tcp_frame, theirs

from tcpviz.analysis import Flag, Verdict, tcp_packet
from tcpviz.analysis.filter import FilterError, Subject, compile_filter
from tcpviz.link.base import Direction, Fate
from tcpviz.tcp.events import Cause, Retransmitted
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.segment import ACK, PSH, SYN, Segment
from tcpviz.wire.seq import Seq

SNAPSHOT = Snapshot(
    State.FIN_WAIT_1, Seq(1), Seq(2), Seq(100), Seq(150), Seq(200), 65535, Seq(9), 65535, 1460, 9000, 1 << 30,
    20 * MS, 10 * MS, 200 * MS, 0, 0, 0, 0,
)  # fmt: skip


def subject(segment: Segment, **others: object) -> Subject:
    data = tcp_frame(OUT, segment)
    packet = tcp_packet(data)
    assert packet is not None
    flags = Flag.RETRANSMISSION | Flag.FAST_RETRANSMISSION
    found = (*(None,) * 4, 250 * MS, 4, 29, 29, 20 * MS)
    verdict = Verdict(3, flags, 1, 1, packet.length, 65536, 128, *found, 31)
    known: dict[str, object] = {"packet": packet, "verdict": verdict, "number": 7, "length": len(data)}
    return Subject(data, **(known | others))  # type: ignore[arg-type]


@pytest.fixture
def request_() -> Subject:
    return subject(
        Segment(ours(1), theirs(1), PSH | ACK, 512, REQUEST),
        direction=Direction.OUT,
        fate=Fate.LOST,
        flow=1,
        snapshot=SNAPSHOT,
        peer_state=State.CLOSE_WAIT,
        events=(Retransmitted(Seq(1), Seq(2), Cause.TIMEOUT, 1),),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp",
        "frame.number == 7",
        "eth.dst[0:3] == 02:00:00 && eth.src[5] == 02",
        "ip.src == 192.0.2.2 and ip.dst == 192.0.2.0/24",
        "ip.dst < 192.0.2.2 && ip.src > 192.0.2.1",
        "tcp.port == 80",
        "!(tcp.port != 80)",
        "any tcp.port != 80",
        "tcp.port !== 80",
        "all tcp.port >= 80",
        "!(tcp.port === 80)",
        "tcp.port in {22, 80..90}",
        "tcp.dstport not in {443}",
        "tcp.flags & 0x18 == 0x18",
        "!(tcp.flags & 2)",
        "tcp.flags.push == 1 && tcp.flags.syn == False",
        "tcp.seq == tcp.ack",
        "udp && arp || tcp",
        "tcp || udp && arp",
        "tcp.payload[0:3] == 47:45:54",
        'tcp.payload[0-2] == "GET"',
        "tcp.payload[-2:] == 0d0a",
        "tcp.payload[:1,2] == 47-54",
        'tcp contains "HTTP/1.1"',
        'frame matches "host: l.b"',
        'http.request.method == "GET" && http.request.uri == "/" && http.host == lab',
        r'http.host matches r"^L\w{2}$"',
        'http.host[1:2] == "ab"',
        "http.request && !http.response",
        "tcp.analysis.retransmission && tcp.analysis.flags",
        "tcp.analysis.rto > 0.2 && tcp.analysis.rto <= 0.25",
        "tcp.analysis.initial_rtt == 0.02",
        'tcpviz.state == "FIN-WAIT-1" && tcpviz.peer_state == CLOSE-WAIT',
        "tcpviz.cwnd < 10000 && tcpviz.ssthresh > 10000",
        "tcpviz.in_flight == 100 && tcpviz.srtt == 0.02 && tcpviz.rto == 0.2",
        'tcpviz.fate == "lost" && tcpviz.direction == "out"',
        'tcpviz.event == "Retransmitted"',
        'tcpviz.event in {"Held", "Retransmitted"}',
        'frame.time > "1969-12-31 12:00:00" && frame.time < "Jan  3, 1970 00:00:00.5"',
        "  (tcp)\n",
    ],
)
def test_what_passes(text: str, request_: Subject) -> None:
    assert compile_filter(text).holds(request_)


@pytest.mark.parametrize(
    "text",
    [
        "not tcp",
        "tcp.port != 80",
        "tcp.port === 80",
        "udp.port != 80",
        "udp.port",
        "tcp.flags & 2",
        "all tcp.port == 80",
        'tcp.payload[200:] contains "G"',
        'tcp.payload[0:4000] contains "G"',
        "tcp.options",
        "tls",
        "http.response.code",
        "ip.addr == 10.0.0.0/8",
        'http.host contains "LAB"',
        'tcpviz.event != "Retransmitted"',
    ],
)
def test_what_does_not_pass(text: str, request_: Subject) -> None:
    assert not compile_filter(text).holds(request_)


def test_what_is_not_known_is_absent() -> None:
    bare = Subject(b"")
    for text in ("tcpviz.state", "tcpviz.fate", "tcpviz.srtt", "frame.number", "tcp.seq", "ip", "tcp.flags"):
        assert not compile_filter(text).holds(bare)


def test_options() -> None:
    syn = subject(Segment(ours(0), flags=SYN, window=1000, mss=1460, window_scale=7, timestamps=(5, 0)))

    for text in (
        "tcp.options.mss_val == 1460",
        "tcp.options.wscale.shift == 7 && tcp.options.wscale.multiplier == 128",
        "tcp.options.timestamp.tsval == 5",
        "tcp.options[0:2] == 02:04",
        "!tcp.options.sack_perm",
        "!tcp.payload",
    ):
        assert compile_filter(text).holds(syn), text


@pytest.mark.parametrize(
    ("text", "marked", "told"),
    [
        ("tcp.prt == 80", "tcp.prt", "did you mean tcp.port?"),
        ("tcp.len > 0 && retransmission", "retransmission", "no field"),
        ("tcp.port == ", "", "ends too early"),
        ("tcp && (udp", "", "ends too early"),
        ("tcp udp", "udp", "not expected"),
        ("tcp.port == eighty", "eighty", "no number"),
        ('tcp.port == "80"', '"80"', "write 80"),
        ("tcp.port == 65536", "65536", "65535"),
        ("tcp.port in {1..x}", "x", "no number"),
        ("ip.addr == 300.0.0.1", "300.0.0.1", "no IPv4 address"),
        ("ipv6.addr == ::x", "::x", "no IPv6 address"),
        ("eth.addr == 00:00:83", "00:00:83", "no Ethernet address"),
        ("tcp.payload == GET", "GET", "no string of octets"),
        ("tcp.payload[a:] == 00", "[a:]", "no slice"),
        ("tcp.payload[0:0] == 00", "[0:0]", "no length"),
        ("tcp.port[0:1] == 00", "[0:1]", "no parts"),
        ("eth.src & 1", "eth.src", "no bits"),
        ("tcp.port contains 80", "tcp.port", "nothing to find"),
        ('http.host matches "("', '"("', "no regular expression"),
        (r'http.host matches "a\.b"', r'"a\.b"', 'r"'),
        ('http.host == "lab', '"lab', "no end"),
        ("tcp.analysis.flags == 1", "1", "no value"),
        ("tcp.port == http.host", "http.host", "don't compare"),
        ('tcpviz.state == "FINWAIT-1"', '"FINWAIT-1"', '"FIN-WAIT-1"'),
        ('tcpviz.fate == "nonsense"', '"nonsense"', "passed, lost"),
        ("tcp.flags.syn == 2x", "2x", "neither"),
        ("frame.time > yesterday", "yesterday", "no date"),
        ("frame.time_delta > 1s", "1s", "no time"),
        ("tcp ; udp", ";", "not expected"),
    ],
)
def test_what_is_wrong_is_shown_where_it_stands(text: str, marked: str, told: str) -> None:
    with pytest.raises(FilterError, match=r".") as caught:
        compile_filter(text)

    error = caught.value
    assert told in str(error)
    assert text[error.column : error.column + error.length] == marked
    assert error.pointer().count("^") == 1


@pytest.mark.parametrize("text", ["!" * 300 + "tcp", "tcp" * 1000])
def test_there_is_a_limit(text: str) -> None:
    with pytest.raises(FilterError):
        compile_filter(text)


def test_http_is_not_read_from_a_plain_retransmission(request_: Subject) -> None:
    """As in Wireshark, which has read the message already."""
    assert request_.verdict is not None
    request_.verdict = request_.verdict._replace(flags=Flag.RETRANSMISSION)

    assert not compile_filter("http").holds(request_)
    assert compile_filter("tcp.payload").holds(request_)


def test_parentheses_nest_as_deep_as_a_filter_is_long() -> None:
    assert not compile_filter("(" * 900 + "tcp" + ")" * 900).holds(Subject(b""))
