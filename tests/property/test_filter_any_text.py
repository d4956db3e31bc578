"""Any text gives a filter or a FilterError; and a filter judges any frame."""

from contextlib import suppress

from helpers.carriers import carriers
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.analysis import Analyzer, tcp_packet
from tcpviz.analysis.filter import FilterError, Subject, compile_filter
from tcpviz.analysis.filter.fields import FIELDS

names = st.sampled_from(sorted(FIELDS))
signs = st.sampled_from(
    ["==", "!=", "===", "!==", "<", ">=", "eq", "any_ne", "contains", "matches", "~", "in", "not in", "&",
     "&&", "||", "and", "or", "not", "!", "any", "all", "(", ")", "{", "}", "..", ","]
)  # fmt: skip
literals = st.one_of(
    st.integers(-5, 70_000).map(str),
    st.sampled_from(
        ["0x10", "017", "00:01", "10.0.0.0/8", "::1", "1.5", "True", '"text"', 'r"["', '"\\', "GET"]
    ),
    st.text(max_size=6),
    st.from_regex(r"\[-?[0-9]{0,3}[:,-]?[0-9]{0,3}\]", fullmatch=True),
)
sentences = st.lists(st.one_of(names, signs, literals), max_size=8).map(" ".join)
relations = st.tuples(names, st.sampled_from(["", "[0:1]", " & 1"]), signs, st.one_of(literals, names)).map(
    lambda parts: f"{parts[0]}{parts[1]} {parts[2]} {parts[3]}"
)
frames = st.sampled_from([(linktype, data) for _, linktype, data in carriers()])


@settings(max_examples=300)
@given(text=st.one_of(st.text(max_size=30), sentences, relations), frame=frames, size=st.integers(0, 100))
def test_any_text(text: str, frame: tuple[int, bytes], size: int) -> None:
    linktype, data = frame
    packet = tcp_packet(data[:size], linktype)
    verdict = Analyzer().add(1, 0, packet) if packet else None

    with suppress(FilterError):
        wanted = compile_filter(text)
        assert wanted.holds(Subject(data[:size], linktype=linktype, packet=packet, verdict=verdict)) in (0, 1)


@settings(max_examples=300)
@given(name=names, data=st.binary(max_size=120), linktype=st.sampled_from([1, 101, 113]))
def test_any_frame(name: str, data: bytes, linktype: int) -> None:
    packet = tcp_packet(data, linktype)
    subject = Subject(data, linktype=linktype, packet=packet)

    assert compile_filter(name).holds(subject) in (False, True)
