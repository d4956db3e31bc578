"""TLS over our own TCP: whole pages, what is wrong with certificates, handshakes that fail, the goodbye."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
import trustme
from helpers.world import SECOND, MemorySink, ScriptedPeer, lab_world

from tcpviz.client.failure import ExitCode, Failure
from tcpviz.client.fetch import Errand, Fetch, Stage
from tcpviz.client.options import FetchOptions
from tcpviz.client.request import Octets, Request
from tcpviz.client.tls import default_context
from tcpviz.client.url import parse_url
from tcpviz.lab.certificate import CA_FILE
from tcpviz.lab.server import LabPeer
from tcpviz.lab.site import pattern
from tcpviz.tcp.config import Config
from tcpviz.tcp.state import State

DISTANT_PAST, PAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2001, 2002))
FUTURE, DISTANT_FUTURE = (datetime(year, 1, 1, tzinfo=UTC) for year in (2200, 2201))


@cache
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


def trusting_the_lab() -> ssl.SSLContext:
    context = default_context()
    context.load_verify_locations(CA_FILE)
    return context


def trusting_the_authority() -> ssl.SSLContext:
    context = default_context()
    authority().configure_trust(context)
    return context


IN_THE_LAB = FetchOptions(tls_context=trusting_the_lab)


def server(certificate: trustme.LeafCert) -> Callable[[], ssl.SSLContext]:
    def make() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    return make


def failed(fetch: Fetch, code: ExitCode) -> Failure:
    assert fetch.done
    assert fetch.failure is not None
    assert fetch.failure.exit_code == code, fetch.failure
    return fetch.failure


@pytest.mark.parametrize("length", [0, 1, 16_384, 16_385, 2_000_000])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_bodies_come_whole_in_both_versions(length: int, version: ssl.TLSVersion) -> None:
    def context() -> ssl.SSLContext:
        made = trusting_the_lab()
        made.minimum_version = made.maximum_version = version
        return made

    sink = MemorySink()
    fetch = lab_world().get(f"https://lab/bytes/{length}", sink, FetchOptions(tls_context=context))
    assert fetch.failure is None
    assert sink.body == pattern(0, length)
    assert [flow.connection.state for flow in fetch.flows] == [State.TIME_WAIT]


def test_a_bad_network_changes_no_octet() -> None:
    sink = MemorySink()
    world = lab_world(impair="loss=3%,reorder=3%,dup=1%,corrupt=1%")
    assert world.get("https://lab/bytes/500000", sink, IN_THE_LAB).failure is None
    assert sink.body == pattern(0, 500_000)


def test_a_body_goes_out_through_a_small_send_buffer() -> None:
    sink = MemorySink()
    body = pattern(0, 1_000_000)
    options = replace(IN_THE_LAB, request=Request("POST", body=Octets(body)))
    fetch = lab_world().get("https://lab/echo", sink, options, Config(send_buffer=4096))
    assert fetch.failure is None
    assert sink.body == body


def test_a_sink_without_room_keeps_ciphertext_in_tcp_s_hands() -> None:
    world = lab_world()
    sink = MemorySink(space=10_000)
    config = Config(receive_buffer=65_536)
    url = parse_url("https://192.0.2.1/bytes/1000000")
    fetch = Fetch(world.host, url, sink, config, 0, IN_THE_LAB)
    world.run(fetch.step, lambda: bool(fetch.flows) and fetch.flows[0].connection.readable > 60_000)
    assert len(sink.body) == 10_000
    sink.space = 1 << 30
    world.fetch(fetch)
    assert sink.body == pattern(0, 1_000_000)


def test_redirects_stay_on_the_connection() -> None:
    fetch = lab_world().get("https://lab/redirect/3", options=IN_THE_LAB)
    assert fetch.failure is None
    assert len(fetch.flows) == 1


def test_a_later_connection_resumes_the_session() -> None:
    made: list[ssl.SSLContext] = []

    def context() -> ssl.SSLContext:
        made.append(server(authority().issue_cert("lab"))())
        return made[0]

    options = FetchOptions(tls_context=trusting_the_authority)
    world = lab_world(LabPeer(tls_context=lambda: made[0] if made else context()))
    urls = [parse_url(f"https://lab/close?{n}") for n in range(3)]
    fetch = Fetch(
        world.host,
        urls[0],
        MemorySink(),
        Config(),
        0,
        options,
        [Errand(url, MemorySink()) for url in urls[1:]],
    )
    world.fetch(fetch)
    assert fetch.outcomes == [None, None, None]
    assert len(fetch.flows) == 3
    assert made[0].session_stats()["hits"] == 2


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (lambda: authority().issue_cert("lab", not_before=DISTANT_PAST, not_after=PAST), "has expired"),
        (lambda: authority().issue_cert("lab", not_before=FUTURE, not_after=DISTANT_FUTURE), "not valid yet"),
        (lambda: authority().issue_cert("other.example"), "for another host than lab"),
        (lambda: trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert("lab"), "CA is not known here"),
    ],
)
def test_a_certificate_that_proves_nothing(certificate: Callable[[], trustme.LeafCert], words: str) -> None:
    options = FetchOptions(tls_context=trusting_the_authority)
    sink = MemorySink()
    fetch = lab_world(LabPeer(tls_context=server(certificate()))).get("https://lab/", sink, options)
    failure = failed(fetch, ExitCode.CERTIFICATE)
    assert words in failure.text
    assert failure.advice
    assert not sink.body


def test_an_address_that_the_certificate_does_not_have() -> None:
    options = FetchOptions(tls_context=trusting_the_authority)
    peer = LabPeer(tls_context=server(authority().issue_cert("lab")))
    fetch = lab_world(peer).get("https://192.0.2.1/", options=options)
    assert "for another address than 192.0.2.1" in failed(fetch, ExitCode.CERTIFICATE).text


def test_a_self_signed_certificate() -> None:
    self_signed = trustme.CA(key_type=trustme.KeyType.ECDSA)

    def context() -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with self_signed.cert_pem.tempfile() as cert, self_signed.private_key_pem.tempfile() as key:
            made.load_cert_chain(cert, key)
        return made

    options = FetchOptions(tls_context=trusting_the_authority)
    fetch = lab_world(LabPeer(tls_context=context)).get("https://lab/", options=options)
    assert "self-signed" in failed(fetch, ExitCode.CERTIFICATE).text


def test_no_version_in_common_is_told_with_the_alert() -> None:
    def modern() -> ssl.SSLContext:
        made = server(authority().issue_cert("lab"))()
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        return made

    def dated() -> ssl.SSLContext:
        made = trusting_the_authority()
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        return made

    world = lab_world(LabPeer(tls_context=modern))
    fetch = world.get("https://lab/", options=FetchOptions(tls_context=dated))
    assert "alert protocol_version" in failed(fetch, ExitCode.TLS_HANDSHAKE).text


@pytest.mark.parametrize(
    ("reply", "ending", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "nothing", "does not speak TLS"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "nothing", "does not speak TLS"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "nothing", "alert handshake_failure"),
        (b"", "close", "closed the connection in the middle"),
        (b"", "reset", "reset by the peer in the middle"),
    ],
)
def test_a_handshake_that_fails(reply: bytes, ending: str, words: str) -> None:
    class Blunt(ScriptedPeer):
        """Answers whatever comes."""

        request_end = b""

    fetch = lab_world(Blunt(reply, ending=ending)).get("https://lab:80/", options=IN_THE_LAB)
    failure = failed(fetch, ExitCode.TLS_HANDSHAKE)
    assert words in failure.text


def test_the_time_for_connecting_is_up_in_the_handshake() -> None:
    options = replace(IN_THE_LAB, connect_timeout=2 * SECOND)
    world = lab_world(ScriptedPeer(ending="nothing"))
    fetch = world.get("https://lab:80/", options=options)
    assert "TLS" in failed(fetch, ExitCode.TIMED_OUT).text
    assert world.now == 2 * SECOND


def test_a_reset_in_the_middle_of_the_body() -> None:
    sink = MemorySink()
    failed(lab_world().get("https://lab/reset", sink, IN_THE_LAB), ExitCode.RECEIVE_FAILED)
    assert sink.body == pattern(0, 1000)


def test_the_stages_are_told() -> None:
    world = lab_world()
    fetch = Fetch(world.host, parse_url("https://192.0.2.1/"), MemorySink(), Config(), 0, IN_THE_LAB)
    stages: list[Stage] = []

    def step(now: int) -> None:
        fetch.step(now)
        stages.append(fetch.stage)

    world.run(step, lambda: fetch.done, fetch.next_deadline)
    assert list(dict.fromkeys(stages)) == [
        Stage.CONNECTING,
        Stage.SECURING,
        Stage.TRANSFER,
        Stage.CLOSING,
        Stage.DONE,
    ]


def test_redirects_lead_from_one_scheme_to_the_other() -> None:
    there = b"HTTP/1.1 302 Found\r\nLocation: https://lab/bytes/9\r\nContent-Length: 0\r\n\r\n"

    sink = MemorySink()
    world = lab_world(ScriptedPeer(there, ending="nothing"))
    fetch = world.get("http://lab/", sink, IN_THE_LAB)
    assert failed(fetch, ExitCode.CONNECT_FAILED)
    assert fetch.url.scheme == "https"
    assert fetch.flows[-1].remote.port == 443
