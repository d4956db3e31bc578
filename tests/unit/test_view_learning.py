"""Glossary, lessons, help of the panes, and what can be copied."""

import re
import shlex

import pytest
from helpers.runs import ROW_DUPLICATE_ACK, ROW_SYN, read_whole, small_run
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy import all as scapy

from tcpviz.client.request import Request
from tcpviz.session.options import RunOptions
from tcpviz.session.web import Web
from tcpviz.tcp.events import AckReason, Cause, Retransmitted
from tcpviz.ui.board import PaneName
from tcpviz.view import copies, glossary, lessons
from tcpviz.view.glyphs import ASCII, UNICODE
from tcpviz.view.pane_help import PANES
from tcpviz.wire.dissect import scapy_code
from tcpviz.wire.seq import Seq

RFC = re.compile(r"RFC \d{3,4} \d+(\.\d+)*")


@pytest.mark.parametrize("term", glossary.TERMS, ids=lambda term: term.name)
def test_a_term_is_two_plain_sentences_and_a_section(term: glossary.Term) -> None:
    assert term.meaning.endswith(".")
    assert 1 <= len(re.findall(r"[.?!](?= |$)", term.meaning)) <= 3
    assert RFC.fullmatch(term.rfc)
    assert term.meaning.isascii()


def test_the_words_that_a_newcomer_asks_for_are_there() -> None:
    names = " ".join(term.name for term in glossary.TERMS)
    for word in (
        "SYN",
        "cwnd",
        "ssthresh",
        "RTO",
        "SACK",
        "MSS",
        "window scale",
        "PAWS",
        "RTT",
        "FIN",
        "RST",
    ):
        assert word in names
    assert [term.name for term in glossary.TERMS] == sorted(
        (term.name for term in glossary.TERMS), key=str.lower
    )


def test_names_are_found_before_meanings() -> None:
    assert glossary.find("sack")[0].name == "SACK"
    assert "D-SACK" in [term.name for term in glossary.find(" SACK ")][:2]
    assert glossary.find("") == list(glossary.TERMS)
    assert glossary.find("no such word") == []


@pytest.mark.parametrize("lesson", lessons.LESSONS, ids=lambda lesson: lesson.title)
def test_a_lesson_is_two_or_three_paragraphs_and_a_section(lesson: lessons.Lesson) -> None:
    assert 2 <= len(lesson.paragraphs) <= 3
    assert all(each.endswith(".") and each.isascii() for each in lesson.paragraphs)
    assert RFC.fullmatch(lesson.rfc)


def test_every_cause_and_every_reason_of_an_ack_has_its_lesson() -> None:
    for cause in Cause:
        assert lessons._of_event(Retransmitted(Seq(1), Seq(2), cause, 1)) in lessons.LESSONS
    assert set(lessons._ACKS) == set(AckReason)


def test_the_lessons_of_a_packet() -> None:
    run = read_whole(small_run())
    assert lessons.lessons(run.moment(ROW_SYN))[0] is lessons.HANDSHAKE
    assert lessons.lessons(run.moment(ROW_DUPLICATE_ACK))[0] is lessons.SACK


def test_every_pane_is_explained_with_its_own_signs() -> None:
    assert set(PANES) == {name.value for name in PaneName}
    for pane in PANES.values():
        for mark in pane.marks:
            assert mark.sign(UNICODE)
            assert mark.sign(ASCII).isascii()


def test_a_packet_as_text_and_dump() -> None:
    run = read_whole(small_run())
    position = run.packets.position(ROW_SYN)
    assert copies.one_line(run, position).startswith("2 0.001000 192.0.2.2 > 192.0.2.1 TCP 40000")
    dump = copies.hex_dump(run, position)
    octets = "".join(line[6:54] for line in dump.split("\n"))
    assert bytes.fromhex(octets) == run.recording.data(ROW_SYN)


def test_the_code_of_a_packet_makes_that_packet() -> None:
    run = read_whole(small_run())
    for position in range(len(run.packets)):
        code = copies.python(run, position)
        assert bytes(eval(code, vars(scapy))) == run.recording.data(run.packets.row(position))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80))
def test_the_code_of_any_octets_is_one_line_of_ascii(frame: bytes) -> None:
    code = scapy_code(frame)
    assert code.isascii()
    assert code.isprintable()


def test_a_curl_command_keeps_what_a_shell_would_obey_quoted() -> None:
    options = RunOptions(
        url="http://lab/;reboot?a=$(x)&b='",
        web=Web(request=Request(method="PUT", fields=(("X-A", "1 2"), ("Accept", None)))),
    )
    words = shlex.split(copies.curl(options))
    assert words[:4] == ["curl", "-v", "-X", "PUT"]
    assert words[-2:] == ["--", options.url]
    assert "X-A: 1 2" in words
    assert "Accept:" in words
