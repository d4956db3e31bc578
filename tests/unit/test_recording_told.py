"""Events and text as bytes and back."""

from dataclasses import astuple

import pytest
from helpers.recordings import KINDS, events, events_of, texts
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.recording import told
from tcpviz.tcp.events import Event
from tcpviz.wire.errors import ParseError

some_events = st.lists(events, max_size=5).map(tuple)


@given(ours=some_events, text=texts, theirs=some_events)
def test_they_come_back_equal(ours: tuple[Event, ...], text: str, theirs: tuple[Event, ...]) -> None:
    assert told.unpack(told.pack(ours, text, theirs) + bytes(3)) == (ours, text, theirs)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_kind_keeps_the_types_of_its_fields(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(events_of(kind))
    (back,), _, _ = told.unpack(told.pack([event], ""))
    assert type(back) is kind
    assert astuple(back) == astuple(event)
    assert [type(value) for value in astuple(back)] == [type(value) for value in astuple(event)]


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[", b"[1]"[:2], b'["",["NoSuchEvent"]]', b'["",["StateChanged",1]]', b'["",[]]', b'["",1]',
     b'["",["peer"]]', b'["",["HoleFilled",null]]', b'["",["HoleFilled",1e9]]',
     b'["",["HoleFilled",9223372036854775808]]', b'["",["Negotiated",1448,7,7,"",false,false]]',
     b'["",["StateChanged","CLOSED","LISTEN","NO TRIGGER"]]', b"\xff", b"[" * 100_000],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        told.unpack(data)
