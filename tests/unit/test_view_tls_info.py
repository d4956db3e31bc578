"""What the list says of TLS records, from any segment and without any key."""

import ssl
from contextlib import suppress
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tcpviz.client.tls import default_context
from tcpviz.lab.certificate import CA_FILE, server_context
from tcpviz.view.tls_info import tls_info

ALERT = b"\x15\x03\x03\x00\x02"


def flights(version: ssl.TLSVersion) -> list[bytes]:
    """What client and server say in turn, until both have agreed and said goodbye."""
    context = default_context()
    context.load_verify_locations(CA_FILE)
    context.maximum_version = version
    down, up = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(down, up, server_hostname="lab")
    server = server_context().wrap_bio(up, down, server_side=True)
    said = []
    for _ in range(3):
        for end, wire in ((client, up), (server, down)):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
            said.append(wire.read())
            wire.write(said[-1])
    return [flight for flight in said if flight]


def test_tls_1_3() -> None:
    names = [tls_info(flight) for flight in flights(ssl.TLSVersion.TLSv1_3)]
    encrypted = ", Application Data" * 4
    assert names[:3] == [
        "Client Hello (SNI=lab)",
        f"Server Hello, Change Cipher Spec{encrypted}",
        "Change Cipher Spec, Application Data",
    ]


def test_tls_1_2() -> None:
    assert [tls_info(flight) for flight in flights(ssl.TLSVersion.TLSv1_2)] == [
        "Client Hello (SNI=lab)",
        "Server Hello, Certificate, Server Key Exchange, Server Hello Done",
        "Client Key Exchange, Change Cipher Spec, Encrypted Handshake Message",
        "New Session Ticket, Change Cipher Spec, Encrypted Handshake Message",
    ]


def test_alerts() -> None:
    assert tls_info(ALERT + b"\x02\x28") == "Alert (Level: Fatal, Description: Handshake Failure)"
    assert tls_info(ALERT + b"\x01\x00") == "Alert (Level: Warning, Description: Close Notify)"
    assert tls_info(b"\x15\x03\x03\x00\x1a" + bytes(26)) == "Encrypted Alert"
    assert tls_info(ALERT + b"\x09\xff") == "Alert (Level: 9, Description: 255)"


def test_a_record_that_goes_on_in_the_next_segment_is_named_where_it_begins() -> None:
    flight = flights(ssl.TLSVersion.TLSv1_2)[1]
    assert tls_info(flight[:100]) == "Server Hello, Certificate"
    assert tls_info(flight[100:]) is None


def test_a_name_from_the_wire_is_made_safe() -> None:
    hello = flights(ssl.TLSVersion.TLSv1_3)[0].replace(b"\x00\x03lab", b"\x00\x03\x1b[m")
    assert tls_info(hello) == "Client Hello (SNI=.[m)"


def test_what_is_no_tls() -> None:
    for payload in (
        b"",
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01",
        b"\x16\x02\x00\x00\x05",
        b"\x17\x03\x03\x00\x00",
    ):
        assert tls_info(payload) is None


@given(st.binary(max_size=300), st.integers(20, 23))
def test_any_octets_give_a_safe_line(octets: bytes, kind: int) -> None:
    for payload in (octets, bytes((kind, 3, 3)) + len(octets).to_bytes(2, "big") + octets):
        assert (tls_info(payload) or "-").isprintable()


def test_any_part_of_a_handshake_gives_a_line() -> None:
    hello = flights(ssl.TLSVersion.TLSv1_3)[0]
    lengths = [len(tls_info(hello[:end]) or "") for end in range(9, len(hello))]
    assert all(earlier <= later for earlier, later in pairwise(lengths))
