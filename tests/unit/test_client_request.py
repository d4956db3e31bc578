"""What is asked: the user's fields, those of HTTP's own, bodies, redirects, and who may see secrets."""

import pytest
from helpers.world import SECOND, MemorySink, ScriptedPeer, lab_world
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.client.fetch import Errand, Fetch
from tcpviz.client.options import FetchOptions
from tcpviz.client.request import Field, Octets, Request, RequestError, parse_field
from tcpviz.client.url import parse_url
from tcpviz.lab.site import pattern
from tcpviz.tcp.config import Config

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
LAB = parse_url("http://lab/a")


def asked(request: Request, url: str = "http://lab/a", first: str = "http://lab/a") -> dict[str, str]:
    head = request.head(parse_url(url), first=parse_url(first))
    return {name.decode(): value.decode("latin-1") for name, value in head.headers}


def moved(status: int, to: str) -> bytes:
    return b"HTTP/1.1 %d Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, to.encode())


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("X-A: b", ("X-A", "b")),
        ("X-A:b ", ("X-A", "b")),
        ("X-A: b: c", ("X-A", "b: c")),
        ("X-A:", ("X-A", None)),
        ("X-A;", ("X-A", "")),
        ("Expect:", ("Expect", None)),
        ("Connection: close", ("Connection", "close")),
    ],
)
def test_header_fields_as_curl_takes_them(text: str, field: Field) -> None:
    assert parse_field(text) == field


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "write 'Name: value'"),
        (": b", "write 'Name: value'"),
        ("X A: b", "write 'Name: value'"),
        ("X-Ä: b", "write 'Name: value'"),
        ("X-A: b\r\nX-B: c", "control characters"),
        ("X-A: b\nX-B: c", "control characters"),
        ("Content-Length: 5", "not yours to set"),
        ("content-length:", "not yours to set"),
        ("Transfer-Encoding: chunked", "not yours to set"),
        ("Upgrade: h2c", "not yours to set"),
        ("Connection: X-A", "close or keep-alive"),
        ("Expect: the unexpected", "100-continue"),
    ],
)
def test_header_fields_that_are_refused(text: str, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        parse_field(text)


@given(st.text(max_size=40))
def test_any_text_is_a_field_that_can_be_sent_or_refused(text: str) -> None:
    try:
        field = parse_field(text)
    except RequestError:
        return
    peer = ScriptedPeer(OK)
    fetch = lab_world(peer).get("http://lab/", options=FetchOptions(request=Request(fields=(field,))))
    assert fetch.failure is None
    assert peer.requests[0].count(b"\r\n\r\n") == 1


def test_the_user_s_fields_take_the_place_of_ours() -> None:
    request = Request(
        fields=(("user-agent", "me"), ("Accept", None), ("Host", "other"), ("X", "1"), ("X", "2"))
    )
    head = request.head(LAB, first=LAB)
    assert list(head.headers) == [(b"user-agent", b"me"), (b"host", b"other"), (b"x", b"1"), (b"x", b"2")]


def test_two_hosts_are_refused() -> None:
    with pytest.raises(RequestError, match="one Host"):
        Request(fields=(("Host", "a"), ("HOST", "b")))


@pytest.mark.parametrize("method", ["", "GET /x", "GET\r\n", "CONNECT", "Ä"])
def test_methods_that_are_refused(method: str) -> None:
    with pytest.raises(RequestError):
        Request(method)


def test_a_body_has_its_length_and_its_type() -> None:
    request = Request("POST", body=Octets(b"a=b"), content_type="text/x")
    fields = asked(request)
    assert (fields["content-length"], fields["content-type"]) == ("3", "text/x")
    assert asked(Request("POST"))["content-length"] == "0"
    assert "content-length" not in asked(Request())


def test_only_large_bodies_ask_first() -> None:
    small, large = Octets(b"x"), Octets(bytes(2 << 20))
    assert "expect" not in asked(Request("PUT", body=small))
    assert asked(Request("PUT", body=large))["expect"] == "100-continue"
    assert "expect" not in asked(Request("PUT", (("Expect", None),), large))
    assert asked(Request("PUT", (("Expect", "100-continue"),), small))["expect"] == "100-continue"


SECRETS = (("Authorization", "Bearer x"), ("Cookie", "a=b"), ("X-Open", "yes"))


def test_secrets_are_for_the_first_origin_alone() -> None:
    here = asked(Request(fields=SECRETS), "http://lab/other")
    assert (here["authorization"], here["cookie"], here["x-open"]) == ("Bearer x", "a=b", "yes")
    for elsewhere in ("http://lab:81/", "https://lab/", "http://other/"):
        there = asked(Request(fields=SECRETS), elsewhere)
        assert not {"authorization", "cookie"} & there.keys()
        assert there["x-open"] == "yes"


def test_credentials_of_the_url_stay_with_their_origin_on_the_wire() -> None:
    peer = ScriptedPeer(moved(302, "/b"), moved(302, "http://lab:8080/c"), OK)
    assert lab_world(peer).get("http://me:secret@lab/a").failure is None
    assert [b"Authorization: Basic" in request for request in peer.requests] == [True, True, False]


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 302, "PUT"),
        ("PUT", 303, "GET"),
        ("DELETE", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("GET", 302, "GET"),
    ],
)
def test_what_a_redirect_makes_of_a_request(method: str, status: int, then: str) -> None:
    body = Octets(b"a=b") if method in ("POST", "PUT") else None
    request = Request(method, body=body, content_type="text/x").redirected(status)
    assert request.method == then
    assert request.body is (body if then == method else None)


