"""`tcpviz get` as a user calls it: bodies, exit codes, messages, signals, records."""

import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from helpers.tools import need

from tcpviz.lab.site import pattern
from tcpviz.recording import Recording


def tcpviz(*arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess[bytes]:
    command = (sys.executable, "-m", "tcpviz", *arguments)
    return subprocess.run(command, capture_output=True, timeout=timeout, check=False)


def test_the_body_goes_to_stdout() -> None:
    done = tcpviz("get", "http://lab/bytes/300000")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == pattern(0, 300_000)


def test_the_body_goes_to_a_file(tmp_path: Path) -> None:
    body = tmp_path / "body"
    done = tcpviz("get", "http://lab/bytes/300000", "-o", str(body))
    assert (done.returncode, done.stdout) == (0, b"")
    assert body.read_bytes() == pattern(0, 300_000)


@pytest.mark.parametrize("path", ["/chunked", "/slow", "/redirect", "/"])
def test_every_page_of_the_lab(path: str) -> None:
    done = tcpviz("get", f"http://lab{path}")
    assert done.returncode == 0
    assert done.stdout


def test_a_scenario_has_a_url_of_its_own() -> None:
    done = tcpviz("get", "--scenario", "loss")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == pattern(0, len(done.stdout))


def test_a_request_of_60_kb_is_sent_in_segments() -> None:
    assert tcpviz("get", f"http://lab/404?{'x' * 60_000}").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["http://"], 3, "host"),
        (["htp:/lab"], 3, "not how a URL begins"),
        ([], 2, "which URL"),
        (["ftp://lab/"], 1, "ftp"),
        (["http://nowhere.invalid/", "--link", "sim"], 6, "nowhere.invalid"),
        (["http://lab:81/"], 7, "refused"),
        (["http://lab/404", "--fail"], 22, "404"),
        (["http://lab/bytes/1000", "--impair", "out.loss=100%", "--timeout", "5"], 28, "time"),
        (["http://lab/", "-o", "/nonexistent/file"], 23, "/nonexistent/file"),
        (["http://lab/", "--impair", "los=5%"], 2, "los"),
        (["http://10.66.0.1/", "--interface", "nosuch", "--address", "10.66.0.2/24"], 7, "nosuch"),
        (["http://10.66.0.1/", "--interface", "lo", "--address", "10.66.0.2"], 2, "/24"),
    ],
)
def test_a_failure_has_curls_exit_code_and_says_what_is_wrong(
    arguments: list[str], code: int, told: str
) -> None:
    done = tcpviz("get", *arguments)
    stderr = done.stderr.decode()
    assert (done.returncode, done.stdout) == (code, b""), stderr
    assert told in stderr
    assert "Traceback" not in stderr


def test_verbose_tells_every_packet_in_a_line() -> None:
    done = tcpviz("get", "http://lab/", "-v", "-o", os.devnull)
    lines = done.stderr.decode().splitlines()
    assert "[SYN]" in lines[2]  # after ARP's question and answer
    assert [place for place, line in enumerate(lines) if "CLOSED to SYN-SENT" in line] == [2]
    assert "[SYN, ACK]" in lines[3]
    assert any("GET / HTTP/1.1" in line for line in lines)
    assert any("[FIN, ACK]" in line for line in lines)


def test_every_packet_is_told_however_fast_they_came(tmp_path: Path) -> None:
    record = tmp_path / "run.pcapng"
    url = "http://lab/bytes/3000000"
    got = tcpviz("get", url, "--link", "kernel", "-v", "--record", str(record), "-o", os.devnull)
    assert got.returncode == 0
    told = [int(line.split()[0]) for line in got.stderr.decode().splitlines() if line.split()[0].isdigit()]
    recording = Recording.open(record)
    numbers = [recording.row(index).number for index in range(len(recording))]
    recording.close()
    assert len(told) > 1000
    assert told == [number for number in numbers if number]


