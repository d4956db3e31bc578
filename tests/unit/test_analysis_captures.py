"""Capture files, packed ones and damaged ones, and what `analyze` says of their packets."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from helpers.runs import small_run
from helpers.torture import frames, write_pcap

from tcpviz.analysis.captures import CaptureFile
from tcpviz.analysis.filter import compile_filter
from tcpviz.analysis.report import Choice, analyze, report
from tcpviz.recording import Recording, RecordingError
from tcpviz.view.packet_lines import COLUMNS
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import SYN


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "some.pcap"
    write_pcap(path, frames(1, 200))
    return path


def test_a_packed_file_is_read_like_a_plain_one(capture: Path, tmp_path: Path) -> None:
    packed = tmp_path / "some.pcap.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes()))

    assert list(CaptureFile(packed)) == list(CaptureFile(capture))


def test_a_packed_file_that_is_cut_off_gives_what_it_has(capture: Path, tmp_path: Path) -> None:
    packed = gzip.compress(capture.read_bytes())
    cut = tmp_path / "cut.pcap.gz"
    cut.write_bytes(packed[: len(packed) // 2])

    file = CaptureFile(cut)
    read = list(file)

    assert read
    assert read == list(CaptureFile(capture))[: len(read)]
    assert "compressed" in file.loss


@pytest.mark.parametrize("content", [b"", b"no capture at all", gzip.compress(b"neither", mtime=0)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)

    with pytest.raises(ParseError):
        CaptureFile(path)


def test_a_packed_file_of_which_nothing_is_left_is_said_to_be_cut_off(capture: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap.gz"
    cut.write_bytes(gzip.compress(capture.read_bytes())[:12])
    told: list[str] = []
    assert report(cut, StringIO(), told.append) == 1
    assert "the compressed file is damaged" in told[0]
    with pytest.raises(RecordingError, match="the compressed file is damaged"):
        Recording.open(cut)


def test_a_device_is_refused_in_plain_words() -> None:
    told: list[str] = []
    assert report(Path("/dev/null"), StringIO(), told.append) == 1
    assert "Errno" not in told[0]


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CaptureFile(tmp_path / "missing")


def test_a_row_for_each_tcp_packet(capture: Path) -> None:
    rows = list(analyze(CaptureFile(capture)))

    assert [row["frame"] for row in rows] == list(range(1, 201))
    assert rows[0]["flags"] == []
    assert rows[0]["seq"] == 0
    assert rows[0]["dst"] == "10.255.0.1"
    assert any(row["flags"] for row in rows)


def test_a_packet_cut_off_in_its_header_has_a_row_that_knows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "short.pcap"
    write_pcap(path, frames(1, 1), snapped=40)

    (row,) = analyze(CaptureFile(path))

    assert row == {
        "frame": 1,
        "flags": [],
        "stream": None,
        "seq": None,
        "ack": None,
        "len": None,
        "dup_ack_num": None,
    }


def test_a_capture_comes_through_a_pipe(capture: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(capture.read_bytes()))
    writer.start()

    read = list(CaptureFile(pipe))

    writer.join()
    assert read == list(CaptureFile(capture))


def test_the_report_is_json_or_text(capture: Path) -> None:
    out, text, complaints = StringIO(), StringIO(), StringIO()

    assert report(capture, out, complaints.write) == 0
    assert report(capture, text, complaints.write, columns=COLUMNS) == 0

    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert rows == list(analyze(CaptureFile(capture)))
    assert len(text.getvalue().splitlines()) == 200
    assert complaints.getvalue() == ""


class Tty(StringIO):
    """A terminal, as far as the report asks."""

    def isatty(self) -> bool:
        return True


def test_the_text_is_a_packet_list_with_a_heading_on_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    small_run().save(path)
    terminal, pipe = Tty(), StringIO()

    assert report(path, terminal, StringIO().write, columns=COLUMNS) == 0
    assert report(path, pipe, StringIO().write, columns=COLUMNS) == 0

    heading, *lines = terminal.getvalue().splitlines()
    assert heading.split() == ["No.", "Time", "Stream", "Source", "Destination", "Prot", "Len", "Info"]
    assert lines == pipe.getvalue().splitlines()
    assert "0 192.0.2.2       192.0.2.1       TCP     66 40000 → 80 [SYN] Seq=0 Win=" in lines[0]
    assert heading.index("Info") == lines[0].index("40000 → 80")
    assert any("HTTP" in line and line.endswith("GET / HTTP/1.1") for line in lines)
    assert any("[FIN, ACK]" in line for line in lines)
    assert any("[TCP " in line for line in lines)


@pytest.mark.parametrize("summary", [False, True])
def test_a_report_that_cannot_be_written_says_so_in_one_line(capture: Path, *, summary: bool) -> None:
    complaints = StringIO()
    with Path("/dev/full").open("w") as full:
        assert report(capture, full, complaints.write, summary=summary) == 23
        assert full.closed
    assert complaints.getvalue() == "the report could not be written: No space left on device"


def test_a_report_without_a_place_to_go(capture: Path) -> None:
    """As `>&-` in a shell has it: then sys.stdout is None."""
    complaints = StringIO()
    assert report(capture, None, complaints.write, columns=COLUMNS) == 23
    assert complaints.getvalue() == "the report could not be written: Bad file descriptor"


def test_a_report_whose_reader_has_left_ends_quietly(capture: Path) -> None:
    complaints = StringIO()
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as pipe:
        assert report(capture, pipe, complaints.write, columns=COLUMNS) == 0
        assert pipe.closed
    assert complaints.getvalue() == ""


def test_the_report_says_what_was_lost_and_what_is_no_capture(capture: Path, tmp_path: Path) -> None:
    out, complaints = StringIO(), StringIO()
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(capture.read_bytes()[:-1])
    other = tmp_path / "other"
    other.write_bytes(b"text")

    assert report(cut, out, complaints.write) == 0
    assert "cut off" in complaints.getvalue()
    assert report(other, out, complaints.write) == 1
    assert "neither pcap nor pcapng" in complaints.getvalue()


def test_the_report_is_of_the_chosen_packets(capture: Path) -> None:
    out, text = StringIO(), StringIO()
    whole = list(analyze(CaptureFile(capture)))
    choice = Choice(compile_filter("tcp.len > 0"), 1)

    assert report(capture, out, StringIO().write, choice=choice) == 0
    assert report(capture, text, StringIO().write, choice=choice, summary=True) == 0

    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert rows == [row for row in whole if row["stream"] == 1 and row["len"]]
    counts = json.loads(text.getvalue())
    assert [(stream["stream"], stream["packets"]) for stream in counts["streams"]] == [(1, len(rows))]
    assert counts["streams"][0]["octets"] == sum(row["len"] for row in rows)
    assert {flag: seen["packets"] for flag, seen in counts["flags"].items()} == Counter(
        flag for row in rows for flag in row["flags"]
    )


def test_the_summary_has_a_line_for_each_stream_and_each_flag(capture: Path) -> None:
    out = StringIO()
    whole = list(analyze(CaptureFile(capture)))

    assert report(capture, out, StringIO().write, columns=COLUMNS, summary=True) == 0

    streams, flags = out.getvalue().split("\nFlags\n")
    numbers = {line.split()[0] for line in streams.splitlines() if line.strip()[:1].isdigit()}
    assert numbers == {str(row["stream"]) for row in whole}
    for flag in {flag for row in whole if isinstance(row["flags"], list) for flag in row["flags"]}:
        assert flag in flags


def test_the_columns_of_a_summary_are_aligned(capture: Path) -> None:
    out = StringIO()
    assert report(capture, out, StringIO().write, columns=COLUMNS, summary=True) == 0

    heading, rule, *rows = out.getvalue().split("\n\n")[1].splitlines()
    columns = [column.span() for column in re.finditer("-+", rule)]
    assert [heading[start:end].strip() for start, end in columns][:3] == ["Stream", "From", "To"]
    for row in rows:
        assert [row[start:end].strip() for start, end in columns[:6]] == row.split()[:6]


def test_our_own_record_is_asked_where_there_is_one(tmp_path: Path, capture: Path) -> None:
    run = tmp_path / "run.pcapng"
    small_run().save(run)
    choice = Choice(compile_filter('tcpviz.state == "SYN-SENT"'))
    out, other = StringIO(), StringIO()

    assert report(run, out, StringIO().write, choice=choice) == 0
    assert report(capture, other, StringIO().write, choice=choice) == 0

    assert [json.loads(line)["tcp_flags"] for line in out.getvalue().splitlines()] == [SYN]
    assert other.getvalue() == ""


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [(["--filter", "tcp.prt == 80"], 2, "did you mean tcp.port?"), (["--stream", "0", "--summary"], 0, "")],
)
def test_the_command(capture: Path, options: list[str], code: int, told: str) -> None:
    with capture.open("rb") as source:
        command = [sys.executable, "-m", "tcpviz", "analyze", "-", *options]
        done = subprocess.run(command, stdin=source, capture_output=True, text=True, check=False)

    assert done.returncode == code
    assert told in done.stderr
    assert ("Streams" in done.stdout) == (code == 0)
