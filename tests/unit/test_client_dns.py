"""Names asked of DNS servers over our own UDP and TCP, on virtual time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, ip_address

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from helpers.host import make_host, read_packet, resolved, sent
from helpers.pair import THERE, Pair, address
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.client.dns import MOST_ALIASES, PATIENCE, RESOLUTION_DELAY, Lookup
from tcpviz.client.dns_message import Kind, Question
from tcpviz.host.address import Address
from tcpviz.host.host import Endpoint, Flow, Host, HostError
from tcpviz.tcp.config import Config

MS, SECOND = 1_000_000, 1_000_000_000
NAME = "example.org."
SERVER = IPv4Address(address(4, THERE))
V4, V6 = ip_address("203.0.113.7"), ip_address("2001:db8:9::7")

Reply = Callable[[dns.message.Message], dns.message.Message | None]


def reply(
    question: dns.message.Message, *records: str, code: dns.rcode.Rcode = dns.rcode.NOERROR
) -> dns.message.Message:
    """An answer with these records, each as "name type value"."""
    answer = dns.message.make_response(question)
    answer.set_rcode(code)
    for record in records:
        name, kind, value = record.split(" ", 2)
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
    return answer


def kind_of(question: dns.message.Message) -> str:
    return dns.rdatatype.to_text(question.question[0].rdtype)


def both(question: dns.message.Message) -> dns.message.Message:
    return reply(question, f"{NAME} A {V4}" if kind_of(question) == "A" else f"{NAME} AAAA {V6}")


@dataclass
class Scene:
    """A lookup on one host, and a server on another that answers as `answers` says."""

    answers: Reply = both
    servers: Sequence[Address] = (SERVER,)
    asked: list[tuple[int, dns.message.Message]] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    found: list[Address] = field(default_factory=list)
    now: int = 0

    def __post_init__(self) -> None:
        self.pair = Pair()
        self.port = self.pair.there.udp(self._on_question, lambda *_: None, number=53)
        rng = random.Random(1)
        self.lookup = Lookup(self.pair.here, self.servers, rng, NAME.rstrip("."), self.flows.append)

    def _on_question(self, source: Endpoint, payload: bytes, now: int) -> None:
        question = dns.message.from_wire(payload)
        self.asked.append((now, question))
        answer = self.answers(question)
        if answer is not None:
            self.port.send(source, answer.to_wire(), now)

    def step(self) -> None:
        for _ in range(20):
            self.found += self.lookup.step(self.now)
            self.pair.settle(self.now)

    def run(self, until: int = 60 * SECOND) -> None:
        """To the end of the lookup, or `until`."""
        self.step()
        while not self.lookup.done:
            moment = self.lookup.next_deadline()
            assert moment is not None
            if moment > until:
                return
            self.now = max(self.now, moment)
            for host in (self.pair.here, self.pair.there):
                host.on_deadline(self.now)
            self.step()


def test_both_families_are_asked_for_at_once_and_found() -> None:
    scene = Scene()
    scene.step()
    assert sorted(kind_of(question) for _, question in scene.asked) == ["A", "AAAA"]
    assert set(scene.found) == {V4, V6}
    assert scene.lookup.done
    first, second = (question for _, question in scene.asked)
    assert first.id != second.id
    assert first.edns == 0
    assert first.flags & dns.flags.RD


def test_a_host_without_ipv6_does_not_ask_for_it() -> None:
    host = make_host()
    lookup = Lookup(host, [SERVER], random.Random(1), NAME, lambda flow: None)
    resolved(host)
    lookup.step(0)
    (frame,) = sent(host)
    question = dns.message.from_wire(read_packet(frame)[2][8:])
    assert kind_of(question) == "A"


def test_ipv4_waits_a_moment_for_ipv6() -> None:
    scene = Scene(lambda question: both(question) if kind_of(question) == "A" else None)
    scene.step()
    assert scene.found == []
    assert scene.lookup.next_deadline() == RESOLUTION_DELAY
    scene.run(RESOLUTION_DELAY)
    assert scene.found == [V4]
    assert not scene.lookup.done


def test_silence_is_asked_again_with_more_patience_and_then_told() -> None:
    scene = Scene(lambda question: None)
    scene.run()
    times = sorted({now for now, _ in scene.asked})
    assert times == [0, PATIENCE[0], PATIENCE[0] + PATIENCE[1]]
    assert scene.now == sum(PATIENCE)
    assert scene.lookup.failure == f"no answer from the DNS server {SERVER}"


def test_the_next_server_is_asked_where_one_is_silent() -> None:
    scene = Scene(servers=(IPv4Address("192.0.2.99"), SERVER))
    scene.run()
    assert set(scene.found) == {V4, V6}
    assert {now for now, _ in scene.asked} == {PATIENCE[0]}


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_server_that_can_t_say_is_named(code: dns.rcode.Rcode) -> None:
    scene = Scene(lambda question: reply(question, code=code))
    scene.run()
    assert scene.lookup.failure == f"the DNS server {SERVER} answers {dns.rcode.to_text(code)}"
    assert scene.now == 0


def test_a_name_that_is_none() -> None:
    scene = Scene(lambda question: reply(question, code=dns.rcode.NXDOMAIN))
    scene.run()
    assert scene.lookup.failure == "there is no such name"
    assert scene.found == []


def test_a_name_without_addresses() -> None:
    scene = Scene(reply)
    scene.run()
    assert scene.lookup.failure == "it has no address"


def test_a_server_where_nobody_listens_is_known_at_once() -> None:
    scene = Scene()
    scene.port.close()
    scene.run()
    assert scene.now == 0
    assert "can't be reached" in scene.lookup.failure


def test_no_server_and_no_name_are_told() -> None:
    assert "no DNS server" in Scene(servers=()).lookup.failure
    pair = Pair()
    lookup = Lookup(pair.here, [SERVER], random.Random(1), "a" * 64 + ".org", lambda flow: None)
    assert lookup.done
    assert "DNS has no such names" in lookup.failure


def test_where_the_kernel_lends_no_port_the_reason_is_told() -> None:
    class Kernel:
        def next_hop(self, destination: bytes) -> bytes:
            return destination

        def look_up(self, neighbour: bytes) -> bytes | None:
            return None

        def take_port(self, local: bytes, remote: Endpoint) -> int:
            return 1

        def take_udp_port(self) -> int:
            raise HostError("the kernel's ports are all taken")

    own = IPv4Interface("192.0.2.2/24")
    host = Host(mac=bytes(6), address=own, mtu=1500, rng=random.Random(1), secret=b"", owner=Kernel())
    lookup = Lookup(host, [SERVER], random.Random(1), NAME, lambda flow: None)
    assert lookup.done
    assert "all taken" in lookup.failure


def test_a_chain_of_aliases_in_one_answer_is_followed() -> None:
    chain = (f"{NAME} CNAME b.example.", "b.example. CNAME c.example.", f"c.example. A {V4}")
    scene = Scene(lambda question: reply(question, *chain) if kind_of(question) == "A" else reply(question))
    scene.run()
    assert scene.found == [V4]


def test_an_alias_alone_is_asked_on() -> None:
    def answers(question: dns.message.Message) -> dns.message.Message:
        if str(question.question[0].name) == NAME:
            return reply(question, f"{NAME} CNAME b.example.")
        return reply(question, f"b.example. A {V4}") if kind_of(question) == "A" else reply(question)

    scene = Scene(answers)
    scene.run()
    assert scene.found == [V4]


def test_aliases_without_end_are_given_up() -> None:
    def answers(question: dns.message.Message) -> dns.message.Message:
        name = str(question.question[0].name)
        return reply(question, f"{name} CNAME x{name}")

    scene = Scene(answers)
    scene.run()
    assert "alias" in scene.lookup.failure
    assert len(scene.asked) == 2 * (MOST_ALIASES + 1)


def test_a_server_without_edns_is_asked_plainly() -> None:
    def answers(question: dns.message.Message) -> dns.message.Message:
        if question.edns >= 0:
            answer = reply(question, code=dns.rcode.FORMERR)
            answer.use_edns(False)
            return answer
        return both(question)

    scene = Scene(answers)
    scene.run()
    assert set(scene.found) == {V4, V6}


def test_what_does_not_fit_is_asked_over_tcp() -> None:
    def truncated(question: dns.message.Message) -> dns.message.Message:
        answer = reply(question)
        answer.flags |= dns.flags.TC
        return answer

    scene = Scene(truncated)
    accepted: list[Flow] = []
    scene.pair.there.listen(53, Config(), accepted.append)
    scene.step()
    for flow in accepted:
        data = flow.connection.receive(1000, 0)
        question = dns.message.from_wire(data[2:])
        answer = both(question).to_wire()
        flow.connection.send(len(answer).to_bytes(2, "big") + answer, 0)
    scene.pair.settle()
    scene.run()
    assert set(scene.found) == {V4, V6}
    assert scene.flows
    assert len(scene.flows) == len(accepted) == 2
    assert {flow.connection.state.name for flow in scene.flows} <= {"FIN_WAIT_1", "FIN_WAIT_2"}


def test_a_truncated_answer_without_tcp_is_told() -> None:
    def truncated(question: dns.message.Message) -> dns.message.Message:
        answer = reply(question)
        answer.flags |= dns.flags.TC
        return answer

    scene = Scene(truncated)
    scene.run()
    assert "not even over TCP" in scene.lookup.failure


@pytest.mark.parametrize("spoil", ["id", "question", "direction"])
def test_an_answer_to_something_else_is_none(spoil: str) -> None:
    def answers(question: dns.message.Message) -> dns.message.Message:
        answer = both(question)
        if spoil == "id":
            answer.id ^= 1
        elif spoil == "direction":
            answer.flags &= ~dns.flags.QR
        else:
            answer = both(dns.message.make_query("other.example.", kind_of(question), id=question.id))
        return answer

    scene = Scene(answers)
    scene.run(PATIENCE[0] - 1)
    assert scene.found == []
    assert not scene.lookup.done


def test_an_answer_from_somebody_else_is_none() -> None:
    scene = Scene(lambda question: None)
    scene.step()
    stranger = scene.pair.there.udp(lambda *_: None, lambda *_: None, number=5353)
    packet = scene.pair.wire[-1][1]
    port = int.from_bytes(packet[34:36], "big")
    stranger.send(Endpoint(address(4, 2), port), both(scene.asked[-1][1]).to_wire(), 0)
    scene.step()
    assert scene.found == []


@given(st.binary(max_size=120), st.booleans())
def test_any_octets_are_an_answer_or_none(data: bytes, ours: bool) -> None:
    question = Question(NAME, Kind.A, 7)
    head = dns.message.make_response(dns.message.from_wire(question.wire)).to_wire()
    question.answered(head[:12] + question.wire[12:-11] + data if ours else data)
