"""Where bodies go: all of it arrives, in order, and a reader that stops leaves no room."""

import os
import threading
from pathlib import Path

import pytest

from tcpviz.session.output import CHUNK, FileOutput, PipeOutput, output_to


def test_a_file_gets_every_octet(tmp_path: Path) -> None:
    with (tmp_path / "body").open("wb") as file:
        output = output_to(file.fileno(), lambda: None)
        assert isinstance(output, FileOutput)
        output.write(b"one ")
        output.write(b"two")
        output.finish()
    assert (tmp_path / "body").read_bytes() == b"one two"


def test_a_reader_that_stops_leaves_no_room_and_one_that_goes_on_makes_it_again() -> None:
    reader, writer = os.pipe()
    room_again = threading.Event()
    output = output_to(writer, room_again.set)
    assert isinstance(output, PipeOutput)
    body = os.urandom(CHUNK)
    output.write(body)
    assert output.room() == 0  # a pipe holds less than CHUNK and nobody has read
    received = b""
    while len(received) < CHUNK:
        received += os.read(reader, 65536)
    output.finish()
    assert room_again.is_set()
    assert output.room() == CHUNK
    assert received == body
    os.close(reader)
    os.close(writer)


def test_a_reader_that_went_away_is_an_error_and_no_signal() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    output = output_to(writer, lambda: None)
    output.write(b"to nobody")
    with pytest.raises(BrokenPipeError):
        output.finish()
    with pytest.raises(BrokenPipeError):
        output.room()
    os.close(writer)
