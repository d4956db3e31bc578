"""Texts: what users write, and what servers answer."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress

import brotli
from fuzz.target import Target, joined, pieces
from helpers.runs import MS, REQUEST, RESPONSE, RunBuilder, ours, read_whole, theirs

from tcpviz.analysis import Analyzer, tcp_packet
from tcpviz.analysis.filter import FilterError, Subject, compile_filter
from tcpviz.client.decoding import decoders
from tcpviz.client.dns_message import Kind, Question
from tcpviz.client.exchange import Exchange
from tcpviz.client.outlet import Discard
from tcpviz.client.request import Request
from tcpviz.client.url import UrlError, parse_url
from tcpviz.link.plan import parse_plan
from tcpviz.tcp.events import CloseReason
from tcpviz.tcp.state import State
from tcpviz.view.alerts import AlertKind
from tcpviz.view.breakpoints import AtAlert, AtFilter
from tcpviz.view.conversation import Conversation
from tcpviz.view.http_lines import http_lines
from tcpviz.view.http_reader import HttpReader
from tcpviz.wire.segment import ACK, SYN, Buffer, Segment

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LIMIT = 4096
_MOST_PIECES = 40


def display_filter(data: bytes) -> None:
    """A filter, a 0, and the frame that it judges, as a breakpoint does."""
    text, _, frame = data.partition(b"\0")
    packet = tcp_packet(frame)
    subject = Subject(frame, packet=packet, verdict=Analyzer().add(1, 0, packet) if packet else None)
    with suppress(FilterError):
        assert AtFilter(compile_filter(text.decode("utf-8", "replace"))).before(subject) in (False, True)
    for kind in AlertKind:
        AtAlert(kind).before(subject)


def _filters() -> Iterator[bytes]:
    frame = (
        bytes.fromhex("020000000002020000000001080045000030") + bytes(5) + b"\6\0\0" + b"\xc0\0\2\1\xc0\0\2\2"
    )
    segment = b"\0\x50\x9c\x40\0\0\0\1\0\0\0\1\x50\x18\x10\0\0\0\0\0GET / HTTP/1.1\r\nHost: a.com\r\n\r\n"
    for text in (
        'tcp.port == 80 and http.host matches r"\\.com$"',
        "tcp.flags & 0x12 == 0x12 or !(ip.addr == 192.0.2.0/24)",
        'tcp.payload[0:3] == "GET" || frame[12:2] == 08:00',
        "any tcp.port in {80, 443, 8000..8080} && tcp.len >= 1.5",
        "eth.addr[0:3] == 00:00:83 xor http.request.method in {\"POST\", 'HEAD'}",
        'ipv6.addr == fe80::/10 or frame.time >= "2024-01-01" or tcp.analysis.ack_rtt > 0.05',
    ):
        yield text.encode() + b"\0" + frame + segment


def impairment(data: bytes) -> None:
    """A plan of impairments: refused, or the same again when its text is read."""
    with suppress(ValueError):
        plan = parse_plan(data.decode("utf-8", "replace"))
        assert parse_plan(str(plan)) == plan


def _plans() -> Iterator[bytes]:
    yield b"loss=5%,dup=0.01,in.reorder=2%,delay=20ms,out.jitter=5us,corrupt=0.1%,drop=3:7"
    yield b"rate=2.5Mbit,mtu=1400,mark=5%,in.delay=1s,out.drop=1"


def url(data: bytes) -> None:
    """A URL, and one that it leads to."""
    with suppress(UrlError):
        first, _, second = data.decode("utf-8", "replace").partition("\n")
        parsed = parse_url(first)
        str(parsed)
        str(parsed.join(second))


def _urls() -> Iterator[bytes]:
    yield b"http://user:secret@ex\xc3\xa4mple.org:8080/a%20b/?q=1#x\n/other?y"
    yield b"https://[2001:db8::1%25eth0]/\n//host:1/../x"
    yield b"example.org\nhttp://192.0.2.1:80"


def dns_answer(data: bytes) -> None:
    """An answer to a question of ours, which is about the same name."""
    for kind in Kind:
        question = Question("example.org", kind, 0x1234)
        question.answered(data)
        question.answered(b"\x12\x34" + data[2:])


def _dns_answers() -> Iterator[bytes]:
    question = Question("example.org", Kind.A, 0x1234).wire[12:29]
    address, alias = b"\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1", b"\0\5\0\1\0\0\0\x3c\0\4\1a\xc0\x0c"
    for answers in ([b"\xc0\x0c" + address], [b"\xc0\x0c" + alias, b"\xc0\x29" + address], []):
        counts = b"\0\1" + len(answers).to_bytes(2) + bytes(4)
        yield b"\x12\x34\x81\x80" + counts + question + b"".join(answers)


def coded_body(data: bytes) -> None:
    """A body in a coding that the first octet chooses, in pieces: octets, or a ValueError."""
    codings = ("gzip", "deflate", "br", "zstd")
    (decoder,) = decoders(codings[data[0] % len(codings)] if data else "gzip")
    with suppress(ValueError):
        for piece in pieces(data[1:]):
            left = _MOST_PIECES
            while (found := decoder.decode(piece, _LIMIT)) and left:
                assert len(found) <= _LIMIT
                piece, left = b"", left - 1
            if not left:
                return


def _coded_bodies() -> Iterator[bytes]:
    text = b"the quick brown fox " * 20
    packed = (gzip.compress(text, mtime=0), zlib.compress(text), brotli.compress(text), zstd.compress(text))
    for coding, body in enumerate(packed):
        yield bytes((coding,)) + joined([body[:9], body[9:]])


class _Server:
    """A stream that says what it is told, whatever it is sent."""

    end: CloseReason | None = None
    state = State.ESTABLISHED
    writable = 1 << 16

    def __init__(self, data: bytes) -> None:
        self._pieces = list(pieces(data))[:_MOST_PIECES]

    def send(self, data: Buffer, now: int) -> int:
        return len(data)

    def receive(self, limit: int, now: int) -> bytes:
        if not self._pieces:
            return b""
        found, self._pieces[0] = self._pieces[0][:limit], self._pieces[0][limit:]
        if not self._pieces[0]:
            self._pieces.pop(0)
        return found

    @property
    def readable(self) -> int:
        return len(self._pieces[0]) if self._pieces else 0

    @property
    def at_eof(self) -> bool:
        return not self._pieces


def response(data: bytes) -> None:
    """What our client makes of any answer: it comes to an end."""
    exchange = Exchange(_Server(data), lambda response: True)
    asked = parse_url("http://lab/")
    exchange.begin(asked, Request(), Discard(), first=asked)
    for now in range(4 * _MOST_PIECES):
        if exchange.complete or exchange.failure:
            return
        exchange.step(now)
    raise AssertionError("the exchange does not end")


def http(data: bytes) -> None:
    """What the screen reads from a conversation: pieces of client and server in turn."""
    run = RunBuilder()
    run.sent(0, Segment(ours(0), flags=SYN))
    at = [1, 1]
    for count, piece in enumerate(list(pieces(data))[:_MOST_PIECES]):
        if count % 2:
            run.came(MS * count, Segment(theirs(at[1]), ours(at[0]), ACK, payload=piece))
        else:
            run.sent(MS * count, Segment(ours(at[0]), theirs(at[1]), ACK, payload=piece))
        at[count % 2] += len(piece)
    run.recording.commit()
    reader = HttpReader(Conversation(read_whole(run.recording), 0))
    while reader.conversation.advance(0, lambda: 0) or reader.advance(0, lambda: 0):
        pass
    http_lines(reader)
    run.recording.close()


def _answers() -> Iterator[bytes]:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
    )
    coded = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n" + gzip.compress(
        b"x" * 99, mtime=0
    )
    for answer in (RESPONSE[:200], chunked, coded, b"HTTP/1.1 100 Continue\r\n\r\n" + chunked):
        yield joined([answer[:20], answer[20:]])


def _conversations() -> Iterator[bytes]:
    for answer in map(list, map(pieces, _answers())):
        yield joined([REQUEST, answer[0], b"", answer[1]])
    yield joined([REQUEST[:9], b"", REQUEST[9:], RESPONSE[:99], REQUEST, b"HTTP/1.1 304 x\r\n\r\n"])


TARGETS = {
    "filter": Target(display_filter, _filters),
    "plan": Target(impairment, _plans),
    "url": Target(url, _urls),
    "dns": Target(dns_answer, _dns_answers),
    "coding": Target(coded_body, _coded_bodies),
    "response": Target(response, _answers),
    "http": Target(http, _conversations),
}
