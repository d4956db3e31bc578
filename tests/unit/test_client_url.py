"""URLs as users type them and redirects name them."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.client.url import Url, UrlError, parse_url, without_credentials


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("http://example.com", "example.com", 80, "/"),
        ("http://example.com/", "example.com", 80, "/"),
        ("example.com", "example.com", 80, "/"),
        ("example.com:8080/a/b?c=d", "example.com", 8080, "/a/b?c=d"),
        ("//example.com/a", "example.com", 80, "/a"),
        ("  http://example.com/a  ", "example.com", 80, "/a"),
        ("HTTP://EXAMPLE.com/Path", "example.com", 80, "/Path"),
        ("http://example.com?q=1", "example.com", 80, "/?q=1"),
        ("http://example.com/a#part", "example.com", 80, "/a"),
        ("http://example.com:/a", "example.com", 80, "/a"),
        ("http://example.com./", "example.com.", 80, "/"),
        ("http://192.0.2.1:9000/bytes/20", "192.0.2.1", 9000, "/bytes/20"),
        ("http://lab/a b/ä?ö=%20", "lab", 80, "/a%20b/%C3%A4?%C3%B6=%20"),
        ("http://a_b.example/x", "a_b.example", 80, "/x"),
        ("http://bücher.example/", "xn--bcher-kva.example", 80, "/"),
        ("http://faß.example/", "xn--fa-hia.example", 80, "/"),
        ("localhost:8080", "localhost", 8080, "/"),
        ("http://example.com/?u=http://other/", "example.com", 80, "/?u=http://other/"),
        ("http://example.com/a?", "example.com", 80, "/a?"),
        ("http://example.com?#?", "example.com", 80, "/?"),
        ("http://example.com/#?", "example.com", 80, "/"),
        ("http://lab/\udcff?\udcfe", "lab", 80, "/%FF?%FE"),
        ("http://[2001:DB8:0:0::1]/a", "2001:db8::1", 80, "/a"),
        ("[::1]:8080/a", "::1", 8080, "/a"),
    ],
)
def test_taken_apart(text: str, host: str, port: int, target: str) -> None:
    url = parse_url(text)
    assert (url.host, url.port, url.target) == (host, port, target)


@pytest.mark.parametrize(
    ("text", "exit_code", "words"),
    [
        ("", 3, "no host"),
        ("http://", 3, "no host"),
        ("http:///path", 3, "no host"),
        ("http://:80/", 3, "no host"),
        ("ftp://example.com/file", 1, "ftp is not supported"),
        ("http://[fe80::1%25eth0]/", 3, "zone"),
        ("http://[2001:db8::1::2]/", 3, "no IPv6 address|no URL"),
        ("http://[::1]x/", 3, "no URL|behind the brackets"),
        ("http://[::1/", 3, "no URL"),
        ("http://example.com:0/", 3, "port 0"),
        ("http://example.com:65536/", 3, "impossible port"),
        ("http://example.com:http/", 3, "impossible port"),
        ("http://exa mple.com/", 3, "no host name"),
        ("http://-example.com/", 3, "no host name"),
        ("http://a..b/", 3, "no host name"),
        (f"http://{'a' * 64}.com/", 3, "no host name"),
        ("http://300.1.1.1/", 3, "no IPv4 address"),
        ("http://1.2.3/", 3, "no IPv4 address"),
        ("http://example.com/a\x1b[31m", 3, "control characters"),
        ("http://exam\nple.com/", 3, "control characters"),
        ("http://\udcff.example/", 3, "no host name"),
        ("http://%41\udcff.example/", 3, "no host name"),
        ("http://\N{SNOWMAN}\u3000.example/", 3, "no host name"),
    ],
)
def test_refused_with_curls_exit_code(text: str, exit_code: int, words: str) -> None:
    with pytest.raises(UrlError, match=words) as caught:
        parse_url(text)
    assert caught.value.exit_code == exit_code


def test_https_has_a_port_of_its_own() -> None:
    url = parse_url("https://example.com/a")
    assert (url.scheme, url.port, url.authority, str(url)) == (
        "https",
        443,
        "example.com",
        "https://example.com/a",
    )
    assert parse_url("https://example.com:80/").authority == "example.com:80"
    assert str(url.join("/b")) == "https://example.com/b"
    assert not url.same_origin(parse_url("http://example.com:443/"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:secret@lab/a@b", "http://lab/a@b"),
        ("me:secret@lab/", "lab/"),
        ("https://s3:cret@[", "https://["),
        ("http://lab/?mail=a@b", "http://lab/?mail=a@b"),
        ("http://a@b@lab", "http://lab"),
    ],
)
def test_credentials_are_left_out_of_what_is_shown(text: str, shown: str) -> None:
    assert without_credentials(text) == shown


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        url = parse_url(text)
    except UrlError:
        return
    assert url.host.isascii()
    assert url.target.isascii()
    assert url.target.startswith("/")
    assert parse_url(str(url)).target == url.target


def test_credentials_are_sent_and_never_shown() -> None:
    url = parse_url("http://us%40er:pa:ss@example.com/")
    assert url.authorization == "Basic dXNAZXI6cGE6c3M="
    assert str(url) == "http://example.com/"
    assert "ss" not in repr(url)


def test_the_port_is_named_only_where_it_is_not_the_default() -> None:
    assert parse_url("http://example.com:80/").authority == "example.com"
    assert parse_url("http://example.com:81/").authority == "example.com:81"
    assert parse_url("http://[2001:db8::1]/").authority == "[2001:db8::1]"
    assert parse_url("http://[2001:db8::1]:81/").authority == "[2001:db8::1]:81"


def test_an_address_is_known_as_one() -> None:
    assert parse_url("http://192.0.2.1/").address == IPv4Address("192.0.2.1")
    assert parse_url("http://[2001:db8::1]/").address == IPv6Address("2001:db8::1")
    assert parse_url("http://example.com/").address is None


@pytest.mark.parametrize(
    ("reference", "joined"),
    [
        ("/there", "http://example.com:8080/there"),
        ("there?x", "http://example.com:8080/a/there?x"),
        ("?x", "http://example.com:8080/a/b?x"),
        ("//other/c", "http://other/c"),
        ("http://other:81/c", "http://other:81/c"),
        (" /there ", "http://example.com:8080/there"),
        ("/d%C3%A9j\xe0", "http://example.com:8080/d%C3%A9j%C3%A0"),
        ("/d\udce9j", "http://example.com:8080/d%E9j"),
        ("", "http://example.com:8080/a/b"),
        ("#part", "http://example.com:8080/a/b"),
        ("?", "http://example.com:8080/a/b?"),
        ("there?#part?", "http://example.com:8080/a/there?"),
        ("//other?", "http://other/?"),
        ("HTTP://other/", "http://other/"),
    ],
)
def test_a_reference_is_joined(reference: str, joined: str) -> None:
    assert str(parse_url("http://example.com:8080/a/b").join(reference)) == joined


def test_credentials_stay_with_their_origin() -> None:
    url = parse_url("http://user:secret@example.com/a")
    assert url.join("https://example.com/b").authorization is None
    assert url.join("/b").authorization == url.authorization
    assert url.join("http://example.com/b").authorization == url.authorization
    assert url.join("http://other/b").authorization is None
    assert url.join("http://example.com:81/b").authorization is None


def test_an_empty_reference_keeps_the_query() -> None:
    page = parse_url("http://example.com/a?b=c")
    assert page.join("").target == "/a?b=c"
    assert page.join("?").target == "/a?"


def test_credentials_that_are_no_utf_8_are_sent_as_they_are() -> None:
    assert parse_url("http://me:\udcff@example.com/").authorization == "Basic bWU6/w=="


@pytest.mark.parametrize(
    "reference", ["ftp://example.com/", "mailto:a@evil.example", "other:8080/c", "javascript:alert(1)"]
)
def test_a_redirect_can_lead_where_we_cannot_go(reference: str) -> None:
    with pytest.raises(UrlError, match="not supported") as caught:
        Url("example.com").join(reference)
    assert caught.value.exit_code == 1
