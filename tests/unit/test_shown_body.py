"""A body that goes to a terminal loses what the terminal would obey, wherever the pieces of it are cut."""

from hypothesis import given
from hypothesis import strategies as st

from tcpviz.ui.shown_body import OnTerminal


class _Kept:
    def __init__(self) -> None:
        self.data = b""

    def room(self) -> int:
        return 7

    def write(self, data: bytes) -> None:
        self.data += data

    def finish(self, give_up: object, *, whole: bool) -> None:
        self.data += b"|end"


def shown(*pieces: bytes) -> str:
    kept = _Kept()
    output = OnTerminal(kept)
    for piece in pieces:
        output.write(piece)
    assert output.room() == 7
    output.finish(lambda: False, whole=True)
    return kept.data.decode().removesuffix("|end")


def test_text_stays_and_what_is_obeyed_does_not() -> None:
    assert shown("grüße\n\tжизнь 日本\r\n".encode()) == "grüße\n\tжизнь 日本\n"
    assert shown(b"a\x1b]0;owned\x07\x9b\x00b") == "a.]0;owned...b"
    assert shown("a\u202e\u200b\x85b".encode()) == "a...b"


def test_a_character_may_come_in_two_pieces() -> None:
    assert shown("日".encode()[:2], "日".encode()[2:]) == "日"
    assert shown("日".encode()[:2]) == "."


@given(st.binary(), st.integers(0, 50))
def test_any_octets_are_printable_and_no_more_than_they_were(data: bytes, cut: int) -> None:
    text = shown(data[:cut], data[cut:])
    assert all(char.isprintable() or char in "\n\t" for char in text)
    assert len(text.encode()) <= len(data)
