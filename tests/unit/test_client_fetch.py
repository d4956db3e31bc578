"""A fetch from its URL to TIME-WAIT: bodies, redirects, and every way to fail, with its exit code."""

import pytest
from helpers.world import MILLISECOND, SECOND, MemorySink, ScriptedPeer, World, addresses, lab_world

from tcpviz.client.fetch import Fetch, Stage
from tcpviz.client.options import FetchOptions
from tcpviz.client.outlet import Sink
from tcpviz.client.url import parse_url
from tcpviz.lab.site import pattern
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State

OK = b"HTTP/1.1 200 OK\r\n"


def failed(fetch: Fetch) -> int:
    """The exit code of a fetch that came to nothing."""
    assert fetch.done
    assert fetch.failure is not None
    assert fetch.failure.text
    return fetch.failure.exit_code


def status(fetch: Fetch) -> int:
    assert fetch.failure is None
    assert fetch.response is not None
    assert fetch.response.complete
    return fetch.response.status


# Whole bodies


def test_a_page_from_syn_to_time_wait() -> None:
    sink = MemorySink()
    fetch = lab_world().get("http://lab/", sink)
    assert status(fetch) == 200
    assert fetch.response is not None
    assert fetch.response.status_line == "200 OK"
    assert fetch.response.header("content-type") == "text/html; charset=utf-8"
    assert fetch.response.length == fetch.response.body_received == len(sink.body)
    assert [flow.connection.state for flow in fetch.flows] == [State.TIME_WAIT]
    assert fetch.next_deadline() is None


@pytest.mark.parametrize("length", [0, 1, 1460, 65_536, 3_000_000])
def test_bodies_of_a_known_length(length: int) -> None:
    sink = MemorySink()
    assert status(lab_world().get(f"http://lab/bytes/{length}", sink)) == 200
    assert sink.body == pattern(0, length)


def test_a_chunked_body() -> None:
    sink = MemorySink()
    fetch = lab_world().get("http://lab/chunked?n=300", sink)
    assert status(fetch) == 200
    assert fetch.response is not None
    assert fetch.response.length is None
    assert sink.body.splitlines()[-1] == b"chunk 300 of 300"


def test_a_body_that_ends_with_the_connection() -> None:
    sink = MemorySink()
    peer = ScriptedPeer(b"HTTP/1.0 200 OK\r\n\r\n" + pattern(0, 50_000))
    fetch = lab_world(peer).get("http://lab/", sink)
    assert status(fetch) == 200
    assert sink.body == pattern(0, 50_000)
    assert fetch.flows[0].connection.closed


def test_the_server_may_close_first() -> None:
    fetch = lab_world().get("http://lab/close")
    assert status(fetch) == 200
    assert fetch.flows[0].connection.closed


def test_half_close() -> None:
    """Our FIN goes out behind the request, and the whole answer comes all the same."""
    sink = MemorySink()
    fetch = lab_world().get("http://lab/bytes/100000", sink, FetchOptions(half_close=True))
    assert status(fetch) == 200
    assert sink.body == pattern(0, 100_000)


def test_an_empty_answer_without_a_body() -> None:
    peer = ScriptedPeer(b"HTTP/1.1 204 No Content\r\n\r\n", ending="nothing")
    world = lab_world(peer)
    assert status(world.get("http://lab/")) == 204


