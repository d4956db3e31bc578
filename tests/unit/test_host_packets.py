"""What the host does with IPv4, ICMP and TCP that reaches it."""

import pytest
from helpers.host import (
    OUR_MAC,
    OURS,
    OUTSIDE,
    PEER,
    PEER_MAC,
    THIRD,
    THIRD_MAC,
    Peer,
    established,
    icmp_frame,
    make_host,
    packet_frame,
    read_packet,
    read_segment,
    resolved,
    segment_frame,
    sent,
)

from tcpviz.host.events import EchoAnswered, FrameDropped, SegmentRefused
from tcpviz.host.host import Flow, Host
from tcpviz.tcp.config import Config
from tcpviz.tcp.events import CloseReason, IcmpReceived
from tcpviz.tcp.state import State
from tcpviz.wire import ethernet, icmp, ipv4, tcp
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.segment import ACK, FIN, PSH, RST, SYN, Segment
from tcpviz.wire.seq import Seq, gt

REST = 0x1234_0001


def receive(host: Host, data: bytes, *, vouched: bool = False) -> Flow | None:
    return host.on_frame(Frame(0, data, vouched), 0)


def reasons(host: Host) -> list[str]:
    return [event.reason for event in host.events() if isinstance(event, FrameDropped)]


def unread(peer: Peer) -> bytes:
    return peer.flow.connection.receive(1 << 16, 0)


# IPv4


@pytest.mark.parametrize(
    "frame",
    [
        packet_frame(ipv4.build(PEER, THIRD, ipv4.ICMP, b"")),
        packet_frame(ipv4.build(PEER, OURS, ipv4.ICMP, b""), to=THIRD_MAC),
        packet_frame(ipv4.build(PEER, OURS, ipv4.ICMP, b""), to=ethernet.BROADCAST),
        ethernet.build(OUR_MAC, PEER_MAC, 0x86DD, bytes(40)),
    ],
    ids=["another address", "another MAC", "broadcast", "IPv6"],
)
def test_what_is_not_for_us_is_ignored_without_a_word(frame: bytes) -> None:
    host = make_host()
    assert receive(host, frame) is None
    assert host.events() == []
    assert sent(host) == []


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"\x45", "octets are no IPv4 header"),
        (ipv4.build(PEER, OURS, ipv4.UDP, bytes(8)), "a UDP datagram of 0 octets"),
        (ipv4.build(PEER, OURS, ipv4.TCP, bytes(8), fragment=ipv4.MORE_FRAGMENTS), "fragment"),
        (
            ipv4.build(PEER, OURS, ipv4.TCP, bytes(20), ttl=9).replace(b"\x09", b"\x08"),
            "IPv4 header checksum",
        ),
        (ipv4.build(PEER, OURS, ipv4.TCP, bytes(19) + b"\1"), "TCP checksum"),
        (ipv4.build(PEER, OURS, ipv4.ICMP, bytes(7) + b"\1"), "ICMP checksum"),
    ],
)
def test_what_is_for_us_and_no_good_is_dropped_with_the_reason(packet: bytes, reason: str) -> None:
    host = make_host()
    assert receive(host, packet_frame(packet)) is None
    (told,) = reasons(host)
    assert reason in told
    assert sent(host) == []


def test_any_cut_of_a_frame_is_dropped_or_ignored() -> None:
    host = make_host()
    frame = established(host).data(b"payload")
    for length in range(len(frame)):
        assert receive(host, frame[:length], vouched=True) is None


# TCP to its connection


@pytest.mark.parametrize("vouched", [False, True])
def test_a_segment_reaches_its_connection(vouched: bool) -> None:
    host = make_host()
    peer = established(host)
    assert receive(host, peer.data(b"hello"), vouched=vouched) is peer.flow
    assert unread(peer) == b"hello"


def test_a_segment_from_another_router_reaches_it_too() -> None:
    host = make_host()
    peer = established(host)
    frame = peer.data(b"hello")
    assert receive(host, frame[:6] + THIRD_MAC + frame[12:]) is peer.flow


def test_ip_options_do_not_hide_a_segment() -> None:
    host = make_host()
    peer = established(host)
    packet = bytearray(peer.data(b"hello")[14:])
    packet[20:20] = b"\x01\x01\x01\x00"
    packet[0] = 0x46
    packet[2:4] = len(packet).to_bytes(2, "big")
    assert receive(host, packet_frame(bytes(packet)), vouched=True) is peer.flow
    assert unread(peer) == b"hello"


def test_padding_is_not_data() -> None:
    host = make_host()
    peer = established(host)
    receive(host, peer.data(b"x") + b"padding", vouched=True)
    assert unread(peer) == b"x"


