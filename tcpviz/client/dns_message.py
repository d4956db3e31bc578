"""DNS messages for a stub resolver: one question, and what an answer to it says (RFC 1035).

dnspython knows the format; sockets, time and servers are not known here.
"""

from collections.abc import Sequence
from enum import Enum
from ipaddress import ip_address
from typing import NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from tcpviz.host.address import Address

PAYLOAD = 1232
"""Octets that an answer over UDP may have: they fit into one packet nearly everywhere (RFC 6891 6.2.5)."""

_NO_EDNS_THERE = (dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS)


class Kind(Enum):
    """The questions there are; the value is the record's type."""

    A = "A"
    AAAA = "AAAA"


class Verdict(Enum):
    """What an answer comes to."""

    FOUND = "addresses"
    ELSEWHERE = "an alias whose own name has to be asked for"
    NOTHING = "no address of this kind"
    NO_SUCH_NAME = "no such name"
    TRUNCATED = "more than fits into a datagram"
    PLAINLY = "the question is not understood with EDNS"
    USELESS = "a server that can't or won't say"


class Answer(NamedTuple):
    """One answer: `addresses` with FOUND, `alias` with ELSEWHERE, the server's words with USELESS."""

    verdict: Verdict
    addresses: Sequence[Address] = ()
    alias: str = ""
    words: str = ""


class BadNameError(ValueError):
    """Not a name that DNS can carry; the text says why."""


class Question:
    """One question about `name`. Raises BadNameError for what can't be a name."""

    def __init__(self, name: str, kind: Kind, identification: int, *, edns: bool = True) -> None:
        self._edns = edns
        try:
            self._message = dns.message.make_query(
                dns.name.from_text(name),
                kind.value,
                id=identification,
                use_edns=0 if edns else False,
                payload=PAYLOAD if edns else None,
            )
            self.wire = self._message.to_wire()
            """Its octets."""
        except dns.exception.DNSException as error:
            raise BadNameError(f"DNS has no such names: {error}") from None

    def answered(self, data: bytes) -> Answer | None:
        """What `data` says; None where it is no answer to this question (RFC 5452 section 9.1)."""
        try:
            head = dns.message.from_wire(data, question_only=True)
        except (dns.exception.DNSException, ValueError):
            return None
        if not self._message.is_response(head):
            return None
        if head.flags & dns.flags.TC:
            return Answer(Verdict.TRUNCATED)
        try:
            return self._read(dns.message.from_wire(data))
        except (dns.exception.DNSException, ValueError):
            return Answer(Verdict.USELESS, words="answers what can't be read")

    def _read(self, message: dns.message.Message) -> Answer:
        code = message.rcode()
        if code == dns.rcode.NXDOMAIN:
            return Answer(Verdict.NO_SUCH_NAME)
        if self._edns and code in _NO_EDNS_THERE:
            return Answer(Verdict.PLAINLY)  # RFC 6891 section 7
        if code != dns.rcode.NOERROR or not isinstance(message, dns.message.QueryMessage):
            return Answer(Verdict.USELESS, words=f"answers {dns.rcode.to_text(code)}")
        chain = message.resolve_chaining()
        if chain.answer is not None:
            return Answer(Verdict.FOUND, [ip_address(record.address) for record in chain.answer])
        if chain.cnames and not _denies(message):
            return Answer(Verdict.ELSEWHERE, alias=chain.canonical_name.to_text())
        return Answer(Verdict.NOTHING)


def _denies(message: dns.message.Message) -> bool:
    """Whether it says by a SOA that the name has no such record, not even elsewhere (RFC 2308 2.2)."""
    return any(section.rdtype == dns.rdatatype.SOA for section in message.authority)
