"""Where in the headers on the way to TCP octets stand that are nobody's business and tell an analysis
nothing: identities, keys, signatures, addresses in options.

Addresses in the fixed places of a header are not among them: those get masks (see `masking`).
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, TypeAlias

from tcpviz.analysis.layers import Passed
from tcpviz.analysis.layers.internet import EXTENSIONS, FRAGMENT_HEADER, authentication, ipv4, ipv6, tcp
from tcpviz.analysis.layers.link import NFLOG_PACKET, cooked, cooked_2, nflog
from tcpviz.analysis.layers.table import Layer
from tcpviz.analysis.layers.tunnel import ayiya, erspan_3, geneve, gtp_user, l2tp, teredo
from tcpviz.wire.ipv4 import MORE_FRAGMENTS, TCP

Ranges: TypeAlias = "Iterator[tuple[int, int]]"

_KEPT_OPTIONS: Final = frozenset({0, 1, 2, 3, 4, 5, 8})
"""End, no-operation, MSS, window scale, SACK and timestamps: the analysis reads no other."""
_EXPERIMENTS: Final = (253, 254)
"""Options that begin with a number of whose experiment they are (RFC 6994)."""


def private_octets(passed: Passed) -> Ranges:
    """Starts and ends of what a layer's header has of it; the last may end behind what was captured."""
    layer, data, at, end = passed
    if layer in _PRIVATE:
        with suppress(IndexError):  # cut off within that header
            yield from _PRIVATE[layer](data, at, end)


def first_of_segment(data: bytes, at: int) -> int:
    """Where TCP begins in an IPv4 packet that is the first fragment of a segment; 0 for any other."""
    place, start = int.from_bytes(data[at + 6 : at + 8]) & 0x3FFF, at + (data[at] & 15) * 4
    return start if place == MORE_FRAGMENTS and data[at + 9] == TCP and len(data) > start + 12 else 0


def _tcp(data: bytes, at: int, end: int) -> Ranges:
    """Options that the analysis does not read: cookies, keys, signatures."""
    if at + 12 >= len(data):
        return
    stop = min(at + (data[at + 12] >> 4) * 4, end)
    at += 20
    while at + 1 < stop and data[at]:
        size = 1 if data[at] == 1 else data[at + 1]
        if data[at] != 1 and size < 2:  # no length: nobody knows what the rest is
            yield min(at + 2, stop), stop
            return
        if data[at] not in _KEPT_OPTIONS:
            named, behind = 2 if data[at] in _EXPERIMENTS else 0, min(at + size, stop)
            yield min(at + 2 + named, behind), behind
        at += size
    if at < stop and not data[at]:  # the end of the options is not always that of the header
        yield at, stop


def _ipv4(data: bytes, at: int, end: int) -> Ranges:
    if start := first_of_segment(data, at):
        yield from _tcp(data, start, end)


def _ipv6(data: bytes, at: int, end: int) -> Ranges:
    """Options, and what a routing header says of the way (RFC 8200 section 4.4)."""
    protocol, at = data[at + 6], at + 40
    while protocol in EXTENSIONS or protocol == FRAGMENT_HEADER:
        routing, size = protocol == _ROUTING, (data[at + 1] + 1) * 8 if protocol in EXTENSIONS else 8
        if protocol in EXTENSIONS:
            yield at + (4 if routing else 2), at + size
        protocol, at = data[at], at + size


def _authentication(data: bytes, at: int, _: int) -> Ranges:
    yield at + 12, at + (data[at + 1] + 2) * 4  # RFC 4302: the check value


def _cooked(data: bytes, at: int, _: int) -> Ranges:
    yield _hardware_address(at + 6, int.from_bytes(data[at + 4 : at + 6]))


def _cooked_2(data: bytes, at: int, _: int) -> Ranges:
    yield _hardware_address(at + 12, data[at + 11])


def _hardware_address(at: int, length: int) -> tuple[int, int]:
    """The field of eight octets but for a MAC address in it; a tunnel's has an IP address there."""
    return at + (6 if length == 6 else 0), at + 8


def _nflog(data: bytes, at: int, _: int) -> Ranges:
    """Of the attributes only the packet is kept: others have the user, the interface, the MAC address."""
    at += 4
    while True:
        length, kind = (int.from_bytes(data[place : place + 2], "little") for place in (at, at + 2))
        if kind == NFLOG_PACKET:
            return
        yield at + 4, at + length
        at += max(length + 3 & ~3, 4)


def _geneve(data: bytes, at: int, _: int) -> Ranges:
    yield at + 8, at + 8 + (data[at] & 0x3F) * 4


def _gtp_user(data: bytes, at: int, _: int) -> Ranges:
    """What the extension headers have (3GPP TS 29.281 5.2)."""
    if not data[at] & 0x04:
        return
    extension, at = data[at + 11], at + 12
    while extension:
        size = data[at] * 4
        yield at + 1, at + size - 1
        extension, at = data[at + size - 1], at + size


def _l2tp(data: bytes, at: int, _: int) -> Ranges:
    """What fills the header up to the offset (RFC 2661 3.1)."""
    flags = data[at]
    if flags & 0x02:
        at += 6 + (2 if flags & 0x40 else 0) + (4 if flags & 0x08 else 0)
        yield at + 2, at + 2 + int.from_bytes(data[at : at + 2])


def _teredo(data: bytes, at: int, _: int) -> Ranges:
    """What authenticates the client, and the address and port that it comes from (RFC 4380 5.1.1)."""
    if data[at : at + 2] == b"\0\1":
        size = 13 + data[at + 2] + data[at + 3]
        yield at + 4, at + size
        at += size
    if data[at : at + 2] == b"\0\0":
        yield at + 2, at + 8


def _ayiya(data: bytes, at: int, _: int) -> Ranges:
    yield at + 8, at + 8 + (1 << (data[at] >> 4)) + (data[at + 1] >> 4) * 4


def _erspan_3(data: bytes, at: int, _: int) -> Ranges:
    """What one maker's devices add."""
    if data[at + 11] & 1:
        yield at + 12, at + 20


_ROUTING: Final = 43
_PRIVATE: Final[dict[Layer, Callable[[bytes, int, int], Ranges]]] = {
    tcp: _tcp,
    ipv4: _ipv4,
    ipv6: _ipv6,
    authentication: _authentication,
    cooked: _cooked,
    cooked_2: _cooked_2,
    nflog: _nflog,
    geneve: _geneve,
    gtp_user: _gtp_user,
    l2tp: _l2tp,
    teredo: _teredo,
    ayiya: _ayiya,
    erspan_3: _erspan_3,
}
