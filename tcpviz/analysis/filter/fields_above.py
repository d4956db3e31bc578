"""The fields above TCP: HTTP and TLS, of the segment in which a message or a record begins."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from tcpviz.analysis.filter import fields_tcp
from tcpviz.analysis.filter.field import ABSENT, THERE, Field, Values
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.values import BOOLEAN, OCTETS, STRING, U16
from tcpviz.analysis.verdict import Flag

_REQUEST: Final = re.compile(rb"([A-Z][A-Z_-]*) (\S+) (HTTP/1\.\d)\r?(?:\n|\Z)")
_LONG_REQUEST: Final = re.compile(
    rb"(CONNECT|COPY|DELETE|GET|HEAD|LOCK|MKCOL|MOVE|OPTIONS|PATCH|POST|PROPFIND|PROPPATCH|PUT|REPORT|SEARCH|TRACE"
    rb"|UNLOCK) ([^\r\n]+)()\Z"
)
"""A request whose URI goes on in the next segment: HTTP on its own ports alone."""
_HTTP_PORTS: Final = frozenset({80, 631, 1900, 2710, 2869, 3128, 3132, 3689, 5985, 8080, 8088, 11371})
_RESPONSE: Final = re.compile(rb"(HTTP/1\.\d) (\d{3})(?: ([^\r\n]*))?\r?(?:\n|\Z)")
_HEADERS: Final = (
    "accept", "connection", "content_type", "cookie", "date", "host", "last_modified", "location", "referer",
    "server", "set_cookie", "transfer_encoding", "user_agent",
)  # fmt: skip

_REPETITION: Final = int(Flag.RETRANSMISSION | Flag.FAST_RETRANSMISSION | Flag.SPURIOUS_RETRANSMISSION)
_NOTIFICATIONS: Final = (b"NOTIFY ", b"SUBSCRIBE ", b"UNSUBSCRIBE ")

_payload: Final = fields_tcp.FIELDS["tcp.payload"].values

_RECORD_TYPES: Final = frozenset({20, 21, 22, 23})
_LONGEST_RECORD: Final = (1 << 14) + 2048  # RFC 5246 section 6.2.3


def _request_line(subject: Subject, payload: bytes) -> re.Match[bytes] | None:
    found = _REQUEST.match(payload)
    if found is None and subject.packet and not _HTTP_PORTS.isdisjoint(subject.packet.ports):
        found = _LONG_REQUEST.match(payload)
    return found


def _head(subject: Subject) -> bytes:
    """The segment's payload if an HTTP message begins in it. Wireshark reads none of a plain repetition."""
    flags = int(subject.verdict.flags) if subject.verdict else 0
    if flags & _REPETITION == Flag.RETRANSMISSION or flags & Flag.OUT_OF_ORDER:
        return b""
    for payload in _payload(subject):
        if isinstance(payload, bytes) and (_request_line(subject, payload) or _RESPONSE.match(payload)):
            return payload
    return b""


def _message(subject: Subject) -> Values:
    head = _head(subject)
    return (head,) if head else ABSENT


def _request(subject: Subject) -> Values:
    """Those of UPnP count as notifications."""
    head = _head(subject)
    return THERE if _request_line(subject, head) and not head.startswith(_NOTIFICATIONS) else ABSENT


def _response(subject: Subject) -> Values:
    return THERE if _RESPONSE.match(_head(subject)) else ABSENT


def _status_line(subject: Subject, payload: bytes) -> re.Match[bytes] | None:
    return _RESPONSE.match(payload)


def _part(line: Callable[[Subject, bytes], re.Match[bytes] | None], group: int) -> Field:
    def values(subject: Subject) -> Values:
        found = line(subject, _head(subject))
        return (_text(found.group(group)),) if found and found.group(group) else ABSENT

    return Field(STRING, values)


def _code(subject: Subject) -> Values:
    found = _RESPONSE.match(_head(subject))
    return (int(found.group(2)),) if found else ABSENT


def _header(name: str) -> Field:
    line = re.compile(rb"^%b:[ \t]*([^\r\n]*?)[ \t]*\r?$" % name.replace("_", "-").encode(), re.I | re.M)

    def values(subject: Subject) -> Values:
        fields = re.split(rb"\r?\n\r?\n", _head(subject), maxsplit=1)[0]
        return [_text(value) for value in line.findall(fields)]

    return Field(STRING, values)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _records(subject: Subject) -> Values:
    """The payload if it begins like a TLS record (RFC 8446 section 5.1)."""
    for payload in _payload(subject):
        if (
            isinstance(payload, bytes)
            and len(payload) >= 5
            and payload[0] in _RECORD_TYPES
            and payload[1] == 3
            and payload[2] <= 4
            and 0 < int.from_bytes(payload[3:5]) <= _LONGEST_RECORD
        ):
            return (payload,)
    return ABSENT


FIELDS: Final[Mapping[str, Field]] = {
    "http": Field(OCTETS, _message),
    "http.request": Field(BOOLEAN, _request),
    "http.request.method": _part(_request_line, 1),
    "http.request.uri": _part(_request_line, 2),
    "http.request.version": _part(_request_line, 3),
    "http.response": Field(BOOLEAN, _response),
    "http.response.version": _part(_status_line, 1),
    "http.response.code": Field(U16, _code),
    "http.response.phrase": _part(_status_line, 3),
    **{f"http.{name}": _header(name) for name in _HEADERS},
    "tls": Field(OCTETS, _records),
}
