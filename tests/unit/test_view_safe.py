import wcwidth
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tcpviz.view.safe import SafeText, cells, fit, fit_right, printable, safe

any_text = st.text(st.characters(codec=None))


def test_octets_become_printable_ascii_one_for_one() -> None:
    shown = safe(bytes(range(256)))
    assert len(shown) == 256
    assert shown[0x20:0x7F] == bytes(range(0x20, 0x7F)).decode()
    assert set(shown[:0x20] + shown[0x7F:]) == {"."}


def test_what_could_drive_a_terminal_is_replaced() -> None:
    hostile = "a\x1b]2;PWNED\x07b\x9b31mc\x7fd\u202ee\u200bf\ud800g\ue000h\u2028i\u0301j\ufeffk"
    shown = safe(hostile)
    assert shown == "a.]2;PWNED.b.31mc.d.e.f.g.h i.j.k"
    assert len(shown) == len(hostile)


def test_white_space_becomes_blanks() -> None:
    assert safe("a\tb\nc\u00a0d\u3000e") == "a b c d e"


def test_letters_of_any_language_stay() -> None:
    assert safe("grüße жизнь 日本 [b]") == "grüße жизнь 日本 [b]"


def test_letters_from_right_to_left_would_turn_the_line_round() -> None:
    assert safe("a \u05e9\u05dc c \u0645 \u0661 9") == "a .. c . . 9"


def test_a_field_keeps_every_script_and_nothing_that_is_obeyed() -> None:
    assert printable("\u05e9e\u0301\u6f22\ta\nb") == "\u05e9e\u0301\u6f22 a b"
    assert printable("a\x1b[2J\x9b\u202e\u200b\ud800\ue000\x00z") == "a[2Jz"


def test_pictures_stay_and_what_few_terminals_know_does_not() -> None:
    assert safe("a \U0001f680 \U00020000 b") == "a \U0001f680 \U00020000 b"
    # of Unicode 15, a Gothic letter, a flag, new ideographic strokes
    assert safe("\U0001fae8 \U00010330 \U0001f1e9\U0001f1ea \u31e5") == ". . .. ."


def test_the_limit_counts_characters() -> None:
    assert safe("abcdef", 3) == "abc"
    assert safe(b"abc\x00ef", 4) == "abc."
    assert safe(memoryview(b"abc")[1:], 9) == "bc"


@given(any_text)
def test_any_text_is_printable_and_safe_for_good(text: str) -> None:
    shown = safe(text)
    assert shown.isprintable()
    assert safe(shown) == shown
    shown.encode()


@given(any_text)
def test_cells_are_what_the_terminal_takes(text: str) -> None:
    shown = safe(text)
    assert cells(shown) == sum(cell_len(char) for char in shown) >= len(shown)


@given(any_text, st.integers(0, 60))
def test_fitted_text_has_exactly_that_width(text: str, width: int) -> None:
    assert cells(fit(safe(text), width)) == width
    assert cells(fit_right(safe(text), width)) == width


def test_fitting_pads_and_cuts() -> None:
    assert fit(SafeText("abc"), 5) == "abc  "
    assert fit(SafeText("abc"), 2) == "ab"
    assert fit_right(SafeText("abc"), 5) == "  abc"
    assert fit_right(SafeText("abc"), 2) == "ab"
    assert fit(SafeText("日本"), 3) == "日 "


def test_what_joins_its_neighbour_is_replaced() -> None:
    flag, waving = "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd"
    assert safe(flag) == ".."
    assert safe(waving) == "\U0001f44d."
    assert safe("\u0e01\u0e33 \u1112\u1161\u11ab \u0915\u093e") == "\u0e01. ... \u0915."


def test_each_character_that_is_shown_has_the_width_that_wcwidth_gives_it() -> None:
    everything = map(chr, (*range(0xD800), *range(0xE000, 0x110000)))
    shown = [char for char in everything if char != "." and safe(char) == char]
    assert {"é", "ж", "漢", "한", "★"} < set(shown)
    assert [hex(ord(char)) for char in shown if wcwidth.wcwidth(char) != cells(safe(char))] == []