def test_a_body_is_sent_again_where_the_redirect_wants_it() -> None:
    peer = ScriptedPeer(moved(307, "/again"), OK)
    peer.request_end = b"a=b"
    options = FetchOptions(request=Request("POST", body=Octets(b"a=b")))
    assert lab_world(peer).get("http://lab/a", options=options).failure is None
    assert [request.split()[1] for request in peer.requests] == [b"/a", b"/again"]


def test_redirects_need_not_be_followed() -> None:
    sink = MemorySink()
    peer = ScriptedPeer(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 4\r\n\r\nhere")
    fetch = lab_world(peer).get("http://lab/a", sink, FetchOptions(follow=False))
    assert fetch.failure is None
    assert sink.body == b"here"


def test_a_head_is_written_and_has_no_body() -> None:
    sink = MemorySink()
    fetch = lab_world().get("http://lab/bytes/1000", sink, FetchOptions(request=Request("HEAD")))
    assert fetch.failure is None
    assert sink.body.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n")
    assert sink.body.endswith(b"Content-Length: 1000\r\n\r\n")


# Bodies


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
def test_the_lab_gets_every_octet(size: int) -> None:
    sink = MemorySink()
    options = FetchOptions(request=Request("POST", body=Octets(pattern(0, size))))
    fetch = lab_world(impair="loss=1%").get("http://lab/echo", sink, options)
    assert fetch.failure is None
    assert fetch.body_sent == size
    assert sink.body == pattern(0, size)


def test_a_silent_server_gets_the_body_after_a_second() -> None:
    peer = ScriptedPeer(OK)
    peer.request_end = pattern(0, 2_000_000)
    request = Request("PUT", body=Octets(pattern(0, 2_000_000)))
    world = lab_world(peer)
    assert world.get("http://lab/", options=FetchOptions(request=request)).failure is None
    assert world.now > SECOND
    assert b"\r\nExpect: 100-continue\r\n" in peer.requests[0]


def test_a_server_that_says_so_gets_the_body_at_once() -> None:
    request = Request("PUT", body=Octets(pattern(0, 2_000_000)))
    world = lab_world()
    assert world.get("http://lab/upload", options=FetchOptions(request=request)).failure is None
    assert world.now < SECOND


def test_a_server_that_expects_nothing_is_asked_again_without() -> None:
    peer = ScriptedPeer(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", OK)
    request = Request("PUT", body=Octets(bytes(2_000_000)))
    fetch = lab_world(peer).get("http://lab/", options=FetchOptions(request=request))
    assert fetch.failure is None
    assert [b"Expect:" in asked for asked in peer.requests] == [True, False]


def test_an_answer_ends_a_body_that_nobody_wants() -> None:
    request = Request("PUT", body=Octets(bytes(50_000_000)))
    peer = ScriptedPeer(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", ending="nothing")
    sink = MemorySink()
    fetch = lab_world(peer).get("http://lab/", sink, FetchOptions(request=request))
    assert fetch.failure is None
    assert sink.body == b"no"
    assert fetch.body_sent == 0


class Shrinking(Octets):
    """A file that loses its end while it is read."""

    @property
    def length(self) -> int:
        return super().length + 1


def test_a_body_that_changes_its_length() -> None:
    options = FetchOptions(request=Request("PUT", body=Shrinking(b"abc")))
    fetch = lab_world().get("http://lab/upload", options=options)
    assert fetch.failure is not None
    assert fetch.failure.exit_code == 26


# Several URLs


def test_several_urls_share_a_connection() -> None:
    world = lab_world()
    sinks = [MemorySink() for _ in range(4)]
    urls = [parse_url(f"http://192.0.2.1{path}") for path in ("/bytes/10", "/404", "/bytes/20", "/close")]
    more = [Errand(url, sink) for url, sink in zip(urls[1:], sinks[1:], strict=True)]
    options = FetchOptions(fail=True)
    fetch = world.fetch(Fetch(world.host, urls[0], sinks[0], Config(), 0, options, more))
    assert [outcome and int(outcome.exit_code) for outcome in fetch.outcomes] == [None, 22, None, None]
    assert [len(sink.body) for sink in sinks[:3]] == [10, 0, 20]
    assert len(fetch.flows) == 1


def test_each_url_has_its_own_time_and_its_own_failure() -> None:
    world = lab_world()
    urls = [parse_url(f"http://192.0.2.1{rest}") for rest in ("/slow?n=99", ":81/", "/slow?n=2", "/bytes/3")]
    more = [Errand(url, MemorySink()) for url in urls[1:]]
    options = FetchOptions(timeout=SECOND)
    fetch = world.fetch(Fetch(world.host, urls[0], MemorySink(), Config(), 0, options, more))
    assert [outcome and int(outcome.exit_code) for outcome in fetch.outcomes] == [28, 7, None, None]
