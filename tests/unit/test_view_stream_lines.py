"""The lines of a conversation, forward and back, and finding a text in it."""

from helpers.runs import RunBuilder, ours, read_whole, small_run, theirs
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.recording import Recording
from tcpviz.view.conversation import Conversation, Side
from tcpviz.view.stream_lines import WIDE_DUMP, Finder, Place, StreamLines, is_encrypted
from tcpviz.wire.segment import ACK, SYN, Segment


def conversation_of(recording: Recording) -> Conversation:
    conversation = Conversation(read_whole(recording), 0)
    while conversation.behind:
        conversation.advance(0, lambda: 0)
    return conversation


def answered(*payloads: bytes) -> Conversation:
    """The server says these."""
    run = RunBuilder()
    run.sent(0, Segment(ours(0), flags=SYN))
    at = 1
    for time, payload in enumerate(payloads, 1):
        run.came(time, Segment(theirs(at), ours(1), ACK, payload=payload))
        at += len(payload)
    run.recording.commit()
    return conversation_of(run.recording)


def texts(lines: StreamLines, count: int = 1000) -> list[str]:
    return [str(line.text) for line in lines.from_place(lines.first() or Place(0, 0), count)]


def test_text_is_broken_where_it_breaks_itself_and_at_the_width() -> None:
    lines = StreamLines(answered(b"abc\r\ndefgh\n\nx", b"y"), 4)
    assert texts(lines) == ["abc", "defg", "h", "", "x", "y"]


def test_nothing_that_a_terminal_obeys_is_in_a_line() -> None:
    lines = StreamLines(answered(b"\x1b[31mred\x9b\x00\n" + bytes(range(256))), 400)
    assert all(text.isascii() and text.isprintable() for text in texts(lines))
    assert texts(lines)[0] == ".[31mred.."


def test_hexadecimal_counts_the_octets_of_its_side() -> None:
    conversation = answered(b"0123456789abcdef!", b"end")
    wide = texts(StreamLines(conversation, WIDE_DUMP, hexadecimal=True))
    assert wide[0].startswith("000000  30 31 32 33 34 35 36 37  38 39")
    assert wide[0].endswith("  0123456789abcdef")
    assert [line[:6] for line in wide] == ["000000", "000010", "000011"]
    assert {line.index("  ", 8) for line in wide} == {31, 10, 16}
    narrow = texts(StreamLines(conversation, WIDE_DUMP - 1, hexadecimal=True))
    assert [line[:6] for line in narrow] == ["000000", "000008", "000010", "000011"]


def test_one_side_alone() -> None:
    conversation = conversation_of(small_run())
    lines = StreamLines(conversation, 100, only=Side.CLIENT)
    assert texts(lines) == ["GET / HTTP/1.1", "Host: lab", ""]
    assert lines.piece_at_or_before(3) == 0
    assert StreamLines(conversation, 100, only=Side.SERVER).piece_at_or_before(0) == 1


def test_nothing_was_said() -> None:
    lines = StreamLines(answered(), 10)
    assert lines.first() is None
    assert lines.last() is None
    assert lines.piece_at_or_before(-1) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=6), st.integers(1, 30))
def test_there_and_back_again(payloads: list[bytes], width: int) -> None:
    lines = StreamLines(answered(*payloads), width)
    first, last = lines.first(), lines.last()
    assert first
    assert last
    places = [line.place for line in lines.from_place(first, 10_000)]
    assert places[0] == first
    assert places[-1] == last
    for count, place in enumerate(places):
        assert lines.step(first, count) == place
        assert lines.step(place, -count) == first
    assert lines.step(last, 5) == last
    assert lines.step(first, -5) == first


def test_a_text_is_found_across_packets_whatever_its_case() -> None:
    lines = StreamLines(answered(b"some wor", b"ds", b"and Words again"), 40)
    finder = Finder(lines, "WORDS", -1)
    while not finder.advance(1):
        pass
    assert finder.found == 1
    assert lines.find_in(2, "words") == Place(2, 0)
    again = Finder(lines, "words", 1)
    assert again.advance(10)
    assert again.found == 2
    nowhere = Finder(lines, "nothing", -1)
    assert nowhere.advance(10)
    assert nowhere.found is None


def test_plain_http_is_not_encrypted() -> None:
    conversation = conversation_of(small_run())
    assert not is_encrypted(conversation)


def test_a_client_that_begins_with_a_record_of_tls_is_encrypted() -> None:
    run = RunBuilder()
    run.sent(0, Segment(ours(0), flags=SYN))
    run.sent(1, Segment(ours(1), theirs(1), ACK, payload=bytes.fromhex("160301000501000001ff")))
    run.recording.commit()
    assert is_encrypted(conversation_of(run.recording))
