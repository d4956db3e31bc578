"""What each path of the built-in web site answers."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.lab.site import Answer, Ending, answer, failure, pattern


def body(page: Answer) -> bytes:
    return b"".join(piece.data for piece in page.body)


@pytest.mark.parametrize("target", ["/", "/slow?n=3&ms=7", "/404", "/redirect", "/close", "/bytes/100000"])
def test_the_promised_length_is_kept(target: str) -> None:
    page = answer(target)
    assert page.length == len(body(page))


def test_home_lists_the_pages() -> None:
    page = answer("/")
    assert page.status == 200
    assert ("Content-Type", "text/html; charset=utf-8") in page.headers
    assert b"/bytes/N" in body(page)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 65_535, 65_536, 65_537, 1_000_000, 1_065_537, 2_500_001])
def test_bytes_are_the_pattern(length: int) -> None:
    page = answer(f"/bytes/{length}")
    assert page.length == length
    assert body(page) == pattern(0, length)


def test_a_huge_body_is_not_made_before_it_is_asked_for() -> None:
    page = answer("/bytes/10000000000")
    assert page.length == 10**10
    assert b"".join(piece.data for piece in islice(page.body, 2)) == pattern(0, 2 << 16)


@given(st.integers(0, 10**9), st.integers(0, 200_000))
def test_the_pattern_says_its_own_offset(offset: int, length: int) -> None:
    data = pattern(offset, length)
    assert len(data) == length
    for place in range(-offset % 16, length - 16, 16):
        assert int(data[place : place + 16]) == (offset + place) % 1_000_000


def test_slow_pauses_before_each_line_but_the_first() -> None:
    pieces = list(answer("/slow?n=3&ms=20").body)
    assert [piece.pause for piece in pieces] == [0, 20_000_000, 20_000_000]
    assert b"".join(piece.data for piece in pieces) == b"line 1 of 3\nline 2 of 3\nline 3 of 3\n"


def test_chunked_has_no_length() -> None:
    page = answer("/chunked?n=2")
    assert page.length is None
    assert body(page) == b"chunk 1 of 2\nchunk 2 of 2\n"


def test_redirects_lead_home() -> None:
    target, hops = "/redirect/3", []
    while (page := answer(target)).status == 302:
        target = dict(page.headers)["Location"]
        hops.append(target)
    assert hops == ["/redirect/2", "/redirect/1", "/"]


@pytest.mark.parametrize("target", ["/404", "/nothing", "/by", "/%00", "/bytesize/3"])
def test_unknown_paths_are_404(target: str) -> None:
    page = answer(target)
    assert (page.status, page.reason) == (404, "Not Found")


@pytest.mark.parametrize(
    "target",
    [
        "/bytes/",
        "/bytes/x",
        "/bytes/-1",
        "/bytes/10000000001",
        "/bytes/99999999999999999999",
        "/bytes/²",
        "/slow?n=-1",
        "/slow?ms=60001",
        "/slow?" + "&".join(["a=1"] * 17),
        "/redirect/1001",
        "http://[",
    ],
)
def test_nonsense_is_400(target: str) -> None:
    assert answer(target).status == 400


def test_endings() -> None:
    assert answer("/").ending is Ending.KEEP_ALIVE
    assert answer("/close").ending is Ending.CLOSE
    assert failure(405, "no").ending is Ending.CLOSE
    assert answer("/reset").ending is Ending.RESET


def test_reset_stops_half_way() -> None:
    page = answer("/reset")
    assert page.length is not None
    assert 0 < len(body(page)) < page.length
