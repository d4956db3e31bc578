"""What should never reach a terminal as it is, in every place where the network or a file may put it."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

from tcpviz.link.base import Direction
from tcpviz.recording import Kind, Recording
from tcpviz.wire import ethernet, ipv4, pcapng, tcp, udp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.segment import ACK, FIN, PSH, SYN, Segment
from tcpviz.wire.seq import Seq, seq

OBEYED = "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x1b\\\x1b[2J\x9b31m\x00\x0e\x7f\x85"
"""Sequences that a terminal obeys."""

INVISIBLE = "\u202e\u2066\u061c\u200b\u200d\ufeff\u2028\u00ad\U000e0041\ufe0f"
"""Characters that have no width or turn the text round."""

MARKUP = "[@click=app.quit]x[/] [/b] [link=http://x]y[/link] [#zz]z[/] [/ $primary \\[b]"
"""What Textual would read."""

_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WIDE = f"\u6f22\u5b57 e\u0301\u0302 {_FAMILY} \U0001f1e9\U0001f1ea \t\u05e9\u05dc\u0645"
"""CJK, combining marks, an emoji of several, a flag, a tab, and text from right to left."""

HOSTILE = f"{OBEYED}{INVISIBLE}{WIDE}{MARKUP}"
SURROGATE = f"{HOSTILE}\udc80\ud800"
"""What a file name or an environment variable may hold: octets that are no UTF-8."""
PAYLOAD = HOSTILE.encode() + bytes(range(256))

OUR_MAC, PEER_MAC = b"\x02\0\0\0\0\2", b"\x02\0\0\0\0\1"
OURS, PEERS = IPv4Address("192.0.2.2").packed, IPv4Address("192.0.2.1").packed
OUR_ISS, PEER_ISS = Seq(1000), Seq(9000)
MSS = 1400
STEP = 3_000_000
"""Nanoseconds from one packet to the next."""

_LINE = HOSTILE.replace("\n", " ").encode()
REQUEST = b"GET /" + _LINE.replace(b" ", b"%20") + b" HTTP/1.1\r\nHost: " + _LINE + b"\r\n\r\n"
RESPONSE = (
    b"HTTP/1.1 200 " + _LINE + b"\r\n"
    b"X-" + _LINE + b": " + _LINE + b"\r\n"
    b"Server: " + _LINE + b"\r\n"
    b"Content-Length: 6000\r\n\r\n" + (PAYLOAD * 40)[:6000]
)


def client_hello(name: bytes) -> bytes:
    """A TLS record in which a client asks for the server `name`."""
    entry = b"\0" + len(name).to_bytes(2) + name
    names = len(entry).to_bytes(2) + entry
    extensions = b"\0\0" + len(names).to_bytes(2) + names
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + len(extensions).to_bytes(2) + extensions
    message = b"\1" + len(body).to_bytes(3) + body
    return b"\x16\3\1" + len(message).to_bytes(2) + message


def certificate(name: bytes) -> bytes:
    """A TLS 1.2 record with what claims to be a certificate of `name`."""
    attribute = (
        b"\x30" + bytes((len(name[:90]) + 9,)) + b"\6\3\x55\4\3\x0c" + bytes((len(name[:90]),)) + name[:90]
    )
    entry = len(attribute).to_bytes(3) + attribute
    body = len(entry).to_bytes(3) + entry
    message = b"\x0b" + len(body).to_bytes(3) + body
    return b"\x16\3\3" + len(message).to_bytes(2) + message


def dns_answer(name: bytes) -> bytes:
    """A DNS response about `name`, with a text record and an alias."""
    labels = b"".join(bytes((len(part),)) + part for part in (name[:60], name[60:120])) + b"\0"
    text = name[:200]
    records = (
        b"\xc0\x0c\0\x10\0\1\0\0\0\x3c" + (len(text) + 1).to_bytes(2) + bytes((len(text),)) + text,
        b"\xc0\x0c\0\5\0\1\0\0\0\x3c" + len(labels).to_bytes(2) + labels,
    )
    return b"\x12\x34\x81\x80\0\1\0\2\0\0\0\0" + labels + b"\0\1\0\1" + b"".join(records)


class _Ends:
    """A connection in which both ends say what they are told to."""

    def __init__(self, our_port: int, peer_port: int) -> None:
        self._ports = our_port, peer_port
        self._next = [OUR_ISS, PEER_ISS]

    def say(self, direction: Direction, data: bytes = b"", flags: int = ACK) -> tuple[Direction, bytes]:
        """A frame with the next octets of one end."""
        outgoing = direction is Direction.OUT
        mine, other = (0, 1) if outgoing else (1, 0)
        segment = Segment(self._next[mine], self._next[other], flags, 65535, data)
        self._next[mine] = seq(segment.end)
        source, destination = (OURS, PEERS) if outgoing else (PEERS, OURS)
        macs = (PEER_MAC, OUR_MAC) if outgoing else (OUR_MAC, PEER_MAC)
        checked = pseudo_header(source, destination, ipv4.TCP, 0)
        packet = tcp.build_with_checksum(self._ports[mine], self._ports[other], segment, checked)
        return direction, ethernet.build(
            *macs, ethernet.IPV4, ipv4.build(source, destination, ipv4.TCP, packet)
        )

    def conversation(self, request: bytes, *responses: bytes) -> Iterator[tuple[Direction, bytes]]:
        """Handshake, request, responses, close."""
        here, there = Direction.OUT, Direction.IN
        yield self.say(here, flags=SYN)
        yield self.say(there, flags=SYN | ACK)
        yield self.say(here)
        for direction, said in ((here, request), *((there, each) for each in responses)):
            for at in range(0, len(said), MSS):
                yield self.say(direction, said[at : at + MSS], PSH | ACK)
        yield self.say(there, flags=FIN | ACK)
        yield self.say(here, flags=FIN | ACK)
        yield self.say(there)


def _datagram(payload: bytes) -> bytes:
    data = udp.build(PEERS, 53, OURS, 5353, payload)
    return ethernet.build(OUR_MAC, PEER_MAC, ethernet.IPV4, ipv4.build(PEERS, OURS, ipv4.UDP, data))


def frames() -> Iterator[tuple[Direction, bytes]]:
    """HTTP, TLS, DNS and plain noise, each with what is hostile wherever it has room for it."""
    yield Direction.IN, _datagram(dns_answer(PAYLOAD))
    yield from _Ends(40001, 443).conversation(client_hello(_LINE), certificate(_LINE))
    yield from _Ends(40000, 80).conversation(REQUEST, RESPONSE)
    yield Direction.IN, PAYLOAD
    yield Direction.IN, ethernet.build(OUR_MAC, PEER_MAC, 0x88CC, PAYLOAD)


def hostile_run(path: Path | None = None) -> Recording:
    """A run as it would be recorded against a hostile server: texts of the session are hostile, too."""
    recording = Recording.create(link=HOSTILE, epoch=0, path=path)
    for number, (direction, data) in enumerate(frames()):
        recording.frame(number * STEP, direction, data, flow=1, text=HOSTILE)
    recording.moment(number * STEP, Kind.NOTE, text=HOSTILE)
    recording.commit()
    return recording


def hostile_capture(path: Path) -> Path:
    """Somebody else's capture: comments and the name and description of the interface are hostile."""
    blocks = [pcapng.section_header(HOSTILE), pcapng.interface_description(HOSTILE)]
    for number, (direction, data) in enumerate(frames()):
        before, behind = pcapng.around_packet(number * STEP, direction, len(data), HOSTILE)
        blocks += [before, data, behind]
    path.write_bytes(b"".join(blocks))
    return path
