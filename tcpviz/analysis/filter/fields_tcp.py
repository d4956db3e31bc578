"""The fields of TCP: its header, its options, and what the analysis says."""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Final

from tcpviz.analysis.filter.field import (
    ABSENT,
    THERE,
    Field,
    Getter,
    Values,
    both,
    header,
    number,
    rest,
    truth,
)
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.values import BOOLEAN, NOTHING, OCTETS, SECONDS, U8, U16, U32
from tcpviz.analysis.options import walk
from tcpviz.analysis.packet import TcpPacket
from tcpviz.analysis.verdict import Flag, Verdict
from tcpviz.wire.segment import FIN, RST, SYN
from tcpviz.wire.tcp import Option

_MASK: Final = 0xFFFF_FFFF
_FIXED: Final = 20
"""Octets of a header without options."""
_NO_NOTE: Final = int(Flag.TFO_SYN | Flag.TFO_ACK | Flag.TFO_IGNORED)

# Of a TCP packet from the analysis; otherwise from the header, as far as that is there (quoted by ICMP).


def _of_packet(get: Callable[[TcpPacket], int], quoted: Getter) -> Getter:
    def values(subject: Subject) -> Values:
        packet = subject.packet
        return (get(packet),) if packet else quoted(subject)

    return values


def _ports(subject: Subject) -> Values:
    packet = subject.packet
    return packet.ports if packet else _QUOTED_PORTS(subject)


def _flag(place: int) -> Field:
    mask, quoted = 1 << place, number("tcp", 12, 2, place, 1)

    def values(subject: Subject) -> Values:
        packet = subject.packet
        return truth(packet.flags & mask) if packet else quoted(subject)

    return Field(BOOLEAN, values)


def _header_length(data: bytes, start: int) -> int:
    return (data[start + 12] >> 4) * 4 if start + 12 < len(data) else 0


_header: Final = header("tcp", _header_length)


def _payload(subject: Subject) -> Values:
    """What the segment carries, as far as it was captured; in a RST it is a diagnostic (RFC 9293 3.5.3)."""
    if subject.packet is None or subject.packet.flags & RST:
        return ABSENT
    for _, data, start, end in subject.places("tcp"):
        payload = data[start + _header_length(data, start) : end]
        if payload:
            return (payload,)
    return ABSENT


def _there(getter: Getter) -> Getter:
    return lambda subject: THERE if getter(subject) else ABSENT


# Of the analysis


def _verdict(get: Callable[[Verdict], int | None]) -> Getter:
    def values(subject: Subject) -> Values:
        if subject.verdict is None:
            return ABSENT
        value = get(subject.verdict)
        return ABSENT if value is None else (value,)

    return values


def _found(field: str) -> Getter:
    return _verdict(attrgetter(field))


def _acknowledged(subject: Subject) -> Values:
    """Without the flag ACK Wireshark shows the field as it is."""
    verdict, packet = subject.verdict, subject.packet
    if verdict is None or packet is None:
        return ABSENT if any(_QUOTED_ACK_FLAG(subject)) else _QUOTED_ACK(subject)
    return (packet.ack if verdict.ack is None else verdict.ack,)


def _next_seq(subject: Subject) -> Values:
    verdict, packet = subject.verdict, subject.packet
    if verdict is None or packet is None:
        return ABSENT
    return ((verdict.seq + verdict.length + (packet.flags & (SYN | FIN) != 0)) & _MASK,)


def _analysis_flag(flag: Flag) -> Field:
    mask = int(flag)

    def values(subject: Subject) -> Values:
        verdict = subject.verdict
        return THERE if verdict and int(verdict.flags) & mask else ABSENT

    return Field(NOTHING, values)


def _noted(verdict: Verdict) -> int | None:
    """Whether Wireshark has a "SEQ/ACK analysis" of the segment."""
    return 1 if verdict.noted else None


# Of the options


def _option_octets(subject: Subject) -> bytes:
    if subject.packet:
        return subject.packet.options
    for _, data, start, end in subject.places("tcp"):
        return data[start + _FIXED : min(end, start + _header_length(data, start))]
    return b""


def _option(kind: int, read: Callable[[Subject, bytes], Iterator[int]]) -> Getter:
    def values(subject: Subject) -> Values:
        options = _option_octets(subject)
        if not options:
            return ABSENT
        return [value for code, body in walk(options) if code == kind for value in read(subject, body)]

    return values


def _presence(kind: int) -> Field:
    return Field(NOTHING, _option(kind, lambda subject, body: iter(THERE)))


def _word(at: int, size: int) -> Callable[[Subject, bytes], Iterator[int]]:
    def read(subject: Subject, body: bytes) -> Iterator[int]:
        if len(body) >= at + size:
            yield int.from_bytes(body[at : at + size])

    return read


def _multiplier(subject: Subject, body: bytes) -> Iterator[int]:
    if body:
        yield 1 << min(body[0], 14)  # RFC 7323 section 2.3


