"""What comes from the network: octets for every codec, frames for a host, segments for the analysis."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from struct import Struct
from typing import Any

from fuzz.target import Target, joined, pieces
from helpers.carriers import carriers
from helpers.host import OURS, PEER, Peer, established, make_host, packet_frame, sent
from helpers.torture import frames

from tcpviz.analysis import Analyzer
from tcpviz.analysis.fragments import Fragments
from tcpviz.analysis.layers import find_tcp
from tcpviz.analysis.masking import Masks
from tcpviz.analysis.packet import TcpPacket
from tcpviz.tcp.config import Config
from tcpviz.view.tls_info import tls_info
from tcpviz.wire import arp, dhcp, ethernet, extensions, icmp, icmpv6, ipv4, ipv6, ndp, tcp, tls, udp
from tcpviz.wire.dissect import dissect
from tcpviz.wire.errors import ParseError
from tcpviz.wire.frame import Frame
from tcpviz.wire.icmp import IcmpMessage
from tcpviz.wire.ipv6 import Ipv6Header
from tcpviz.wire.segment import ACK, FIN, PSH, SYN, Segment
from tcpviz.wire.seq import Seq

_LINKTYPES = tuple(dict.fromkeys(linktype for _, linktype, _ in carriers()))
_NUMBERS = Struct("!II")
_STEP = 30_000_000
"""Nanoseconds between two things that happen to a host."""
_LONG = 10_000_000_000
_MOST_PIECES = 100


def _neighbour_discovery(data: bytes) -> object:
    return ndp.parse(Ipv6Header(0, 0, ipv6.ICMPV6, ndp.HOP_LIMIT, bytes(16), bytes(16)), icmpv6.parse(data))


def _tls(data: bytes) -> object:
    tls_info(data)
    return [(list(tls.messages(record)), tls.server_name(record.fragment)) for record in tls.records(data)]


_CODECS: tuple[Callable[[bytes], Any], ...] = (
    ethernet.parse,
    arp.parse,
    ipv4.parse,
    ipv6.parse,
    icmp.parse,
    lambda data: icmp.quoted_segment(icmp.parse(data)),
    lambda data: icmpv6.quoted_segment(icmpv6.parse(data)),
    lambda data: extensions.skip(data[0], data[1:]),
    lambda data: list(tcp.parse_options(data)),
    tcp.parse,
    udp.parse,
    dhcp.parse,
    _neighbour_discovery,
    _tls,
)


def codec(data: bytes) -> None:
    """The first octet chooses the codec, the rest is for it: a value or a ParseError."""
    if len(data) > 1:
        with suppress(ParseError):
            _CODECS[data[0] % len(_CODECS)](data[1:])


def _codec_seeds() -> Iterator[bytes]:
    packet = ipv4.build(PEER, OURS, ipv4.TCP, _data(b"quoted"))
    bodies = (
        packet_frame(packet),
        packet,
        icmp.build(IcmpMessage(icmp.DESTINATION_UNREACHABLE, 4, 1400, packet)),
        dhcp.build(dhcp.DhcpMessage(dhcp.REPLY, 1, bytes(6), {dhcp.Option.SERVER: PEER})),
        _data(b"payload"),
        _client_hello(b"www.example.org"),
        ipv6.build(bytes(16), bytes(16), ipv6.TCP, _data(b"payload")),
        bytes((135, 0, 0, 0)) + bytes(20) + b"\1\1\2\0\0\0\0\1",
        bytes((6, 0, 1, 4)) + bytes(4) + _data(b"behind an option"),
    )
    for kind in range(len(_CODECS)):
        for body in bodies:
            yield bytes((kind,)) + body


def _client_hello(name: bytes) -> bytes:
    entry = b"\0" + len(name).to_bytes(2) + name
    names = len(entry).to_bytes(2) + entry
    extension = b"\0\0" + len(names).to_bytes(2) + names
    body = b"\3\3" + bytes(33) + b"\0\2\x13\1\1\0" + len(extension).to_bytes(2) + extension
    return b"\x16\3\1" + (len(body) + 4).to_bytes(2) + b"\1" + len(body).to_bytes(3) + body


def _data(payload: bytes) -> bytes:
    return tcp.build(80, 50_000, Segment(Seq(5000), Seq(1000), ACK | PSH, 8000, payload, timestamps=(1, 2)))


def link_frame(data: bytes) -> None:
    """A frame behind an octet that chooses its link type: what is found in it, shown and masked."""
    if not data:
        return
    linktype, frame = _LINKTYPES[data[0] % len(_LINKTYPES)], data[1:]
    find_tcp(frame, linktype, None, Fragments())
    assert len(Masks().frame(frame, linktype)) == len(frame)
    for node in dissect(frame, linktype):
        assert 0 <= node.start <= node.end <= len(frame)


def _link_frames() -> Iterator[bytes]:
    for _, linktype, data in carriers():
        yield bytes((_LINKTYPES.index(linktype),)) + data


def judged(data: bytes) -> None:
    """Frames of a capture one after the other, each with two octets of time before it."""
    analyzer, fragments, now = Analyzer(), Fragments(), 0
    for number, piece in enumerate(islice(pieces(data), _MOST_PIECES), 1):
        now += int.from_bytes(piece[:2], signed=True) * 1_000_000
        packet = find_tcp(piece[2:], fragments=fragments)
        if isinstance(packet, TcpPacket):
            verdict = analyzer.add(number, now, packet)
            assert 0 <= verdict.stream < analyzer.streams
            assert verdict.bytes_in_flight is None or verdict.bytes_in_flight > 0


def _judged_seeds() -> Iterator[bytes]:
    for seed in range(6):
        yield joined(b"\0\5" + frame[:80] for _, frame in islice(frames(seed, 40), 40))


def host(data: bytes) -> None:
    """A host with a connection to which things happen: the first octet of a piece says what.

    0: a frame as it is; 1: an IPv4 packet's payload behind its protocol; 2: a segment of the peer, its
    numbers counted from what both ends expect; 3: an ICMP error about our connection; 4: the application
    does something; 5: time passes.
    """
    peer = established(make_host(), Config())
    now = 0
    for piece in islice(pieces(data), _MOST_PIECES):
        now += _STEP
        if piece:
            now = _happen(peer, piece[0] % 6, piece[1:], now)
        peer.host.on_deadline(now)
        sent(peer.host, now)
        peer.host.events()
        peer.flow.connection.events()
        peer.flow.connection.snapshot()


def _happen(peer: Peer, what: int, data: bytes, now: int) -> int:
    match what:
        case 0:
            peer.host.on_frame(Frame(now, data, True), now)
        case 1 if data:
            _arrive(peer, data[0], data[1:], now)
        case 2 if len(data) >= _NUMBERS.size:
            _arrive(peer, ipv4.TCP, _segment(peer, data), now)
        case 3 if len(data) >= 4:
            _arrive(peer, ipv4.ICMP, _error(peer, data), now)
        case 4:
            _command(peer, data, now)
        case 5:
            return now + _LONG
    return now


def _arrive(peer: Peer, protocol: int, payload: bytes, now: int) -> None:
    peer.host.on_frame(Frame(now, packet_frame(ipv4.build(PEER, OURS, protocol, payload)), True), now)


def _segment(peer: Peer, data: bytes) -> bytes:
    look = peer.flow.connection.snapshot()
    seq, ack = _NUMBERS.unpack_from(data)
    numbers = _NUMBERS.pack(seq + look.rcv_nxt & 0xFFFF_FFFF, ack + look.snd_una & 0xFFFF_FFFF)
    return _ports(peer.flow.remote.port, peer.flow.local.port) + numbers + data[_NUMBERS.size :]


def _ports(source: int, destination: int) -> bytes:
    return source.to_bytes(2) + destination.to_bytes(2)


def _error(peer: Peer, data: bytes) -> bytes:
    look = peer.flow.connection.snapshot()
    ours = _ports(peer.flow.local.port, peer.flow.remote.port) + look.snd_una.to_bytes(4)
    quoted = ipv4.build(OURS, PEER, ipv4.TCP, ours + bytes(12))
    return icmp.build(IcmpMessage(data[0], data[1], int.from_bytes(data[2:4]), quoted + data[4:]))


def _command(peer: Peer, data: bytes, now: int) -> None:
    connection = peer.flow.connection
    if connection.writable:
        connection.send(data * 100, now)
    connection.receive(len(data) * 1000, now)
    if data[:1] == b"F" and not connection.closed:
        connection.shutdown(now)


def _host_seeds() -> Iterator[bytes]:
    def segment(flags: int, seq: int = 0, ack: int = 0, payload: bytes = b"") -> bytes:
        whole = tcp.build(80, 80, Segment(Seq(seq), Seq(ack), flags, 8000, payload, timestamps=(seq, 0)))
        return b"\2" + whole[4:]

    send, close, wait = b"\4data", b"\4F", b"\5"
    error = b"\3\3\4\2\0"
    sack = Segment(Seq(0), Seq(0), ACK, 8000, sack=((Seq(100), Seq(200)),))
    yield joined([segment(ACK, payload=b"x" * 100), send, segment(ACK, ack=400), close, segment(FIN | ACK)])
    yield joined([send, send, segment(ACK), segment(ACK), segment(ACK), b"\2" + tcp.build(1, 1, sack)[4:]])
    yield joined([send, wait, wait, error, segment(SYN | ACK), segment(ACK, seq=1000, payload=b"y"), close])
    yield joined([b"\0" + frame for _, linktype, frame in carriers() if linktype == 1][:20])
    yield joined([b"\1\x11" + udp.build(PEER, 67, OURS, 68, b"datagram"), b"\1\x01" + b"\x08\0\0\0ping"])


TARGETS = {
    "codec": Target(codec, _codec_seeds),
    "frame": Target(link_frame, _link_frames),
    "analysis": Target(judged, _judged_seeds),
    "host": Target(host, _host_seeds),
}
