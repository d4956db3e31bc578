"""Where bodies go: all of it arrives, in order, and a reader that stops leaves no room."""

import os
import threading
from pathlib import Path

import pytest

from tcpviz.client.failure import FetchError
from tcpviz.session.output import (
    CHUNK,
    FileOutput,
    PipeOutput,
    Target,
    output_to,
    output_to_file,
    remote_target,
    targets_of,
)


def test_a_file_gets_every_octet(tmp_path: Path) -> None:
    with (tmp_path / "body").open("wb") as file:
        output = output_to(file.fileno(), lambda: None)
        assert isinstance(output, FileOutput)
        output.write(b"one ")
        output.write(b"two")
        output.finish(lambda: False, whole=True)
    assert (tmp_path / "body").read_bytes() == b"one two"


def test_a_named_file_stays_as_it_is_until_there_is_something_to_write(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"kept")
    output = output_to_file(path)
    output.finish(lambda: False, whole=False)
    assert path.read_bytes() == b"kept"
    output = output_to_file(path)
    output.finish(lambda: False, whole=True)
    assert path.read_bytes() == b""


def test_waiting_for_a_reader_can_be_given_up() -> None:
    reader, writer = os.pipe()
    output = output_to(writer, lambda: None)
    output.write(os.urandom(CHUNK))
    output.finish(lambda: True, whole=True)
    assert output.room() < CHUNK
    os.close(reader)
    with pytest.raises(BrokenPipeError):  # its thread has to end before the number of `writer` is free again
        output.finish(lambda: False, whole=True)
    os.close(writer)


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
    output.finish(lambda: False, whole=True)
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
        output.finish(lambda: False, whole=True)
    with pytest.raises(BrokenPipeError):
        output.room()
    os.close(writer)


@pytest.mark.parametrize(
    ("url", "name"), [("http://lab/a/b.txt?c=/d", "b.txt"), ("https://lab/..%2Fx", "..%2Fx"), ("lab/x", "x")]
)
def test_a_file_has_the_name_in_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert remote_target(url) == Target(Path(name), fresh=True)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://lab/", 23),
        ("http://lab/a/..", 23),
        ("http://lab", 23),
        ("http://lab/kept", 23),
        ("http://", 3),
    ],
)
def test_a_url_without_a_name_of_its_own_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").write_bytes(b"kept")
    with pytest.raises(FetchError) as caught:
        remote_target(url)
    assert caught.value.failure.exit_code == code


def test_a_file_that_came_in_between_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "body"
    output = output_to_file(path, fresh=True)
    path.write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        output.write(b"new")
    assert path.read_bytes() == b"kept"


def test_each_url_has_its_target() -> None:
    urls = ["http://lab/a", "http://lab/b", "http://lab/c"]
    assert targets_of(urls, [Path("one"), Path("-")], remote_name=False) == [
        Target(Path("one")),
        Target(),
        Target(),
    ]
    assert targets_of(urls, [Path("one")], remote_name=True)[1:] == [
        Target(Path("b"), fresh=True),
        Target(Path("c"), fresh=True),
    ]