@pytest.mark.parametrize("zero_length", [False, True], ids=["with its length", "too long for the field"])
def test_merged_packets_are_taken_whole_whatever_their_checksum_is(zero_length: bool) -> None:
    host = make_host()
    peer = established(host, Config(timestamps=False, receive_buffer=1 << 20))
    frame = bytearray(peer.data(bytes(range(200)) * 300))
    frame[50:52] = b"\xab\xcd"  # TCP's: left partial
    if zero_length:
        frame[16:18] = bytes(2)
    assert receive(host, bytes(frame), vouched=True) is peer.flow
    assert unread(peer) == bytes(range(200)) * 300


def test_a_wrong_checksum_that_nobody_vouches_for_drops_the_segment() -> None:
    host = make_host()
    peer = established(host)
    frame = peer.data(b"hello")
    assert receive(host, frame[:-1] + b"x") is None
    assert reasons(host) == ["the TCP checksum is wrong"]
    assert receive(host, frame[:16] + b"\xff" + frame[17:]) is None
    assert unread(peer) == b""


def test_two_connections_to_one_server_are_kept_apart() -> None:
    host = make_host()
    first, second = established(host), established(host)
    assert first.flow.local.port != second.flow.local.port
    receive(host, second.data(b"two"))
    receive(host, first.data(b"one"))
    assert (unread(first), unread(second)) == (b"one", b"two")


# TCP for no connection: RFC 9293 3.10.7.1


def test_a_segment_without_ack_is_answered_with_a_reset_that_acknowledges_it() -> None:
    host = make_host()
    resolved(host)
    receive(host, segment_frame(Segment(Seq(1000), flags=SYN, payload=b"abc"), 4000, 81))
    (frame,) = sent(host)
    assert read_segment(frame) == (81, 4000, Segment(Seq(0), Seq(1004), RST | ACK))
    assert host.events() == [SegmentRefused(PEER, 4000, 81)]


def test_a_segment_with_ack_is_answered_with_a_reset_at_its_acknowledgment() -> None:
    host = make_host()
    resolved(host)
    receive(host, segment_frame(Segment(Seq(1000), Seq(77), ACK | PSH, payload=b"abc"), 4000, 81))
    (frame,) = sent(host)
    assert read_segment(frame) == (81, 4000, Segment(Seq(77), flags=RST))


@pytest.mark.parametrize("flags", [RST, RST | ACK, RST | SYN])
@pytest.mark.parametrize("port", [80, 81], ids=["listening", "closed"])
def test_a_reset_is_never_answered(flags: int, port: int) -> None:
    host = make_host()
    resolved(host)
    host.listen(80, Config(), lambda flow: None)
    receive(host, segment_frame(Segment(Seq(1), Seq(2), flags), 4000, port))
    assert sent(host) == []
    assert reasons(host) == ["a reset for no connection of ours"]


@pytest.mark.parametrize(
    "source", [bytes.fromhex(text) for text in ("ffffffff", "e0000001", "00000000", "7f000001", "c00002ff")]
)
def test_no_answer_to_what_is_no_host_s_address(source: bytes) -> None:
    host = make_host()
    receive(host, segment_frame(Segment(Seq(1), flags=SYN), 4000, 81, source=source))
    assert sent(host) == []
    assert reasons(host) == ["its source address is no host's"]


def test_no_answer_to_our_own_address() -> None:
    host = make_host()
    receive(host, segment_frame(Segment(Seq(1), flags=SYN), 4000, 81, source=OURS))
    assert sent(host) == []


def test_no_answer_where_there_is_no_way() -> None:
    host = make_host()
    receive(host, segment_frame(Segment(Seq(1), flags=SYN), 4000, 81, source=OUTSIDE))
    assert sent(host) == []
    assert "198.51.100.7 is outside 192.0.2.0/24" in reasons(host)[0]


# Listening: RFC 9293 3.10.7.2


def test_a_syn_to_a_listening_port_opens_a_connection() -> None:
    host = make_host()
    resolved(host)
    accepted: list[Flow] = []
    host.listen(80, Config(), accepted.append)
    flow = receive(host, segment_frame(Segment(Seq(1000), flags=SYN, window=8000), 4000, 80))
    assert flow is not None
    assert accepted == [flow]
    assert (str(flow.local), str(flow.remote)) == ("192.0.2.2:80", "192.0.2.1:4000")
    (frame,) = sent(host)
    _, _, answer = read_segment(frame)
    assert (answer.flags, answer.ack) == (SYN | ACK, 1001)
    receive(host, segment_frame(Segment(Seq(1001), answer.end, ACK, 8000), 4000, 80))
    assert flow.connection.state is State.ESTABLISHED


