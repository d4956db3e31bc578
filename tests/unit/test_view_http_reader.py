"""HTTP read from a conversation: framing by RFC 9112 6.3, the packets it came in, and what is no HTTP."""

import random

import pytest
from helpers.runs import RunBuilder, ours, read_whole, theirs
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.link.base import Direction
from tcpviz.view.conversation import Conversation
from tcpviz.view.http_lines import MOST_CHUNKS, http_lines
from tcpviz.view.http_reader import LONGEST_HEAD, Framing, HttpReader
from tcpviz.wire.segment import ACK, SYN, Segment

IN, OUT = Direction.IN, Direction.OUT
MS = 1_000_000
GET = b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nMore: 1\r\n\r\n"


def read(*said: tuple[Direction, bytes]) -> HttpReader:
    """What is made of these payloads, one packet each, 10 ms apart."""
    run = RunBuilder()
    run.sent(0, Segment(ours(0), flags=SYN))
    at = {OUT: 1, IN: 1}
    for count, (direction, payload) in enumerate(said, 1):
        if direction is OUT:
            run.sent(10 * MS * count, Segment(ours(at[OUT]), theirs(at[IN]), ACK, payload=payload))
        else:
            run.came(10 * MS * count, Segment(theirs(at[IN]), ours(at[OUT]), ACK, payload=payload))
        at[direction] += len(payload)
    run.recording.commit()
    reader = HttpReader(Conversation(read_whole(run.recording), 0))
    while reader.conversation.advance(0, lambda: 0) or reader.advance(0, lambda: 0):
        pass
    return reader


def texts(reader: HttpReader) -> list[str]:
    return [str(line.text) for line in http_lines(reader)]


def test_an_answer_with_a_length_and_its_packets() -> None:
    answer = OK + b"Content-Length: 8\r\n\r\nab"
    reader = read((OUT, GET[:9]), (OUT, GET[9:]), (IN, answer), (IN, b"cdefgh"))
    (exchange,) = reader.exchanges
    (response,) = exchange.responses
    assert exchange.request
    assert (exchange.request.first, exchange.request.last) == (1, 2)
    assert (response.first, response.last, response.body, response.complete) == (3, 4, 8, True)
    assert response.framing is Framing.LENGTH
    assert response.fields == [(b"Content-Length", b"8")]
    told = texts(reader)
    assert told[0] == "GET / HTTP/1.1"
    assert "  Body: 8 octets, as Content-Length says." in told
    assert "  First byte 10 ms after the end of the request in packet 3, in packet 4" in told
    assert "  Last byte 20 ms after the end of the request in packet 3, in packet 5" in told


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 30))
def test_chunks_are_the_same_however_they_are_cut(seed: int) -> None:
    rng = random.Random(seed)
    cuts = sorted(rng.sample(range(1, len(CHUNKED)), 5))
    parts = [CHUNKED[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    reader = read((OUT, GET), *((IN, part) for part in parts))
    response = reader.exchanges[0].responses[0]
    assert [size for size, _ in response.chunks] == [5, 10, 0]
    assert (response.body, response.complete, reader.problem) == (15, True, "")
    assert response.last == len(parts) + 1
    assert any("in 3 chunks, the last one empty" in text for text in texts(reader))


def test_interim_answers_belong_to_the_same_request() -> None:
    reader = read((OUT, GET), (IN, b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"))
    assert [each.status for each in reader.exchanges[0].responses] == [103, 200]
    assert all(each.complete for each in reader.exchanges[0].responses)


def test_several_exchanges_in_a_row() -> None:
    short = OK + b"Content-Length: 1\r\n\r\n!"
    reader = read((OUT, GET + GET), (IN, short + short))
    assert [len(each.responses) for each in reader.exchanges] == [1, 1]
    assert "Exchange 2 of 2" in texts(reader)


def test_the_answer_to_head_has_no_body() -> None:
    reader = read((OUT, b"HEAD" + GET[3:]), (IN, OK + b"Content-Length: 900\r\n\r\n"))
    response = reader.exchanges[0].responses[0]
    assert (response.framing, response.complete) == (Framing.NONE, True)


def test_a_body_without_a_length_goes_on_until_the_close() -> None:
    reader = read((OUT, GET), (IN, OK + b"\r\nabc"), (IN, b"HTTP/1.1 404 is body"))
    response = reader.exchanges[0].responses[0]
    assert (response.framing, response.body, response.complete) == (Framing.CLOSE, 23, False)


def test_no_answer_yet() -> None:
    assert "No answer so far." in texts(read((OUT, GET)))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"SSH-2.0-x\r\n", "what follows is no HTTP/1"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk has no size"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00", "another protocol"),
        (OK + b"x" * (LONGEST_HEAD + 1), "its head has no end"),
    ],
)
def test_what_can_not_be_read_is_said(answer: bytes, problem: str) -> None:
    pieces = [(IN, answer[at : at + 1400]) for at in range(0, len(answer), 1400)]
    reader = read((OUT, GET), *pieces)
    assert problem in reader.problem
    assert texts(reader)[-1].startswith("Nothing more can be read")


def test_hostile_fields_are_shown_as_text() -> None:
    reader = read((OUT, GET), (IN, OK + b"X-\x1b]0;t\x07: \x9b\x00[@click=app.quit]\r\n\r\n"))
    assert all(text.isprintable() and text.isascii() for text in texts(reader))


def test_many_chunks_are_not_all_listed() -> None:
    body = b"1\r\nx\r\n" * (MOST_CHUNKS + 7) + b"0\r\n\r\n"
    reader = read((OUT, GET), (IN, OK + b"Transfer-Encoding: chunked\r\n\r\n" + body))
    assert "    and 8 more" in texts(reader)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([IN, OUT]), st.binary(min_size=1, max_size=80)), max_size=6))
def test_nothing_makes_it_fail(said: list[tuple[Direction, bytes]]) -> None:
    http_lines(read((OUT, GET), *said))
