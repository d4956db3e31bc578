"""An ICMP error in words, whichever family reported it."""

import pytest

from tcpviz.host.translation import icmp_error
from tcpviz.view.info import icmp_reason
from tcpviz.wire.icmp import IcmpMessage, QuotedSegment
from tcpviz.wire.seq import Seq

QUOTED = QuotedSegment(bytes(16), 1, bytes(16), 2, Seq(3))


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        (1, 0, "host unreachable"),
        (1, 1, "host administratively prohibited"),
        (1, 4, "port unreachable"),
        (2, 0, "fragmentation needed"),
        (3, 0, "time to live exceeded in transit"),
        (4, 0, "a field that it can't take"),
        (4, 1, "protocol unreachable"),
    ],
)
def test_an_icmpv6_error_reads_as_its_equivalent(kind: int, code: int, words: str) -> None:
    error = icmp_error(IcmpMessage(kind, code, 1400, b""), QUOTED)
    assert icmp_reason(error.icmp_type, error.code) == words


def test_what_has_no_name_keeps_its_numbers() -> None:
    assert icmp_reason(3, 99) == "type 3, code 99"