def test_two_callers_of_one_port_have_a_connection_each() -> None:
    """RFC 9293 3.9.1.1, MUST-41 and MUST-42."""
    host = make_host()
    resolved(host)
    accepted: list[Flow] = []
    host.listen(80, Config(), accepted.append)
    for port in (4000, 4001):
        receive(host, segment_frame(Segment(Seq(1000), flags=SYN, window=8000), port, 80))
        answer = read_segment(sent(host)[0])[2]
        receive(host, segment_frame(Segment(Seq(1001), answer.end, ACK, 8000), port, 80))
    assert [flow.connection.state for flow in accepted] == [State.ESTABLISHED] * 2
    receive(host, segment_frame(Segment(Seq(1001), flags=RST), 4000, 80))
    assert [flow.connection.end for flow in accepted] == [CloseReason.RESET, None]


def in_time_wait(host: Host) -> tuple[Flow, Segment]:
    """A connection that the peer opened to port 80 and we closed first, and our FIN."""
    receive(host, segment_frame(Segment(Seq(1000), flags=SYN, window=8000, timestamps=(50, 0)), 4000, 80))
    (flow,) = host.flows.values()
    una = read_segment(sent(host)[0])[2].end
    receive(host, segment_frame(Segment(Seq(1001), una, ACK, 8000, timestamps=(50, 0)), 4000, 80))
    flow.connection.shutdown(0)
    fin = read_segment(sent(host)[0])[2]
    receive(host, segment_frame(Segment(Seq(1001), fin.end, ACK | FIN, 8000, timestamps=(50, 0)), 4000, 80))
    sent(host)
    assert flow.connection.state is State.TIME_WAIT
    return flow, fin


@pytest.mark.parametrize(
    ("number", "stamp"), [(1003, None), (0x7000_0000, None), (1003, 50), (5, 51)], ids=str
)
def test_a_later_syn_takes_the_place_of_a_connection_in_time_wait(number: int, stamp: int | None) -> None:
    """RFC 9293 3.6.1, MAY-2, and SHLD-4: by its timestamp, or its number where that does not tell."""
    host = make_host()
    resolved(host)
    accepted: list[Flow] = []
    host.listen(80, Config(), accepted.append)
    old, fin = in_time_wait(host)
    times = None if stamp is None else (stamp, 0)
    syn = Segment(Seq(number), flags=SYN, window=8000, timestamps=times)
    new = receive(host, segment_frame(syn, 4000, 80))
    assert old.connection.end is CloseReason.NORMAL
    assert accepted == [old, new]
    assert list(host.flows.values()) == [new]
    (frame,) = sent(host)
    answer = read_segment(frame)[2]
    assert (answer.flags, answer.ack) == (SYN | ACK, number + 1)
    assert gt(answer.seq, fin.end)


@pytest.mark.parametrize(("number", "stamp"), [(1002, None), (1000, 50), (1003, 49)], ids=str)
def test_an_older_syn_is_answered_by_the_connection_in_time_wait(number: int, stamp: int | None) -> None:
    host = make_host()
    resolved(host)
    host.listen(80, Config(), lambda flow: None)
    old, fin = in_time_wait(host)
    times = None if stamp is None else (stamp, 0)
    receive(host, segment_frame(Segment(Seq(number), flags=SYN, timestamps=times), 4000, 80))
    assert old.connection.state is State.TIME_WAIT
    answers = [read_segment(frame)[2] for frame in sent(host)]
    assert all((answer.flags, answer.seq) == (ACK, fin.end) for answer in answers)


def test_without_a_listener_nothing_takes_its_place() -> None:
    host = make_host()
    peer = established(host)
    peer.flow.connection.shutdown(0)
    fin = read_segment(sent(host)[0])[2]
    receive(host, peer.frame(Segment(peer.snd_nxt, fin.end, ACK | FIN, 8000)))
    sent(host)
    receive(host, peer.frame(Segment(Seq(peer.snd_nxt + 1000), flags=SYN)))
    assert peer.flow.connection.state is State.TIME_WAIT
    (frame,) = sent(host)
    assert read_segment(frame)[2].flags == ACK


def test_an_ack_to_a_listening_port_is_reset() -> None:
    host = make_host()
    resolved(host)
    host.listen(80, Config(), lambda flow: None)
    receive(host, segment_frame(Segment(Seq(1), Seq(77), SYN | ACK), 4000, 80))
    (frame,) = sent(host)
    assert read_segment(frame)[2] == Segment(Seq(77), flags=RST)


def test_neither_syn_nor_ack_to_a_listening_port_is_dropped() -> None:
    host = make_host()
    resolved(host)
    host.listen(80, Config(), lambda flow: None)
    receive(host, segment_frame(Segment(Seq(1), flags=FIN), 4000, 80))
    assert sent(host) == []
    assert reasons(host) == ["neither SYN nor ACK, for a listening port"]


