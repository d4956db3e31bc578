"""DNS and DHCP in the Info column against tshark's."""

import os
import subprocess
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import pytest
from helpers.runs import OUR_ADDRESS, OUR_MAC, OUT, PEER_ADDRESS, PEER_MAC
from helpers.tools import need

from tcpviz.recording import Recording
from tcpviz.view.run import RunView
from tcpviz.view.udp_words import udp_words
from tcpviz.wire import dhcp, ethernet, ipv4, udp
from tcpviz.wire.dhcp import DhcpMessage, MessageType, Option

SOA = "org. SOA ns.org. host.org. 1 2 3 4 5"
FROM_SERVERS = (MessageType.OFFER, MessageType.ACK, MessageType.NAK)


def query(name: str, kind: str, *, edns: bool = False) -> dns.message.Message:
    return dns.message.make_query(name, kind, id=0x1234, use_edns=0 if edns else False)


def answer(
    name: str, kind: str, *records: str, code: int = 0, authority: str = "", edns: bool = False
) -> dns.message.Message:
    made = dns.message.make_response(query(name, kind, edns=edns))
    made.set_rcode(dns.rcode.Rcode(code))
    for record in records:
        made.answer.append(rrset(record))
    if authority:
        made.authority.append(rrset(authority))
    return made


def rrset(record: str) -> dns.rrset.RRset:
    name, kind, value = record.split(" ", 2)
    return dns.rrset.from_text(name, 60, "IN", kind, value)


def dns_messages() -> list[dns.message.Message]:
    truncated = answer("t.org", "A")
    truncated.flags |= dns.flags.TC
    return [
        query("example.org", "A"),
        query("example.org", "AAAA", edns=True),
        query(".", "NS"),
        truncated,
        answer("x.org", "A", "x.org. A 192.0.2.1", "x.org. A 192.0.2.2", edns=True),
        answer("a.org", "AAAA", "a.org. CNAME b.org.", "b.org. AAAA 2001:db8::1"),
        answer("none.org", "A", code=3, authority=SOA),
        *(answer("x.org", "A", code=code) for code in (1, 2, 4, 5, 9)),
        answer("x.org", "MX", "x.org. MX 10 mail.x.org."),
        answer("x.org", "TXT", 'x.org. TXT "hello"'),
        answer("x.org", "NS", "x.org. NS ns1.x.org."),
        answer("1.2.0.192.in-addr.arpa", "PTR", "1.2.0.192.in-addr.arpa. PTR x.org."),
        answer("x.org", "SRV", "x.org. SRV 1 2 80 web.x.org."),
        answer("x.org", "HTTPS", "x.org. HTTPS 1 . alpn=h2"),
        answer("x.org", "SOA", "x.org. SOA ns.x.org. h.x.org. 1 2 3 4 5"),
    ]


def datagram(source: int, destination: int, payload: bytes) -> bytes:
    return udp.build(OUR_ADDRESS, source, PEER_ADDRESS, destination, payload)


def datagrams() -> list[bytes]:
    made = []
    for message in dns_messages():
        ports = (53, 40000) if message.flags & dns.flags.QR else (40000, 53)
        made.append(datagram(*ports, message.to_wire()))
    made.append(datagram(40000, 53, b"\x12\x34"))
    for kind in MessageType:
        options: dict[int, bytes] = {Option.MESSAGE_TYPE: bytes((kind,))}
        from_server = kind in FROM_SERVERS
        operation = dhcp.REPLY if from_server else dhcp.REQUEST
        payload = dhcp.build(DhcpMessage(operation, 0xC0FFEE, OUR_MAC, options))
        made.append(datagram(*((67, 68) if from_server else (68, 67)), payload))
    made.append(datagram(1000, 2000, b"else"))
    return made


def test_dns_and_dhcp_are_worded_as_tshark_words_them(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    recording = Recording.create(link="test", epoch=0, path=path)
    for time, data in enumerate(datagrams()):
        packet = ipv4.build(OUR_ADDRESS, PEER_ADDRESS, ipv4.UDP, data)
        recording.frame(time, OUT, ethernet.build(PEER_MAC, OUR_MAC, ethernet.IPV4, packet))
    recording.commit()
    run = RunView(recording)
    run.advance(1, lambda: 0)
    lines = [run.line(position) for position in range(len(run.packets))]
    assert [(line.protocol, line.info) for line in lines] == tshark(path, tmp_path)
    recording.close()


def tshark(path: Path, home: Path) -> list[tuple[str, str]]:
    """Protocol and Info of every frame, with the preferences of a fresh profile."""
    columns = ("-e", "_ws.col.Protocol", "-e", "_ws.col.Info")
    command = [need("tshark"), "-n", "-r", str(path), "-T", "fields", *columns]
    environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [(name, info) for name, info in (line.split("\t") for line in done.stdout.splitlines())]


@pytest.mark.parametrize("payload", [b"", b"\x12", bytes(11)])
@pytest.mark.parametrize("port", [53, 67])
def test_what_can_t_be_read_is_said_to_be_malformed(port: int, payload: bytes) -> None:
    name, text = udp_words(datagram(40000, port, payload))
    assert name in ("DNS", "DHCP")
    assert text == "[Malformed Packet]"
