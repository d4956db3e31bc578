import pytest
from helpers.runs import IN, OUT, tcp_frame
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.analysis import Flag, tcp_packet
from tcpviz.view import info
from tcpviz.view.moment import Observed
from tcpviz.wire.segment import ACK, SYN, URG, Segment
from tcpviz.wire.seq import Seq

NONE = Flag(0)


def line_of(segment: Segment, flags: Flag = NONE, ack: int = 1, dup_ack: tuple[int, int] = (0, 0)) -> str:
    packet = tcp_packet(tcp_frame(OUT, segment))
    assert packet
    frame, num = dup_ack
    observed = Observed(
        0, flags, 0, ack, segment.window, len(segment.payload), dup_ack_frame=frame, dup_ack_num=num
    )
    return info.tcp_info(packet, observed, segment.urgent)


def test_syn_ack_with_all_options() -> None:
    segment = Segment(
        Seq(7),
        Seq(9),
        SYN | ACK,
        65160,
        mss=1460,
        sack_permitted=True,
        window_scale=7,
        timestamps=(11, 12),
    )
    assert line_of(segment) == (
        "40000 → 80 [SYN, ACK] Seq=0 Ack=1 Win=65160 Len=0 MSS=1460 SACK_PERM TSval=11 TSecr=12 WS=128"
    )


def test_no_ack_without_the_flag_and_no_urgent_pointer_without_its_own() -> None:
    assert line_of(Segment(Seq(7), Seq(9), 0, 5, urgent=3)) == "40000 → 80 [<None>] Seq=0 Win=5 Len=0"
    assert "Win=5 Urg=3 Len=0" in line_of(Segment(Seq(7), Seq(9), URG, 5, urgent=3))


def test_sack_blocks_are_relative() -> None:
    segment = Segment(Seq(7), Seq(1000), ACK, 5, sack=((Seq(2000), Seq(3000)),))
    assert line_of(segment, ack=1).endswith("Len=0 SLE=1001 SRE=2001")


def test_prefixes_stand_in_wiresharks_order() -> None:
    flags = Flag.RETRANSMISSION | Flag.LOST_SEGMENT | Flag.ACK_LOST_SEGMENT | Flag.ZERO_WINDOW
    assert line_of(Segment(Seq(7)), flags).startswith(
        "[TCP ZeroWindow] [TCP ACKed unseen segment] [TCP Previous segment not captured] "
        "[TCP Retransmission] 40000"
    )


def test_a_better_name_replaces_retransmission() -> None:
    text = line_of(Segment(Seq(7)), Flag.RETRANSMISSION | Flag.FAST_RETRANSMISSION)
    assert text.startswith("[TCP Fast Retransmission] 40000")


def test_a_duplicate_ack_names_its_frame() -> None:
    text = line_of(Segment(Seq(7)), Flag.DUPLICATE_ACK, dup_ack=(3, 1))
    assert text.startswith("[TCP Dup ACK 3#1] 40000")


def test_every_flag_but_fast_open_has_a_prefix() -> None:
    silent = Flag.TFO_SYN | Flag.TFO_ACK | Flag.TFO_IGNORED
    for flag in Flag:
        shown = list(info.prefixes(Observed(0, flag, 0, 0, 0, 0)))
        assert bool(shown) is not bool(flag & silent)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-type: text/html; charset=x\r\n\r\n", "HTTP/1.1 200 OK  (text/html)"),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "HTTP/1.0 404 Not Found"),
        (b"GETTING", None),
        (b"", None),
        (b"\x16\x03\x01", None),
    ],
)
def test_http(payload: bytes, text: str | None) -> None:
    assert info.http_info(payload) == text


def test_endpoints_of_a_segment() -> None:
    packet = tcp_packet(tcp_frame(IN, Segment(Seq(1))))
    assert packet
    assert info.endpoint_texts(packet) == ("192.0.2.1:80", "192.0.2.2:40000")


@given(st.binary(max_size=60))
def test_any_options_give_words(options: bytes) -> None:
    for word in info.option_words(options):
        assert word.isascii()


@given(st.binary(max_size=200))
def test_any_payload_gives_a_safe_line(payload: bytes) -> None:
    for data in (payload, b"HTTP/1.1 200 " + payload, b"HTTP/1.1 200 OK\r\nContent-Type: " + payload):
        text = info.http_info(data)
        assert text is None or text.isprintable()
