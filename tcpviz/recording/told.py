"""What a row tells in words and events, as bytes: a JSON list of the text and of one list for each event.

An event is the name of its class and its fields; a member of an enum stands there by its name. An event of
the other end has "peer" before that.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from tcpviz.tcp import events as kinds
from tcpviz.tcp.events import Event
from tcpviz.wire.errors import ParseError

_KINDS: dict[str, type[Event]] = {
    name: kind for name, kind in vars(kinds).items() if isinstance(kind, type) and issubclass(kind, Event)
}


_PEER = "peer"
_LARGEST = (1 << 63) - 1


class Told(NamedTuple):
    """What happened in a row: in our stack, in words, and in the peer's stack where that is known."""

    events: tuple[Event, ...] = ()
    text: str = ""
    peer_events: tuple[Event, ...] = ()


def pack(events: Sequence[Event], text: str, peer_events: Sequence[Event] = ()) -> bytes:
    """Events and text as ASCII."""
    told = [text, *map(_packed, events), *([_PEER, *_packed(event)] for event in peer_events)]
    return json.dumps(told, separators=(",", ":")).encode("ascii")


def unpack(data: bytes) -> Told:
    """What was packed; zeros after it are padding. ParseError for anything else, an unknown event too."""
    try:
        text, *events = json.loads(data.rstrip(b"\0"))
        ours = tuple(_event(*event) for event in events if event[0] != _PEER)
        theirs = tuple(_event(*event[1:]) for event in events if event[0] == _PEER)
        return Told(ours, str(text), theirs)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as cause:
        raise ParseError(f"not the events of a recording: {cause}") from cause


def _packed(event: Event) -> list[Any]:
    return [type(event).__name__, *_values(event)]


def _values(event: Event) -> list[Any]:
    values = (getattr(event, name) for name in _fields(type(event).__name__))
    return [value.name if isinstance(value, Enum) else value for value in values]


def _event(name: str, *values: Any) -> Event:
    readers = _fields(name).values()
    return _KINDS[name](*(read(value) for read, value in zip(readers, values, strict=True)))


@cache
def _fields(name: str) -> dict[str, Callable[[Any], Any]]:
    """The fields of this class of events, and what makes a value of each from what stands in the file."""
    kind = _KINDS[name]
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint.__getitem__
    return _READERS.get(hint, _number)


def _number(value: Any) -> int:
    if type(value) is not int or not -_LARGEST <= value <= _LARGEST:
        raise ValueError(f"{value!r} is no number of 64 bits")
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError(f"{value!r} is neither true nor false")
    return value


_READERS: dict[Any, Callable[[Any], Any]] = {bool: _boolean, str: str}
