"""Names to addresses by asking DNS servers over our own UDP, and TCP where the answer is long.

A stub resolver (RFC 1034 section 5.3.1) without I/O: it sends through a Host's ports and is stepped. What
the messages say is `dns_message`'s.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from itertools import chain

from tcpviz.client.dns_message import Answer, BadNameError, Kind, Question, Verdict
from tcpviz.client.dns_stream import DnsStream
from tcpviz.host.address import Address
from tcpviz.host.host import Endpoint, Flow, Host, HostError
from tcpviz.tcp.icmp import IcmpError

PORT = 53
PATIENCE = (2_000_000_000, 3_000_000_000, 5_000_000_000)
"""ns that each server may take: all are asked in turn, and again with more time."""
RESOLUTION_DELAY = 50_000_000
"""ns that an IPv4 address waits for the answer about IPv6 (RFC 8305 section 3)."""
MOST_ALIASES = 8

Opened = Callable[[Flow], None]


class Lookup:
    """All addresses of one name, of the families that the host has (client.dial.Lookup).

    `servers` are asked in their order; `opened` hears of connections.
    """

    def __init__(
        self, host: Host, servers: Sequence[Address], rng: random.Random, name: str, opened: Opened
    ) -> None:
        self._held: list[Address] = []
        self._release_at: int | None = None
        self._failures: list[str] = []
        self._queries: list[_Query] = []
        if not servers:
            self._failures.append("no DNS server is known: name one with --dns")
            return
        kinds = [kind for kind, version in ((Kind.AAAA, 6), (Kind.A, 4)) if version in host.families]
        try:
            self._queries = [_Query(host, servers, rng, name, kind, opened) for kind in kinds]
        except (BadNameError, HostError) as error:
            self._failures.append(str(error))

    @property
    def done(self) -> bool:
        return not self._queries and not self._held

    @property
    def failure(self) -> str:
        return self._failures[0] if self._failures else "it has no address"

    def step(self, now: int) -> Sequence[Address]:
        for query in list(self._queries):
            query.step(now)
            if query.answer is not None:
                self._take(query.kind, query.answer, now)
        self._queries = [query for query in self._queries if query.answer is None]
        if self._release_at is not None and (now >= self._release_at or not self._queries):
            found, self._held, self._release_at = self._held, [], None
            return found
        return ()

    def _take(self, kind: Kind, answer: Answer, now: int) -> None:
        if answer.verdict is Verdict.FOUND:
            self._held += answer.addresses
            self._release_at = now if kind is Kind.AAAA else now + RESOLUTION_DELAY
        elif answer.verdict is Verdict.NO_SUCH_NAME:
            self._failures.insert(0, "there is no such name")
            self.abandon(now)  # neither of the other kind (RFC 2308 section 5)
        elif answer.verdict is Verdict.USELESS:
            self._failures.append(answer.words)

    def next_deadline(self) -> int | None:
        moments = (self._release_at, *(query.next_deadline() for query in self._queries))
        return min((moment for moment in moments if moment is not None), default=None)

    def abandon(self, now: int) -> None:
        for query in self._queries:
            query.close(now)
        self._queries.clear()


class _Query:
    """One question, asked until `answer` is there. To find nobody who answers is USELESS too."""

    def __init__(
        self,
        host: Host,
        servers: Sequence[Address],
        rng: random.Random,
        name: str,
        kind: Kind,
        opened: Opened,
    ) -> None:
        self.kind = kind
        self.answer: Answer | None = None
        self._host = host
        self._servers = [Endpoint(server.packed, PORT) for server in servers]
        self._rng = rng
        self._opened = opened
        self._edns = True
        self._aliases = 0
        self._question = self._about(name)
        self._port = host.udp(self._on_datagram, self._on_error)
        self._plan = self._turns()
        self._asked: Endpoint | None = None
        self._deadline: int | None = None
        self._stream: DnsStream | None = None
        self._why = ""

    def next_deadline(self) -> int | None:
        """When `step` must be called."""
        return self._deadline

    def step(self, now: int) -> None:
        """Go as far as it goes now."""
        if self._asked is None:
            self._ask_next(now)
        if self._stream is not None:
            self._read(self._stream, now)
        if self._deadline is not None and now >= self._deadline:
            self._why = f"no answer from {_server(self._asked)}"
            self._ask_next(now)

    def close(self, now: int) -> None:
        """Hear nothing more."""
        self._port.close()
        self._hang_up(now)

    # Asking

    def _turns(self) -> Iterator[tuple[Endpoint, int]]:
        return ((server, patience) for patience in PATIENCE for server in self._servers)

    def _about(self, name: str) -> Question:
        self._name = name
        return Question(name, self.kind, self._rng.getrandbits(16), edns=self._edns)

    def _ask_next(self, now: int) -> None:
        """The server whose turn it is; where there is none left, that is the answer."""
        self._hang_up(now)
        for server, patience in self._plan:
            self._deadline = now + patience
            if self._ask(server, now):
                return
        self._settle(Answer(Verdict.USELESS, words=self._why), now)

    def _ask(self, server: Endpoint, now: int) -> bool:
        """Whether the question is on its way."""
        try:
            self._port.send(server, self._question.wire, now)
        except HostError as error:
            self._why = str(error)
            return False
        self._asked = server
        return True

    def _ask_over_stream(self, server: Endpoint, now: int) -> None:
        try:
            self._stream = DnsStream(self._host, server, self._question.wire, now, self._opened)
        except HostError as error:
            self._why = str(error)
            self._ask_next(now)
        else:
            self._deadline = now + PATIENCE[-1]

    def _hang_up(self, now: int) -> None:
        if self._stream is not None:
            self._stream.close(now)
            self._stream = None

    # Hearing

    def _on_datagram(self, source: Endpoint, payload: bytes, now: int) -> None:
        """An answer from a server that was asked, be it late; from nobody else (RFC 5452 section 9.1)."""
        answer = self._question.answered(payload) if source in self._servers else None
        if answer is None or self.answer is not None or self._stream is not None:
            return
        if answer.verdict is Verdict.TRUNCATED:
            self._ask_over_stream(source, now)
        else:
            self._judge(answer, source, now)

    def _on_error(self, remote: Endpoint, error: IcmpError, now: int) -> None:
        if remote == self._asked and self._stream is None:
            self._why = f"{_server(remote)} can't be reached: ICMP says that nobody is there"
            self._ask_next(now)

    def _read(self, stream: DnsStream, now: int) -> None:
        data = stream.step(now)
        answer = self._question.answered(data) if data is not None else None
        if answer is not None and answer.verdict is not Verdict.TRUNCATED:
            self._hang_up(now)
            self._judge(answer, stream.server, now)
        elif data is not None or stream.failed:
            self._why = f"{_server(stream.server)} gives no whole answer, not even over TCP"
            self._ask_next(now)

    def _judge(self, answer: Answer, server: Endpoint, now: int) -> None:
        match answer.verdict:
            case Verdict.USELESS:
                self._why = f"{_server(server)} {answer.words}"
                self._ask_next(now)
            case Verdict.PLAINLY:
                self._edns = False
                self._ask_anew(self._name, server, now)
            case Verdict.ELSEWHERE if self._aliases < MOST_ALIASES:
                self._aliases += 1
                self._ask_anew(answer.alias, server, now)
            case Verdict.ELSEWHERE:
                words = f"it is an alias of an alias, {MOST_ALIASES} times over"
                self._settle(Answer(Verdict.USELESS, words=words), now)
            case _:
                self._settle(answer, now)

    def _ask_anew(self, name: str, server: Endpoint, now: int) -> None:
        """Another question, first to the server that answered, then to all in turn."""
        self._question = self._about(name)
        self._plan = chain([(server, PATIENCE[0])], self._turns())
        self._ask_next(now)

    def _settle(self, answer: Answer, now: int) -> None:
        self.answer = answer
        self._deadline = None
        self.close(now)


def _server(endpoint: Endpoint | None) -> str:
    assert endpoint is not None
    return f"the DNS server {ip_address(endpoint.address)}"
