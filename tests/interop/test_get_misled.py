"""A hostile server, and `get` on a terminal: nothing that the server says is obeyed there."""

import json
import os
import sys
from pathlib import Path

import pytest
from helpers import misled
from helpers.on_pty import Ended, on_pty

from tcpviz.client.failure import ExitCode

ROOT = Path(__file__).parents[2]
CODES = {
    "refused": ExitCode.RECEIVE_FAILED,
    "moved": ExitCode.MALFORMED_URL,
    "scheme": ExitCode.TOO_MANY_REDIRECTS,
}
"""What it comes to where it is no success."""


def get(answer: str, *options: str) -> Ended:
    """What `tcpviz get` makes of that answer."""
    command = (sys.executable, misled.__file__, answer, "get", "http://lab/", *options)
    return on_pty(*command, environment={"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))})


@pytest.mark.parametrize("options", [("-v",), ("--json", "-o", "/dev/null"), ("--replay",)], ids="".join)
@pytest.mark.parametrize("answer", ["head", "refused", "moved"])
def test_nothing_of_a_response_drives_the_terminal(answer: str, options: tuple[str, ...]) -> None:
    ended = get(answer, *options)
    assert ended.obeyed() == []
    assert ended.code == CODES.get(answer, 0)
    if "--json" in options:
        lines = [line for line in ended.written.decode().splitlines() if line.startswith("{")]
        assert len([json.loads(line) for line in lines]) > 5


@pytest.mark.parametrize("answer", ["failed", "scheme", "chunked", "encoded"])
def test_nothing_of_an_odd_response_drives_the_terminal(answer: str) -> None:
    ended = get(answer)
    assert ended.obeyed() == []
    assert ended.code == CODES.get(answer, 0)


def test_what_would_be_obeyed_is_found() -> None:
    assert on_pty("printf", r"a\033[31mb\033]0;owned\007 \342\200\256").obeyed() == ["0x1b", "0x202e", "0x7"]
