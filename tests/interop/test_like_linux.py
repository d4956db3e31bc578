"""The answers to odd segments, state by state, beside Linux's own: the same, or different for a reason.

In the manner of packetimpact: the same frames go to our engine and to the kernel of a namespace, and what
both send at once is compared (kind, relative numbers, length).
"""

from collections.abc import Iterator
from itertools import count

import pytest
from helpers.stimuli import Conversation, EngineStack, LinuxStack, Stack, linux

_OPEN = ("< S 0:0(0) <mss 1000>", "< . 1:1(0) ack 1")
_STAMPED = ("< S 0:0(0) <mss 1000,TS 100 ecr 0>", "< . 1:1(0) ack 1 <TS 101 ecr 0>")
STATES: dict[str, tuple[str, ...]] = {
    "CLOSED": ("closed",),
    "LISTEN": (),
    "SYN-SENT": ("connect",),
    "SYN-RECEIVED": _OPEN[:1],
    "ESTABLISHED": _OPEN,
    "ESTABLISHED with timestamps": _STAMPED,
    "ESTABLISHED with data out": (*_OPEN, "send 100"),
    "FIN-WAIT-1": (*_OPEN, "shutdown"),
    "FIN-WAIT-2": (*_OPEN, "shutdown", "< . 1:1(0) ack 2"),
    "CLOSE-WAIT": (*_OPEN, "< F. 1:1(0) ack 1"),
    "CLOSING": (*_OPEN, "shutdown", "< F. 1:1(0) ack 1"),
    "LAST-ACK": (*_OPEN, "< F. 1:1(0) ack 1", "shutdown"),
    "TIME-WAIT": (*_OPEN, "shutdown", "< . 1:1(0) ack 2", "< F. 1:1(0) ack 2"),
}
STIMULI: dict[str, tuple[str, ...]] = {
    "CLOSED": (
        "< S 0:0(0)",
        "< S 0:100(100)",
        "< SF 0:0(0)",
        "< . 0:0(0) ack 7",
        "< P. 0:100(100) ack 7",
        "< F 0:0(0)",
        "< - 0:10(10)",
        "< S. 0:0(0) ack 7",
        "< R 0:0(0)",
        "< R. 0:0(0) ack 7",
    ),
    "LISTEN": (
        "< R 0:0(0)",
        "< R. 0:0(0) ack 5",
        "< . 0:0(0) ack 5",
        "< S. 0:0(0) ack 5",
        "< F. 0:0(0) ack 5",
        "< F 0:0(0)",
        "< - 0:0(0)",
        "< - 0:10(10)",
        "< SR 0:0(0)",
        "< SF 0:0(0)",
        "< SU 0:0(0) urg 5",
        "< SP 0:100(100)",
    ),
    "SYN-SENT": (
        "< S. 0:0(0) ack 1",
        "< S. 0:100(100) ack 1",
        "< SF. 0:0(0) ack 1",
        "< S. 0:0(0) ack 0",
        "< S. 0:0(0) ack 5",
        "< . 0:0(0) ack 1",
        "< . 0:0(0) ack 5",
        "< S 0:0(0)",
        "< F 0:0(0)",
        "< - 0:10(10)",
        "< R 0:0(0)",
        "< R. 0:0(0) ack 1",
        "< R. 0:0(0) ack 5",
        "< SR. 0:0(0) ack 1",
    ),
    "SYN-RECEIVED": (
        "< S 0:0(0)",
        "< S 100:100(0)",
        "< S 200000:200000(0)",
        "< S. 0:0(0) ack 1",
        "< . 1:1(0) ack 0",
        "< . 1:1(0) ack 5",
        "< - 1:1(0)",
        "< - 1:101(100)",
        "< . 200000:200000(0) ack 1",
        "< . 1:101(100) ack 1",
        "< . 101:201(100) ack 1",
        "< F. 1:1(0) ack 1",
        "< R 1:1(0)",
        "< R 100:100(0)",
        "< R 200000:200000(0)",
    ),
    "ESTABLISHED": (
        "< . 1:1(0) ack 1",
        "< . 1:1(0) ack 100",
        "< . 1:1(0) ack 0",
        "< . 1:1(0) ack -100000",
        "< . 1:101(100) ack 100",
        "< . 1:101(100) ack -100000",
        "< P. 1:101(100) ack 1",
        "< P 1:101(100)",
        "< - 1:1(0)",
        "< . -99:1(100) ack 1",
        "< . -49:51(100) ack 1",
        "< . 0:0(0) ack 1",
        "< . 0:1(1) ack 1",
        "< . 200000:200100(100) ack 1",
        "< . 200000:200000(0) ack 1",
        "< . 101:201(100) ack 1",
        "< . 101:101(0) ack 1",
        "< PU. 1:11(10) ack 1 urg 5",
        "< PU. 1:11(10) ack 1 urg 0",
        "< U. 1:1(0) ack 1 urg 5",
        "< F. 1:1(0) ack 1",
        "< F. 1:101(100) ack 1",
        "< F. 101:101(0) ack 1",
        "< F 1:1(0)",
        "< S 0:0(0)",
        "< S 1:1(0)",
        "< S 100:100(0)",
        "< S 200000:200000(0)",
        "< S. 0:0(0) ack 1",
        "< S. 100:100(0) ack 1",
        "< SF. 1:1(0) ack 1",
        "< R 1:1(0)",
        "< R. 1:1(0) ack 1",
        "< R 0:0(0)",
        "< R 100:100(0)",
        "< R 200000:200000(0)",
        "< SR 1:1(0)",
        "< FR. 1:1(0) ack 1",
        "< SFRPU. 1:1(0) ack 1 urg 1",
    ),
    "ESTABLISHED with timestamps": (
        "< . 1:101(100) ack 1 <TS 102 ecr 0>",
        "< . 1:101(100) ack 1 <TS 50 ecr 0>",
        "< . 1:1(0) ack 1 <TS 50 ecr 0>",
        "< F. 1:1(0) ack 1 <TS 50 ecr 0>",
        "< S 1:1(0) <TS 50 ecr 0>",
        "< R 1:1(0) <TS 50 ecr 0>",
        "< R 1:1(0)",
        "< . 1:101(100) ack 1",
    ),
    "ESTABLISHED with data out": (
        "< . 1:1(0) ack 1",
        "< . 1:1(0) ack 50",
        "< . 1:1(0) ack 101",
        "< . 1:1(0) ack 102",
        "< . 1:101(100) ack 1",
        "< . 1:1(0) ack 1 win 0",
        "< R. 1:1(0) ack 200",
        "< F. 1:1(0) ack 101",
    ),
    "FIN-WAIT-1": (
        "< . 1:1(0) ack 2",
        "< . 1:1(0) ack 3",
        "< . 1:101(100) ack 1",
        "< F. 1:1(0) ack 2",
        "< F. 1:101(100) ack 2",
        "< S 0:0(0)",
        "< R 1:1(0)",
        "< R 100:100(0)",
    ),
    "FIN-WAIT-2": (
        "< . 1:101(100) ack 2",
        "< . 1:1(0) ack 3",
        "< . 101:201(100) ack 2",
        "< F. 1:1(0) ack 2",
        "< F. 101:101(0) ack 2",
        "< S 100:100(0)",
        "< R 1:1(0)",
    ),
    "CLOSE-WAIT": (
        "< F. 1:1(0) ack 1",
        "< . 2:102(100) ack 1",
        "< . 1:1(0) ack 1",
        "< . 2:2(0) ack 5",
        "< F. 2:2(0) ack 1",
        "< S 2:2(0)",
        "< R 2:2(0)",
        "< R 50:50(0)",
    ),
    "CLOSING": (
        "< . 2:2(0) ack 2",
        "< . 2:2(0) ack 3",
        "< F. 1:1(0) ack 1",
        "< F. 1:1(0) ack 2",
        "< S 2:2(0)",
        "< R 2:2(0)",
    ),
    "LAST-ACK": (
        "< . 2:2(0) ack 2",
        "< . 2:2(0) ack 1",
        "< . 2:2(0) ack 3",
        "< F. 1:1(0) ack 1",
        "< F. 1:1(0) ack 2",
        "< S 2:2(0)",
        "< R 2:2(0)",
    ),
    "TIME-WAIT": (
        "< F. 1:1(0) ack 2",
        "< . 2:2(0) ack 2",
        "< . 2:102(100) ack 2",
        "< . 2:2(0) ack 3",
        "< . 200000:200000(0) ack 2",
        "< S 0:0(0)",
        "< S 1000:1000(0)",
        "< S. 1000:1000(0) ack 2",
        "< R 2:2(0)",
        "< R 100:100(0)",
    ),
}
DIFFERENT = {
    "LISTEN": {
        "< SF 0:0(0)": "RFC 9293 3.10.7.2: a SYN is answered, whatever it carries besides; Linux drops it",
    },
    "SYN-SENT": {
        "< S. 0:100(100) ack 1": "RFC 9293 3.10.7.3, fourth: go on with the text; Linux lets it come again",
        "< SF. 0:0(0) ack 1": "RFC 9293 3.10.7.3, fourth: go on with the FIN; Linux lets it come again",
    },
    "SYN-RECEIVED": {
        "< S 100:100(0)": "RFC 9293 3.10.7.4, fourth: back to LISTEN in silence; Linux sends a RST, too",
    },
    "ESTABLISHED with timestamps": {
        "< . 1:1(0) ack 1 <TS 50 ecr 0>": "RFC 7323 5.3 R1: answer what PAWS refuses; Linux not a bare ACK",
        "< . 1:101(100) ack 1": "RFC 7323 3.2: without its timestamp a segment is dropped; Linux takes it",
    },
    "CLOSING": {
        "< F. 1:1(0) ack 2": "RFC 9293 3.10.7.4, first: the FIN again is only answered; Linux takes its ACK",
    },
    "LAST-ACK": {
        "< F. 1:1(0) ack 2": "RFC 9293 3.10.7.4, first: the FIN again is only answered; Linux takes its ACK",
    },
    "TIME-WAIT": {
        "< . 2:2(0) ack 3": "RFC 9293 3.10.7.4, fifth: an ACK of what was never sent is answered; Linux: no",
        "< R 100:100(0)": "RFC 5961 3.2: a RST that does not fit exactly is challenged; Linux drops it here",
    },
}
"""What we do otherwise, and why."""
AFTERWARDS = "< . 1:1(0) ack 1 <TS 103 ecr 0>"
"""Shows whether the connection is still there: else it is refused."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[LinuxStack]:
    with linux() as stack:
        yield stack


def answers(stack: Stack, port: int, state: str, stimulus: str) -> list[list[str]]:
    conversation = Conversation(stack, port)
    for line in STATES[state]:
        conversation.play(line)
    return [conversation.play(stimulus), conversation.play(AFTERWARDS)]


@pytest.mark.parametrize("state", STIMULI)
def test_the_answers_are_those_of_linux(kernel: LinuxStack, state: str) -> None:
    ports = count(20_000 + 100 * list(STIMULI).index(state))
    different = {}
    for stimulus, port in zip(STIMULI[state], ports, strict=False):
        ours = answers(EngineStack(), port, state, stimulus)
        theirs = answers(kernel, port, state, stimulus)
        if ours != theirs:
            different[stimulus] = f"ours {ours}, Linux {theirs}"
    assert different.keys() == DIFFERENT.get(state, {}).keys(), different


def test_every_difference_names_its_rule() -> None:
    reasons = [reason for each in DIFFERENT.values() for reason in each.values()]
    assert all(reason.startswith("RFC ") for reason in reasons)