def test_json_tells_the_state_after_each_packet() -> None:
    done = tcpviz("get", "http://lab/", "--json", "-o", os.devnull)
    states = [json.loads(line)["state"] for line in done.stderr.decode().splitlines()]
    trail = list(dict.fromkeys(state for state in states if state))  # ARP's packets have none
    assert trail == ["SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "TIME-WAIT"]


def test_the_same_seed_gives_the_same_record(tmp_path: Path) -> None:
    records = [tmp_path / "one.pcapng", tmp_path / "two.pcapng"]
    for record in records:
        tcpviz("get", "http://lab/bytes/50000", "--impair", "loss=5%", "--record", str(record))
    assert records[0].read_bytes() == records[1].read_bytes()


def test_the_record_opens_in_tshark_without_a_warning(tmp_path: Path) -> None:
    tshark = need("tshark")
    record = tmp_path / "run.pcapng"
    verbose = tcpviz("get", "http://lab/bytes/50000", "--impair", "loss=5%", "-v", "--record", str(record))
    ours = [line.split()[0] for line in verbose.stderr.decode().splitlines()]
    numbers = [number for number in ours if number != "-"]
    done = subprocess.run(
        (tshark, "-r", str(record), "-T", "fields", "-e", "frame.number"), capture_output=True, check=True
    )
    assert done.stdout.decode().split() == numbers
    assert "warning" not in done.stderr.decode().lower()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    command = (sys.executable, "-m", "tcpviz", "get", "http://lab/bytes/10000000000", "-v")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.readline()  # it is on its way, and will not come to an end while nobody reads
        process.send_signal(number)
        _, stderr = process.communicate()
    assert process.returncode == 128 + number
    assert b"Traceback" not in stderr


def test_a_reader_that_goes_away_ends_it() -> None:
    command = (sys.executable, "-m", "tcpviz", "get", "http://lab/bytes/100000000")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == pattern(0, 10)
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait()
    assert process.returncode == 23
    assert stderr.count(b"could not be written") == 1
    assert b"Traceback" not in stderr


def test_help_is_there_for_a_newcomer() -> None:
    done = tcpviz("--help")
    assert done.returncode == 0
    assert b"http://lab/" in done.stdout


def test_a_file_is_not_touched_when_nothing_comes(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"kept")
    assert tcpviz("get", "http://lab:81/", "-o", str(kept)).returncode == 7
    assert kept.read_bytes() == b"kept"


def test_a_closed_stdout_is_told_and_never_another_file(tmp_path: Path) -> None:
    record = tmp_path / "run.pcapng"
    command = f"{sys.executable} -m tcpviz get http://lab/ --record {record} >&-"
    done = subprocess.run(command, shell=True, capture_output=True, check=False)
    assert done.returncode == 23
    assert b"Bad file descriptor" in done.stderr


def test_a_signal_ends_the_wait_for_a_reader() -> None:
    command = (sys.executable, "-m", "tcpviz", "get", "http://lab/bytes/300000", "-v")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b"[FIN, ACK]" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_a_body_may_be_larger_than_the_disk_when_nothing_is_to_be_kept() -> None:
    limited = f"ulimit -f 1000; exec {sys.executable} -m tcpviz get http://lab/bytes/3000000"
    done = subprocess.run(("bash", "-c", limited), capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout == pattern(0, 3_000_000)


def test_a_form_a_file_and_a_header_are_sent(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_bytes(pattern(0, 3_000_000))
    assert tcpviz("get", "-d", "a=1", "-d", "b=2", "https://lab/echo").stdout == b"a=1&b=2"
    assert tcpviz("get", "-d", f"@{file}", "http://lab/echo").stdout == pattern(0, 3_000_000).replace(
        b"\n", b""
    )
    sent = tcpviz("get", "-T", str(file), "http://lab/upload", "http://lab/upload").stdout
    assert sent.split() == 2 * [
        b"3000000",
        b"octets,",
        b"SHA-256",
        sha256(pattern(0, 3_000_000)).hexdigest().encode(),
    ]
    assert (
        tcpviz("get", "-T", str(file), "http://lab/upload", "--link", "kernel", "--linger", "0").stdout
        in sent
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-d", "a", "-I", "http://lab/"], "exclude each other"),
        (["-H", "Content-Length: 5", "http://lab/"], "not yours to set"),
        (["-X", "GET /", "http://lab/"], "no HTTP method"),
        (["-r", "all", "http://lab/"], "no range"),
        (["-u", "me", "http://lab/"], "password"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], words: str) -> None:
    command = (sys.executable, "-m", "tcpviz", "get", *arguments)
    done = subprocess.run(
        command, capture_output=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True
    )
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_credentials_are_sent_and_never_shown(tmp_path: Path) -> None:
    record = tmp_path / "run.pcapng"
    done = tcpviz("get", "-v", "-o", os.devnull, "--record", str(record), "http://me:s3cret@lab/404", "-f")
    assert done.returncode == 22
    assert b"s3cret" not in done.stderr
    sent = record.read_bytes()
    assert b"s3cret" not in sent
    assert b"Authorization: Basic bWU6czNjcmV0" in sent


def test_silence_leaves_the_exit_code() -> None:
    done = tcpviz("get", "-s", "http://lab:81/")
    assert (done.returncode, done.stderr) == (7, b"")
    assert b"refused" in tcpviz("get", "-sS", "http://lab:81/").stderr
