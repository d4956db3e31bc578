"""TLS beside tshark: the same names for the same records, and decryption with the recording's own keys."""

import os
import re
import subprocess
import sys
from pathlib import Path

from helpers.tools import need

from tcpviz.lab.certificate import CA_FILE
from tcpviz.recording import Recording
from tcpviz.view.run import RunView

SNI = re.compile(r" \(SNI=[^)]*\)")  # newer than tshark 4.0


def fetch(record: Path, *options: str, environment: dict[str, str] | None = None) -> None:
    command = (
        sys.executable,
        "-m",
        "tcpviz",
        "get",
        "https://lab/",
        "-o",
        os.devnull,
        "--record",
        str(record),
    )
    subprocess.run((*command, *options), check=True, env=os.environ | (environment or {}))


def tshark(record: Path, home: Path, *fields: str) -> list[list[str]]:
    """The fields of every frame; none where there are no such fields."""
    command = [need("tshark"), "-n", "-r", str(record), "-T", "fields", "-E", "separator=|"]
    for field in fields:
        command += ["-e", field]
    environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [line.split("|") for line in done.stdout.splitlines()]


def test_records_have_tshark_s_names(tmp_path: Path) -> None:
    record = tmp_path / "run.pcapng"
    fetch(record)
    run = RunView(Recording.open(record))
    run.advance(1, lambda: 0)
    named = {}
    for position in range(len(run.packets)):
        line = run.line(position)
        if line.protocol == "TLS":
            named[str(line.number)] = SNI.sub("", line.info)
    theirs = {
        number: info
        for number, protocol, info in tshark(
            record, tmp_path, "frame.number", "_ws.col.Protocol", "_ws.col.Info"
        )
        if protocol.startswith("TLS")
    }
    assert len(named) > 4
    whole = {number: info for number, info in theirs.items() if number in named and "segment" not in info}
    for number, info in whole.items():
        # A record that goes on in the next segment is named here, where it begins; tshark names it there.
        assert named[number] in (info, f"{info}, Application Data")
    assert len(whole) > 3


def test_with_the_keys_tshark_reads_the_http_and_without_them_it_does_not(tmp_path: Path) -> None:
    for options, read in (((), []), (("--keys",), ["/", "200"])):
        record = tmp_path / f"run{len(options)}.pcapng"
        fetch(record, *options)
        lines = tshark(record, tmp_path, "http.request.uri", "http.response.code")
        assert ["".join(line) for line in lines if any(line)] == read
        assert len(Recording.open(record)) > 10


def test_the_keys_go_where_sslkeylogfile_says_and_into_no_recording(tmp_path: Path) -> None:
    keys, record = tmp_path / "keys", tmp_path / "run.pcapng"
    fetch(record, environment={"SSLKEYLOGFILE": str(keys)})
    assert "CLIENT_TRAFFIC_SECRET_0 " in keys.read_text()
    assert b"CLIENT_TRAFFIC_SECRET_0" not in record.read_bytes()


def test_both_get_them_where_both_are_wanted(tmp_path: Path) -> None:
    keys, record = tmp_path / "keys", tmp_path / "run.pcapng"
    fetch(record, "--keys", environment={"SSLKEYLOGFILE": str(keys)})
    secrets = [line for line in keys.read_text().splitlines() if "TRAFFIC_SECRET" in line]
    assert len(secrets) == 4
    assert all(line.encode() in record.read_bytes() for line in secrets)


def test_a_key_log_that_cannot_be_written_is_told() -> None:
    keys = "/nonexistent/keys"
    command = (sys.executable, "-m", "tcpviz", "get", "https://lab/", "--cacert", str(CA_FILE))
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"SSLKEYLOGFILE": keys})
    assert done.returncode == 23
    assert b"can't write the key log /nonexistent/keys" in done.stderr