def _edge(place: int) -> Callable[[Subject, bytes], Iterator[int]]:
    """The left (0) or right (4) edges of the SACK blocks, relative as the acknowledgment number is."""

    def read(subject: Subject, body: bytes) -> Iterator[int]:
        packet, verdict = subject.packet, subject.verdict
        if packet is None or verdict is None or verdict.ack is None:
            return
        base = packet.ack - verdict.ack
        for at in range(0, len(body) // 8 * 8, 8):
            yield int.from_bytes(body[at + place : at + place + 4]) - base & _MASK

    return read


def _options(subject: Subject) -> Values:
    options = _option_octets(subject)
    return (options,) if options else ABSENT


_SOURCE: Final = _of_packet(lambda packet: packet.ports[0], number("tcp", 0, 2))
_DESTINATION: Final = _of_packet(lambda packet: packet.ports[1], number("tcp", 2, 2))
_QUOTED_PORTS: Final = both(number("tcp", 0, 2), number("tcp", 2, 2))
_QUOTED_SEQ: Final = number("tcp", 4, _FIXED - 4, (_FIXED - 8) * 8)  # where all of the header is quoted
_QUOTED_ACK: Final = number("tcp", 8, 4)
_QUOTED_ACK_FLAG: Final = number("tcp", 13, 1, 4, 1)
_FLAGS: Final = (
    "fin", "syn", "reset", "push", "ack", "urg", "ece", "cwr", "ae",
)  # fmt: skip

FIELDS: Final[Mapping[str, Field]] = {
    "tcp": Field(OCTETS, _header, rest("tcp")),
    "tcp.srcport": Field(U16, _SOURCE),
    "tcp.dstport": Field(U16, _DESTINATION),
    "tcp.port": Field(U16, _ports),
    "tcp.stream": Field(U32, _found("stream")),
    "tcp.completeness": Field(U8, _found("completeness")),
    "tcp.len": Field(U32, _found("length")),
    "tcp.seq": Field(U32, _found("seq")),
    "tcp.seq_raw": Field(U32, _of_packet(attrgetter("seq"), _QUOTED_SEQ)),
    "tcp.nxtseq": Field(U32, _next_seq),
    "tcp.ack": Field(U32, _acknowledged),
    "tcp.ack_raw": Field(U32, _of_packet(attrgetter("ack"), _QUOTED_ACK)),
    "tcp.hdr_len": Field(U8, number("tcp", 12, 1, 4, 0x0F, 4)),
    "tcp.flags": Field(U16, _of_packet(attrgetter("flags"), number("tcp", 12, 2, 0, 0xFFF))),
    **{f"tcp.flags.{name}": _flag(place) for place, name in enumerate(_FLAGS)},
    "tcp.flags.res": Field(BOOLEAN, number("tcp", 12, 1, 1, 7)),
    "tcp.window_size_value": Field(U16, _of_packet(attrgetter("window"), number("tcp", 14, 2))),
    "tcp.window_size": Field(U32, _found("window")),
    "tcp.window_size_scalefactor": Field(U32, _found("window_scale")),
    "tcp.checksum": Field(U16, number("tcp", 16, 2)),
    "tcp.urgent_pointer": Field(U16, number("tcp", 18, 2)),
    "tcp.payload": Field(OCTETS, _payload),
    #
    "tcp.options": Field(OCTETS, _options),
    "tcp.options.mss": _presence(Option.MSS),
    "tcp.options.mss_val": Field(U16, _option(Option.MSS, _word(0, 2))),
    "tcp.options.wscale": _presence(Option.WINDOW_SCALE),
    "tcp.options.wscale.shift": Field(U8, _option(Option.WINDOW_SCALE, _word(0, 1))),
    "tcp.options.wscale.multiplier": Field(U16, _option(Option.WINDOW_SCALE, _multiplier)),
    "tcp.options.sack_perm": _presence(Option.SACK_PERMITTED),
    "tcp.options.sack": _presence(Option.SACK),
    "tcp.options.sack_le": Field(U32, _option(Option.SACK, _edge(0))),
    "tcp.options.sack_re": Field(U32, _option(Option.SACK, _edge(4))),
    "tcp.options.timestamp": _presence(Option.TIMESTAMPS),
    "tcp.options.timestamp.tsval": Field(U32, _option(Option.TIMESTAMPS, _word(0, 4))),
    "tcp.options.timestamp.tsecr": Field(U32, _option(Option.TIMESTAMPS, _word(4, 4))),
    #
    "tcp.analysis": Field(NOTHING, _verdict(_noted)),
    "tcp.analysis.flags": _analysis_flag(~Flag(_NO_NOTE)),
    **{f"tcp.analysis.{flag.names[0]}": _analysis_flag(flag) for flag in Flag},
    "tcp.analysis.acks_frame": Field(U32, _found("acks_frame")),
    "tcp.analysis.ack_rtt": Field(SECONDS, _found("ack_rtt")),
    "tcp.analysis.bytes_in_flight": Field(U32, _found("bytes_in_flight")),
    "tcp.analysis.push_bytes_sent": Field(U32, _found("push_bytes")),
    "tcp.analysis.duplicate_ack_num": Field(U32, _found("dup_ack_num")),
    "tcp.analysis.duplicate_ack_frame": Field(U32, _found("dup_ack_frame")),
    "tcp.analysis.initial_rtt": Field(SECONDS, _found("initial_rtt")),
    "tcp.analysis.rto": Field(SECONDS, _found("rto")),
    "tcp.analysis.rto_frame": Field(U32, _found("rto_frame")),
}
