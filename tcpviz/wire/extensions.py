"""The extension headers of IPv6 (RFC 8200 section 4): what an end host does with each, up to the transport.

Fragments are seen and checked, not put together: that is `host.fragments`.
"""

from collections.abc import Callable
from typing import NamedTuple

from tcpviz.wire import ipv6
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

HOP_BY_HOP = 0
ROUTING = 43
FRAGMENT = 44
ESP = 50
AUTHENTICATION = 51
NO_NEXT_HEADER = 59
DESTINATION_OPTIONS = 60

# The codes of ICMPv6's parameter problem (RFC 4443 section 3.4).
ERRONEOUS_FIELD = 0
UNRECOGNIZED_NEXT_HEADER = 1
UNRECOGNIZED_OPTION = 2
INCOMPLETE_CHAIN = 3  # RFC 7112 section 5

_PAD1 = 0
_PADN = 1
_ROUTER_ALERT = 5  # RFC 2711: a word to routers, before MLD
_UNIT = 8
_PAYLOAD_LENGTH_AT = 4
_NEXT_HEADER_AT = 6
_LARGEST = 0xFFFF


class ParameterProblemError(ParseError):
    """A field that the source has to hear about, by ICMPv6 (RFC 4443 section 3.4).

    `pointer` is where it stands in the packet; `to_group`: even when the packet was for a group.
    """

    def __init__(self, text: str, code: int, pointer: int, *, to_group: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.pointer = pointer
        self.to_group = to_group


class Fragment(NamedTuple):
    """A fragment header (RFC 8200 section 4.5); the offset is in octets."""

    offset: int
    more: bool
    identification: int


class Upper(NamedTuple):
    """What stands behind the extension headers."""

    protocol: int
    named_at: int
    """Where in the packet `protocol` stands: what an "unrecognized next header" points at."""
    data: memoryview
    fragment: Fragment | None = None
    """Set where `data` is a piece of a larger packet, `protocol` then being the first header in it."""


def skip(next_header: int, payload: Buffer) -> Upper:
    """What the `payload` of a packet carries behind all extension headers that say nothing to us.

    ParseError for what is cut off or to be discarded without a word, ParameterProblemError for what the
    source has to hear about.
    """
    view = memoryview(payload)
    at, named_at = 0, _NEXT_HEADER_AT
    while (read := _READERS.get(next_header)) is not None:
        if next_header == HOP_BY_HOP and at:
            text = "hop-by-hop options that are not first"
            raise ParameterProblemError(text, UNRECOGNIZED_NEXT_HEADER, named_at)
        header = _cut(view, at, next_header)
        fragment = read(header, ipv6.HEADER_LENGTH + at)
        next_header, named_at = header[0], ipv6.HEADER_LENGTH + at
        at += len(header)
        if fragment is not None:
            return Upper(next_header, named_at, view[at:], fragment)
    if next_header == NO_NEXT_HEADER:
        raise ParseError("a packet with nothing in it")  # RFC 8200 section 4.7
    return Upper(next_header, named_at, view[at:])


def check_fragment(upper: Upper, fragment: Fragment) -> None:
    """Whether a fragment can be a part of a packet (RFC 8200 section 4.5); ParameterProblemError if not."""
    if fragment.more and len(upper.data) % _UNIT:
        text = f"a fragment of {len(upper.data)} octets with more to follow"
        raise ParameterProblemError(text, ERRONEOUS_FIELD, _PAYLOAD_LENGTH_AT)
    if fragment.offset + len(upper.data) > _LARGEST:
        text = "a fragment that reaches beyond the largest packet"
        raise ParameterProblemError(text, ERRONEOUS_FIELD, upper.named_at + 2)
    if not fragment.offset and upper.protocol in _READERS:
        try:
            skip(upper.protocol, upper.data)
        except ParameterProblemError:
            return  # the whole packet will tell
        except ParseError:
            text = "a first fragment that does not hold all headers"
            raise ParameterProblemError(text, INCOMPLETE_CHAIN, 0) from None


def _cut(view: memoryview, at: int, kind: int) -> memoryview:
    """The extension header at `at`, by its own length."""
    longer = kind != FRAGMENT and at + 2 <= len(view)
    length = (view[at + 1] + 1) * _UNIT if longer else _UNIT
    if at + length > len(view):
        raise ParseError(f"an IPv6 extension header of {length} octets in {len(view) - at}")
    return view[at : at + length]


def _read_fragment(header: memoryview, _: int) -> Fragment | None:
    """None for the one piece that is the whole packet (RFC 6946)."""
    place = int.from_bytes(header[2:4], "big")
    more = bool(place & 1)
    if place < _UNIT and not more:
        return None
    return Fragment(place & 0xFFF8, more, int.from_bytes(header[4:8], "big"))


def _read_options(header: memoryview, start: int) -> Fragment | None:
    """Look for an option that we don't know: its two highest bits say what to do (RFC 8200 section 4.2)."""
    at = 2
    while at < len(header):
        kind = header[at]
        if kind == _PAD1:
            at += 1
            continue
        if at + 2 > len(header) or at + 2 + header[at + 1] > len(header):
            raise ParseError("an IPv6 option that leaves its header")
        if kind not in (_PADN, _ROUTER_ALERT) and kind >> 6:
            _refuse(kind, start + at)
        at += 2 + header[at + 1]
    return None


def _refuse(kind: int, pointer: int) -> None:
    text = f"the unknown IPv6 option {kind}"
    if kind >> 6 == 1:
        raise ParseError(text)
    raise ParameterProblemError(text, UNRECOGNIZED_OPTION, pointer, to_group=kind >> 6 == 2)


def _read_routing(header: memoryview, start: int) -> Fragment | None:
    # RFC 8200 section 4.4: no type is known here, and type 0 must not be (RFC 5095 section 3).
    if header[3]:
        text = f"a route of type {header[2]} with {header[3]} more hops"
        raise ParameterProblemError(text, ERRONEOUS_FIELD, start + 2)
    return None


_READERS: dict[int, Callable[[memoryview, int], Fragment | None]] = {
    HOP_BY_HOP: _read_options,
    ROUTING: _read_routing,
    FRAGMENT: _read_fragment,
    DESTINATION_OPTIONS: _read_options,
}
