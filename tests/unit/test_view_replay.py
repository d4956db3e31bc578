"""The ladder in lines: hosts, arrows, losses, repetitions, pauses."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.screen import OPTIONS

from tcpviz.session.session import Session
from tcpviz.session.world import check
from tcpviz.view.glyphs import ASCII, UNICODE, Glyphs, suited
from tcpviz.view.replay import Replay
from tcpviz.view.run import RunView


def told(glyphs: Glyphs, **chosen: str) -> list[str]:
    session = Session(check(replace(OPTIONS, **chosen)))  # type: ignore[arg-type]
    session.run()
    run = RunView(session.recording)
    while run.advance(1_000_000_000, lambda: 0):
        pass
    line = Replay(glyphs)
    lines = [text for at in range(len(run.packets)) for text in line(run, at).split("\n")]
    session.recording.close()
    return lines


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_a_conversation_has_its_hosts_once_and_an_arrow_a_packet(glyphs: Glyphs) -> None:
    lines = told(glyphs)
    (heading,) = [line for line in lines if line.startswith("time")]
    assert "192.0.2.2:" in heading
    assert "192.0.2.1:80" in heading
    syn, syn_ack = (
        next(line for line in lines if "SYN seq" in line),
        next(line for line in lines if "SYN ACK" in line),
    )
    assert glyphs.right in syn
    assert glyphs.left in syn_ack
    assert all(len(line) <= 100 for line in lines)
    assert glyphs is UNICODE or all(line.isascii() for line in lines)


def test_a_lost_packet_and_its_repetition_are_told() -> None:
    lines = told(ASCII, url="http://lab/bytes/20000", impair="in.drop=6")
    assert sum("lost on the way to us" in line for line in lines) == 1
    assert sum("again: it was lost" in line for line in lines) == 1
    lines = told(ASCII, url="http://lab/bytes/20000", impair="out.drop=1")
    assert sum("repeats #" in line for line in lines) == 1


def test_a_pause_has_a_line_of_its_own() -> None:
    assert any(
        line.strip().endswith("later") for line in told(ASCII, url="http://lab/", impair="delay=200ms")
    )


def test_signs_are_suited_to_the_encoding() -> None:
    assert suited("UTF-8") is UNICODE
    assert suited("utf-8", ascii_only=True) is ASCII
    assert suited("iso-8859-1") is ASCII
    assert suited(None) is ASCII


def test_get_replays_on_stderr_and_export_writes_the_same(tmp_path: Path) -> None:
    kept = tmp_path / "run.pcapng"
    get = (sys.executable, "-m", "tcpviz", "get", "http://lab/", "--replay", "--ascii", "--record", str(kept))
    done = subprocess.run(get, capture_output=True, check=True)
    assert b"GET / HTTP/1.1" in done.stderr
    assert done.stderr.isascii()
    assert b"<html" in done.stdout.lower()
    export = (sys.executable, "-m", "tcpviz", "export", str(kept), "--as", "text")
    again = subprocess.run(export, capture_output=True, check=True, env={"PYTHONIOENCODING": "ascii"})
    assert again.stdout == done.stderr