def test_informational_answers_are_passed_over() -> None:
    sink = MemorySink()
    peer = ScriptedPeer(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi")
    assert status(lab_world(peer).get("http://lab/", sink)) == 200
    assert sink.body == b"hi"


def test_a_header_of_200_kb() -> None:
    sink = MemorySink()
    peer = ScriptedPeer(OK + b"X: " + b"x" * 200_000 + b"\r\nContent-Length: 2\r\n\r\nhi")
    fetch = lab_world(peer).get("http://lab/", sink)
    assert status(fetch) == 200
    assert fetch.response is not None
    assert len(fetch.response.header("x") or "") == 200_000
    assert sink.body == b"hi"


def test_a_request_of_60_kb_is_segmented() -> None:
    peer = ScriptedPeer(OK + b"Content-Length: 0\r\n\r\n")
    target = "/" + "x" * 60_000
    assert status(lab_world(peer).get("http://lab" + target)) == 200
    assert peer.requests[0].startswith(b"GET " + target.encode() + b" HTTP/1.1\r\nHost: lab\r\n")


def test_a_request_larger_than_the_send_buffer() -> None:
    peer = ScriptedPeer(OK + b"Content-Length: 0\r\n\r\n")
    target = "/" + "x" * 60_000
    fetch = lab_world(peer).get("http://lab" + target, config=Config(send_buffer=4096))
    assert status(fetch) == 200
    assert target.encode() in peer.requests[0]


def test_credentials_go_into_the_request() -> None:
    peer = ScriptedPeer(OK + b"Content-Length: 0\r\n\r\n")
    assert status(lab_world(peer).get("http://me:secret@lab/")) == 200
    assert b"\r\nAuthorization: Basic bWU6c2VjcmV0\r\n" in peer.requests[0]


# Back-pressure


def test_a_sink_without_room_closes_the_window() -> None:
    """Nothing is read beyond what the sink takes: the engine's buffer fills, and no more."""
    world = lab_world()
    sink = MemorySink(space=10_000)
    config = Config(receive_buffer=65_536)
    fetch = Fetch(world.host, parse_url("http://192.0.2.1/bytes/1000000"), sink, config, now=0)
    world.run(fetch.step, lambda: bool(fetch.flows) and fetch.flows[0].connection.readable > 60_000)
    assert len(sink.body) == 10_000
    sink.space = 1 << 30
    world.fetch(fetch)
    assert status(fetch) == 200
    assert sink.body == pattern(0, 1_000_000)


def test_a_sink_that_fails() -> None:
    class Full(MemorySink):
        def room(self) -> int:
            raise OSError(28, "No space left on device")

    fetch = lab_world().get("http://lab/bytes/1000000", Full())
    assert failed(fetch) == 23
    assert fetch.failure is not None
    assert "No space left on device" in fetch.failure.text
    assert fetch.flows[0].connection.closed


# Redirects


def test_redirects_stay_on_the_connection() -> None:
    sink = MemorySink()
    fetch = lab_world().get("http://lab/redirect/10", sink)
    assert status(fetch) == 200
    assert fetch.redirects == 10
    assert fetch.url.target == "/"
    assert len(fetch.flows) == 1
    assert sink.body.startswith(b"<!doctype html>")


def test_an_eleventh_redirect_is_one_too_many() -> None:
    assert failed(lab_world().get("http://lab/redirect/11")) == 47


def test_a_redirect_to_another_port_takes_another_connection() -> None:
    there = b"HTTP/1.1 302 Found\r\nLocation: http://lab:8080/x\r\nContent-Length: 3\r\n\r\nxyz"
    peer = ScriptedPeer(there, OK + b"Content-Length: 2\r\n\r\nhi")
    sink = MemorySink()
    fetch = lab_world(peer).get("http://lab/", sink)
    assert status(fetch) == 200
    assert sink.body == b"hi"
    assert [flow.remote.port for flow in fetch.flows] == [80, 8080]
    assert b"\r\nHost: lab:8080\r\n" in peer.requests[1]


def test_there_is_no_response_while_the_next_connection_is_opened() -> None:
    there = b"HTTP/1.1 302 Found\r\nLocation: http://lab:8080/x\r\nContent-Length: 0\r\n\r\n"
    world = lab_world(ScriptedPeer(there, OK + b"Content-Length: 0\r\n\r\n"))
    fetch = Fetch(world.host, parse_url("http://192.0.2.1/"), MemorySink(), Config(), now=0)
    world.fetch_until(fetch, lambda: len(fetch.flows) == 2)
    assert fetch.stage is Stage.CONNECTING
    assert fetch.response is None
    world.fetch(fetch)
    assert status(fetch) == 200


@pytest.mark.parametrize(
    ("location", "target"), [("/café".encode(), b"/caf%C3%A9"), (b"/caf\xe9", b"/caf%E9")]
)
def test_a_place_beyond_ascii_is_asked_for_in_its_own_octets(location: bytes, target: bytes) -> None:
    there = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % location
    peer = ScriptedPeer(there, OK + b"Content-Length: 0\r\n\r\n")
    assert status(lab_world(peer).get("http://lab/")) == 200
    assert peer.requests[1].startswith(b"GET %b HTTP/1.1\r\n" % target)


def test_octets_behind_a_redirect_are_not_the_next_response() -> None:
    here = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"
    forged = OK + b"Content-Length: 6\r\n\r\nforged"
    sink = MemorySink()
    world = lab_world(ScriptedPeer(here + forged, OK + b"Content-Length: 4\r\n\r\nreal"))
    fetch = world.get("http://lab/", sink)
    assert status(fetch) == 200
    assert sink.body == b"real"
    assert len(fetch.flows) == 2


@pytest.mark.parametrize(
    ("location", "exit_code"),
    [
        (b"ftp://lab/", 1),
        (b"mailto:a@lab", 1),
        (b"http://nowhere.example/", 6),
        (b"http://[/", 3),
        (b"http://lab:81/", 7),
    ],
)
def test_redirects_that_lead_nowhere(location: bytes, exit_code: int) -> None:
    peer = ScriptedPeer(b"HTTP/1.1 301 Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % location)
    assert failed(lab_world(peer).get("http://lab/")) == exit_code


def test_nobody_is_asked_for_an_address_twice() -> None:
    """The server closes after each redirect; the name was resolved for the first connection."""
    there = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    world = lab_world(ScriptedPeer(there, OK + b"Content-Length: 0\r\n\r\n"))
    fetch = Fetch(world.host, parse_url("http://lab/"), MemorySink(), Config(), now=0)
    fetch.step(0)
    fetch.resolved(addresses("192.0.2.1"))
    world.run(fetch.step, lambda: fetch.done or fetch.wants is not None, fetch.next_deadline)
    assert status(fetch) == 200
    assert len(fetch.flows) == 2


def test_a_redirect_without_a_place_is_an_answer() -> None:
    sink = MemorySink()
    peer = ScriptedPeer(b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhi")
    assert status(lab_world(peer).get("http://lab/", sink)) == 302
    assert sink.body == b"hi"


def test_a_server_that_gave_the_connection_up_is_asked_again() -> None:
    """Between two requests the server may close: that is no failure (RFC 9112 9.3.1)."""
    here = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"

    class Forgetful(ScriptedPeer):
        def _end(self, flow: object, now: int) -> None:
            self.accepted[0].connection.shutdown(now) if len(self.requests) == 1 else None

    peer = Forgetful(here, OK + b"Content-Length: 0\r\n\r\n", ending="nothing")
    fetch = lab_world(peer).get("http://lab/")
    assert status(fetch) == 200
    assert len(fetch.flows) == 2


# HTTP statuses


def test_an_error_status_is_an_answer() -> None:
    sink = MemorySink()
    assert status(lab_world().get("http://lab/404", sink)) == 404
    assert b"nothing at /404" in sink.body


def test_with_the_fail_option_it_is_a_failure() -> None:
    sink = MemorySink()
    fetch = lab_world().get("http://lab/404", sink, FetchOptions(fail=True))
    assert failed(fetch) == 22
    assert not sink.body
    assert fetch.flows[0].connection.state is State.TIME_WAIT


# What goes wrong


def test_a_name_without_an_address() -> None:
    fetch = lab_world().get("http://nowhere.example/")
    assert failed(fetch) == 6
    assert fetch.failure is not None
    assert "nowhere.example" in fetch.failure.text
    assert not fetch.flows


def test_an_empty_list_of_addresses() -> None:
    world = lab_world()
    fetch = Fetch(world.host, parse_url("http://lab/"), MemorySink(), Config(), now=0)
    fetch.step(0)
    assert fetch.wants == "lab"
    fetch.resolved([])
    fetch.step(0)
    assert failed(fetch) == 6


def test_the_next_address_is_tried() -> None:
    world = lab_world()
    fetch = Fetch(
        world.host, parse_url("http://lab/"), MemorySink(), Config(), 0, FetchOptions(timeout=200 * SECOND)
    )
    fetch.step(0)
    fetch.resolved(addresses("198.51.100.1", "192.0.2.1"))
    world.fetch(fetch)
    assert status(fetch) == 200


def test_no_way_to_an_address() -> None:
    assert failed(lab_world().get("http://198.51.100.1/")) == 7


def test_refused() -> None:
    fetch = lab_world().get("http://lab:81/")
    assert failed(fetch) == 7
    assert fetch.failure is not None
    assert "192.0.2.1:81 refused" in fetch.failure.text


def test_nobody_on_the_link_has_the_address() -> None:
    world = lab_world()
    fetch = world.get("http://192.0.2.99/")
    assert failed(fetch) == 7
    assert fetch.failure is not None
    assert "192.0.2.99:80 is unreachable" in fetch.failure.text
    assert world.now == 3 * SECOND


def test_nobody_answers_at_all() -> None:
    """Without a limit of ours, TCP's own ends the attempt (RFC 9293 3.8.3)."""
    assert failed(lab_world(impair="out.loss=100%").get("http://lab/")) == 28


def test_the_time_is_up_while_the_body_trickles() -> None:
    world = lab_world()
    fetch = world.get("http://lab/slow?n=100&ms=100", options=FetchOptions(timeout=2 * SECOND))
    assert failed(fetch) == 28
    assert world.now == 2 * SECOND
    assert fetch.response is not None
    assert fetch.response.body_received > 0
    told = f"while receiving the body: {fetch.response.body_received:,} octets have come"
    assert fetch.failure
    assert told in fetch.failure.text
    assert fetch.flows[0].connection.closed


def test_the_time_is_up_while_a_name_is_looked_up() -> None:
    world = lab_world()
    options = FetchOptions(timeout=SECOND)
    fetch = Fetch(world.host, parse_url("http://lab/"), MemorySink(), Config(), 0, options)
    fetch.step(0)
    assert fetch.stage is Stage.RESOLVING
    assert fetch.next_deadline() == SECOND
    fetch.step(SECOND)
    assert failed(fetch) == 28


@pytest.mark.parametrize(
    ("reply", "ending", "exit_code"),
    [
        (b"", "close", 52),
        (b"", "reset", 56),
        (b"HTTP/1.1 200", "close", 18),
        (OK + b"Content-Length: -1\r\n\r\n", "close", 56),
        (OK + b"Content-Length: 10\r\n\r\n12345", "close", 18),
        (OK + b"Content-Length: 10\r\n\r\n12345", "reset", 56),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", "close", 18),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "nothing", 56),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "nothing", 56),
        (OK + b"X: " + b"x" * 300_000 + b"\r\n\r\n", "nothing", 56),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "nothing", 56),
        (b"\x16\x03\x01\x02\x00\x01" + bytes(100) + b"\r\n\r\n", "nothing", 56),
    ],
)
def test_answers_that_break_off_or_make_no_sense(reply: bytes, ending: str, exit_code: int) -> None:
    fetch = lab_world(ScriptedPeer(reply, ending=ending)).get("http://lab/")
    assert failed(fetch) == exit_code
    assert fetch.flows[0].connection.closed or fetch.flows[0].connection.state is State.TIME_WAIT


def test_a_partial_body_is_written_and_counted() -> None:
    sink = MemorySink()
    peer = ScriptedPeer(OK + b"Content-Length: 10\r\n\r\n12345")
    fetch = lab_world(peer).get("http://lab/", sink)
    assert sink.body == b"12345"
    assert fetch.failure is not None
    assert "after 5 of 10 octets" in fetch.failure.text


def test_a_lab_page_that_is_reset() -> None:
    fetch = lab_world().get("http://lab/reset")
    assert failed(fetch) == 56


# The close


def test_a_peer_that_never_closes_gets_a_reset() -> None:
    """The body is whole, so it is no failure; but nobody waits for the peer's FIN for ever."""
    world = lab_world(ScriptedPeer(OK + b"Content-Length: 2\r\n\r\nhi", ending="nothing"))
    fetch = world.get("http://lab/", options=FetchOptions(close_patience=3 * SECOND))
    assert status(fetch) == 200
    assert fetch.flows[0].connection.closed
    assert 3 * SECOND <= world.now < 4 * SECOND


def test_patience_may_be_endless() -> None:
    world = lab_world(ScriptedPeer(OK + b"Content-Length: 2\r\n\r\nhi", ending="nothing"))
    options = FetchOptions(close_patience=None)
    fetch = Fetch(world.host, parse_url("http://192.0.2.1/"), MemorySink(), Config(), 0, options)
    hour = 3600 * SECOND
    world.run(fetch.step, lambda: world.now >= hour, lambda: hour)
    assert fetch.next_deadline() is None
    assert fetch.stage is Stage.CLOSING
    assert fetch.flows[0].connection.state is State.FIN_WAIT_2


def test_what_comes_after_the_body_does_not_keep_the_fin_away() -> None:
    reply = OK + b"Content-Length: 2\r\n\r\nhi" + bytes(500_000)
    sink = MemorySink()
    fetch = lab_world(ScriptedPeer(reply)).get("http://lab/", sink, config=Config(receive_buffer=65_536))
    assert status(fetch) == 200
    assert sink.body == b"hi"


def test_abandon_resets_at_once() -> None:
    world = lab_world()
    fetch = Fetch(world.host, parse_url("http://192.0.2.1/slow"), MemorySink(), Config(), now=0)
    world.run(fetch.step, lambda: fetch.response is not None, fetch.next_deadline)
    fetch.abandon(world.now)
    assert fetch.done
    assert fetch.flows[0].connection.closed


def test_any_sink_will_do() -> None:
    sink: Sink = MemorySink()
    assert sink.room() > 0


# Through a bad network


@pytest.mark.parametrize("seed", range(5))
def test_an_impaired_path_changes_no_octet(seed: int) -> None:
    sink = MemorySink()
    world: World = lab_world(impair="loss=5%,dup=1%,reorder=3%,corrupt=0.5%", seed=seed, delay=MILLISECOND)
    assert status(world.get("http://lab/bytes/200000", sink)) == 200
    assert sink.body == pattern(0, 200_000)
