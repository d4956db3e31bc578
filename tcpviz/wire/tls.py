"""TLS records as they stand in one segment (RFC 8446, RFC 5246): what can be seen without any key.

Nothing is remembered from segment to segment: a record is known where it begins.
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from tcpviz.wire.segment import Buffer

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
_TYPES = (CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA)
CLIENT_HELLO, SERVER_HELLO = 1, 2

_RECORD = Struct("!BBBH")
_HEADER = _RECORD.size
_MAJOR = 3  # SSL 3.0 and all versions of TLS
_NEWEST_MINOR = 4
_LONGEST = (1 << 14) + 2048  # RFC 5246 6.2.3
_MESSAGE_HEADER = 4
_SERVER_NAME, _HOST_NAME = 0, 0
_RANDOM = 34
"""Octets of a ClientHello before its session id: version and random."""


class Record(NamedTuple):
    """One record, as far as it was captured."""

    type: int
    length: int
    """Octets of its fragment, by its header."""
    fragment: memoryview
    """Those of them that are in the segment."""


def records(payload: Buffer) -> Iterator[Record]:
    """The records that begin in a segment; none where it doesn't begin with one."""
    view = memoryview(payload)
    while len(view) >= _HEADER:
        kind, major, minor, length = _RECORD.unpack_from(view)
        if kind not in _TYPES or major != _MAJOR or minor > _NEWEST_MINOR or not 0 < length <= _LONGEST:
            return
        yield Record(kind, length, view[_HEADER : _HEADER + length])
        view = view[_HEADER + length :]


def messages(record: Record) -> Iterator[int]:
    """The types of the handshake messages that begin in a record; none where it is encrypted."""
    view, left = record.fragment, record.length
    kinds = []
    while len(view) >= _MESSAGE_HEADER:
        length = int.from_bytes(view[1:_MESSAGE_HEADER], "big") + _MESSAGE_HEADER
        kinds.append(view[0])
        if length > left:
            return  # noise, or a message longer than its record
        view, left = view[length:], left - length
    yield from kinds


def server_name(hello: Buffer) -> bytes:
    """The host that a ClientHello asks for (RFC 6066 3), with its message header; b"" where it tells none."""
    view = memoryview(hello)[_MESSAGE_HEADER + _RANDOM :]
    for size in (1, 2, 1):  # session id, cipher suites, compression methods
        view = view[size + int.from_bytes(view[:size], "big") :]
    view = view[2:]  # how long all extensions are
    while len(view) >= 4:
        kind, length = int.from_bytes(view[:2], "big"), int.from_bytes(view[2:4], "big")
        extension, view = view[4 : 4 + length], view[4 + length :]
        if kind == _SERVER_NAME and len(extension) > 5 and extension[2] == _HOST_NAME:
            return bytes(extension[5 : 5 + int.from_bytes(extension[3:5], "big")])
    return b""