def test_a_caller_to_whom_there_is_no_way_back_is_not_accepted() -> None:
    host = make_host()
    host.listen(80, Config(), lambda flow: None)
    assert receive(host, segment_frame(Segment(Seq(1), flags=SYN), 4000, 80, source=OUTSIDE)) is None
    assert not host.flows


# ICMP


def test_a_ping_comes_back_whole() -> None:
    host = make_host()
    resolved(host)
    receive(host, icmp_frame(IcmpMessage(icmp.ECHO_REQUEST, 0, REST, b"ping data")))
    (frame,) = sent(host)
    mac, header, payload = read_packet(frame)
    assert (mac, header.source, header.destination) == (PEER_MAC, OURS, PEER)
    assert icmp.checksum_ok(payload)
    assert icmp.parse(payload) == IcmpMessage(icmp.ECHO_REPLY, 0, REST, b"ping data")
    assert host.events() == [EchoAnswered(PEER, 9)]


def test_a_ping_that_would_not_fit_the_link_is_dropped() -> None:
    host = make_host(mtu=576)
    receive(host, icmp_frame(IcmpMessage(icmp.ECHO_REQUEST, 0, REST, bytes(549))))
    assert sent(host) == []
    assert reasons(host) == ["a ping larger than the MTU"]


def test_a_ping_from_everybody_is_dropped() -> None:
    host = make_host()
    receive(host, icmp_frame(IcmpMessage(icmp.ECHO_REQUEST, 0, REST, b""), source=bytes.fromhex("c00002ff")))
    assert sent(host) == []


def quote(flow: Flow, seq: Seq, *, source: bytes = OURS) -> bytes:
    """The start of a packet of `flow`, as an ICMP error quotes it."""
    data = tcp.build(flow.local.port, flow.remote.port, Segment(seq))[:8]
    return ipv4.build(source, flow.remote.address, ipv4.TCP, data)


def test_an_icmp_error_reaches_the_connection_that_it_quotes() -> None:
    host = make_host()
    peer = established(host)
    peer.flow.connection.send(b"data", 0)
    sent(host)
    peer.flow.connection.events()
    message = IcmpMessage(icmp.DESTINATION_UNREACHABLE, 1, 0, quote(peer.flow, peer.rcv_nxt))
    assert receive(host, icmp_frame(message, source=THIRD)) is peer.flow
    assert IcmpReceived(3, 1, hard=False) in peer.flow.connection.events()


def test_a_port_that_is_not_there_refuses_the_connection() -> None:
    host = make_host()
    peer = established(host)
    flow = host.connect(peer.flow.remote, Config(), 0)
    (frame,) = sent(host)
    _, _, syn = read_segment(frame)
    receive(host, icmp_frame(IcmpMessage(icmp.DESTINATION_UNREACHABLE, 3, 0, quote(flow, syn.seq))))
    assert flow.connection.closed
    assert flow.connection.end in (CloseReason.UNREACHABLE, CloseReason.REFUSED)


@pytest.mark.parametrize("kind", ["unknown port", "another source", "no TCP"])
def test_an_icmp_error_about_nothing_of_ours_is_dropped(kind: str) -> None:
    host = make_host()
    peer = established(host)
    quoted = {
        "unknown port": ipv4.build(OURS, PEER, ipv4.TCP, tcp.build(1, 80, Segment(Seq(1)))[:8]),
        "another source": quote(peer.flow, peer.rcv_nxt, source=THIRD),
        "no TCP": ipv4.build(OURS, PEER, 17, bytes(8)),
    }[kind]
    assert receive(host, icmp_frame(IcmpMessage(icmp.DESTINATION_UNREACHABLE, 3, 0, quoted))) is None
    assert len(reasons(host)) == 1
    assert peer.flow.connection.state is State.ESTABLISHED


def test_other_icmp_is_dropped_with_its_type() -> None:
    host = make_host()
    receive(host, icmp_frame(IcmpMessage(13, 0, 0, b"")))
    assert reasons(host) == ["ICMP type 13 says nothing to us"]


def test_a_protocol_that_nobody_takes_is_told_to_be_unreachable() -> None:
    host = make_host()
    resolved(host)
    packet = ipv4.build(PEER, OURS, 99, b"strange")
    receive(host, packet_frame(packet))
    assert reasons(host) == ["nobody here takes IP protocol 99"]
    (frame,) = sent(host)
    _, header, data = read_packet(frame)
    message = icmp.parse(data)
    assert (header.destination, message.type, message.code) == (PEER, 3, icmp.PROTOCOL_UNREACHABLE)
    assert bytes(message.payload) == packet
